import LogFiles
import LogInspection
import TestSupport
import Testing

@testable import LogFormats

/// The search behind damage must not read the file many times over, whatever the file holds.
@Suite struct `What a search behind damage reads` {
  private func expectCheap(
    _ story: LogStory, atMost times: Int, and more: Int = 0,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> SegmentReport {
    let scanned = try story.scan()
    expectSound(scanned, size: story.bytes.count, sourceLocation: sourceLocation)
    // A search for the flipped bit reads up to a MiB.
    let limit = UInt64(times * story.bytes.count + (2 << 20) + more)
    #expect(
      scanned.report.bytesRead <= limit,
      "\(scanned.report.bytesRead) of \(story.bytes.count)", sourceLocation: sourceLocation)
    return scanned.report
  }

  @Test(arguments: [0x01, 0x80, 0xff, 0x00, 0x06] as [UInt8])
  func `is little for many equal bytes`(byte: UInt8) throws {
    let story = try LogStory().write(records: 10)
    story.append([UInt8](repeating: byte, count: 300_000)).write(records: 10)
    let report = try expectCheap(story, atMost: 6)
    #expect(report.records == 10)
    #expect(report.afterDamage.records == 10)
  }

  @Test func `is little for many random bytes`() throws {
    var random = SystemRandomNumberGenerator()
    let garbage = (0..<300_000).map { _ in UInt8.random(in: 0...255, using: &random) }
    let story = try LogStory().write(records: 10).append(garbage).write(records: 10)
    let report = try expectCheap(story, atMost: 8, and: 64 << 20)
    #expect(report.afterDamage.records == 10)
  }

  @Test func `is little for many damaged places`() throws {
    let story = try LogStory().write(records: 100_000, valueSize: 2)
    for number in stride(from: 50, to: 100_000, by: 100) { story.damage(record: number) }
    let report = try expectCheap(story, atMost: 3)
    #expect(report.records == 50)
    #expect(report.afterDamage.records == 100_000 - 50 - 1000)
    #expect(report.ranges.count == 2001)
  }

  /// Each small record is right, and followed by the header of one that claims the rest of the
  /// file: a search that reads what follows each time never ends.
  @Test func `is little where each record is followed by the claim of a long one`() throws {
    let story = try LogStory().write(records: 3)
    let small = LogStory.record(key: [1], value: [2])
    let count = 20_000
    let claim = LogStory.varint(1) + LogStory.varint(400_000) + [0]
    for _ in 0..<count { story.append(small + claim + [0xff]) }
    story.write(records: 3)
    let report = try expectCheap(story, atMost: 8, and: 128 << 20)
    #expect(report.records >= 3)
  }

  /// A minute in which nothing moves looks as if the program hung.
  @Test func `is told while it goes on`() throws {
    let garbage = [UInt8](repeating: 0x2a, count: 3 << 20)
    let story = try LogStory().write(records: 10).append(garbage).write(records: 10)
    let end = UInt64(story.bytes.count)
    let directory = try TemporaryDirectory()
    try directory.write(story.bytes, to: "000000.wal")
    let file = try directory.open().openFile(FileName("000000.wal"))
    var places: [UInt64] = []
    var search = try ResyncSearch(
      file, walker: NoriWALWalker(), end: end, budget: ReadBudget(allocatedSize: end),
      reached: { places.append($0) })
    var window = FileWindow(capacity: ResyncSearch.windowSize)
    let start = try #require(story.records.last { $0.upperBound < 3 << 20 }).upperBound
    let hit = try search.next(
      in: file, window: &window, from: UInt64(start) + 1, after: UInt64(start),
      Fault(.notARecord))
    guard case .records = hit else {
      Issue.record("nothing was found")
      return
    }
    #expect(places == places.sorted() && places.count >= 10)
    #expect(places.allSatisfy { $0 <= end })
  }

  @Test func `finds records of 300 kB behind damage`() throws {
    let story = try LogStory().write(records: 2)
    for number in 0..<6 {
      story.write(key: [1], value: [UInt8](repeating: UInt8(number + 1), count: 300_000))
    }
    story.flip(bit: 7, at: story.records[3].lowerBound + 1)
    let report = try expectCheap(story, atMost: 8)
    #expect(report.records == 3)
    #expect(report.afterDamage.records == 4)
  }
}
