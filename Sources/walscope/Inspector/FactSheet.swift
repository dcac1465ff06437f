import TerminalUI

/// Facts with their names in front of them, under headings, to be read by scrolling.
struct FactSheet {
  enum Item {
    case heading(String)
    case fact(String, [StyledText])
    case text([StyledText])
    case blank
  }

  private let items: [Item]
  /// Which of its lines are seen.
  var scroll = ScrollPosition()
  /// Columns of the names at each item: those under one heading stand in line.
  private let labelColumns: [Int]
  /// Columns of a line of text: longer ones are hard to read.
  private static let textColumns = 100

  init(_ items: [Item]) {
    self.items = items
    var widest: [Int] = []
    var sections: [Int] = []
    for item in items {
      if case .heading = item { widest.append(0) }
      if widest.isEmpty { widest = [0] }
      if case .fact(let label, _) = item {
        widest[widest.count - 1] = max(widest[widest.count - 1], label.count)
      }
      sections.append(widest.count - 1)
    }
    labelColumns = sections.map { widest[$0] }
  }

  /// The sheet with other facts, scrolled as far as this one.
  func replaced(by items: [Item]) -> FactSheet {
    var sheet = FactSheet(items)
    sheet.scroll = scroll
    return sheet
  }

  var isEmpty: Bool { items.isEmpty }

  mutating func draw(into buffer: inout CellBuffer, in area: Rect) {
    let columns = min(area.columns, Self.textColumns)
    let lines = zip(items, labelColumns).flatMap {
      item, labelColumns -> [(label: StyledText, text: [StyledText], indent: Int)] in
      let indentation = labelColumns + 4
      switch item {
      case .blank: return [("", [], 0)]
      case .heading(let text): return [("", [StyledText(text, .heading)], 0)]
      case .text(let pieces):
        return SentenceLayout.lines(pieces, columns: columns - 2, ascii: buffer.glyphs.ascii)
          .map { ("", $0, 2) }
      case .fact(let label, let pieces):
        let lines = SentenceLayout.lines(
          pieces, columns: max(columns - indentation, 8), ascii: buffer.glyphs.ascii)
        return (lines.isEmpty ? [[]] : lines).enumerated().map { index, line in
          (StyledText(index == 0 ? label : "", .dim), line, indentation)
        }
      }
    }
    scroll.fit(lineCount: lines.count, rows: area.rows)
    for (row, line) in lines.dropFirst(scroll.top).prefix(area.rows).enumerated() {
      var room = area.line(row)
      let label = room.takeLeft(line.indent)
      buffer.text(line.label, in: label.inset(columns: 2))
      buffer.text(line.text, in: room)
    }
  }
}
