import TerminalUI

/// The map of the selected segment below the list.
struct SegmentMapDrawing {
  let model: ExtentsModel?

  /// Draws it into five rows: one that stays empty, the bar, the mark, and the legend.
  func draw(into buffer: inout CellBuffer, in area: Rect) {
    guard area.rows >= 5, let model, model.contents.size > 0 else { return }
    // The list is about the files' bytes; what is allocated behind them is told with the extents.
    let map = FileMapDrawing(
      pieces: model.pieces.filter { $0.holding != .beyondEnd }, logicalEnd: model.logicalEnd)
    map.drawBar(into: &buffer, in: area.line(1))
    map.drawMark(into: &buffer, under: area.line(1), in: area.line(2))
    buffer.text(map.legend(buffer.glyphs, withSizes: true), in: area.line(3))
  }
}
