import Glibc
import LogFiles
import LogFormats
import LogInspection
import TestSupport
import Testing

@Suite(.enabled(if: Fixtures.root != nil, Fixtures.absence))
struct `Real TegDB logs` {
  private static func open(_ name: String) throws -> (log: Log, report: LogReport) {
    let path = "\(Fixtures.root ?? "")/tegdb/\(name)/data"
    let log = try #require(try LogTree.open(FileName(path), format: "tegdb").logs.first)
    return (log, log.scan())
  }

  @Test(arguments: TegDBTruth.logs)
  func `end and hold what an independent reader found`(name: String) throws {
    let truth = try TegDBTruth.read(name)
    let segment = try #require(try Self.open(name).report.segments.first)
    guard truth.header_status == "ok" else { return }
    #expect(segment.logicalEnd == truth.logical_end)
    #expect(segment.records == truth.valid_records)
    #expect(segment.firstInvalid?.offset == truth.first_invalid?.offset)
    let undone = segment.facts.first { $0.name == "uncommittedRecords" }?.value
    #expect(undone == truth.uncommitted_tail_records.map { .number($0) })
    if let reason = truth.first_invalid?.reason {
      #expect(Self.words[reason] == segment.firstInvalid?.fault.reason)
    }
  }

  private static let words: [String: Reason] = [
    "torn-length-fields": .short, "torn-record": .incomplete,
    "key-length-exceeds-limit": .keyTooLong, "value-length-exceeds-limit": .valueTooLong,
    "zero-length-fields-then-nonzero-bytes": .zeros,
  ]

  @Test(arguments: TegDBTruth.logs)
  func `have rows that tell what becomes of each record`(name: String) throws {
    let truth = try TegDBTruth.read(name)
    guard truth.header_status == "ok", let expected = truth.records ?? truth.records_first else {
      return
    }
    let log = try Self.open(name).log
    let scanned = log.scanSegment(0)
    var reader = try RecordReader(
      log, segment: 0, end: scanned.report.fileSize, index: scanned.index)
    let rows = try allRows(&reader).compactMap { row -> Record? in
      if case .record(let record, _) = row, !record.isFoundByResync { record } else { nil }
    }
    for entry in expected {
      let record = try #require(
        rows.last { $0.offset <= entry.offset }, "nothing at \(entry.offset)")
      #expect(record.offset + record.length >= entry.offset + entry.total)
      #expect(record.kind.hasPrefix(entry.kind), "at \(entry.offset)")
      let state = record.attributes.first { $0.name == "transaction" }?.value
      #expect(state == Self.states[entry.tx].map { .word($0) }, "at \(entry.offset)")
    }
  }

  private static let states = [
    "committed": "committed", "uncommitted": "undone", "no-marker-in-file": "no-marker",
  ]

  @Test(arguments: TegDBTruth.logs)
  func `are forecast as the real open treated them`(name: String) throws {
    let real = try #require(try TegDBTruth.read(name).real_recovery)
    let report = try Self.open(name).report
    let forecast = try #require(report.forecasts.first { $0.mode == "open" })
    #expect(forecast.opens == real.opens)
    #expect(forecast.ownerError == real.error)
    #expect(forecast.sizesAfter?.first?.size == real.file_size_after)
    guard real.opens == true else { return }
    func number(_ name: String) -> FieldValue? {
      forecast.attributes.first { $0.name == name }?.value
    }
    #expect(number("keepsKeys") == real.live_keys.map { .number(UInt64($0.count)) })
    #expect(number("validDataEndAfter") == real.valid_data_end_after.map { .number($0) })
  }

  @Test(arguments: TegDBTruth.logs)
  func `show the keys and values that a reader of the real program saw`(name: String) throws {
    let truth = try TegDBTruth.read(name)
    let seen = truth.real_recovery?.live_keys ?? truth.real_recovery_older?.first?.live_keys
    guard truth.header_status == "ok", let seen else { return }
    let (log, report) = try Self.open(name)
    let keys = try #require(try log.liveKeys(report))
    #expect(keys.count == seen.count)
    var pairs: [(key: [UInt8], value: [UInt8])] = []
    try log.forEachRecord(of: keys, report, previewLimit: 1 << 20) { _, record in
      pairs.append((record.key?.bytes ?? [], record.value?.bytes ?? []))
      return true
    }
    pairs.sort { $0.key.lexicographicallyPrecedes($1.key) }
    let lines = pairs.map { pair in
      "\(Self.hex(pair.key)),\(pair.value.count),\(SHA256.hex(pair.value))\n"
    }
    #expect(SHA256.hex(lines.flatMap { Array($0.utf8) }) == seen.listing_sha256)
  }

  private static func hex(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  /// Small files of each kind, cut everywhere.
  @Test(arguments: [
    "v1-zero-tail", "v1-uncommitted-tail", "v2-clean-small", "v2-compacted", "v2-empty-key",
    "v2-flip-vallen-high", "v2-torn-large-then-append", "v2-stale-records-after-vde",
    "v2-vde-stale-midrecord", "v2-zero-tail-stale-vde", "v0-headerless",
  ])
  func `are sound to judge at every length`(name: String) throws {
    let truth = try TegDBTruth.read(name)
    let bytes = try Fixtures.bytes("tegdb/\(name)/\(truth.file ?? "")")
    for length in 0...bytes.count {
      let cut = try TegDBFile(Array(bytes.prefix(length)), name: "db.teg.new")
      let scanned = withExtendedLifetime(cut) { cut.log.scanSegment(0) }
      expectSound(scanned, size: length, "\(name) cut to \(length)")
    }
  }
}

