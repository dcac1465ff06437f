import Glibc
import LogFiles
import LogFormats
import LogInspection
import TestSupport
import Testing

/// The three sets that the real replicator wrote, and what it did with them.
@Suite(.enabled(if: Fixtures.root != nil, Fixtures.absence))
struct `Real backup sets` {
  static let names = ["tgstream-plain", "tgstream-gzip-prealloc", "tgstream-base-with-uncommitted"]

  private static func scan(_ name: String) throws -> LogReport {
    let path = FileName("\(Fixtures.root ?? "")/tegdb/\(name)/data")
    let logs = try LogTree.open(path).logs.filter { $0.format.name == "tgstream" }
    #expect(logs.count == 1, "the set below the state file is no log of its own")
    return try #require(logs.first).scan()
  }

  @Test(arguments: names)
  func `hold the records that an independent reader counted`(name: String) throws {
    let report = try Self.scan(name)
    #expect(report.segments.count == 5)
    #expect(report.segments.allSatisfy { $0.verdict == .clean })
    let records = report.segments.map { $0.facts.number("walkedRecords") }
    let commits = report.segments.map { $0.facts.number("commitMarkers") }
    let expected: [String: ([UInt64], [UInt64])] = [
      "tgstream-plain": ([16, 12, 10], [3, 2]), "tgstream-gzip-prealloc": ([16, 12, 10], [3, 2]),
      "tgstream-base-with-uncommitted": ([17, 13, 10], [3, 2]),
    ]
    #expect(records.compactMap(\.self) == expected[name]?.0)
    #expect(commits.compactMap(\.self).dropFirst() == expected[name]?.1[...])
  }

  @Test func `go on from each other`() throws {
    for name in ["tgstream-plain", "tgstream-gzip-prealloc"] {
      let report = try Self.scan(name)
      #expect(report.findings.map(\.code) == [.restoreLeavesOut] && report.verdict == .clean)
    }
    let report = try Self.scan("tgstream-base-with-uncommitted")
    #expect(report.findings.map(\.code) == [.uncommittedBase, .restoreLeavesOut])
    #expect(report.verdict == .damaged)
  }

  @Test(arguments: [
    ("tgstream-plain", 680, 1782, nil as String?), ("tgstream-gzip-prealloc", 721, 1765, nil),
    (
      "tgstream-base-with-uncommitted", 814, 1906,
      "Segment gap: expected offset 814, got 1433"
    ),
  ])
  func `are restored as the real restore did`(
    name: String, latest: UInt64, end: UInt64, error: String?
  ) throws {
    let forecasts = try Self.scan(name).forecasts
    #expect(forecasts.map(\.mode) == ["restore-latest", "restore-last-segment"])
    #expect(forecasts[0].attributes.number("restoredSize") == latest)
    #expect(forecasts[0].opens && forecasts[0].attributes.number("appliedSegments") == 0)
    #expect(forecasts[1].attributes.number("targetOffset") == end)
    #expect(forecasts[1].opens == (error == nil) && forecasts[1].ownerError == error)
    if error == nil { #expect(forecasts[1].attributes.number("restoredSize") == end) }
  }
}

extension [Attribute] {
  fileprivate func number(_ name: String) -> UInt64? {
    switch first(where: { $0.name == name })?.value {
    case .number(let value), .size(let value): value
    default: nil
    }
  }
}

struct `Backup sets made by hand` {
  @Test(arguments: [false, true])
  func `that are sound have nothing but a note`(isCompressed: Bool) throws {
    let set = BackupSet(isCompressed: isCompressed)
    let report = try set.judge()
    #expect(report.findings.map(\.code) == [.restoreLeavesOut])
    #expect(report.forecasts.map(\.outcome) == [.drops, .clean])
    #expect(report.forecasts[1].keepsRecords == 8)
    #expect(report.segments.map(\.verdict) == Array(repeating: .clean, count: 5))
    #expect(report.segments.map(\.file.state) == [.sealed, .sealed, .sealed, .metadata, .metadata])
  }

  // MARK: Links of the chain

