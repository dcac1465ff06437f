import LogFiles
import Synchronization
import TestSupport
import Testing

@testable import LogFormats

@Suite struct `Windows made ahead` {
  private static let capacity = 1 << 12
  /// Bytes from the start of one window to that of the next one.
  private static let step = UInt64(capacity - capacity / 8)

  private func ahead(
    _ bytes: [UInt8], _ directory: TemporaryDirectory, threads: Int = 2,
    calls: SystemCalls = .linux
  ) throws -> WindowsAhead {
    try directory.write(bytes, to: "file")
    return WindowsAhead(
      try directory.open(calls: calls).openFile(FileName("file")), walker: NoriWALWalker(),
      end: UInt64(bytes.count), capacity: Self.capacity, threads: threads)
  }

  private func bytes(_ window: borrowing FileWindow) -> [UInt8] {
    window.bytes.withUnsafeBytes { Array($0) }
  }

  /// What is noted of the first `count` offsets.
  private func notes(_ window: borrowing FileWindow, _ count: Int, end: UInt64) -> [Int: Int] {
    var notes = PlaceNotes()
    notes.begin(0..<count)
    NoriWALWalker().note(
      window.bytes, remaining: end - window.offset, checksums: WindowChecksums(), in: &notes)
    return lengths(notes)
  }

  private func lengths(_ notes: borrowing PlaceNotes) -> [Int: Int] {
    var lengths: [Int: Int] = [:]
    for place in notes.places() {
      if case .record(let length) = notes[place] { lengths[place] = length }
    }
    return lengths
  }

  @Test(arguments: [2, 3, 4])
  func `are the same as those that are made when they are needed`(threads: Int) throws {
    let directory = try TemporaryDirectory()
    let record = LogStory.record(key: [1], value: [UInt8](repeating: 0x76, count: 40))
    var all: [UInt8] = []
    while all.count < 200_000 { all += record + [UInt8(truncatingIfNeeded: all.count)] }
    let ahead = try ahead(all, directory, threads: threads)
    var offset: UInt64 = 5
    while offset < all.count {
      let taken = try #require(ahead.take(at: offset))
      let (start, stop) = (Int(offset), min(all.count, Int(offset) + Self.capacity))
      #expect(taken.window.offset == offset)
      #expect(bytes(taken.window) == Array(all[start..<stop]))
      let searched = WindowsAhead.searchable(
        stop - start, of: Self.capacity, isLast: stop == all.count)
      #expect(taken.notes.part == 0..<searched)
      let lengths = lengths(taken.notes)
      #expect(lengths == notes(taken.window, searched, end: UInt64(all.count)))
      #expect(lengths.count > searched / 60)
      ahead.giveBack(taken)
      offset += UInt64(searched)
    }
    #expect(ahead.take(at: offset) == nil)
  }

  @Test func `are found by any offset that is searched in them`() throws {
    let directory = try TemporaryDirectory()
    let ahead = try ahead([UInt8](repeating: 0x65, count: 100_000), directory)
    let places: [(offset: UInt64, start: UInt64)] = [
      (1000, 1000), (1000 + Self.step, 1000 + Self.step),
      // One is passed over.
      (1001 + 3 * Self.step, 1000 + 3 * Self.step),
      // Before them, and far behind them, there are others.
      (2000, 2000), (90_000, 90_000), (90_001 + Self.step, 90_000 + Self.step),
    ]
    for place in places {
      let taken = try #require(ahead.take(at: place.offset))
      #expect(taken.window.offset == place.start)
      ahead.giveBack(taken)
    }
  }

  @Test func `tell of zeros, in which nothing is noted`() throws {
    let directory = try TemporaryDirectory()
    let foreign = [UInt8](repeating: 0x65, count: Int(Self.step))
    let ahead = try ahead(foreign + [UInt8](repeating: 0, count: 10_000), directory)
    let first = try #require(ahead.take(at: 0))
    #expect(!first.startsWithZeros)
    ahead.giveBack(first)
    #expect(try #require(ahead.take(at: Self.step)).startsWithZeros)
  }

  @Test func `are none where they cannot be read`() throws {
    let directory = try TemporaryDirectory()
    let isBroken = Atomic(false)
    let script = FaultScript { call, _ in
      call == .read && isBroken.load(ordering: .relaxed) ? .error(5) : nil
    }
    let ahead = try ahead(
      [UInt8](repeating: 0x65, count: 100_000), directory, calls: script.calls)
    ahead.giveBack(try #require(ahead.take(at: 0)))
    ahead.stop()
    isBroken.store(true, ordering: .relaxed)
    #expect(ahead.take(at: 0) == nil)
    isBroken.store(false, ordering: .relaxed)
    #expect(ahead.take(at: 0) != nil)
  }
}