struct `TegDB files made by hand` {
  /// The page's second worked example: a crash in the second transaction, preallocated to 192.
  private static let crashed: [UInt8] =
    TegDBBytes.header(dataEnd: 121) + TegDBBytes.put("k1", "old") + TegDBBytes.marker
    + TegDBBytes.put("k2", "new") + TegDBBytes.delete("k1") + [UInt8](repeating: 0, count: 71)

  @Test func `undo what stands behind the last marker`() throws {
    let report = try TegDBFile(Self.crashed).scan()
    let segment = try #require(report.segments.first)
    #expect(segment.logicalEnd == 121 && segment.records == 4)
    #expect(segment.verdict == .preallocatedTail && report.verdict == .attention)
    #expect(report.findings.map(\.code) == [.uncommittedTail, .zeroTail])
    let open = try #require(report.forecasts.first)
    #expect(open.keepsRecords == 2 && open.losesRecords == 2 && open.outcome == .drops)
  }

  /// The scan counts what the search for live keys would find in a reading of its own.
  @Test func `have as many live keys in the facts of a scan as a search for them finds`() throws {
    typealias Bytes = TegDBBytes
    let numbers = (0..<3_000).flatMap { Bytes.put("k\($0 % 1_700)", "v\($0)") }
    let some = Bytes.put("a", "1") + Bytes.put("b", "2") + Bytes.put("", "of the empty key")
    let logs: [(records: [UInt8], live: UInt64?)] = [
      ([], 0), (some, 3), (some + Bytes.delete("a"), 2),
      (some + Bytes.marker + Bytes.delete("a"), 3),
      (some + Bytes.delete("a") + Bytes.marker + Bytes.put("c", "3"), 2),
      (some + Bytes.delete(""), 2), (some + Bytes.put("a", "4") + Bytes.marker, 3),
      (numbers + Bytes.marker + numbers, 1_700), (numbers + Bytes.delete("k3") + some, 1_702),
      // A record that no window holds is not looked at again for its key.
      (some + Bytes.put("large", String(repeating: "v", count: 262_140)), nil),
    ]
    for (records, live) in logs {
      let file = try TegDBFile(Bytes.header(dataEnd: 64 + UInt64(records.count)) + records)
      let report = file.scan()
      let fact = report.segments.first?.facts.first { $0.name == "liveKeys" }
      #expect(fact?.value == live.map { .number($0) }, "\(records.count) bytes")
      let found = try file.log.liveKeys(report)?.count
      #expect(live == nil || found.map { UInt64($0) } == live, "\(records.count) bytes")
      let told = report.forecasts.first?.attributes.first { $0.name == "keepsKeys" }
      #expect(told?.value == found.map { .number(UInt64($0)) }, "\(records.count) bytes")
    }
  }

  @Test func `fold zeros that count as deletes into one row, whatever their number`() throws {
    let file = try TegDBFile(TegDBBytes.header(version: 1, dataEnd: 0) + TegDBBytes.put("a", "1"))
    try FileWriter(file.directory.path("db.teg")).truncate(1 << 30)
    let scanned = file.log.scanSegment(0)
    // 73 bytes are the header and the put; what 8 does not divide is a torn length.
    let pairs = ((UInt64(1) << 30) - 74) / 8
    #expect(scanned.report.records == 1 + pairs)
    #expect(scanned.report.firstInvalid?.offset == 74 + pairs * 8)
    #expect(scanned.report.bytesRead < 4 << 20)
    var reader = try RecordReader(
      file.log, segment: 0, end: scanned.report.fileSize, index: scanned.index)
    let rows = try allRows(&reader)
    #expect(rows.count == 4)
    #expect(rows[2].length == pairs * 8)
  }

  @Test func `count what stands behind garbage only when a marker proves it`() throws {
    let sound = TegDBBytes.header(dataEnd: 74) + TegDBBytes.put("a", "1")
    let garbage = [UInt8](repeating: 0xff, count: 50)
    let chance = try TegDBFile(sound + garbage + TegDBBytes.put("b", "2") + garbage).scan()
    #expect(chance.segments.first?.logicalEnd == 74)
    #expect(chance.segments.first?.afterDamage.records == 0)
    let proven = try TegDBFile(
      sound + garbage + TegDBBytes.put("b", "2") + TegDBBytes.marker + garbage
    ).scan()
    #expect(proven.segments.first?.logicalEnd == 74)
    #expect(proven.segments.first?.afterDamage.records == 2)
    #expect(proven.segments.first?.verdict == .damagedInside)
  }

