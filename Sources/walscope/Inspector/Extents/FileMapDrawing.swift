import Quantities
import TerminalUI

/// What a file holds from its start to its end as a bar, the end of its log as a mark below, and a
/// legend.
struct FileMapDrawing {
  let pieces: [FileContents.Piece]
  /// Offset after the last record, nil while that is not known.
  let logicalEnd: UInt64?
  private let bar: Bar

  init(pieces: [FileContents.Piece], logicalEnd: UInt64?) {
    self.pieces = pieces
    // Bytes without a format have no end but that of the file.
    self.logicalEnd =
      pieces.allSatisfy { $0.holding == .unknown || $0.holding == .beyondEnd } ? nil : logicalEnd
    bar = Bar(pieces.map { Bar.Segment($0.length, .full) })
  }

  func drawBar(into buffer: inout CellBuffer, in line: Rect) {
    var room = line
    for (holding, width) in columns(line.columns) {
      buffer.fill(
        room.takeLeft(width), with: holding.sign(buffer.glyphs),
        style: Style(holding.role, holding.isProblem ? .bold : []))
    }
  }

  /// What is drawn from left to right, and in how many columns.
  private func columns(_ count: Int) -> [(Holding, Int)] {
    guard pieces.count > count / 2, count > 0 else {
      return zip(pieces, bar.widths(columns: count)).map { ($0.holding, $1) }
    }
    // Too many to give each one a column: a column shows what most needs a look in its part.
    let size = pieces.reduce(UInt128(0)) { $0 + UInt128($1.length) }
    var columns: [(Holding, Int)] = []
    var index = 0
    var end = UInt128(pieces[0].length)
    for column in 1...count {
      let start = size * UInt128(column - 1) / UInt128(count)
      while end <= start, index + 1 < pieces.count {
        index += 1
        end += UInt128(pieces[index].length)
      }
      let border = size * UInt128(column) / UInt128(count)
      var shown = pieces[index].holding
      while end < border, index + 1 < pieces.count {
        index += 1
        end += UInt128(pieces[index].length)
        if pieces[index].holding.weight > shown.weight { shown = pieces[index].holding }
      }
      columns.append((shown, 1))
    }
    return columns
  }

  /// Draws the mark into `area`, below the bar that was drawn into `line`.
  func drawMark(into buffer: inout CellBuffer, under line: Rect, in area: Rect) {
    guard let logicalEnd, line.columns > 0 else { return }
    let column = min(column(of: logicalEnd, columns: line.columns), line.columns - 1)
    let text = "log ends at \(Quantity.offset(logicalEnd)) (\(Quantity.bytes(logicalEnd)))"
    let mark = StyledText(buffer.glyphs.mark, .marker, .bold)
    // The bar of a small file beside a large one is short, and the text may be longer.
    let columns = max(line.columns, area.endColumn - line.column)
    var room = Rect(row: area.row, column: line.column, rows: 1, columns: columns)
    if column + 2 + DisplayText.columns(of: text) <= room.columns {
      _ = room.takeLeft(column)
      buffer.text([mark, StyledText(" " + text, .dim)], in: room)
    } else {
      var left = room.takeLeft(column + 1)
      buffer.text([mark], in: left.takeRight(1))
      buffer.text(text + " ", in: left, style: Style(.dim), alignment: .right)
    }
  }

  private func column(of place: UInt64, columns: Int) -> Int {
    guard pieces.count > columns / 2 else { return bar.column(of: place, columns: columns) }
    let size = pieces.reduce(UInt128(0)) { $0 + UInt128($1.length) }
    return size == 0 ? 0 : Int(UInt128(place) * UInt128(columns) / size)
  }

  /// The kinds there are, each with its glyph; with their sizes where there is room for them.
  func legend(_ glyphs: Glyphs, withSizes: Bool = false) -> [StyledText] {
    var legend: [StyledText] = []
    for kind in pieces.totals {
      if !legend.isEmpty { legend.append(withSizes ? "   " : "  ") }
      legend.append(StyledText(kind.holding.sign(glyphs), kind.holding.role))
      let size = withSizes ? " " + Quantity.bytes(kind.length) : ""
      legend.append(StyledText(" " + kind.holding.name + size, .dim))
    }
    return legend
  }
}
