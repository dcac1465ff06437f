import LogFiles
import LogFormats
import LogInspection
import NumberedRecords
import TestSupport
import Testing

/// Logs that the real owner wrote, and what it made of them itself, under walscope's writer.
@Suite(.enabled(if: Fixtures.root != nil, Fixtures.absence))
struct `A nori-wal log of its real owner` {
  private static func copy(_ name: String) throws -> TemporaryDirectory {
    let copy = try TemporaryDirectory()
    let source = try OpenDirectory.open("\(Fixtures.root ?? "")/nori-wal/\(name)/data")
    for entry in try source.entries() where entry.kind == .regular {
      let file = try #require(entry.name.utf8)
      try copy.write(try Fixtures.bytes("nori-wal/\(name)/data/\(file)"), to: file)
    }
    return copy
  }

  private static func report(_ directory: TemporaryDirectory) throws -> LogReport {
    try #require(
      try LogTree.open(FileName(directory.path), format: "nori-wal").logs.first
    ).scan()
  }

  private static func sizes(_ directory: TemporaryDirectory) throws -> [String: UInt64] {
    let open = try directory.open()
    var sizes: [String: UInt64] = [:]
    for entry in try open.entries() {
      sizes[entry.name.utf8 ?? ""] = try open.status(of: entry.name).size
    }
    return sizes
  }

  @Test(arguments: Fixtures.cases("nori-wal"))
  func `is gone on with as the owner does, or refused where that loses records`(name: String)
    throws
  {
    let directory = try Self.copy(name)
    let before = try Self.sizes(directory)
    let judged = try Self.report(directory)
    let owner = try NoriWALTruth.read(name).real_recovery
    let loses = judged.segments.contains { [.damagedInside, .foreign].contains($0.verdict) }
    var options = NoriWALWriterOptions()
    options.segmentSize = 1 << 20
    options.policy = .always
    let writer: NoriWALWriter
    do {
      writer = try NoriWALWriter.open(in: try directory.open(), options: options)
    } catch {
      #expect(loses || !owner.ok, "\(error)")
      #expect(try Self.sizes(directory) == before)
      return
    }
    #expect(!loses && owner.ok)
    #expect(writer.recovered.records == owner.valid_records)
    #expect(writer.recovered.segments == owner.segments_scanned)
    #expect(writer.recovered.tornBytes + writer.recovered.zeroBytes == owner.bytes_truncated)
    #expect(writer.recovered.end?.segment == owner.last_valid_position?.segment_id)
    #expect(writer.recovered.end?.offset == owner.last_valid_position?.offset)
    for number in UInt64(0)..<300 {
      let record = NumberedRecord(number, size: 5000)
      _ = try writer.append(key: record.key, value: record.value)
    }
    try writer.close()
    let after = try Self.report(directory)
    #expect(after.segments.allSatisfy { [.clean, .empty].contains($0.verdict) })
    #expect(after.segments.reduce(0) { $0 + $1.records } == (owner.valid_records ?? 0) + 300)
    #expect(after.findings.allSatisfy { $0.severity < .error || $0.code == .missingSegment })
    // Segments that were there have the size that the owner gave them, the last one excepted.
    for (file, size) in owner.file_sizes_after where file != judged.segments.last?.file.name.utf8 {
      #expect(try Self.sizes(directory)[file] == size, "\(file)")
    }
  }
}
