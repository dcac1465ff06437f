import JSON
import LogFiles
import LogFormats
import LogInspection

/// One record as a JSON object.
struct ShowJSON {
  private let context: CommandContext
  private let path: FileName

  init(_ context: CommandContext, path: FileName) {
    self.context = context
    self.path = path
  }

  func write(_ shown: ShownRecord) {
    var json = context.json
    let description = shown.description
    let record = description.record
    json.object { json in
      json.member("schemaVersion", 1)
      json.member("path", file: path)
      json.member("format", shown.log.format.name)
      json.member("offset", record.offset)
      json.member("length", record.length)
      json.member("kind", shown.range?.kind.rawValue ?? record.kind)
      json.member("valid", shown.range == nil && record.isAccepted)
      json.member("evidence", shown.log.format.evidence.rawValue)
      if let reason = shown.range?.reason ?? record.fault?.reason {
        json.member("reason", reason.rawValue)
      }
      if let number = shown.number { json.member("record", number) }
      if shown.isFoundByResync { json.member("foundByResync", true) }
      if let stored = description.storedChecksum {
        json.member("storedChecksum", Hexadecimal.digits(stored))
      }
      if let computed = description.computedChecksum {
        json.member("computedChecksum", Hexadecimal.digits(computed))
      }
      json.member("fields", array: description.fields) { write($1, &$0) }
      json.member("payloads", array: description.payloads) { write($1, &$0) }
    }
    json.endLine()
  }

  private func write(_ field: Field, _ json: inout JSONWriter) {
    json.object { json in
      json.member("name", field.name)
      json.member("offset", field.range.lowerBound)
      json.member("length", field.range.upperBound - field.range.lowerBound)
      json.writeAttributes(
        [Attribute("value", field.value)], isRedacted: context.isRedacted)
      if let note = field.note { json.member("note", note) }
      if field.isFaulty { json.member("faulty", true) }
      if !field.children.isEmpty {
        json.member("fields", array: field.children) { write($1, &$0) }
      }
    }
  }

  private func write(_ payload: Payload, _ json: inout JSONWriter) {
    json.object { json in
      json.member("name", payload.name)
      json.member("offset", payload.stored.lowerBound)
      json.member("length", payload.stored.upperBound - payload.stored.lowerBound)
      json.member("decodedLength", payload.decodedLength)
      if let decoded = payload.decoded {
        json.member(
          "decoded", bytes: decoded, total: payload.decodedLength, isRedacted: context.isRedacted)
      }
      if let note = payload.note { json.member("note", note) }
    }
  }
}
