import LogFiles
import LogFormats
import LogInspection
import Quantities

/// One record for people: the field tree, and below it the bytes.
struct ShowText {
  private let context: CommandContext
  private let path: FileName

  init(_ context: CommandContext, path: FileName) {
    self.context = context
    self.path = path
  }

  func write(_ shown: ShownRecord, bytes: [UInt8]) {
    writeHeading(shown)
    writeFields(shown.description.fields)
    writePayloads(shown.description)
    context.text.line()
    let hidden = context.isRedacted ? RedactedBytes(shown.description) : nil
    HexDump(start: shown.description.record.offset) { hidden?.contains($0) ?? false }
      .write(bytes, to: context.text)
    let rest =
      shown.description.record.length
      - min(
        shown.description.record.length, UInt64(bytes.count))
    if rest > 0 {
      context.text.line(
        "  \(Quantity.count(rest, "more byte")); --raw record writes all of them")
    }
  }

  private func writeHeading(_ shown: ShownRecord) {
    let record = shown.description.record
    let evidence = shown.log.format.evidence
    let place = "\(DisplayName.text(path)) at \(record.offset) (\(Quantity.offset(record.offset)))"
    if let range = shown.range {
      context.text.line(Phrase(place, .strong), Phrase(": no record here, but \(words(range))"))
      if range.kind != .header { context.text.line("Read as a record, the bytes would say:") }
      return
    }
    let number = shown.number.map { "record \($0), " } ?? ""
    context.text.line(
      Phrase(place, .strong),
      Phrase(": \(number)\(record.kind), \(Quantity.count(record.length, "byte")), "),
      record.fault.map { Phrase($0.reason.explanation, .bad) }
        ?? (record.isAccepted
          ? Phrase(evidence.accepted, .good) : Phrase("never committed", .warning)),
      Phrase(shown.isFoundByResync ? ", found by resync behind damage" : ""))
  }

  private func words(_ range: ByteRange) -> String {
    let reason = range.reason.map { " (\($0.explanation))" } ?? ""
    return "\(range.kind.rawValue) from \(range.offset) to \(range.end)\(reason)"
  }

  // MARK: Fields

  private func writeFields(_ fields: [Field]) {
    context.text.line()
    var table = TextTable([
      ("OFFSET", .right), ("LENGTH", .right), ("FIELD", .left), ("VALUE", .left), ("NOTE", .left),
    ])
    for field in fields { add(field, depth: 0, to: &table) }
    table.print(to: context.text, indentation: 2)
  }

  private func add(_ field: Field, depth: Int, to table: inout TextTable) {
    let emphasis: Emphasis = field.isFaulty ? .bad : .plain
    let name = String(repeating: "  ", count: depth) + field.name
    table.add([
      Phrase(String(field.range.lowerBound), .faint),
      Phrase(String(field.range.upperBound - field.range.lowerBound), .faint),
      Phrase(field.isFaulty ? name + " !" : name, emphasis),
      Phrase(FieldValueText.text(field.value, isRedacted: context.isRedacted)),
      Phrase(field.note ?? "", emphasis),
    ])
    for child in field.children { add(child, depth: depth + 1, to: &table) }
  }

  private func writePayloads(_ description: RecordDescription) {
    for payload in description.payloads {
      guard let decoded = payload.decoded else { continue }
      let shown = FieldValueText.text(
        .bytes(decoded, total: payload.decodedLength), isRedacted: context.isRedacted)
      context.text.line("  decoded \(payload.name): \(shown)")
    }
  }
}

/// The bytes of a record that `--redact` hides: all but those of fields that are no payload.
struct RedactedBytes {
  private var shown: [Range<UInt64>] = []

  init(_ description: RecordDescription) {
    let payloads = description.payloads.map(\.stored)
    for leaf in description.fields.flatMap(\.leaves) {
      if case .bytes = leaf.value { continue }
      if payloads.contains(where: { $0.overlaps(leaf.range) }) { continue }
      shown.append(leaf.range)
    }
  }

  func contains(_ offset: UInt64) -> Bool { !shown.contains { $0.contains(offset) } }
}
