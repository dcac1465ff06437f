import TerminalUI

/// The first line of a screen: where it is on the left, and what is known of it on the right.
struct TitleLine {
  /// A path and what stands behind it.
  let place: [StyledText]
  /// What goes where there is no room, the last ones first.
  let facts: [StyledText]
  /// What stays; where there is no room, in fewer words.
  let kept: [Kept]

  struct Kept {
    let text: StyledText
    let brief: StyledText

    init(_ text: StyledText, brief: StyledText? = nil) {
      self.text = text
      self.brief = brief ?? text
    }
  }

  private static let gap = 2

  func draw(into buffer: inout CellBuffer, in line: Rect) {
    buffer.fill(line, style: Style(.title))
    var room = line.inset(columns: 1)
    let glyphs = buffer.glyphs
    let program = [StyledText("walscope", .title, .bold), StyledText("  ", .title)]
    let place = place.map { StyledText(bytes: $0.bytes, Style(.title)) }
    // The place keeps a third of the line at least, and what it takes without directories.
    let least = width(program, glyphs) + PathCut.leastColumns(place, glyphs: glyphs)
    let wanted = max(min(width(program + place, glyphs), room.columns / 3), least)
    for fact in shown(columns: room.columns - wanted, glyphs).reversed() {
      let part = room.takeRight(width([fact], glyphs))
      buffer.text(fact.bytes, in: part, style: Style(.title), alignment: .right)
      _ = room.takeRight(Self.gap)
    }
    let taken = buffer.text(program, in: room)
    _ = room.takeLeft(taken)
    buffer.text(PathCut.shorten(place, columns: room.columns, glyphs: glyphs), in: room)
  }

  /// What stands on the right where there are so many columns, the gaps before each included.
  private func shown(columns: Int, _ glyphs: Glyphs) -> [StyledText] {
    func fits(_ texts: [StyledText]) -> Bool {
      width(texts, glyphs) + Self.gap * texts.count <= columns
    }
    for count in (0...facts.count).reversed() {
      let all = facts.prefix(count) + kept.map(\.text)
      if fits(Array(all)) { return Array(all) }
    }
    for count in 1...max(1, kept.count) {
      let all = kept.prefix(count).map(\.brief) + kept.dropFirst(count).map(\.text)
      if fits(all) { return all }
    }
    return kept.map(\.brief)
  }

  private func width(_ texts: [StyledText], _ glyphs: Glyphs) -> Int {
    texts.reduce(0) {
      $0
        + DisplayText.columns(
          of: String(decoding: $1.bytes, as: UTF8.self), ascii: glyphs.ascii)
    }
  }
}
