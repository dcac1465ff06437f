import JSON
import LogFormats
import LogInspection
import Quantities
import TerminalUI

/// Where the parts of a record were drawn.
struct DetailLayout: Equatable, Sendable {
  var fields = Rect(row: 0, column: 0, rows: 0, columns: 0)
  var bytes = Rect(row: 0, column: 0, rows: 0, columns: 0)
  var payload = Rect(row: 0, column: 0, rows: 0, columns: 0)
}

extension RecordDetailModel {
  /// Rows from which on dump and payload are shown at the same time.
  private static let roomyRows = 26
  /// Fields by whose values the column is fitted: a record of a million chunks has as many.
  private static let measuredFields = 200

  /// Draws the record; `focus` is the part that has the keys, nil when none of them has.
  mutating func draw(
    into buffer: inout CellBuffer, in area: Rect, focus: Pane?, words: RecordWords
  ) -> DetailLayout {
    var room = area
    drawHeadline(into: &buffer, in: room.takeTop(), words: words)
    layOut(columns: area.columns)
    guard description != nil else {
      if let problem { buffer.text(problem, in: room.line(0), style: Style(.error)) }
      return DetailLayout()
    }
    var layout = DetailLayout()
    let heights = heights(rows: room.rows, columns: room.columns, focus, buffer.glyphs.ascii)
    layout.fields = room.takeTop(heights.fields)
    if heights.bytes > 0 {
      drawRule("bytes", note: position, into: &buffer, in: room.takeTop())
      layout.bytes = room.takeTop(heights.bytes)
    }
    if heights.payload > 0, let payload = shownPayload {
      drawRule(
        payload.title, note: "as \(payload.mode.rawValue)", into: &buffer, in: room.takeTop())
      layout.payload = room.takeTop(heights.payload)
    }
    drawFields(into: &buffer, in: layout.fields, isFocused: focus == .fields)
    let flipped = words.bitFlip(inRowAt: range.lowerBound)?.offset
    drawBytes(into: &buffer, in: layout.bytes, isFocused: focus == .bytes, flipped: flipped)
    drawPayload(into: &buffer, in: layout.payload, isFocused: focus == .payload)
    return layout
  }

  /// How many rows each part gets, without the rules between them.
  private func heights(rows: Int, columns: Int, _ focus: Pane?, _ ascii: Bool)
    -> (fields: Int, bytes: Int, payload: Int)
  {
    let wantedFields = max(tree.nodes.count, 1)
    let wantedBytes = max(dump.lineCount, 1)
    let wantedPayload = shownPayload.map { payloadLineCount($0, columns: columns, ascii) } ?? 0
    guard rows >= Self.roomyRows, wantedPayload > 0 else {
      let free = max(rows - 1, 2)
      let lower = focus == .payload ? wantedPayload : wantedBytes
      let fields = min(wantedFields, max(free - lower, free / 2))
      return focus == .payload && shownPayload != nil
        ? (fields, 0, free - fields) : (fields, free - fields, 0)
    }
    let free = rows - 2
    let fields = min(wantedFields, max(free / 3, free - wantedBytes - wantedPayload))
    let bytes = min(wantedBytes, max((free - fields) / 2, free - fields - wantedPayload))
    return (fields, bytes, free - fields - bytes)
  }

  // MARK: Head

  private func drawHeadline(into buffer: inout CellBuffer, in line: Rect, words: RecordWords) {
    guard let row else {
      buffer.text("no record", in: line, style: Style(.dim))
      return
    }
    var pieces: [StyledText] = []
    switch row {
    case .record(let record, let number):
      pieces = [StyledText("record \(Quantity.grouped(number + 1))", .heading)]
      pieces.append(StyledText("  \(Quantity.offset(row.offset))", .dim))
      pieces.append(StyledText("  \(Quantity.grouped(row.length)) B  \(record.kind)"))
      if record.isFoundByResync {
        pieces += ["  ", StyledText("\(buffer.glyphs.resync) by resync", .found)]
      }
    case .range(let range):
      pieces = [StyledText(range.kind.title, .heading)]
      pieces.append(StyledText("  \(Quantity.offset(row.offset))", .dim))
      pieces.append(StyledText("  \(Quantity.grouped(row.length)) B"))
    }
    if let judgement = judgement(of: row, words) { pieces += ["  ", judgement] }
    buffer.text(pieces, in: line)
  }

