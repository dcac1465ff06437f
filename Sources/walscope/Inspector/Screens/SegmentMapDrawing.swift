import LogFormats
import Quantities
import TerminalUI

/// The map of one segment as a bar, its logical end as a mark below, and a legend.
struct SegmentMapDrawing {
  let map: SegmentMap?
  let report: SegmentReport?

  /// Draws it into five rows: one that stays empty, the bar, the mark, and the legend.
  func draw(into buffer: inout CellBuffer, in area: Rect) {
    guard area.rows >= 5 else { return }
    guard let map, let report, report.fileSize > 0 else { return }
    let bar = Bar(map.parts.map { Bar.Segment($0.length, Self.fill($0.kind), Self.role($0.kind)) })
    let line = area.line(1)
    bar.draw(into: &buffer, in: line)
    // Damage is drawn as signs: a shade alone would not be seen, nor told without colours.
    var room = line
    for (part, width) in zip(map.parts, bar.widths(columns: line.columns)) {
      let cells = room.takeLeft(width)
      if part.kind == .damage { buffer.fill(cells, with: "!", style: Style(.error, .bold)) }
    }
    // Bytes without a format have no end but that of the file.
    if map.length(of: .unknown) < report.fileSize {
      drawMark(bar, report, into: &buffer, in: line, below: area.line(2))
    }
    drawLegend(map, into: &buffer, in: area.line(3))
  }

  private func drawMark(
    _ bar: Bar, _ report: SegmentReport, into buffer: inout CellBuffer, in line: Rect,
    below area: Rect
  ) {
    let column = min(bar.column(of: report.logicalEnd, columns: line.columns), line.columns - 1)
    let words =
      "log ends at \(Quantity.offset(report.logicalEnd)) (\(Quantity.bytes(report.logicalEnd)))"
    var room = area
    if column + words.count + 2 <= area.columns {
      _ = room.takeLeft(column)
      buffer.text(
        [StyledText(buffer.glyphs.mark, .marker, .bold), StyledText(" " + words, .dim)], in: room)
    } else {
      room.columns = column + 1
      let mark = room.takeRight(1)
      buffer.text(words + " ", in: room, style: Style(.dim), alignment: .right)
      buffer.text(buffer.glyphs.mark, in: mark, style: Style(.marker, .bold))
    }
  }

  private func drawLegend(_ map: SegmentMap, into buffer: inout CellBuffer, in line: Rect) {
    var pieces: [StyledText] = []
    for kind in SegmentMap.Kind.allCases {
      let length = map.length(of: kind)
      guard length > 0 else { continue }
      if !pieces.isEmpty { pieces.append("   ") }
      let sample = kind == .damage ? "!" : buffer.glyphs.fill(Self.fill(kind))
      pieces.append(StyledText(sample, Self.role(kind)))
      pieces.append(StyledText(" \(Self.word(kind)) \(Quantity.bytes(length))", .dim))
    }
    buffer.text(pieces, in: line)
  }

  private static func fill(_ kind: SegmentMap.Kind) -> Fill {
    switch kind {
    case .log: .full
    case .found: .dark
    case .damage: .medium
    case .zeros, .stale: .medium
    case .unwritten: .light
    case .hole: .line
    case .unknown: .medium
    }
  }

  private static func role(_ kind: SegmentMap.Kind) -> Role {
    switch kind {
    case .log: .accent
    case .found: .found
    case .damage: .error
    case .stale: .warning
    case .zeros, .unwritten, .hole, .unknown: .dim
    }
  }

  private static func word(_ kind: SegmentMap.Kind) -> String {
    switch kind {
    case .log: "log"
    case .found: "records after damage"
    case .damage: "damage"
    case .zeros: "written zeros"
    case .unwritten: "never written"
    case .hole: "hole"
    case .stale: "earlier life"
    case .unknown: "bytes of no known format"
    }
  }
}
