import TerminalUI

/// One line to type a path into, in a frame over the screen.
struct PathQuestion {
  let title: String
  let explanation: String
  var prompt: TextPrompt

  /// `text` stands there to go on from.
  init(_ title: String, _ explanation: String, text: String = "") {
    self.title = title
    self.explanation = explanation
    prompt = TextPrompt("  ", text: text)
  }

  func draw(into buffer: inout CellBuffer, in area: Rect) {
    let columns = min(area.columns, 72)
    let text = [StyledText(explanation)]
    let lines = SentenceLayout.lines(
      text, columns: max(columns - 4, 1), ascii: buffer.glyphs.ascii)
    let frame = area.centered(rows: lines.count + 4, columns: columns)
    buffer.fill(frame.inset(columns: -1).intersection(area))
    var room = buffer.box(frame, title: title, style: Style(.accent)).inset(columns: 1)
    SentenceLayout.draw(text, into: &buffer, in: room.takeTop(lines.count))
    _ = room.takeTop()
    let field = room.takeTop()
    prompt.draw(into: &buffer, in: field)
    buffer.restyle(field.inset(columns: 2)) { $0.attributes.insert(.underline) }
  }
}
