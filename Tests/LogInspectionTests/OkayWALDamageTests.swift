import LogFiles
import LogFormats
import LogInspection
import TestSupport
import Testing

/// A small okaywal segment whose every byte has a known role.
private struct SmallSegment {
  static let id: UInt64 = 300
  private(set) var bytes = OkayWALEncoder.header(versionInfo: Array("v7".utf8))
  private(set) var entries: [Range<Int>] = []
  /// Bytes that nothing protects, with the reason.
  private(set) var unprotected: [Int: String] = [5: "version info", 6: "version info"]

  init(zeros: Int = 40) {
    append([Array("alpha".utf8), []])
    append([])
    append([[1], [2, 3]])
    append([[UInt8](repeating: 3, count: 20)])
    append([Array("last".utf8)])
    for entry in entries {
      for place in 1..<9 { unprotected[entry.lowerBound + place] = "entry id" }
    }
    unprotected[4] = "length of the version info"
    let last = entries[entries.count - 1]
    unprotected[last.lowerBound] = "first marker of the last entry: remains look like it"
    unprotected[last.lowerBound + 9] = "chunk marker of the last entry: an abort looks like it"
    unprotected[last.upperBound - 1] = "end marker of the last entry: an abort looks like it"
    unprotected[entries[2].lowerBound + 9] = "02 becomes 03, and the length behind it an entry"
    unprotected[entries[3].upperBound - 1] = "03 becomes 01, and what follows part of an abort"
    for place in bytes.count..<bytes.count + zeros {
      unprotected[place] = "behind the end: remains of an earlier life look like it"
    }
    bytes += [UInt8](repeating: 0, count: zeros)
  }

  private mutating func append(_ chunks: [[UInt8]]) {
    let entry = OkayWALEncoder.entry(id: Self.id + UInt64(entries.count), chunks: chunks)
    entries.append(bytes.count..<bytes.count + entry.count)
    bytes += entry
  }

  func story(_ bytes: [UInt8]? = nil) throws -> LogStory {
    try LogStory(bytes ?? self.bytes, fileName: "wal-\(Self.id)", format: "okaywal")
  }
}

struct `Damage to an okaywal segment` {
  /// Larger than any window, and almost nothing but heads of chunks.
  @Test(arguments: [0, 1, 5])
  func `is looked for behind an entry of a million chunks by reading it a few times`(
    payload: Int
  ) throws {
    let entry = OkayWALEncoder.entry(
      id: 301, chunks: [[UInt8]](repeating: [UInt8](repeating: 7, count: payload), count: 1 << 20))
    let small = SmallSegment()
    let bytes = Array(small.bytes.prefix(small.entries[4].lowerBound))
    let story = try small.story(bytes + [0xee] + entry + bytes.suffix(40))
    let report = try story.scan().report
    // The long entry, and the last of those before it once more.
    #expect(report.afterDamage.records == 2)
    #expect(report.ranges.contains { $0.length == UInt64(entry.count) && $0.records == 1 })
    #expect(report.bytesRead <= UInt64(4 * story.bytes.count + (2 << 20)))
  }

  @Test func `is found wherever one bit flips, or the format cannot tell`() throws {
    let small = SmallSegment()
    let story = try small.story()
    var tally = FlipTally("okaywal")
    for place in 0..<small.bytes.count {
      for bit in 0..<8 {
        let report = try story.flip(bit: bit, at: place).scan().report
        story.flip(bit: bit, at: place)
        tally.note(
          bit: bit, of: "byte \(place)",
          isFound: [.damagedInside, .tornTail, .foreign].contains(report.verdict),
          hasMoreRecords: report.records + report.afterDamage.records > 5,
          reason: small.unprotected[place])
      }
    }
    tally.expect(
      unnoticed: [
        "entry id": 304,
        "version info": 16,
        "length of the version info": 1,
        "behind the end: remains of an earlier life look like it": 320,
        "first marker of the last entry: remains look like it": 8,
        "chunk marker of the last entry: an abort looks like it": 8,
        "end marker of the last entry: an abort looks like it": 8,
        "02 becomes 03, and the length behind it an entry": 1,
        "03 becomes 01, and what follows part of an abort": 1,
      ], growing: ["02 becomes 03, and the length behind it an entry": 1])
  }

  @Test func `in a payload or a checksum is named by its bit, and the walk goes on`() throws {
    let small = SmallSegment()
    for place in [small.entries[0].lowerBound + 15, small.entries[3].lowerBound + 20] {
      let story = try small.story().flip(bit: 3, at: place)
      let report = try story.scan().report
      #expect(report.records == 4 && report.damagedRecords == 1)
      #expect(report.verdict == .damagedInside)
      #expect(report.firstInvalid?.bitFlip == BitFlip(offset: UInt64(place), bit: 3))
      let judged = try story.judge()
      #expect(judged.findings.contains { $0.code == .checksumMismatch })
      #expect(judged.findings.contains { $0.code == .ownerRefuses })
    }
  }

