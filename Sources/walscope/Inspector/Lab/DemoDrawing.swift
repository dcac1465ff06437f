import LogFiles
import LogFormats
import LogLab
import Quantities
import TerminalUI

/// A step of the demonstration: what is done, the file before and after it, and what is to be seen.
struct DemoDrawing {
  let scene: DemoScene?
  /// The step that is being made, which the trail of steps shows.
  let underWay: DemoStep?

  func draw(into buffer: inout CellBuffer, in area: Rect) {
    var room = area.inset(columns: 1)
    drawTrail(into: &buffer, in: room.takeTop())
    _ = room.takeTop()
    guard let step = underWay ?? scene?.step else { return }
    buffer.text(
      [
        StyledText("\(step.rawValue)  ", .heading),
        StyledText(step.word, .heading, .bold),
      ], in: room.takeTop())
    let lines = DisplayText.wrap(
      step.purpose, columns: room.columns, ascii: buffer.glyphs.ascii)
    for line in lines.prefix(2) { buffer.draw(line, in: room.takeTop(), style: Style(.normal)) }
    _ = room.takeTop()
    guard let scene, underWay == nil || scene.step == underWay else { return }
    // Both maps are drawn to one scale, or a file that became shorter would look as long.
    let longest = max(scene.before?.size ?? 0, scene.after.size)
    if let before = scene.before, room.rows >= 10 {
      drawLook(before, "before", longest, into: &buffer, in: room.takeTop(4))
    }
    drawLook(
      scene.after, scene.before == nil ? "now" : "after", longest, into: &buffer,
      in: room.takeTop(4))
    let legend = map(scene.after, longest).legend(buffer.glyphs, withSizes: true)
    buffer.text(legend, in: room.takeTop())
    _ = room.takeTop()
    for sentence in scene.sentences {
      let lines = DisplayText.wrap(
        sentence, columns: room.columns - 2, ascii: buffer.glyphs.ascii)
      for (index, line) in lines.enumerated() where !room.isEmpty {
        var row = room.takeTop()
        buffer.text(index == 0 ? buffer.glyphs.dot : "", in: row.takeLeft(2), style: Style(.accent))
        buffer.draw(line, in: row, style: Style(.normal))
      }
    }
  }

  /// The steps, those that were made in another colour than those to come.
  private func drawTrail(into buffer: inout CellBuffer, in line: Rect) {
    let current = underWay ?? scene?.step
    var pieces: [StyledText] = []
    for step in DemoStep.allCases {
      if !pieces.isEmpty { pieces.append(StyledText(" \(buffer.glyphs.horizontal) ", .border)) }
      let isPast = step.rawValue < (current?.rawValue ?? 0)
      pieces.append(
        StyledText(
          step.shortWord, step == current ? .accent : isPast ? .normal : .dim,
          step == current ? [.bold, .underline] : []))
    }
    buffer.text(pieces, in: line)
  }

  private func drawLook(
    _ look: DemoLook, _ label: String, _ longest: UInt64, into buffer: inout CellBuffer,
    in area: Rect
  ) {
    var room = area
    var first = room.takeTop()
    buffer.text(label, in: first.takeLeft(8), style: Style(.heading))
    var facts = [Quantity.bytes(look.size), "\(Quantity.bytes(look.allocated)) allocated"]
    if let count = look.extentCount { facts.append(Quantity.count(count, "extent")) }
    let sign = Sign.of(look.verdict)
    buffer.text(
      [
        StyledText("\(sign.sign) \(look.verdict.title)  ", sign.role),
        StyledText(facts.joined(separator: ", "), .dim),
      ], in: first)
    var bar = room.takeTop()
    let columns = Self.columns(of: look.size, longest: longest, in: bar.columns)
    bar = bar.takeLeft(columns)
    let map = map(look, longest)
    map.drawBar(into: &buffer, in: bar)
    map.drawMark(into: &buffer, under: bar, in: room.takeTop())
  }

  private static func columns(of size: UInt64, longest: UInt64, in columns: Int) -> Int {
    longest == 0 ? 0 : max(1, Int(UInt128(size) * UInt128(columns) / UInt128(longest)))
  }

  private func map(_ look: DemoLook, _ longest: UInt64) -> FileMapDrawing {
    let model = ExtentsModel(
      look.extents, size: look.size, ranges: look.report.ranges, logicalEnd: look.logicalEnd)
    return FileMapDrawing(
      pieces: model.pieces.filter { $0.holding != .beyondEnd }, logicalEnd: model.logicalEnd)
  }
}