  /// What there is to say of a row in a word; nil before it is described, and of zeros.
  private func judgement(of row: Row, _ words: RecordWords) -> StyledText? {
    guard let description else { return nil }
    switch row {
    // Whatever its bytes look like, its time is over.
    case .range(let range) where range.isEarlierLife: return StyledText("earlier life", .note)
    // No checksum covers them.
    case .range(let range) where range.kind == .zeroTail || range.kind == .header: return nil
    case .record(let record, _) where record.uncounted != nil:
      return record.uncounted.map { StyledText("\($0.sign) \($0.title)", $0.role) }
    case .record, .range:
      return description.record.fault.map { StyledText("! \($0.reason.title)", .error) }
        ?? StyledText(words.evidence.accepted, .good)
    }
  }

  private var position: String? {
    guard dump.lineCount > lines.visibleRows else { return nil }
    return "\(Quantity.offset(cursor))  \(lines.position)"
  }

  private func drawRule(
    _ title: String, note: String?, into buffer: inout CellBuffer, in line: Rect
  ) {
    buffer.horizontalLine(in: line)
    if let note {
      var right = line
      _ = right.takeRight(2)
      buffer.text(" \(note) ", in: right, style: Style(.dim), alignment: .right)
    }
    var left = line
    _ = left.takeLeft(1)
    let width = DisplayText.columns(of: note ?? "", ascii: buffer.glyphs.ascii)
    _ = left.takeRight(note == nil ? 1 : width + 5)
    buffer.text(" \(title) ", in: left, style: Style(.heading))
  }

  // MARK: Fields

  private mutating func drawFields(into buffer: inout CellBuffer, in area: Rect, isFocused: Bool) {
    guard !area.isEmpty else { return }
    let tree = tree
    let redacts = redacts
    let names = tree.nodes.map { $0.depth * 2 + 2 + $0.field.name.count }.max() ?? 0
    let nameColumns = min(names, area.columns / 3)
    let valueRoom = max(min(30, (area.columns - nameColumns - 12) / 2), 16)
    let values = tree.nodes.prefix(Self.measuredFields).map {
      DisplayText.columns(
        of: String(decoding: Self.value($0, redacts: redacts).bytes, as: UTF8.self),
        ascii: buffer.glyphs.ascii)
    }
    let valueColumns = min(valueRoom, max(values.max() ?? 0, 10))
    var list = fields
    list.draw(into: &buffer, in: area, focused: isFocused) { buffer, line, rect in
      let node = tree.nodes[line]
      var room = rect
      let nameRoom = room.takeLeft(nameColumns)
      _ = room.takeLeft(2)
      guard node.isComputed || node.field.ownsBytes else {
        Self.drawName(node, isOpen: tree.isExpanded(node), into: &buffer, in: nameRoom)
        // There is no size, and what it means can follow at once.
        buffer.text([Self.value(node, redacts: redacts), "  ", Self.note(node)], in: room)
        return
      }
      let valueRoom = room.takeLeft(valueColumns)
      _ = room.takeLeft(1)
      let sizeRoom = room.takeLeft(9)
      _ = room.takeLeft(2)
      Self.drawName(node, isOpen: tree.isExpanded(node), into: &buffer, in: nameRoom)
      buffer.text(Self.value(node, redacts: redacts), in: valueRoom)
      if !node.isComputed {
        let size = node.field.range.upperBound - node.field.range.lowerBound
        buffer.text(
          "\(Quantity.grouped(size)) B", in: sizeRoom, style: Style(.dim), alignment: .right)
      }
      buffer.text(Self.note(node), in: room)
    }
    fields = list
  }

  private static func drawName(
    _ node: FieldTree.Node, isOpen: Bool, into buffer: inout CellBuffer, in area: Rect
  ) {
    guard !node.isComputed else { return }
    var room = area
    _ = room.takeLeft(node.depth * 2)
    let sign = room.takeLeft(2)
    if node.isParent {
      buffer.text(isOpen ? buffer.glyphs.expanded : buffer.glyphs.collapsed, in: sign)
    }
    if node.field.isFaulty { buffer.text("!", in: sign, style: Style(.error)) }
    buffer.text(
      node.field.name, in: room,
      style: Style(node.field.isFaulty ? .error : node.depth == 0 ? .heading : .normal))
  }

