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
    cells = DumpCells(ascii: context.text.isASCII)
    kindWidth = max(10, logs.flatMap { $0.format.kinds }.map(\.utf8.count).max() ?? 0)
  }

  private static let keyWidth = 20

  private var columns: [RecordColumn] = []
  private var stateWidth = 14
  private var file: (name: FileName, cell: [UInt8])?
  private var cells: DumpCells

  private static func foundByResync(_ evidence: Evidence) -> String {
    "\(evidence.accepted), resync"
  }

  mutating func write(_ row: Row, _ line: DumpLine) {
    if format?.name != line.log.format.name {
      format = line.log.format
      columns = line.log.format.columns
      stateWidth = max(14, Self.foundByResync(line.evidence).utf8.count)
      context.text.line(heading)
    }
    if file?.name != line.file {
      file = (line.file, Array(padded(DisplayName.text(line.file), nameWidth).utf8))
    }
    cells.begin(file?.cell ?? [])
    cells.number(row.offset, 12)
    cells.number(row.length, 10)
    switch row {
    case .record(let record, _):
      cells.text(record.kind, kindWidth)
      let state = state(of: record, line.evidence)
      cells.text(state.text, stateWidth, code: context.text.usesColor ? state.emphasis.code : nil)
      for column in columns { append(column, of: record) }
    case .range(let range):
      cells.text(range.kind.rawValue, kindWidth)
      let emphasis = range.kind == .damage ? Emphasis.bad : .faint
      cells.text(
        range.reason?.rawValue ?? "-", 0, code: context.text.usesColor ? emphasis.code : nil)
    }
    cells.end(context.text.stream)
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

  private mutating func append(_ column: RecordColumn, of record: Record) {
    switch column {
    case .attribute(let name, let title, let width):
      let value = record.attributes.first { $0.name == name }?.value ?? FieldValue.none
      cells.text(
        FieldValueText.text(value, isRedacted: context.isRedacted),
        -max(width, title.utf8.count))
    case .key: append(record.key, Self.keyWidth)
    case .value: append(record.value, 0)
    }
  }

  private mutating func append(_ part: (bytes: [UInt8], total: UInt64)?, _ width: Int) {
    guard let part else { return cells.text("-", width) }
    if context.isRedacted { return cells.text(FieldValueText.redacted(part.total), width) }
    if part.total == 0 { return cells.text("(empty)", width) }
    let isCut = part.total > UInt64(min(part.bytes.count, valueLimit))
    cells.foreign(
      part.bytes, limit: valueLimit, width,
      end: isCut ? "... (\(Quantity.count(part.total, "byte")))" : "")
  }

  private func state(of record: Record, _ evidence: Evidence) -> Phrase {
    if let fault = record.fault { return Phrase(fault.reason.rawValue, .bad) }
    if record.isFlawed { return Phrase("uncommitted", .warning) }
    if record.isFoundByResync { return Phrase(Self.foundByResync(evidence), .warning) }
    return Phrase(evidence.accepted)
  }

  private func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - TextTable.columns(of: text)))
  }

  private func aligned(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - TextTable.columns(of: text))) + text
  }
}

/// The cells of one line, put together as bytes: a dump prints millions of them.
private struct DumpCells {
  private let ascii: Bool
  private var bytes: [UInt8] = []

  init(ascii: Bool) { self.ascii = ascii }

  mutating func begin(_ first: [UInt8]) {
    bytes.removeAll(keepingCapacity: true)
    bytes += first
  }

  mutating func end(_ stream: OutputStream) {
    bytes.append(0x0A)
    stream.write(bytes)
  }

  private mutating func blanks(_ count: Int) {
    if count > 0 { bytes.append(contentsOf: repeatElement(0x20, count: count)) }
  }

  /// A number at the right edge of `width` columns.
  mutating func number(_ value: UInt64, _ width: Int) {
    var digits: UInt64 = 1
    var count = 1
    while value / digits >= 10 {
      digits *= 10
      count += 1
    }
    blanks(2 + width - count)
    while digits > 0 {
      bytes.append(0x30 + UInt8(truncatingIfNeeded: value / digits % 10))
      digits /= 10
    }
  }

  /// Text at the left edge of `width` columns, or at the right edge where that is negative; in the
  /// colour of a code.
  mutating func text(_ text: String, _ width: Int, code: String? = nil) {
    blanks(2)
    if let code { bytes += "\u{1B}[\(code)m".utf8 }
    let start = bytes.count
    bytes.append(contentsOf: text.utf8)
    settle(from: start, width)
    if code != nil { bytes += "\u{1B}[0m".utf8 }
  }

  /// The first of some foreign bytes, and what stands behind them.
  mutating func foreign(_ foreign: [UInt8], limit: Int, _ width: Int, end: String) {
    blanks(2)
    let start = bytes.count
    let shown = foreign.count > limit ? Array(foreign[..<limit]) : foreign
    if Self.isPlain(shown[...]) {
      bytes += shown
    } else {
      DisplayText.append(shown.rawBytes, to: &bytes, ascii: ascii)
    }
    bytes.append(contentsOf: end.utf8)
    settle(from: start, width)
  }

  private static func isPlain(_ text: ArraySlice<UInt8>) -> Bool {
    text.allSatisfy { (0x20..<0x7F).contains($0) }
  }

  /// Makes what stands from `start` on safe, and fills its cell with blanks.
  private mutating func settle(from start: Int, _ width: Int) {
    var columns = bytes.count - start
    if !Self.isPlain(bytes[start...]) {
      let text = DisplayText.escape(bytes[start...], ascii: ascii)
      bytes.replaceSubrange(start..., with: text.utf8)
      columns = TextTable.columns(of: text)
    }
    if width >= 0 {
      blanks(width - columns)
    } else if -width > columns {
      bytes.insert(contentsOf: repeatElement(0x20, count: -width - columns), at: start)
    }
  }
}
