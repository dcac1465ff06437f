import LogFiles
import LogFormats
import LogInspection
import Quantities
import TerminalUI

extension RecordsView {
  var words: RecordWords {
    RecordWords(evidence: log?.format.evidence ?? .none, firstInvalid: report?.firstInvalid)
  }

  func heading(_ context: InspectorContext) -> Heading {
    guard let log else { return Heading([]) }
    let name = log.layout.segments[segment].name
    let tally = tally
    return Heading(
      [StyledText(bytes: name.bytes)] + (focus == nil || isWide ? [] : ["  record"]),
      facts: tally + [StyledText(log.format.name)],
      position: records.list.position + (records.isFinal ? "" : "…"))
  }

  /// How many records there are, and where they end.
  private var tally: [StyledText] {
    guard let report else {
      return [StyledText("\(Quantity.grouped(records.index.frameCount))… records")]
    }
    guard report.countsRecords else { return [StyledText(Quantity.bytes(report.fileSize))] }
    let accepted = words.evidence.accepted
    var text = "\(Quantity.count(report.records, "record")) \(accepted)"
    guard let firstInvalid = report.firstInvalid else { return [StyledText(text)] }
    text += ", then damage at \(Quantity.offset(firstInvalid.offset))"
    guard report.afterDamage.records > 0 else { return [StyledText(text)] }
    return [
      StyledText(text),
      StyledText(
        "\(Quantity.count(report.afterDamage.records, "\(words.evidence.acceptedAsAdjective) record")) after it"
      ),
    ]
  }

  func sentence(_ context: InspectorContext) -> [StyledText] {
    if let search = detail.search {
      let progress = WorkProgress(
        verb: "searching the record for \(DisplayText.escape(search.pattern.typed))",
        done: searched, total: detail.range.byteCount, elapsed: context.uptime - searchStart)
      return [StyledText(progress.sentence, .accent)]
    }
    if let search = records.search { return [StyledText(searchText(search, context), .accent)] }
    if let destination = records.destination, !records.isFinal {
      return [StyledText(waitingText(destination), .accent)]
    }
    // What a key has led to comes before what is selected now.
    let message = records.message.map { [StyledText($0 + " ", .accent)] } ?? []
    if focus != nil {
      let found = detail.message.map { [StyledText($0 + " ", .accent)] } ?? []
      return message + found + fieldSentence
    }
    guard let row = records.selectedRow else { return message }
    return message + farMatch(in: row) + [
      StyledText(
        words.sentence(row, in: records.index, isFinal: records.isFinal).wholeSentence)
    ]
  }

  /// Where the match is, when it lies behind what a row shows of its record.
  private func farMatch(in row: Row) -> [StyledText] {
    guard let byte = records.foundByte, byte >= row.offset, byte - row.offset < row.length,
      byte - row.offset > UInt64(RowCache.previewLimit)
    else { return [] }
    return [StyledText("The match is at \(Quantity.offset(byte)). ", .accent)]
  }

  private func searchText(_ query: RecordQuery, _ context: InspectorContext) -> String {
    switch query.target {
    case .pattern(let pattern):
      let progress = WorkProgress(
        verb: "searching for \(DisplayText.escape(pattern.typed))", done: searched,
        total: searchedSize, elapsed: context.uptime - searchStart)
      return progress.sentence
    case .flaw:
      return "looking for damage: \(Quantity.grouped(searched)) of "
        + "\(Quantity.count(records.index.rowCount, "row")), Esc stops"
    }
  }

  private func waitingText(_ destination: RecordDestination) -> String {
    switch destination {
    case .end: "Going along with the scan to the last record; Esc stops that."
    case .offset(let offset):
      "Going to \(Quantity.offset(offset)) as soon as the scan gets there; Esc stops that."
    case .record(let number):
      "Going to record \(Quantity.grouped(number)) as soon as the scan gets there; Esc stops that."
    case .problem:
      "Going to the next damage as soon as the scan finds some; Esc stops that."
    case .key: ""
    }
  }

  private var fieldSentence: [StyledText] {
    guard let node = detail.selectedNode else { return [] }
    let field = node.field
    let size = field.range.upperBound - field.range.lowerBound
    var text = "\(field.name): "
    if field.ownsBytes {
      text += "\(Quantity.count(size, "byte")) at \(Quantity.offset(field.range.lowerBound))"
    } else {
      text += String(decoding: FieldText.exact(field.value), as: UTF8.self)
    }
    if let note = field.note { text += "; \(note)" }
    if case .checksum(let stored) = field.value, let computed = field.computed {
      text += stored == computed ? "; stored and computed agree" : "; stored and computed differ"
    }
    return [StyledText(text, field.isFaulty ? .error : .normal)]
  }
}
