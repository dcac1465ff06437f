import JSON
import LogFiles
import LogFormats
import LogInspection

/// A row of a dump as one JSON object.
struct DumpJSON {
  /// Where the log is below the path, nil when it is the only one.
  let place: FileName?
  /// Bytes of a key or value that are written.
  let limit: Int
  let isRedacted: Bool

  /// Whether a row is written: records, and what stands in a record's place; not the space that
  /// nobody has written, which `check` tells.
  static func holds(_ row: Row) -> Bool {
    guard case .range(let range) = row else { return true }
    return range.kind == .damage || range.kind == .unknown || range.kind == .stale
  }

  func write(_ row: Row, _ line: DumpLine, to json: inout JSONWriter) {
    json.object { json in
      if let place { json.member("log", file: place) }
      json.member("file", file: line.file)
      json.member("offset", row.offset)
      json.member("length", row.length)
      switch row {
      case .record(let record, let number):
        write(record, number: number, line.evidence, to: &json)
      case .range(let range):
        json.member("kind", range.kind.rawValue)
        json.member("valid", false)
        json.member("evidence", line.evidence.rawValue)
        if let reason = range.reason { json.member("reason", reason.rawValue) }
      }
    }
    json.endLine()
  }

  /// A live key with the record that it comes from.
  func writeKey(_ record: Record, _ line: DumpLine, to json: inout JSONWriter) {
    json.object { json in
      if let place { json.member("log", file: place) }
      json.member("file", file: line.file)
      json.member("offset", record.offset)
      json.member("length", record.length)
      if let key = record.key { write("key", key, to: &json) }
      if let value = record.value { write("value", value, to: &json) }
      json.writeAttributes(record.attributes, isRedacted: isRedacted)
    }
    json.endLine()
  }

  private func write(
    _ record: Record, number: UInt64, _ evidence: Evidence, to json: inout JSONWriter
  ) {
    json.member("kind", record.kind)
    json.member("valid", record.isAccepted)
    json.member("evidence", evidence.rawValue)
    if let fault = record.fault { json.member("reason", fault.reason.rawValue) }
    json.member("record", number)
    if record.isFoundByResync { json.member("foundByResync", true) }
    if let key = record.key { write("key", key, to: &json) }
    if let value = record.value { write("value", value, to: &json) }
    json.writeAttributes(record.attributes, isRedacted: isRedacted)
  }

  private func write(
    _ name: String, _ part: (bytes: [UInt8], total: UInt64), to json: inout JSONWriter
  ) {
    json.member(
      name, bytes: part.bytes.count > limit ? Array(part.bytes.prefix(limit)) : part.bytes,
      total: part.total, isRedacted: isRedacted)
  }
}
