import LogFiles
import LogFormats

/// The walk of a segment that is being written: it goes on where it ended, and takes no frame for
/// settled that may become another one.
///
/// A frame that is damaged, was never committed or may grow is settled by the records behind it,
/// or by staying as it is for so long that nobody can still be writing it.
struct GrowingWalk {
  /// Behind the last settled frame, from the start of the file.
  private(set) var offset: UInt64
  private(set) var tally = WalkTally()
  /// Damaged frames that were settled since this was last emptied.
  var settledFaults: [(offset: UInt64, fault: Fault)] = []
  private var carry: UInt64 = 0

  /// A walk that starts where the first record does.
  init(from offset: UInt64) { self.offset = offset }

  /// A walk that goes on behind records that a scan has passed.
  init(from offset: UInt64, tally: WalkTally) {
    self.offset = offset
    self.tally = tally
  }

  /// How the bytes that are there now end.
  struct Ending {
    /// Behind the last frame, settled or not.
    var offset: UInt64
    /// The first frame that is there and not settled.
    var held: (offset: UInt64, fault: Fault?)?
    /// Why the walk went no further, where that may be a record of which a part is written.
    var stop: Fault?
  }

  /// Goes on as far as the file has settled frames.
  ///
  /// - Parameters:
  ///   - end: size of the file in bytes, with which the walker has begun.
  ///   - overdue: frames below this have had their time.
  /// - Throws: `FileError` when the file cannot be read.
  mutating func advance(
    _ file: borrowing OpenFile, _ walker: inout any SegmentWalker, end: UInt64, overdue: UInt64
  ) throws(FileError) -> Ending {
    var window = FileWindow(capacity: 1 << 18)
    walker.carry = carry
    var ahead = Ahead(walk: self)
    while ahead.walk.offset < end {
      try window.load(file, at: ahead.walk.offset, end: end)
      if window.count == 0 { break }
      if ahead.held == nil, let whole = passWhole(ahead.walk, window, walker, end: end) {
        (ahead.walk, walker) = whole
        self = ahead.walk
        continue
      }
      guard try ahead.passFrames(file, window, &walker, end: end, overdue: overdue, into: &self)
      else { break }
    }
    var ending = Ending(offset: ahead.walk.offset, held: ahead.held, stop: ahead.stop)
    if ahead.stop != nil, try !holdsData(file, &window, at: ending.offset, end: end) {
      ending.stop = nil
    }
    return ending
  }

  /// Passes all records of a window at once, where each of them is beyond doubt and more follow.
  private func passWhole(
    _ walk: GrowingWalk, _ window: borrowing FileWindow, _ walker: any SegmentWalker, end: UInt64
  ) -> (GrowingWalk, any SegmentWalker)? {
    guard window.offset + UInt64(window.count) < end else { return nil }
    var (walk, walker) = (walk, walker)
    let flawed = walk.tally.flawed
    guard
      case .more(let place, _) = walker.walk(
        window.bytes, base: window.offset, end: end, tally: &walk.tally),
      place > window.offset, walk.tally.flawed == flawed,
      !(0..<16).contains(where: {
        walker.mayGrow(kind: UInt8($0), end: nil)
          && walk.tally.count(ofKind: $0) > tally.count(ofKind: $0)
      })
    else { return nil }
    walk.offset = place
    walk.carry = walker.carry
    return (walk, walker)
  }

  /// Bytes behind the end that are looked at: written zeros may fill the file.
  private static let lookAhead: UInt64 = 1 << 16

  private func holdsData(
    _ file: borrowing OpenFile, _ window: inout FileWindow, at offset: UInt64, end: UInt64
  ) throws(FileError) -> Bool {
    let stop = min(end, offset + min(Self.lookAhead, end - min(end, offset)))
    return try window.firstNonZero(file, from: offset, end: stop, isCancelled: { false }) != nil
  }

  /// The walk beyond what is settled.
  private struct Ahead {
    var walk: GrowingWalk
    /// The first frame that only time settles.
    var held: (offset: UInt64, fault: Fault?)?
    var stop: Fault?

    /// Passes the frames of a window; false when there is nothing more to walk.
    mutating func passFrames(
      _ file: borrowing OpenFile, _ window: borrowing FileWindow,
      _ walker: inout any SegmentWalker, end: UInt64, overdue: UInt64,
      into settled: inout GrowingWalk
    ) throws(FileError) -> Bool {
      while walk.offset < end {
        let start = Int(walk.offset - window.offset)
        var frame = walker.frame(window.bytes, at: start, remaining: end - walk.offset)
        if case .partial = frame {
          if start > 0 { return true }
          frame = try Self.large(file, &walker, at: walk.offset, end: end)
        }
        guard pass(frame, walker, overdue: overdue, into: &settled) else { return false }
        if walk.offset >= window.offset + UInt64(window.count) { return true }
      }
      return false
    }

    private static func large(
      _ file: borrowing OpenFile, _ walker: inout any SegmentWalker, at offset: UInt64,
      end: UInt64
    ) throws(FileError) -> Frame {
      var source = RecordSource(try file.duplicate(), end: end)
      do throws(RecordSourceError) {
        return try walker.frameLarge(&source, at: offset, verifying: true)
      } catch {
        switch error {
        case .file(let error): throw error
        // The source was made without a way to cancel it.
        case .cancelled: return .invalid(Fault(.unreadable))
        }
      }
    }

    /// Passes one frame; false where the walk ends before it.
    private mutating func pass(
      _ frame: Frame, _ walker: any SegmentWalker, overdue: UInt64, into settled: inout GrowingWalk
    ) -> Bool {
      let place = walk.offset
      var isCertain = false
      switch frame {
      case .record(let length, let kind):
        walk.tally.passLarge(kind: kind, at: place, carry: walker.carry)
        walk.offset += UInt64(length)
        isCertain = !walker.mayGrow(kind: kind, end: walk.offset)
        if !isCertain { hold(place, nil, overdue: overdue) }
      case .run(let length, let kind, let records):
        walk.tally.passLargeRun(kind: kind, records: records, at: place, carry: walker.carry)
        walk.offset += UInt64(length)
        isCertain = true
      case .flawed(let length, _, let fault):
        walk.tally.passLargeFlawed(at: place, fault: fault, carry: walker.carry)
        walk.offset += UInt64(length)
        if let fault {
          walk.settledFaults.append((place, fault))
          hold(place, fault, overdue: overdue)
        }
      case .partial(let needed):
        stop = Fault(.incomplete, claimedLength: needed)
        return false
      case .invalid(let fault):
        stop = fault
        return false
      case .stale, .end: return false
      }
      walk.carry = walker.carry
      if isCertain, held == nil { settled = walk }
      return true
    }

    private mutating func hold(_ place: UInt64, _ fault: Fault?, overdue: UInt64) {
      if held == nil, place >= overdue { held = (place, fault) }
    }
  }
}
