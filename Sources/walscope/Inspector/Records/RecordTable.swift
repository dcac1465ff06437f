import LogFormats
import LogInspection
import Quantities
import TerminalUI

/// Draws rows of the record list: numbers on the right, previews of foreign bytes on the left, and
/// ranges without records as rules across all columns.
struct RecordTable: Sendable {
  /// Columns from which there is room for what only this format has.
  private static let roomForAttributes = 108

  let words: RecordWords
  private let columns: [RecordColumn]
  private let layout: TableLayout
  /// Hides what keys and values hold.
  private let redacts: Bool
  /// What is marked where it stands in keys and values.
  private let pattern: SearchPattern?
  /// The number of the first record that is new, nil where nothing is followed.
  private let firstNew: UInt64?
  /// The first column holds the sign of the row.
  private static let signColumns = 1

  /// The layout for `width` columns, in which the record number `numbers` and the offset `end` fit.
  init(
    words: RecordWords, columns: [RecordColumn], width: Int, numbers: UInt64, end: UInt64,
    firstNew: UInt64? = nil, redacts: Bool = false, pattern: SearchPattern? = nil
  ) {
    self.pattern = redacts ? nil : pattern
    self.firstNew = firstNew
    self.words = words
    self.redacts = redacts
    self.columns = columns.filter { column in
      if case .attribute = column { width >= Self.roomForAttributes } else { true }
    }
    let numberWidth = max(5, Quantity.grouped(numbers).count)
    let offsetWidth = max(6, Quantity.offset(end).count)
    var table = [
      TableColumn("#", .right, minimum: numberWidth),
      TableColumn("offset", .right, minimum: offsetWidth),
      TableColumn("length", .right, minimum: 6, ideal: 7, priority: 2),
      TableColumn("kind", minimum: 6, ideal: 12, priority: 1),
    ]
    table += self.columns.map { column in
      switch column {
      case .attribute(_, let title, let width):
        TableColumn(title, .right, minimum: min(width, 10), ideal: width, priority: 4)
      case .key: TableColumn("key", minimum: 8, ideal: 18, priority: 1, isFlexible: width >= 90)
      case .value: TableColumn("value", minimum: 8, priority: 3, isFlexible: true)
      }
    }
    layout = TableLayout(table, width: width - Self.signColumns)
  }

  /// Draws the headings into the first row of `area`.
  func drawHeadings(into buffer: inout CellBuffer, in area: Rect) {
    layout.drawHeadings(into: &buffer, in: behindSign(area))
  }

  /// Draws one row; nil stands for one that is not read yet.
  func draw(_ row: Row?, into buffer: inout CellBuffer, in area: Rect) {
    switch row {
    case nil: buffer.text(buffer.glyphs.ellipsis, in: behindSign(area), style: Style(.dim))
    case .range(let range)?: draw(range, into: &buffer, in: area)
    case .record(let record, let number)?: draw(record, number, into: &buffer, in: area)
    }
  }

  private func draw(
    _ record: Record, _ number: UInt64, into buffer: inout CellBuffer, in area: Rect
  ) {
    if record.fault?.reason == .gap {
      buffer.text(Sign.gap.sign, in: area, style: Style(Sign.gap.role))
    } else if record.fault != nil {
      buffer.text("!", in: area, style: Style(.error))
    } else if record.isFoundByResync {
      buffer.text(buffer.glyphs.resync, in: area, style: Style(.found))
    } else if let uncounted = record.uncounted {
      buffer.text(uncounted.sign, in: area, style: Style(uncounted.role))
    } else if let firstNew, number >= firstNew {
      buffer.text(Sign.added.sign, in: area, style: Style(Sign.added.role, .bold))
    }
    let role: Role =
      record.fault != nil
      ? .error
      : record.uncounted != nil ? .dim : record.isFoundByResync ? .found : .normal
    var cells = [
      StyledText(Quantity.grouped(number + 1), role),
      StyledText(Quantity.offset(record.offset), .dim),
      StyledText(Quantity.grouped(record.length)),
      StyledText(record.kind, record.uncounted?.role ?? .normal),
    ]
    let start = cells.count
    cells += columns.map { cell($0, of: record) }
    layout.drawRow(cells, into: &buffer, in: behindSign(area))
    for (position, column) in columns.enumerated() {
      guard let bytes = searched(column, of: record), let pattern,
        let rect = layout.cell(ofColumn: start + position, in: behindSign(area))
      else { continue }
      buffer.mark(pattern.matches(in: bytes), of: bytes, in: rect)
    }
  }

  /// The bytes that a column shows, where the pattern is looked for in them.
  private func searched(_ column: RecordColumn, of record: Record) -> [UInt8]? {
    guard let pattern else { return nil }
    switch column {
    case .attribute: return nil
    case .key:
      guard let key = record.key else { return nil }
      return pattern.isWholeKey && key.bytes != pattern.bytes ? nil : key.bytes
    case .value: return pattern.wantsKey || record.fault != nil ? nil : record.value?.bytes
    }
  }

  private func cell(_ column: RecordColumn, of record: Record) -> StyledText {
    switch column {
    case .attribute(let name, _, _):
      let value = record.attributes.first { $0.name == name }?.value
      return StyledText(value.map(FieldText.short) ?? "", .dim)
    case .key: return record.key.map { preview($0.bytes) } ?? ""
    case .value:
      if let fault = record.fault { return StyledText(fault.reason.title, .error) }
      return record.value.map { preview($0.bytes) } ?? ""
    }
  }

  private func preview(_ bytes: [UInt8]) -> StyledText {
    redacts ? StyledText("hidden", .dim) : StyledText(bytes: bytes)
  }

  private func draw(_ range: ByteRange, into buffer: inout CellBuffer, in area: Rect) {
    let (sign, role) = range.kind.sign
    buffer.horizontalLine(in: area, style: Style(range.kind.isProblem ? role : .border))
    var room = area
    buffer.text(sign, in: room.takeLeft(1), style: Style(role))
    let text = " \(words.line(range)) "
    buffer.text(text, in: room.inset(columns: 1), style: Style(role))
  }

  private func behindSign(_ area: Rect) -> Rect {
    var rest = area.line(0)
    _ = rest.takeLeft(Self.signColumns)
    return rest
  }
}

extension RangeKind {
  /// What stands before a range in the list, and how it is drawn.
  var sign: (text: String, role: Role) {
    switch self {
    case .damage: ("!", .error)
    case .unknown: ("?", .error)
    case .padding: ("0", .warning)
    case .zeroTail: ("0", .note)
    case .stale: ("%", .note)
    case .header, .records: (" ", .dim)
    }
  }
}
