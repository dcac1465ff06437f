import LogFiles
import LogFormats
import TestSupport
import Testing

@testable import LogInspection

@Suite struct `Rows of a segment` {
  /// Rows by number and by offset, and listings from many places, are the full listing.
  private func expectConsistent(_ story: LogStory, _ scanned: ScannedSegment, step: Int = 1) throws
  {
    var reader = try story.reader(scanned)
    let rows = try allRows(&reader)
    #expect(UInt64(rows.count) == scanned.index.rowCount)
    for number in stride(from: 0, to: rows.count, by: step) {
      let row = rows[number]
      let found = try reader.rows(from: UInt64(number), count: 3, previewLimit: 8)
      #expect(found.map(\.offset) == rows[number...].prefix(3).map(\.offset), "row \(number)")
      for offset in [row.offset, row.offset + row.length / 2, row.offset + row.length - 1] {
        let place = try reader.row(ofOffset: offset)
        #expect(place == UInt64(number), "offset \(offset)")
      }
      if case .record(_, let frame) = row {
        #expect(scanned.index.row(ofFrame: frame) == UInt64(number))
      }
    }
    let behind = try reader.row(ofOffset: scanned.report.fileSize)
    #expect(behind == nil)
    let none = try reader.rows(from: UInt64(rows.count), count: 1, previewLimit: 0)
    #expect(none.isEmpty)
  }

  @Test func `are found by number and by offset, across damage and zeros`() throws {
    let story = try LogStory().write(records: 90).damage(record: 20).damage(record: 70)
    story.grow(to: 8192).write(records: 5).grow(to: 16384)
    let scanned = try story.scan()
    expectSound(scanned, size: 16384)
    #expect(scanned.index.rowCount == 88 + 2 + 1 + 5 + 1)
    try expectConsistent(story, scanned)
    var reader = try story.reader(scanned)
    let rows = try allRows(&reader)
    let resynced = rows.count {
      if case .record(let record, _) = $0 { record.isFoundByResync } else { false }
    }
    #expect(resynced == 49 + 19 + 5)
  }

  /// Values of which a scan decodes only the first, because all of them together are too much. Of the
  /// last ones none can be decoded, which the scan does not find out.
  @Test func `that hold too much to be decoded are rows as the scan counts them`() throws {
    let story = try LogStory()
    let bomb = NoriWALEncoder.encode(
      NoriWALRecord(
        key: [1], value: [UInt8](repeating: 0, count: 8 << 20), compression: .lz4))
    var undecodable = Array(bomb.dropLast(4))
    undecodable[undecodable.count / 2] = 0
    let checksum = CRC32C.checksum(undecodable.rawBytes)
    undecodable += (0..<4).map { UInt8(truncatingIfNeeded: checksum >> UInt32(8 * $0)) }
    for _ in 0..<20 { story.append(bomb) }
    for _ in 0..<3 { story.append(undecodable) }
    let scanned = try story.scan()
    #expect(scanned.report.verdict == .clean && scanned.report.records == 23)
    try expectConsistent(story, scanned)
  }

