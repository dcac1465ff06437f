import LogFormats
import LogInspection
import TestSupport
import Testing

@Suite struct `Records behind damage` {
  @Test func `are counted, and the damage is where it is`() throws {
    let story = try LogStory().write(records: 20).damage(record: 7)
    let report = try story.scan().report
    #expect(report.verdict == .damagedInside)
    #expect(report.records == 7)
    #expect(report.afterDamage.records == 12)
    #expect(report.firstInvalid?.offset == UInt64(story.records[7].lowerBound))
    #expect(report.tail == nil)
  }

  /// A log inside a value, of a few records that follow each other.
  private static let embedded = Array(
    (0..<5).map { LogStory.record(key: Array("inner-\($0)".utf8), value: [1, 2, 3]) }.joined())

  @Test(arguments: [0, 1, 2], [0, 3, 4096])
  func `are not those of a log inside the damaged value`(number: Int, tail: Int) throws {
    let story = try LogStory()
    for position in 0..<3 {
      let isOuter = position == number
      story.write(key: [0x6b], value: [9] + (isOuter ? Self.embedded : [1, 2, 3, 4, 5, 6]) + [9])
    }
    story.flip(bit: 3, at: story.records[number].upperBound - 5)
    story.grow(to: story.bytes.count + tail)
    let scanned = try story.scan()
    expectSound(scanned, size: story.bytes.count)
    #expect(scanned.report.afterDamage.records == UInt64(2 - number))
    #expect(scanned.report.verdict == (number == 2 ? .tornTail : .damagedInside))
  }

  /// Records of 64 bytes: one bit of the value length swallows exactly one more record.
  @Test(arguments: [0, 5, 8], [0, 4096])
  func `are found when a damaged length swallows them whole`(number: Int, tail: Int) throws {
    let story = try LogStory()
    for position in 0..<10 {
      story.write(key: [0x6b], value: [UInt8](repeating: UInt8(position), count: 56))
    }
    #expect(story.records[0].count == 64)
    story.flip(bit: 6, at: story.records[number].lowerBound + 1)
    story.grow(to: story.bytes.count + tail)
    let scanned = try story.scan()
    expectSound(scanned, size: story.bytes.count)
    #expect(scanned.report.afterDamage.records == UInt64(9 - number))
    let length = UInt64(story.records[number].lowerBound + 1)
    #expect(scanned.report.firstInvalid?.bitFlip == BitFlip(offset: length, bit: 6))
  }

  @Test func `are told for each of two damaged places`() throws {
    let story = try LogStory().write(records: 30).damage(record: 5).damage(record: 15)
    let scanned = try story.scan()
    expectSound(scanned, size: story.bytes.count)
    #expect(scanned.report.records == 5)
    #expect(scanned.report.afterDamage.records == 9 + 14)
    #expect(scanned.report.ranges.map(\.kind) == [.records, .damage, .records, .damage, .records])
    let damaged = scanned.report.ranges.filter { $0.kind == .damage }.map(\.offset)
    #expect(damaged == [5, 15].map { UInt64(story.records[$0].lowerBound) })
  }

  @Test func `are found where only one stands between two damaged ones`() throws {
    let story = try LogStory().write(records: 12).damage(record: 5).damage(record: 7)
    let scanned = try story.scan()
    expectSound(scanned, size: story.bytes.count)
    #expect(scanned.report.records == 5)
    #expect(scanned.report.afterDamage.records == 1 + 4)
    let torn = try LogStory().write(records: 8).damage(record: 5).damage(record: 7)
    let report = try torn.scan().report
    #expect(report.verdict == .damagedInside && report.afterDamage.records == 1)
  }

  @Test(arguments: [1, 3, 100, 511, 512, 5000])
  func `are never joined over an erased middle`(length: Int) throws {
    let story = try LogStory().write(records: 300)
    let start = story.records[100].lowerBound + 9
    story.erase(start..<start + length)
    let scanned = try story.scan()
    expectSound(scanned, size: story.bytes.count)
    let whole = story.records.filter { !$0.overlaps(start..<start + length) }
    #expect(scanned.report.records == 100)
    #expect(scanned.report.afterDamage.records == UInt64(whole.count - 100))
    var reader = try story.reader(scanned)
    for row in try allRows(&reader) {
      guard case .record(let record, _) = row else { continue }
      let range = Int(record.offset)..<Int(record.offset + record.length)
      #expect(whole.contains(range))
    }
  }

  @Test func `that an earlier life left after zeros are told, not continued`() throws {
    let story = try LogStory().write(records: 10).grow(to: 8192).write(records: 4).grow(to: 16384)
    let scanned = try story.scan()
    expectSound(scanned, size: 16384)
    #expect(scanned.report.records == 10)
    #expect(scanned.report.logicalEnd == UInt64(story.records[9].upperBound))
    #expect(scanned.report.afterDamage.records == 4)
    #expect(scanned.report.verdict == .damagedInside)
    #expect(scanned.report.firstInvalid?.fault.reason == .zeros)
    #expect(scanned.report.ranges.map(\.kind) == [.records, .padding, .records, .zeroTail])
    #expect(scanned.report.tail?.kind == .zeros)
  }
}
