import TerminalUI

/// All keys, from the table that makes them work, and what the signs mean.
struct HelpView: View {
  private var sheet = FactSheet([])

  var keyContext: KeyContext { .help }

  func heading(_ context: InspectorContext) -> Heading {
    Heading(["help"], facts: [], position: sheet.scroll.text)
  }

  func sentence(_ context: InspectorContext) -> [StyledText] {
    ["walscope only reads until you confirm a plan. A key means the same on every screen."]
  }

  mutating func handle(_ action: Action, _ context: InspectorContext) -> [ViewEffect] {
    if case .move(let motion) = action { sheet.scroll.move(motion) }
    return []
  }

  mutating func handle(
    _ mouse: MouseAction, row: Int, column: Int, _ context: InspectorContext
  ) -> [ViewEffect] {
    sheet.scroll.handle(mouse)
    return []
  }

  mutating func draw(into buffer: inout CellBuffer, in area: Rect, _ context: InspectorContext) {
    if sheet.isEmpty { sheet = FactSheet(Self.items(buffer.glyphs)) }
    sheet.draw(into: &buffer, in: area.inset(columns: 1))
  }

  /// Keys that do the same are one line.
  private static func items(_ glyphs: Glyphs) -> [FactSheet.Item] {
    var rows: [(keys: String, text: String)] = []
    for row in KeyTable.keys.help(glyphs: glyphs) {
      if let same = rows.firstIndex(where: { $0.text == row.text }) {
        if rows[same].keys != row.keys { rows[same].keys += ", " + row.keys }
      } else {
        rows.append(row)
      }
    }
    let keys = rows.map { row in FactSheet.Item.fact(row.keys, [StyledText(row.text)]) }
    let signs = Sign.legend(glyphs).map { FactSheet.Item.fact($0.sign, [StyledText($0.text)]) }
    return [.heading("Keys")] + keys + [.blank, .heading("Signs")] + signs
  }
}