  @Test func `that are larger than a window are rows like others`() throws {
    let story = try LogStory()
    for size in [10, 300_000, 20, 262_144, 262_130, 5, 1_000_000, 7] {
      story.write(key: [1], value: (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 131) })
    }
    try expectConsistent(story, try story.scan())
    let scanned = try story.damage(record: 3).scan()
    expectSound(scanned, size: story.bytes.count)
    #expect(scanned.report.records == 3)
    #expect(scanned.report.afterDamage.records == 4)
    try expectConsistent(story, scanned)
  }

  /// Windows of a few bytes, so that records cross their borders in every way.
  @Test(arguments: Array(1...70) + [127, 128, 200, 1000])
  func `do not depend on the window through which they are scanned`(capacity: Int) throws {
    let story = try LogStory().write(records: 6).write("k", String(repeating: "v", count: 150))
    story.write(records: 5, valueSize: 0).damage(record: 3).append([0xff, 0xff, 0x07])
    story.write(records: 4).damage(record: 6).write(records: 3)
    let expected = try story.scan().report
    let directory = try story.directory.open()
    let file = try directory.openFile(FileName(story.fileName))
    let status = try file.status()
    let scanner = SegmentScanner(
      file, segment: expected.file, status: status,
      walker: NoriWAL().walker(for: expected.file, in: directory),
      control: ScanControl())
    var window = FileWindow(capacity: capacity)
    let scanned = scanner.scan(kinds: NoriWAL().kinds, through: &window)
    expectSound(scanned, size: story.bytes.count)
    #expect(scanned.report.ranges == expected.ranges)
    #expect(scanned.report.verdict == expected.verdict)
    #expect(scanned.report.firstInvalid == expected.firstInvalid)
  }

  @Test func `of a million records are found in memory that does not grow with them`() throws {
    let count = 1_000_000
    let record = LogStory.record(key: [0x6b], value: [])
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count * record.count)
    for _ in 0..<count { bytes += record }
    let story = try LogStory(bytes)
    let scanned = try story.scan()
    #expect(scanned.report.records == UInt64(count))
    let length = UInt64(record.count)
    var reader = try story.reader(scanned)
    for row in [0, 1, 63, 64, 65, 511, 512, 99_999, 262_144, 777_777, 999_998, 999_999] as [UInt64]
    {
      let found = try reader.rows(from: row, count: 1, previewLimit: 0)
      #expect(found.map(\.offset) == [row * length])
      let place = try reader.row(ofOffset: row * length + 3)
      #expect(place == row)
    }
  }

  @Test func `set checkpoints that thin out as they grow in number`() {
    var tally = WalkTally()
    for number in 0..<3_000_000 as Range<UInt64> {
      tally.passLarge(kind: 0, at: number * 9, carry: number)
    }
    #expect(tally.checkpoints.count <= WalkTally.checkpointLimit)
    #expect(tally.checkpoints.count >= WalkTally.checkpointLimit / 2)
    #expect(tally.checkpoints.first == Checkpoint(frame: 0, offset: 0, carry: 0))
    let strides = zip(tally.checkpoints, tally.checkpoints.dropFirst()).map { $1.frame - $0.frame }
    #expect(Set(strides).count == 1)
    #expect(tally.checkpoints.allSatisfy { $0.offset == $0.frame * 9 && $0.carry == $0.frame })
  }

  @Test func `of a file that was cut since the scan end early, without a trap`() throws {
    let story = try LogStory().write(records: 5000).damage(record: 2000)
    let scanned = try story.scan()
    for size in [story.bytes.count - 1, 50_000, 7, 0] {
      try story.shrinkFile(to: size)
      var reader = try story.reader(scanned)
      let rows = try allRows(&reader)
      #expect(rows.count <= 5000)
      _ = try reader.rows(from: 4900, count: 10, previewLimit: 4)
      _ = try reader.row(ofOffset: UInt64(story.bytes.count - 1))
      _ = try reader.describe(offset: 40_000, payloadLimit: 100)
    }
    var reader = try story.reader(scanned)
    for offset in [UInt64(story.bytes.count), UInt64(story.bytes.count) + 1, .max] {
      _ = try reader.describe(offset: offset, payloadLimit: 100)
      let bytes = try reader.bytes(at: offset, limit: 10)
      #expect(bytes.isEmpty)
      let row = try reader.row(ofOffset: offset)
      #expect(row == nil)
    }
  }
}

/// Rows of the files that real engines left.
@Suite(.enabled(if: Fixtures.root != nil, Fixtures.absence))
struct `Rows of a real segment` {
  @Test(arguments: `A scan of real nori-wal logs`.segments)
  func `are the same from wherever they are listed`(path: String) throws {
    let story = try LogStory(try Fixtures.bytes("nori-wal/\(path)"))
    let scanned = try story.scan()
    expectSound(scanned, size: story.bytes.count)
    var reader = try story.reader(scanned)
    let offsets = try allRows(&reader).map(\.offset)
    #expect(UInt64(offsets.count) == scanned.index.rowCount)
    for number in offsets.indices {
      let found = try reader.rows(from: UInt64(number), count: 1, previewLimit: 0)
      #expect(found.first?.offset == offsets[number])
      let place = try reader.row(ofOffset: offsets[number])
      #expect(place == UInt64(number))
    }
    for number in stride(from: 0, to: offsets.count, by: 37) {
      #expect(try allRows(&reader, from: UInt64(number)).map(\.offset) == Array(offsets[number...]))
    }
  }
}