  private static func value(_ node: FieldTree.Node, redacts: Bool) -> StyledText {
    if case .checksum(let stored) = node.field.value, let computed = node.field.computed {
      return StyledText(
        node.isComputed
          ? "computed \(Hexadecimal.digits(computed))"
          : "stored   \(Hexadecimal.digits(stored))")
    }
    switch node.field.value {
    case .bytes where redacts: return StyledText("hidden", .dim)
    // The size column says it.
    case .size where node.isParent && node.depth == 0: return StyledText("")
    case .size(let size)
    where node.field.ownsBytes
      && size == node.field.range.upperBound - node.field.range.lowerBound:
      return StyledText("")
    default: return StyledText(bytes: FieldText.exact(node.field.value))
    }
  }

  private static func note(_ node: FieldTree.Node) -> StyledText {
    if node.isComputed, case .checksum(let stored) = node.field.value {
      return stored == node.field.computed
        ? StyledText("agree", .good) : StyledText("! differ", .error)
    }
    return StyledText(node.field.note ?? "", node.field.isFaulty ? .error : .dim)
  }

  // MARK: Bytes

  private mutating func drawBytes(
    into buffer: inout CellBuffer, in area: Rect, isFocused: Bool, flipped: UInt64?
  ) {
    guard !area.isEmpty else { return }
    lines.setVisibleRows(area.rows)
    let mark = HexLayout.Mark(
      field: marked, cursor: isFocused ? cursor : nil, flipped: flipped,
      found: matches(inLines: lines.visible))
    for line in lines.visible {
      dump.draw(
        line: line, into: &buffer, in: area.line(line - lines.top), mark: mark,
        isHidden: isHidden, byte: byte)
    }
  }

  // MARK: Payload

  private func payloadLineCount(_ payload: PayloadText, columns: Int, _ ascii: Bool) -> Int {
    guard payload.mode == .hex else {
      return payload.lines(columns: columns, ascii: ascii).count
    }
    return max(HexLayout(0..<UInt64(payload.bytes.count), columns: columns).lineCount, 1)
  }

  private mutating func drawPayload(
    into buffer: inout CellBuffer, in area: Rect, isFocused: Bool
  ) {
    guard !area.isEmpty, let payload = shownPayload else { return }
    if redacts {
      buffer.text("hidden", in: area.line(0), style: Style(.dim))
      return
    }
    payloadLines.setVisibleRows(area.rows)
    if payload.mode == .hex {
      let dump = HexLayout(0..<UInt64(payload.bytes.count), columns: area.columns)
      payloadLines.setCount(dump.lineCount)
      payloadLines.draw(into: &buffer, in: area, focused: isFocused) { buffer, line, rect in
        dump.draw(
          line: line, into: &buffer, in: rect, mark: HexLayout.Mark(), isHidden: { _ in false },
          byte: { payload.bytes[Int($0)] })
      }
      return
    }
    let text = payload.lines(columns: area.columns, ascii: buffer.glyphs.ascii)
    payloadLines.setCount(text.count)
    let parts = pattern.map { pattern in
      text.map { pattern.matches(in: Array($0.text.utf8)) }
    }
    if wantedMatch != nil, let line = parts?.firstIndex(where: { !$0.isEmpty }) {
      payloadLines.scroll(by: line - payloadLines.top)
    }
    wantedMatch = nil
    for line in payloadLines.visible {
      let room = area.line(line - payloadLines.top)
      buffer.draw(text[line], in: room)
      if let parts { buffer.mark(parts[line], of: Array(text[line].text.utf8), in: room) }
    }
  }
}

extension RangeKind {
  /// The kind in words.
  var title: String {
    switch self {
    case .header: "header"
    case .records: "records"
    case .padding: "zeros"
    case .zeroTail: "zero tail"
    case .stale: "stale bytes"
    case .damage: "damage"
    case .unknown: "unknown bytes"
    }
  }
}
