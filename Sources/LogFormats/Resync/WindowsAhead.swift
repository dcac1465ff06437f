import Dispatch
import LogFiles

/// The windows behind the one that is searched, loaded and noted ahead by several threads: what is
/// noted of one depends on no other, while what is found in them is told in order, by one thread.
///
/// That thread waits for nobody as long as there is something to do: it makes what it needs, or, while
/// another one does that, what it needs next.
final class WindowsAhead: Sendable {
  /// A window, and what is known of it.
  ///
  /// Sound: only whoever has claimed it touches its contents, and who has taken it out.
  final class Content: @unchecked Sendable {
    var window: FileWindow
    var checksums = WindowChecksums()
    var notes = PlaceNotes()
    /// Whether a long run of zeros starts where a search goes on.
    var startsWithZeros = false

    init(capacity: Int) { window = FileWindow(capacity: capacity) }
  }

  private enum Progress {
    case waiting, underWay, made, failed
  }

  private struct Place {
    let offset: UInt64
    /// Where the search goes on in the next one.
    let stop: UInt64
    let content: Content
    var progress = Progress.waiting
  }

  private struct State {
    /// In order, each where a search goes on behind the one before it.
    var places: [Place] = []
    /// Where the next one begins, at the end where there is none.
    var nextOffset: UInt64 = 0
    var unused: [Content] = []
    /// Threads beside the one that searches.
    var threadsAtWork = 0
  }

  /// More threads would note faster than one finds, and each needs another window and what is known of
  /// it: nine times its bytes.
  static let mostThreads = 4

  private let state = Monitor(State())
  private let file: OpenFile
  private let walker: any SegmentWalker
  private let end: UInt64
  private let capacity: Int
  private let threads: Int

  /// For a search in the bytes of `file` below `end` through windows of `capacity` bytes, by so many
  /// threads with the one that searches.
  init(
    _ file: consuming OpenFile, walker: any SegmentWalker, end: UInt64, capacity: Int, threads: Int
  ) {
    self.file = file
    self.walker = walker
    self.end = end
    self.capacity = capacity
    self.threads = threads
  }

  /// The first bytes of a window, of which `count` are there, that are searched in it; what starts
  /// behind is left to the next window, which holds more of it.
  static func searchable(_ count: Int, of capacity: Int, isLast: Bool) -> Int {
    isLast ? count : count - capacity / 8
  }

  // MARK: For the search

  /// The window in which `offset` is searched; nil where it could not be loaded. Those behind it are made
  /// from now on, and what was made for other places is forgotten.
  func take(at offset: UInt64) -> Content? {
    while true {
      switch next(at: offset) {
      case .made(let content): return content
      case .claimed(let place): make(place)
      case .failed: return nil
      case .elsewhere:
        state.wait { $0.places.first?.progress == .underWay ? nil : () }
      }
    }
  }

  /// Gives back what was taken, for another window.
  func giveBack(_ content: Content) { state.change { $0.unused.append(content) } }

  /// Forgets what was made ahead.
  func stop() { state.change { forget(&$0) } }

  private enum Next {
    case made(Content)
    case claimed(Place)
    case failed
    /// Another thread makes it, and there is nothing else to do.
    case elsewhere
  }

  private func next(at offset: UInt64) -> Next {
    let (next, threads) = state.change { state -> (Next, Int) in
      while let first = state.places.first, first.stop <= offset {
        forget(&state, state.places.removeFirst())
      }
      if state.places.first.map({ $0.offset <= offset }) != true {
        forget(&state)
        state.nextOffset = offset
      }
      fill(&state)
      let next: Next
      switch state.places.first?.progress {
      case nil, .failed:
        forget(&state)
        return (.failed, 0)
      case .made:
        next = .made(state.places.removeFirst().content)
        fill(&state)
      case .waiting, .underWay: next = claim(&state).map { .claimed($0) } ?? .elsewhere
      }
      return (next, threadsToStart(&state))
    }
    for _ in 0..<threads {
      DispatchQueue.global().async { self.work() }
    }
    return next
  }

  // MARK: State

  private func forget(_ state: inout State) {
    for place in state.places { forget(&state, place) }
    state.places = []
    state.nextOffset = end
  }

  private func forget(_ state: inout State, _ place: Place) {
    // Of what is under way whoever makes it takes care.
    if place.progress != .underWay { state.unused.append(place.content) }
  }

  /// One more than there are threads: nobody has to wait for the one that searches.
  private func fill(_ state: inout State) {
    while state.places.count <= threads, state.nextOffset < end {
      let content = state.unused.popLast() ?? Content(capacity: capacity)
      let offset = state.nextOffset
      let isLast = end - offset <= UInt64(capacity)
      let count = isLast ? Int(end - offset) : capacity
      let searchable = Self.searchable(count, of: capacity, isLast: isLast)
      state.nextOffset = offset + UInt64(searchable)
      state.places.append(Place(offset: offset, stop: state.nextOffset, content: content))
    }
  }

  private func claim(_ state: inout State) -> Place? {
    guard let index = state.places.firstIndex(where: { $0.progress == .waiting })
    else { return nil }
    state.places[index].progress = .underWay
    return state.places[index]
  }

  private func threadsToStart(_ state: inout State) -> Int {
    let waiting = state.places.count { $0.progress == .waiting }
    let more = max(0, min(threads - 1, waiting) - state.threadsAtWork)
    state.threadsAtWork += more
    return more
  }

  // MARK: Making windows

  private func work() {
    while true {
      let claimed = state.change { state in
        let place = claim(&state)
        if place == nil { state.threadsAtWork -= 1 }
        return place
      }
      guard let claimed else { return }
      make(claimed)
    }
  }

  private func make(_ place: Place) {
    let isMade = fill(place.content, from: place.offset)
    state.change { state in
      if let index = state.places.firstIndex(where: { $0.content === place.content }) {
        state.places[index].progress = isMade ? .made : .failed
      } else {
        state.unused.append(place.content)
      }
    }
  }

  /// Loads the window and notes what could stand in it; false where that failed, which whoever reads
  /// the same by itself is told of.
  private func fill(_ content: Content, from offset: UInt64) -> Bool {
    guard (try? content.window.load(file, at: offset, end: end)) != nil, content.window.count > 0
    else { return false }
    content.checksums.forget()
    content.startsWithZeros = note(content.window, content.checksums, in: &content.notes)
    return true
  }

  /// Notes what could stand in the window, unless more zeros than a record has are first: true then.
  private func note(
    _ window: borrowing FileWindow, _ checksums: borrowing WindowChecksums,
    in notes: inout PlaceNotes
  ) -> Bool {
    let bytes = window.bytes
    if let limit = walker.leadingZeroLimit, bytes.slice(0, limit + 1)?.isZero ?? false {
      return true
    }
    let isLast = window.stop >= end
    notes.begin(0..<max(0, Self.searchable(window.count, of: capacity, isLast: isLast)))
    walker.note(bytes, remaining: end - window.offset, checksums: checksums, in: &notes)
    return false
  }
}
