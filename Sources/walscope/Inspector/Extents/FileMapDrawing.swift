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
    for (piece, width) in zip(pieces, bar.widths(columns: line.columns)) {
      buffer.fill(
        room.takeLeft(width), with: piece.holding.sign(buffer.glyphs),
        style: Style(piece.holding.role, piece.holding.isProblem ? .bold : []))
    }
  }

  /// Draws the mark into `area`, below the bar that was drawn into `line`.
  func drawMark(into buffer: inout CellBuffer, under line: Rect, in area: Rect) {
    guard let logicalEnd, line.columns > 0 else { return }
    let column = min(bar.column(of: logicalEnd, columns: line.columns), line.columns - 1)
    let text = "log ends at \(Quantity.offset(logicalEnd)) (\(Quantity.bytes(logicalEnd)))"
    let mark = StyledText(buffer.glyphs.mark, .marker, .bold)
    var room = Rect(row: area.row, column: line.column, rows: 1, columns: line.columns)
    if column + 2 + DisplayText.columns(of: text) <= room.columns {
      _ = room.takeLeft(column)
      buffer.text([mark, StyledText(" " + text, .dim)], in: room)
    } else {
      var left = room.takeLeft(column + 1)
      buffer.text([mark], in: left.takeRight(1))
      buffer.text(text + " ", in: left, style: Style(.dim), alignment: .right)
    }
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