  @Test func `by cutting it anywhere gives one verdict, and ranges that own every byte`() throws {
    let small = SmallSegment()
    for count in 0...small.bytes.count {
      let story = try small.story(Array(small.bytes.prefix(count)))
      let scanned = try story.scan()
      expectSound(scanned, size: count, "cut after \(count)")
      let whole = small.entries.count { $0.upperBound <= count }
      if count >= 7 { #expect(scanned.report.records == UInt64(whole), "cut after \(count)") }
    }
  }

  @Test(
    .enabled(if: Fixtures.root != nil, Fixtures.absence),
    arguments: [
      ("recycled-torn", "wal-35"), ("all-kinds", "wal-1"), ("rollback-hides-commits", "wal-1"),
      ("aborted-then-committed", "wal-1"),
    ])
  func `by cutting a real file anywhere gives one verdict`(name: String, file: String) throws {
    let bytes = try Fixtures.bytes("okaywal/\(name)/data/\(file)")
    let step = Thoroughness.isExhaustive ? 1 : 37
    for count in stride(from: 0, through: bytes.count, by: step) {
      let story = try LogStory(
        Array(bytes.prefix(count)), fileName: file, format: "okaywal")
      expectSound(try story.scan(), size: count, "\(name) cut after \(count)")
    }
  }

  @Test func `leaves entries of an earlier life alone, whole and half`() throws {
    var bytes = OkayWALEncoder.header() + OkayWALEncoder.entry(id: 900, chunks: [[1, 2, 3]])
    let end = bytes.count
    bytes += [0x77, 0x78, 0x79]
    for id in 10..<14 as Range<UInt64> {
      bytes += OkayWALEncoder.entry(id: id, chunks: [Array("old \(id)".utf8)])
    }
    bytes += OkayWALEncoder.entry(id: 14, chunks: [[9]], isCommitted: false)
    let story = try LogStory(bytes, fileName: "wal-900", format: "okaywal")
    let report = try story.scan().report
    #expect(report.records == 1 && report.afterDamage.records == 0)
    #expect(report.logicalEnd == UInt64(end))
    #expect(report.verdict == .staleTail && report.firstInvalid == nil)
    let recycled = report.ranges.filter { $0.kind == .stale && $0.records > 0 }
    #expect(recycled.map(\.records) == [4])
    #expect(try story.judge().verdict == .clean)
  }

  @Test func `hides no committed entry behind bytes that a rollback left`() throws {
    let first = OkayWALEncoder.header() + OkayWALEncoder.entry(id: 1, chunks: [[1]])
    let junk = Array("krolled-back".utf8)
    let hidden = OkayWALEncoder.entry(id: 4, chunks: [Array("four4".utf8)])
    let bytes = first + junk + hidden + [0xaa, 0xbb]
    let report = try LogStory(bytes, fileName: "wal-1", format: "okaywal").scan().report
    #expect(report.verdict == .damagedInside)
    #expect(report.afterDamage == AfterDamage(records: 1, bytes: UInt64(hidden.count)))
    #expect(report.firstInvalid?.offset == UInt64(first.count))
    #expect(report.ranges.map(\.kind) == [.header, .records, .damage, .records, .stale])
  }

  @Test(arguments: [false, true])
  func `by cutting an entry takes no entry inside its chunks for one`(isFlipped: Bool) throws {
    let inner = OkayWALEncoder.entry(id: 7, chunks: [Array("nested".utf8)])
    let chunks = [inner, Array("second".utf8), [UInt8](repeating: 9, count: 50)]
    var bytes = OkayWALEncoder.header() + OkayWALEncoder.entry(id: 1, chunks: [[1]])
    let second = bytes.count + 9 + (inner.count + 9)
    let third = second + 6 + 9
    bytes += OkayWALEncoder.entry(id: 2, chunks: chunks)
    bytes.removeLast(20)
    if isFlipped { bytes[second + 6] ^= 1 }
    let report = try LogStory(bytes, fileName: "wal-1", format: "okaywal").scan().report
    #expect(report.records == 1 && report.afterDamage.records == 0)
    #expect(report.verdict == .tornTail)
    #expect(report.firstInvalid?.offset == UInt64(isFlipped ? second : third))
  }

  @Test func `takes no bytes for an entry that has no checksum to show for it`() throws {
    let bytes =
      OkayWALEncoder.header() + OkayWALEncoder.entry(id: 1, chunks: [[1]]) + [0x55, 0x55]
      + OkayWALEncoder.entry(id: 2, chunks: []) + [UInt8](repeating: 0, count: 100)
    let report = try LogStory(bytes, fileName: "wal-1", format: "okaywal").scan().report
    #expect(report.records == 1 && report.afterDamage.records == 0)
    #expect(report.verdict == .staleTail)
  }
}

struct `Large okaywal entries` {
  /// An entry of many windows, with a chunk larger than one, behind and before small ones.
  private func bytes(flipping: Int? = nil) -> (bytes: [UInt8], large: Range<Int>) {
    let chunks = (0..<40).map { number in
      [UInt8](repeating: UInt8(number), count: number == 7 ? 700_000 : 30_000 + number)
    }
    var bytes = OkayWALEncoder.header() + OkayWALEncoder.entry(id: 1, chunks: [[1]])
    let start = bytes.count
    bytes += OkayWALEncoder.entry(id: 2, chunks: chunks)
    let large = start..<bytes.count
    bytes += OkayWALEncoder.entry(id: 3, chunks: [[3]])
    if let flipping { bytes[start + flipping] ^= 1 }
    return (bytes, large)
  }