  @Test(arguments: [false, true])
  func `lack what a segment in between held`(isCompressed: Bool) throws {
    var set = BackupSet(isCompressed: isCompressed)
    set.remove(set.firstSegment)
    let report = try set.judge()
    #expect(report.findings.map(\.code) == [.segmentGap, .restoreLeavesOut])
    #expect(report.findings[0].file == FileName("shop.teg/\(set.secondSegment)"))
    #expect(report.forecasts[1].outcome == .refuses)
    #expect(
      report.forecasts[1].ownerError
        == "Segment gap: expected offset \(set.baseEnd), got \(set.firstEnd)")
  }

  @Test func `lack the last segment only as far as the state tells`() throws {
    var set = BackupSet()
    set.remove(set.secondSegment)
    #expect(try set.judge().has(.missingSegment, .error))
    set.remove("../shop.stream.toml")
    #expect(try set.judge().findings.map(\.code) == [.restoreLeavesOut])
  }

  @Test func `have segments that overlap`() throws {
    var set = BackupSet()
    set.files["segments/\(BackupSet.id)/\(set.baseEnd)-\(set.end).seg"] = set.first + set.second
    let report = try set.judge()
    #expect(
      report.findings.map(\.code) == [.segmentOverlap, .segmentOverlap, .restoreLeavesOut]
        || report.has(.segmentOverlap, .error))
    #expect(report.forecasts[1].outcome == .refuses && report.forecasts[1].ownerError == nil)
  }

  @Test(arguments: [false, true])
  func `have a segment of another length than its name promises`(isCompressed: Bool) throws {
    var set = BackupSet(isCompressed: isCompressed)
    set.put(BackupSet.put("k", "v") + BackupSet.marker, as: set.firstSegment)
    let report = try set.judge()
    #expect(report.has(.segmentLength, .error))
    #expect(report.forecasts[1].outcome == .misreads)
  }

  @Test(arguments: [false, true])
  func `have a segment that ends without a commit`(isCompressed: Bool) throws {
    var set = BackupSet(isCompressed: isCompressed)
    let marker = BackupSet.marker.count
    let other = BackupSet.put("__TX_COMMIX__", "")
    set.put(Array(set.first.dropLast(marker)) + other, as: set.firstSegment)
    #expect(try set.judge().findings.map(\.code) == [.noCommitAtEnd, .restoreLeavesOut])
  }

  @Test func `have a compressed segment that does not frame`() throws {
    var set = BackupSet(isCompressed: true)
    set.put([0xff] + set.first.dropFirst(), as: set.firstSegment)
    let report = try set.judge()
    #expect(report.findings.map(\.code) == [.badFraming, .restoreLeavesOut])
    #expect(report.segments[1].verdict == .clean, "the compressed data themselves are whole")
    #expect(report.segments[1].facts.number("contentsFaultAt") == 0)
  }

  @Test(arguments: [false, true])
  func `have a base that is shorter than its header notes`(isCompressed: Bool) throws {
    var set = BackupSet(isCompressed: isCompressed)
    set.put(set.base.dropLast(BackupSet.marker.count), as: set.baseName)
    let report = try set.judge()
    #expect(report.has(.baseLength, .error))
  }

  @Test func `have a base that latest_json notes another end for`() throws {
    var set = BackupSet()
    set.setLatest(offset: set.baseEnd + 1000)
    let report = try set.judge()
    #expect(report.has(.baseLength, .error))
    #expect(report.findings.first?.file == FileName("shop.teg/latest.json"))
  }

  @Test(arguments: [false, true])
  func `have a base from the middle of a transaction`(isCompressed: Bool) throws {
    var set = BackupSet(isCompressed: isCompressed)
    let open = BackupSet.put("open", "transaction")
    let records = Array(set.base.dropFirst(64)) + open
    set.put(BackupSet.database(records), as: set.baseName)
    let report = try set.judge()
    #expect(report.has(.uncommittedBase, .error))
    #expect(report.forecasts[1].outcome == .refuses)
  }

  @Test func `lack the base that is named`() throws {
    var set = BackupSet()
    set.remove(set.baseName)
    let report = try set.judge()
    #expect(report.findings.filter { $0.code == .missingBase }.count == 3)
    #expect(report.forecasts.first?.outcome == .refuses)
  }

  @Test func `leave behind segments of a base that was pruned`() throws {
    var set = BackupSet()
    set.files["segments/20250101T000000/64-85.seg"] = BackupSet.marker
    let report = try set.judge()
    #expect(report.findings.map(\.code) == [.strayFile, .restoreLeavesOut])
    #expect(report.verdict == .clean)
    #expect(report.segments.first { $0.file.id == 64 }?.file.state == .ignored)
  }

  @Test func `have a state that lags behind, names another base, or cannot be read`() throws {
    var set = BackupSet()
    set.setState(offset: set.firstEnd)
    #expect(try set.judge().findings.map(\.code) == [.stateDisagrees, .restoreLeavesOut])
    set.setState(offset: set.end, base: "20250101T000000")
    #expect(try set.judge().has(.missingBase, .error))
    set.files["../shop.stream.toml"] = Array("last_committed_offset = \n".utf8)
    #expect(try set.judge().has(.unusableMetadata, .error))
    set.files["latest.json"] = Array(#"{"base_id": "#.utf8)
    let report = try set.judge()
    #expect(report.findings.filter { $0.code == .unusableMetadata }.count == 2)
    #expect(report.forecasts.first?.outcome == .refuses)
  }

  @Test func `are looked for without following a link`() throws {
    let set = BackupSet()
    let outside = try set.save()
    let directory = try TemporaryDirectory()
    try directory.write(set.files["../shop.stream.toml"] ?? [], to: "shop.stream.toml")
    #expect(symlink(outside.path("shop.teg"), directory.path("shop.teg")) == 0)
    let log = try #require(try LogTree.open(FileName(directory.path)).logs.first)
    #expect(log.layout.segments.map(\.name) == [FileName("shop.stream.toml")])
    #expect(log.scan().findings.map(\.code) == [.missingBase])
  }

  @Test func `open as one log, at the state and at the set, and a file of theirs alone`() throws {
    let set = BackupSet()
    let directory = try set.save()
    for path in ["", "/shop.stream.toml", "/shop.teg", "/shop.teg/latest.json"] {
      let logs = try LogTree.open(FileName(directory.path + path)).logs
      #expect(logs.count == 1 && logs.first?.format.name == "tgstream")
      let isWhole = path == "" || path == "/shop.stream.toml"
      #expect(logs.first?.layout.segments.count == (isWhole ? 5 : 4), "\(path)")
    }
    let segment = FileName("\(directory.path)/shop.teg/\(set.firstSegment)")
    let alone = try #require(try LogTree.open(segment).logs.first)
    #expect(alone.layout.segments.count == 1)
    #expect(alone.scan().findings.isEmpty)
  }

  // MARK: Single bytes

  @Test(arguments: [false, true])
  func `are judged soundly however a file is cut`(isCompressed: Bool) throws {
    let set = BackupSet(isCompressed: isCompressed)
    for (name, bytes) in set.files {
      for length in 0..<bytes.count {
        let file = try OneFile(Array(bytes.prefix(length)), name)
        let scanned = file.log.scanSegment(0)
        expectSound(scanned, size: length, "\(name) cut to \(length)")
        try file.expectFieldsTile(scanned)
        let findings = file.log.judge([scanned.report]).findings
        let isEmpty = length == 0 && scanned.report.verdict == .empty
        #expect(!findings.isEmpty || isEmpty, "\(name) cut to \(length) is not noticed")
      }
    }
  }

  @Test func `show every flipped bit of a compressed file, but those without a meaning`() throws {
    let set = BackupSet(isCompressed: true)
    let bytes = try #require(set.files[set.firstSegment])
    var tally = FlipTally("tgstream, compressed")
    for place in bytes.indices {
      for bit in 0..<8 {
        var flipped = bytes
        flipped[place] ^= 1 << bit
        let file = try OneFile(flipped, set.firstSegment)
        let scanned = file.log.scanSegment(0)
        expectSound(scanned, size: bytes.count, "bit \(bit) of \(place)")
        let findings = file.log.judge([scanned.report]).findings
        let walked = scanned.report.facts.number("walkedRecords") ?? 0
        tally.note(
          bit: bit, of: "byte \(place)", isFound: !findings.isEmpty,
          hasMoreRecords: findings.isEmpty && walked > 3,
          reason: Self.meaningless(bit: bit, of: place, in: bytes.count))
      }
    }
    tally.expect(unnoticed: [
      "the flag that says that this is text": 1,
      "the time it was made, the effort, and the system: nothing depends on them": 48,
      "the rest of the last byte, behind the end mark": 3,
    ])
  }

  /// Why nobody can notice the flip of a bit of a gzip file.
  private static func meaningless(bit: Int, of place: Int, in count: Int) -> String? {
    switch (place, bit) {
    case (3, 0): "the flag that says that this is text"
    case (4..<10, _): "the time it was made, the effort, and the system: nothing depends on them"
    case (count - 9, 5...): "the rest of the last byte, behind the end mark"
    default: nil
    }
  }

  @Test func `tell a cut, a changed and an overlong compressed file apart`() throws {
    let set = BackupSet(isCompressed: true)
    let bytes = try #require(set.files[set.firstSegment])
    func reason(_ bytes: [UInt8]) throws -> Reason? {
      let file = try OneFile(bytes, set.firstSegment)
      return file.log.scanSegment(0).report.firstInvalid?.fault.reason
    }
    #expect(try reason(bytes) == nil)
    #expect(try reason(bytes.dropLast(9)) == .compressedDataCut)
    #expect(try reason(bytes.dropLast(1)) == .compressedDataCut)
    var changed = bytes
    changed[bytes.count - 8] ^= 1
    #expect(try reason(changed) == .checksum)
    #expect(
      try reason(Array(bytes.prefix(10)) + [0xff, 0xff] + bytes.dropFirst(12))
        == .compressedDataDamaged)
    #expect(try reason(BackupSet.gzip(set.first + [1])) == .contentsTooLong)
    #expect(try reason(bytes + [1, 2, 3]) == .notARecord)
  }

  @Test func `stop decoding where a file holds more than it may`() throws {
    // Some hundred megabytes of zeros in a few hundred kilobytes.
    let set = BackupSet(isCompressed: true)
    let bomb = BackupSet.gzip([UInt8](repeating: 0, count: 200 << 20))
    let file = try OneFile(bomb, set.firstSegment)
    let report = file.log.scanSegment(0).report
    #expect(report.firstInvalid?.fault.reason == .contentsTooLong)
    #expect((report.facts.number("uncompressedSize") ?? .max) <= 1 << 17)
    let base = try OneFile(bomb, set.baseName)
    let baseReport = base.log.scanSegment(0).report
    #expect((baseReport.facts.number("uncompressedSize") ?? .max) <= 1 << 17)
  }

  @Test func `frame contents that are larger than any window`() throws {
    var records: [UInt8] = []
    var state: UInt32 = 1
    for number in 0..<20 {
      let value = (0..<200_000).map { _ in
        state = state &* 1_664_525 &+ 1_013_904_223
        return UInt8(truncatingIfNeeded: state >> 24)
      }
      records += BackupSet.record(Array("key\(number)".utf8), value)
    }
    records += BackupSet.marker
    let name = "segments/\(BackupSet.id)/64-\(64 + records.count).seg.gz"
    let file = try OneFile(BackupSet.gzip(records), name)
    let scanned = file.log.scanSegment(0)
    #expect(scanned.report.verdict == .clean)
    #expect(scanned.report.facts.number("walkedRecords") == 21)
    #expect(scanned.report.facts.number("lastCommitEnd") == UInt64(records.count))
    #expect(file.log.judge([scanned.report]).findings.isEmpty)
  }
}

/// One file of a set in a directory of its own.
private final class OneFile {
  let directory: TemporaryDirectory
  let log: Log

  init(_ bytes: [UInt8], _ name: String) throws {
    directory = try TemporaryDirectory()
    let last = name.split(separator: "/").last.map(String.init) ?? name
    let path = try directory.write(bytes, to: last)
    log = try #require(try LogTree.open(FileName(path), format: "tgstream").logs.first)
  }

  /// The fields of each row own all of its bytes.
  func expectFieldsTile(_ scanned: ScannedSegment) throws {
    var reader = try RecordReader(
      log, segment: 0, end: scanned.report.fileSize, index: scanned.index)
    for row in try allRows(&reader) where scanned.report.fileSize > 0 {
      let description = try reader.describe(offset: row.offset, payloadLimit: 100)
      var place = row.offset
      for leaf in description.fields.flatMap(\.leaves) where !leaf.range.isEmpty {
        #expect(leaf.range.lowerBound == place)
        place = leaf.range.upperBound
      }
      let end = description.record.offset + description.record.length
      #expect(place == end, "fields end at \(place), the record at \(end)")
    }
  }
}
