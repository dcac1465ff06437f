import LogFiles
import LogFormats
import LogInspection
import Quantities
import TerminalUI

/// The rows of a dump as lines in columns, whose widths are known before the first row is.
struct DumpText {
  private let context: CommandContext
  private let valueLimit: Int
  private let nameWidth: Int
  private let kindWidth: Int
  /// The format whose columns the last heading names.
  private var format: (any LogFormat)?

  init(_ context: CommandContext, logs: [Log], valueLimit: Int) {
    self.context = context
    self.valueLimit = valueLimit
    var nameWidth = 7
    for log in logs {
      for segment in log.layout.segments where nameWidth < 40 {
        nameWidth = max(nameWidth, TextTable.columns(of: DisplayName.text(segment.name)))
      }
    }
    self.nameWidth = min(40, nameWidth)
    kindWidth = max(10, logs.flatMap { $0.format.kinds }.map(\.utf8.count).max() ?? 0)
  }

  private static let keyWidth = 20

  private var columns: [RecordColumn] { format?.columns ?? [] }

  private var stateWidth: Int {
    max(14, format.map { Self.foundByResync($0.evidence).utf8.count } ?? 0)
  }

  private static func foundByResync(_ evidence: Evidence) -> String {
    "\(evidence.accepted), resync"
  }

  mutating func write(_ row: Row, _ line: DumpLine) {
    if format?.name != line.log.format.name {
      format = line.log.format
      context.text.line(heading)
    }
    let start = [
      padded(DisplayName.text(line.file), nameWidth), aligned(String(row.offset), 12),
      aligned(String(row.length), 10),
    ]
    switch row {
    case .record(let record, _):
      write(record, line.evidence, behind: start)
    case .range(let range):
      let cells = start + [padded(range.kind.rawValue, kindWidth)]
      let reason = Phrase(
        range.reason.map { "\($0.rawValue)" } ?? "-", range.kind == .damage ? .bad : .faint)
      context.text.line([Phrase(cells.joined(separator: "  ") + "  "), reason])
    }
  }

  private var heading: [Phrase] {
    var cells = [
      padded("SEGMENT", nameWidth), aligned("OFFSET", 12), aligned("LENGTH", 10),
      padded("KIND", kindWidth), padded("STATE", stateWidth),
    ]
    cells += columns.map { column in
      switch column {
      case .attribute(_, let title, let width):
        aligned(title.uppercased(), max(width, title.utf8.count))
      case .key: padded("KEY", Self.keyWidth)
      case .value: "VALUE"
      }
    }
    return [Phrase(cells.joined(separator: "  "), .faint)]
  }

  private func write(_ record: Record, _ evidence: Evidence, behind start: [String]) {
    let cells = start + [padded(record.kind, kindWidth), ""]
    let rest = [""] + columns.map { cell($0, of: record) }
    context.text.line([
      Phrase(cells.joined(separator: "  ")), state(of: record, evidence),
      Phrase(rest.joined(separator: "  ")),
    ])
  }

  private func cell(_ column: RecordColumn, of record: Record) -> String {
    switch column {
    case .attribute(let name, let title, let width):
      let value = record.attributes.first { $0.name == name }?.value ?? FieldValue.none
      return aligned(
        FieldValueText.text(value, isRedacted: context.isRedacted), max(width, title.utf8.count))
    case .key: return padded(text(record.key), Self.keyWidth)
    case .value: return text(record.value)
    }
  }

  private func state(of record: Record, _ evidence: Evidence) -> Phrase {
    if let fault = record.fault { return Phrase(padded(fault.reason.rawValue, stateWidth), .bad) }
    if record.isFlawed { return Phrase(padded("uncommitted", stateWidth), .warning) }
    if record.isFoundByResync {
      return Phrase(padded(Self.foundByResync(evidence), stateWidth), .warning)
    }
    return Phrase(padded(evidence.accepted, stateWidth))
  }

  private func text(_ part: (bytes: [UInt8], total: UInt64)?) -> String {
    guard let part else { return "-" }
    if context.isRedacted { return FieldValueText.redacted(part.total) }
    if part.total == 0 { return "(empty)" }
    let shown = DisplayText.escape(part.bytes.prefix(valueLimit), ascii: context.text.isASCII)
    guard part.total > UInt64(min(part.bytes.count, valueLimit)) else { return shown }
    return "\(shown)... (\(Quantity.count(part.total, "byte")))"
  }

  private func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - TextTable.columns(of: text)))
  }

  private func aligned(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - TextTable.columns(of: text))) + text
  }
}