  @Test func `are several logs in one directory, and a leftover belongs to its log`() throws {
    let file = try TegDBFile(Self.crashed)
    try file.directory.write(Self.crashed, to: "other.teg")
    try file.directory.write(Self.crashed, to: "other.teg.new")
    let tree = try LogTree.open(FileName(file.directory.path))
    #expect(tree.logs.map { $0.layout.primary?.utf8 } == ["db.teg", "other.teg"])
    let report = try #require(tree.logs.last).scan()
    #expect(report.findings.contains { $0.code == .leftoverTemporaryFile })
  }

  @Test func `find every flipped bit but those that the format cannot know`() throws {
    let bytes =
      TegDBBytes.header(dataEnd: 64 + 10 + 21 + 13 + 10 + 21) + TegDBBytes.put("a", "1")
      + TegDBBytes.marker + TegDBBytes.put("k2", "new") + TegDBBytes.delete("k2")
      + TegDBBytes.marker
    let sound = try TegDBFile(bytes).scan()
    #expect(sound.verdict == .clean)
    var tally = FlipTally("tegdb")
    for bit in 0..<bytes.count * 8 {
      var flipped = bytes
      flipped[bit / 8] ^= 1 << UInt8(bit % 8)
      let report = try TegDBFile(flipped, name: "db.teg.new").scan()
      let segment = try #require(report.segments.first)
      tally.note(
        bit: bit % 8, of: "byte \(bit / 8)",
        isFound: segment.verdict != .clean
          || report.findings.contains { $0.code != .leftoverTemporaryFile },
        hasMoreRecords: segment.records + segment.afterDamage.records > 5,
        reason: Self.undetectable(byte: bit / 8))
    }
    tally.expect(unnoticed: [
      "flags, which nothing reads": 32,
      "limits in the header, which nothing reads back": 64,
      "reserved bytes, which nothing reads": 280,
      "a key or a value, which no checksum covers": 72,
      "a marker that becomes another key: a delete": 104,
    ])
  }

  @Test func `are sound to judge at every length, and keep the records that are whole`() throws {
    let bytes =
      TegDBBytes.header(dataEnd: 1000) + TegDBBytes.put("a", "1") + TegDBBytes.marker
      + TegDBBytes.put("long", String(repeating: "x", count: 90)) + TegDBBytes.delete("a")
    let ends = [74, 95, 197, 206]
    for length in 0...bytes.count {
      let cut = try TegDBFile(Array(bytes.prefix(length)), name: "db.teg.new")
      let scanned = withExtendedLifetime(cut) { cut.log.scanSegment(0) }
      expectSound(scanned, size: length, "cut to \(length)")
      #expect(scanned.report.records == UInt64(ends.count { $0 <= length }), "cut to \(length)")
    }
  }

  /// The owner takes them for new data, so they cannot be left out; what is told is where they are.
  @Test func `tell records of an earlier life that stand right behind the noted end`() throws {
    let sound = TegDBBytes.header(dataEnd: 95) + TegDBBytes.put("a", "1") + TegDBBytes.marker
    let stale = TegDBBytes.put("old", "life") + TegDBBytes.marker
    let report = try TegDBFile(sound + stale).scan()
    let segment = try #require(report.segments.first)
    #expect(segment.facts.first { $0.name == "recordsBeyondValidDataEnd" }?.value == .number(2))
    #expect(report.findings.contains { $0.code == .wrongDataEnd && $0.severity == .warning })
    #expect(report.verdict == .attention)
    #expect(report.forecasts.first?.message.contains("2 records behind its noted end") == true)
  }

  @Test func `take no records of an earlier life that stand behind unwritten space`() throws {
    let sound = TegDBBytes.header(dataEnd: 95) + TegDBBytes.put("a", "1") + TegDBBytes.marker
    let space = [UInt8](repeating: 0, count: 40)
    let stale = TegDBBytes.put("old", "life") + TegDBBytes.marker
    let segment = try #require(try TegDBFile(sound + space + stale).scan().segments.first)
    #expect(segment.logicalEnd == 95 && segment.records == 2)
    #expect(segment.afterDamage.records == 2 && segment.firstInvalid?.offset == 95)
    #expect(segment.verdict == .damagedInside)
  }

  /// Why no reader can notice a change of this byte of the file above.
  private static func undetectable(byte: Int) -> String? {
    switch byte {
    case 8..<12: "flags, which nothing reads"
    case 12..<20: "limits in the header, which nothing reads back"
    case 29..<64: "reserved bytes, which nothing reads"
    case 64..<72, 74..<82, 95..<103, 108..<116, 118..<126:
      "a length that becomes another plausible one"
    case 82..<95, 126..<139: "a marker that becomes another key: a delete"
    case 72..<139: "a key or a value, which no checksum covers"
    default: nil
    }
  }
}
