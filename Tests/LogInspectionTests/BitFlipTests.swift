import LogFormats
import LogInspection
import TestSupport
import Testing

/// nori-wal has no undetectable bit: the checksum covers every other byte of a record.
@Suite struct `A flipped bit` {
  /// Records of every shape: empty, without value, with a key only, long enough for a varint of
  /// two bytes, compressed, with a time to live.
  private static func records() -> [[UInt8]] {
    [
      NoriWALRecord(key: []),
      NoriWALRecord(key: [0x6b], value: [1, 2, 3]),
      NoriWALRecord(key: Array("gone".utf8), isTombstone: true),
      NoriWALRecord(key: Array("ttl".utf8), value: [9], ttlMilliseconds: 300_000),
      NoriWALRecord(key: [], value: Array("zzzzzzzzzzzzzzzzzzzz".utf8), compression: .lz4),
      NoriWALRecord(key: [1], value: Array("zzzzzzzzzzzzzzzzzzzz".utf8), compression: .zstd),
      NoriWALRecord(key: [0], value: [], reservedBits: 0xf),
      NoriWALRecord(key: [7], value: [UInt8](repeating: 0x55, count: 130)),
      NoriWALRecord(key: [0x6b], value: [4]),
    ].map(NoriWALEncoder.encode)
  }

  @Test(arguments: 0..<9)
  func `in a record is found, named, and hides no other record`(number: Int) throws {
    let records = Self.records()
    let start = records.prefix(number).joined().count
    for byte in 0..<records[number].count {
      for bit in 0..<8 {
        let story = try LogStory(Array(records.joined())).flip(bit: bit, at: start + byte)
        let scanned = try story.scan()
        let report = scanned.report
        expectSound(scanned, size: story.bytes.count, "bit \(bit) of byte \(byte)")
        #expect(report.verdict == (number == 8 ? .tornTail : .damagedInside))
        #expect(report.records == UInt64(number))
        #expect(report.afterDamage.records == UInt64(8 - number), "bit \(bit) of byte \(byte)")
        #expect(report.firstInvalid?.offset == UInt64(start))
        #expect(report.firstInvalid?.bitFlip == BitFlip(offset: UInt64(start + byte), bit: bit))
      }
    }
  }

  @Test func `is always found: the checksum covers all of a record, reserved bits included`()
    throws
  {
    let records = Array(Self.records().joined())
    let story = try LogStory(records).grow(to: records.count + 24)
    var tally = FlipTally("nori-wal")
    for place in story.bytes.indices {
      for bit in 0..<8 {
        let report = try story.flip(bit: bit, at: place).scan().report
        story.flip(bit: bit, at: place)
        tally.note(
          bit: bit, of: "byte \(place)",
          isFound: [.damagedInside, .tornTail].contains(report.verdict),
          hasMoreRecords: report.records + report.afterDamage.records > 9, reason: nil)
      }
    }
    tally.expect(unnoticed: [:])
  }

  @Test func `in the zeros behind the records is found`() throws {
    for distance in [0, 1, 2, 3, 4, 5, 20, 700, 4000] {
      for bit in 0..<8 {
        let story = try LogStory().write(records: 3)
        let end = story.bytes.count
        story.grow(to: end + 4096).flip(bit: bit, at: end + distance)
        let scanned = try story.scan()
        expectSound(scanned, size: story.bytes.count)
        #expect(scanned.report.verdict == .tornTail)
        #expect(scanned.report.records == 3)
        #expect(scanned.report.firstInvalid?.offset == UInt64(end))
        let finding = try #require(try story.judge().findings.first { $0.severity > .note })
        #expect(finding.range?.contains(UInt64(end + distance)) == true)
      }
    }
  }

  /// A record whose length is far wrong, or that is long itself.
  @Test(arguments: [(0, 3), (0, 7), (1, 6), (2, 5), (9000, 2), (70_000, 0)])
  func `in a record of 100 kB is named`(byte: Int, bit: Int) throws {
    let value = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    let story = try LogStory().write(records: 2).write(key: [1], value: value).write(records: 2)
    let place = story.records[2].lowerBound + byte
    let report = try story.flip(bit: bit, at: place).scan().report
    #expect(report.firstInvalid?.bitFlip == BitFlip(offset: UInt64(place), bit: bit))
    #expect(report.records + report.afterDamage.records == 4)
  }

  @Test func `is not named where two are flipped, or where bytes are gone`() throws {
    let story = try LogStory().write(records: 9)
    let place = story.records[4].upperBound - 9
    let two = try story.flip(bit: 1, at: place).flip(bit: 6, at: place + 1).scan().report
    #expect(two.verdict == .damagedInside)
    #expect(two.firstInvalid?.bitFlip == nil)
    let torn = try LogStory().write(records: 9)
    let report = try torn.shrink(to: torn.bytes.count - 3).scan().report
    #expect(report.verdict == .tornTail)
    #expect(report.firstInvalid?.bitFlip == nil)
  }
}

/// Flips in files that real engines left.
@Suite(.enabled(if: Fixtures.root != nil, Fixtures.absence))
struct `A flipped bit of a real file` {
  /// Small sound segments bit by bit; with WALSCOPE_EXHAUSTIVE set, those up to 20 kB.
  private static let segments = `A scan of real nori-wal logs`.segments.filter { path in
    ((try? Fixtures.bytes("nori-wal/\(path)").count) ?? 0)
      <= (Thoroughness.isExhaustive ? 20_000 : 120)
  }

  @Test(arguments: segments)
  func `changes the verdict, adds no record, and is named when one is named`(path: String) throws {
    let bytes = try Fixtures.bytes("nori-wal/\(path)")
    let story = try LogStory(bytes)
    let before = try story.scan().report
    guard before.verdict == .clean else { return }
    var named = 0
    for place in 0..<bytes.count {
      for bit in 0..<8 {
        let scanned = try story.flip(bit: bit, at: place).scan()
        let report = scanned.report
        expectSound(scanned, size: bytes.count, "bit \(bit) of byte \(place)")
        #expect(report.verdict != .clean)
        #expect(report.firstInvalid.map { $0.offset <= UInt64(place) } == true)
        #expect(report.records + report.afterDamage.records == before.records - 1)
        if let flip = report.firstInvalid?.bitFlip {
          #expect(flip == BitFlip(offset: UInt64(place), bit: bit))
          named += 1
        }
        story.flip(bit: bit, at: place)
      }
    }
    #expect(named == bytes.count * 8, "\(named) of \(bytes.count * 8) flips are named")
  }
}