  @Test func `are walked, listed and described piece by piece`() throws {
    let (bytes, large) = bytes()
    let story = try LogStory(bytes, fileName: "wal-1", format: "okaywal")
    let scanned = try story.scan()
    #expect(scanned.report.records == 3 && scanned.report.verdict == .clean)
    let log = try LogTree.open(
      FileName(story.directory.path("wal-1")), format: "okaywal"
    ).logs[0]
    var reader = try RecordReader(
      log, segment: 0, end: UInt64(bytes.count), index: scanned.index)
    let rows = try allRows(&reader)
    #expect(rows.map(\.offset) == [0, 5, UInt64(large.lowerBound), UInt64(large.upperBound)])
    let described = try reader.describe(offset: UInt64(large.lowerBound), payloadLimit: 100)
    #expect(described.record.length == UInt64(large.count))
    #expect(described.payloads.count == 40 && described.record.fault == nil)
  }

  @Test func `are damaged at the chunk, and shown so in the list`() throws {
    let (bytes, large) = bytes(flipping: 900_000)
    let story = try LogStory(bytes, fileName: "wal-1", format: "okaywal")
    let scanned = try story.scan()
    #expect(scanned.report.records == 2 && scanned.report.damagedRecords == 1)
    let invalid = try #require(scanned.report.firstInvalid)
    #expect(invalid.offset > UInt64(large.lowerBound) + 200_000)
    #expect(invalid.offset < UInt64(large.lowerBound) + 900_000)
    let log = try LogTree.open(
      FileName(story.directory.path("wal-1")), format: "okaywal"
    ).logs[0]
    var reader = try RecordReader(
      log, segment: 0, end: UInt64(bytes.count), index: scanned.index)
    let flawed = try allRows(&reader).compactMap { row -> Bool? in
      if case .record(let record, _) = row { record.isAccepted } else { nil }
    }
    #expect(flawed == [true, false, true])
  }

  @Test func `are found behind damage`() throws {
    let (bytes, large) = bytes()
    let damaged = Array(bytes.prefix(large.lowerBound)) + [0xee, 0xee] + bytes[large.lowerBound...]
    let report = try LogStory(damaged, fileName: "wal-1", format: "okaywal").scan().report
    #expect(report.records == 1 && report.afterDamage.records == 2)
  }

  /// Starts that all lead into one long chain of chunks.
  @Test(.timeLimit(.minutes(15))) func `do not make the search for entries quadratic`() throws {
    var bytes = OkayWALEncoder.header() + [0xee]
    let chain = [UInt8]([2, 0, 0, 0, 0, 0, 0, 0, 0])
    let head: [UInt8] = [1, 1, 0, 0, 0, 0, 0, 0, 0]
    for _ in 0..<20_000 { bytes += head + chain }
    for _ in 0..<40_000 { bytes += chain }
    let story = try LogStory(bytes, fileName: "wal-1", format: "okaywal")
    let scanned = try story.scan()
    expectSound(scanned, size: bytes.count)
    #expect(scanned.report.records == 0)
  }

  @Test(arguments: [UInt32.max, .max - 3, .max - 4, 1 << 31, 1 << 20] as [UInt32])
  func `of lengths that no file has take no memory, and the owner's growth is told`(
    length: UInt32
  ) throws {
    var bytes = OkayWALEncoder.header() + OkayWALEncoder.entry(id: 1, chunks: [[1]])
    let end = UInt64(bytes.count)
    bytes += [1, 2, 0, 0, 0, 0, 0, 0, 0, 2]
    for shift in stride(from: 0, to: 32, by: 8) {
      bytes.append(UInt8(truncatingIfNeeded: length >> UInt32(shift)))
    }
    bytes += [UInt8](repeating: 7, count: 500)
    let story = try LogStory(bytes, fileName: "wal-1", format: "okaywal")
    let report = try story.judge()
    let segment = try #require(report.segments.first)
    #expect(segment.records == 1 && segment.logicalEnd == end)
    #expect(segment.firstInvalid?.offset == end + 9)
    let refusing = try #require(report.forecasts.first { $0.mode == "propagate-errors" })
    #expect(!refusing.opens)
    let ignoring = try #require(report.forecasts.first { $0.mode == "ignore-errors" })
    #expect(ignoring.opens && ignoring.keepsRecords == 1)
    if length > 1 << 20, length < .max - 503 { #expect(ignoring.outcome == .grows) }
  }
}
