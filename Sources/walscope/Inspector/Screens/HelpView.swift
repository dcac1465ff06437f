import TerminalUI

/// All keys, from the table that makes them work, and what the signs mean.
struct HelpView: View {
  private var text = ScrollText([])

  var keyContext: KeyContext { .help }

  func heading(_ context: InspectorContext) -> Heading {
    Heading(["help"], facts: [], position: text.fits ? nil : text.position)
  }

  func sentence(_ context: InspectorContext) -> [StyledText] {
    ["walscope reads and never writes. A key means the same on every screen."]
  }

  mutating func handle(_ action: Action, _ context: InspectorContext) -> [ViewEffect] {
    if case .move(let motion) = action { text.move(motion) }
    return []
  }

  mutating func handle(
    _ mouse: MouseAction, row: Int, column: Int, _ context: InspectorContext
  ) -> [ViewEffect] {
    text.handleWheel(mouse)
    return []
  }

  mutating func draw(into buffer: inout CellBuffer, in area: Rect, _ context: InspectorContext) {
    if text.paragraphs.isEmpty { text = ScrollText(Self.paragraphs(buffer.glyphs)) }
    var room = area.inset(columns: 2)
    room.columns = min(room.columns, 100)
    text.draw(into: &buffer, in: room)
  }

  /// Keys that mean the same are one line, even where the footer calls them differently.
  private static func paragraphs(_ glyphs: Glyphs) -> [StyledText] {
    var seen: Set<String> = []
    let rows = KeyTable.keys.help(glyphs: glyphs).filter { seen.insert($0.keys).inserted }
    let width = rows.map { DisplayText.columns(of: $0.keys, ascii: glyphs.ascii) }.max() ?? 0
    let keys = rows.map { row -> StyledText in
      let keyWidth = DisplayText.columns(of: row.keys, ascii: glyphs.ascii)
      let gap = String(repeating: " ", count: width - keyWidth + 2)
      return StyledText(row.keys + gap + row.text)
    }
    return [StyledText("Keys", .heading)] + keys + ["", StyledText("Signs", .heading)]
      + Sign.legend(glyphs).map { StyledText($0) }
  }
}
