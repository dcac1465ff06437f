import Foundation
import LogFiles
import LogFormats
import LogInspection
import TestSupport
import Testing

/// The files that the real library left, and what is known to be true of them.
@Suite(.enabled(if: Fixtures.root != nil, Fixtures.absence))
struct `A scan of real mmlog pairs` {
  private static func log(_ name: String) throws -> Log {
    let path = "\(Fixtures.root ?? "")/mmlog/\(name)/data"
    return try #require(try LogTree.open(FileName(path), format: "mmlog").logs.first)
  }

  private static func report(_ name: String) throws -> LogReport {
    // What the recordings were made with.
    try log(name).scan(assuming: ["insert-bytes": 26, "chunk-bytes": 16384])
  }

  @Test(arguments: Fixtures.cases("mmlog"))
  func `agrees with the truth about sizes, gaps and lines`(name: String) throws {
    let truth = try MmlogTruth.read(name)
    guard truth.metadata_status == "ok", let data = try Self.report(name).data else { return }
    #expect(data.logicalEnd == truth.logical_end)
    #expect(data.slack == truth.slack_bytes)
    #expect(data.facts["missingBytes"] == truth.cursor_beyond_file.map { .size($0) })
    #expect(data.facts["cursor"] == truth.metadata.map { .size($0.cursor) })
    #expect(data.gaps?.ranges == truth.zero_gaps?.map { $0.offset..<$0.offset + $0.length })
    #expect(data.gaps?.bytes == truth.zero_gap_bytes)
    #expect(data.countsRecords == (truth.lines != nil))
    guard let lines = truth.lines else { return }
    #expect(data.records == lines)
    #expect(data.facts["cutLines"] == truth.unterminated_lines.map { .number($0) })
  }

  @Test(arguments: Fixtures.cases("mmlog"))
  func `lists the lines that an independent reader found`(name: String) throws {
    let truth = try MmlogTruth.read(name)
    guard truth.metadata_status == "ok", let hash = truth.lines_sha256 else { return }
    let log = try Self.log(name)
    let scanned = log.scanSegment(0)
    var reader = try RecordReader(
      log, segment: 0, end: scanned.report.fileSize, index: scanned.index)
    var listing = ""
    for row in try reader.rows(from: 0, count: .max, previewLimit: 1 << 20) {
      guard case .record(let record, _) = row, record.kind != "gap" else { continue }
      let bytes = try reader.bytes(at: record.offset, limit: Int(record.length))
      let ended = record.attributes["terminated"] == .flag(true) ? 1 : 0
      listing += "\(record.offset),\(record.length),\(ended),\(SHA256.hex(bytes))\n"
    }
    #expect(SHA256.hex(Array(listing.utf8)) == hash)
  }

  @Test(arguments: Fixtures.cases("mmlog"))
  func `foretells what the real library did with an open, an insert and a trim`(name: String)
    throws
  {
    let real = try MmlogTruth.read(name).real_recovery
    let forecasts = try Self.report(name).forecasts
    #expect(forecasts.map(\.mode) == ["open", "insert", "trim"])
    let (open, insert, trim) = (forecasts[0], forecasts[1], forecasts[2])
    #expect(open.opens == real.open.ok && insert.opens == real.open.ok)
    #expect(Self.dataSize(open) == real.open.state_after.data_size)
    if !real.open.ok {
      #expect(real.open.message.hasSuffix(open.ownerError ?? "an error is missing"))
    }
    if let truth = real.insert_26_bytes { try Self.expect(insert, truth) }
    if let truth = real.trim {
      #expect(Self.dataSize(trim) == truth.state_after.data_size)
      #expect(trim.attributes["recordedSizeAfter"] == truth.state_after.recorded)
      #expect((trim.ownerError == nil) == truth.result.hasSuffix("success"))
    }
  }

  private static func dataSize(_ forecast: Forecast) -> UInt64? {
    forecast.sizesAfter?.first { $0.file == FileName("app.log") }?.size
  }

  private static func expect(_ forecast: Forecast, _ truth: MmlogTruth.Action) throws {
    let after = truth.state_after
    #expect(dataSize(forecast) == after.data_size)
    #expect(forecast.attributes["cursorAfter"] == after.metadata.map { .size($0.cursor) })
    #expect(forecast.attributes["recordedSizeAfter"] == after.recorded)
    #expect(forecast.attributes["lockedAfter"] == after.metadata.map { .flag($0.is_locked == 1) })
    #expect(
      forecast.attributes["panickedAfter"] == after.metadata.map { .flag($0.is_panicked == 1) })
    let result: String
    switch truth.result {
    case let text where text.hasPrefix("killed"):
      let signal = text.hasSuffix(" 7") ? "SIGBUS" : "SIGFPE"
      #expect(forecast.attributes["signal"] == .word(signal))
      result = "killed"
    case let text where text.hasPrefix("INS 0"):
      #expect(text.contains(forecast.ownerError ?? "an error is missing"))
      result = "fails"
    default: result = (truth.line_found_at ?? -1) >= 0 ? "written" : "lost"
    }
    #expect(forecast.attributes["result"] == .word(result))
  }

  @Test(arguments: Fixtures.cases("mmlog"))
  func `describes every row with fields that own its bytes`(name: String) throws {
    let log = try Self.log(name)
    for segment in log.layout.segments.indices {
      let scanned = log.scanSegment(segment)
      expectSound(scanned, size: Int(scanned.report.fileSize))
      var reader = try RecordReader(
        log, segment: segment, end: scanned.report.fileSize, index: scanned.index)
      for row in try reader.rows(from: 0, count: 200, previewLimit: 16) {
        let described = try reader.describe(offset: row.offset, payloadLimit: 64)
        var place = row.offset
        for leaf in described.fields.flatMap(\.leaves) {
          #expect(leaf.range.lowerBound == place)
          place = leaf.range.upperBound
        }
        #expect(place == row.offset + described.record.length)
        if case .record(let record, _) = row {
          #expect(described.record.kind == record.kind)
          #expect(described.record.length == record.length)
          #expect(described.record.fault == record.fault)
        }
      }
    }
  }
}

/// What `expected.json` of an mmlog fixture says.
struct MmlogTruth: Decodable {
  struct Metadata: Decodable {
    var file_size: UInt64
    var cursor: UInt64
    var is_locked: Int
    var is_panicked: Int
  }
  struct Gap: Decodable {
    var offset: UInt64
    var length: UInt64
  }
  struct State: Decodable {
    var data_size: UInt64?
    var metadata: Metadata?
    var recorded: FieldValue? { metadata.map { .size($0.file_size) } }
  }
  struct Open: Decodable {
    var ok: Bool
    var message: String
    var state_after: State
  }
  struct Action: Decodable {
    var result: String
    var state_after: State
    var line_found_at: Int?
  }
  struct Recovery: Decodable {
    var open: Open
    var insert_26_bytes: Action?
    var trim: Action?
  }
  var metadata_status: String
  var metadata: Metadata?
  var logical_end: UInt64?
  var slack_bytes: UInt64?
  var cursor_beyond_file: UInt64?
  var zero_gaps: [Gap]?
  var zero_gap_bytes: UInt64?
  var lines: UInt64?
  var unterminated_lines: UInt64?
  var lines_sha256: String?
  var real_recovery: Recovery

  static func read(_ name: String) throws -> MmlogTruth {
    let bytes = try Fixtures.bytes("mmlog/\(name)/expected.json")
    return try JSONDecoder().decode(MmlogTruth.self, from: Data(bytes))
  }
}
