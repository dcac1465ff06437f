import LogFiles
import LogLab
import Quantities
import TerminalUI

/// The variants of an experiment side by side: the map of each one's file, its latencies as figures
/// and, where there is room, as a line of the newest ones.
struct LabTableDrawing {
  let rows: [LabRow]
  /// The variant that is at work is told apart by its sign.
  let isRunning: Bool

  /// Rows of the screen that it takes of those that there are.
  func height(of available: Int) -> Int { 1 + rows.count * linesEach(available) }

  /// One line for each variant, or a second one for its latencies.
  ///
  /// When all is over, what was learned needs the room.
  private func linesEach(_ available: Int) -> Int {
    isRunning && rows.contains { !$0.recent.isEmpty } && 1 + rows.count * 2 <= available ? 2 : 1
  }

  func draw(into buffer: inout CellBuffer, in area: Rect) {
    let layout = layout(columns: area.columns - 3)
    var room = area
    var headings = room.takeTop()
    _ = headings.takeLeft(2)
    layout.drawHeadings(into: &buffer, in: headings)
    let lines = linesEach(area.rows)
    let scale = rows.compactMap { $0.layout?.size }.max() ?? 0
    for row in rows where !room.isEmpty {
      drawRow(row, layout, scale, into: &buffer, in: room.takeTop())
      if lines == 2 { drawLatencies(row, layout, into: &buffer, in: room.takeTop()) }
    }
  }

  private static let mapColumn = 1

  private func layout(columns: Int) -> TableLayout {
    let names = rows.map { DisplayText.columns(of: $0.variant.title) }.max() ?? 8
    return TableLayout(
      [
        TableColumn("variant", minimum: max(7, names)),
        TableColumn("map", minimum: 12, ideal: 80, priority: 1, isFlexible: true),
        TableColumn("extents", .right, minimum: 7, priority: 2),
        TableColumn("avg", .right, minimum: 8),
        TableColumn("p99", .right, minimum: 8),
        TableColumn("max", .right, minimum: 8, priority: 3),
        TableColumn("rate/s", .right, minimum: 9),
        TableColumn("speed", .right, minimum: 10, priority: 4),
      ], width: columns)
  }

  private func drawRow(
    _ row: LabRow, _ layout: TableLayout, _ scale: UInt64, into buffer: inout CellBuffer,
    in line: Rect
  ) {
    var room = line
    let sign = room.takeLeft(2)
    switch row.state {
    case .preparing, .running, .looking:
      if isRunning { buffer.text(buffer.glyphs.collapsed, in: sign, style: Style(.marker, .bold)) }
    case .unavailable(let reason):
      buffer.text("-", in: sign, style: Style(.dim))
      let title = DisplayText.columns(of: row.variant.title)
      buffer.text(
        [
          StyledText(row.variant.title, .dim),
          StyledText(
            String(repeating: " ", count: max(2, layout.places[0].width - title + 2))
              + "not possible here: \(reason)", .dim),
        ], in: room)
      return
    default: break
    }
    var cells: [StyledText] = [
      StyledText(row.variant.title), "", StyledText(row.layout?.extentCount.map { "\($0)" } ?? ""),
    ]
    cells +=
      row.latencies.count == 0
      ? ["", "", ""]
      : [
        StyledText(Self.time(UInt64(row.latencies.average))),
        StyledText(Self.time(row.latencies.percentile(0.99))),
        StyledText(Self.time(row.latencies.maximum)),
      ]
    cells.append(StyledText(row.rate.map { Quantity.grouped(UInt64($0)) } ?? ""))
    cells.append(
      StyledText(row.speed.map { Quantity.rate(bytes: UInt64($0), in: .seconds(1)) } ?? ""))
    layout.drawRow(cells, into: &buffer, in: room)
    guard let place = layout.places.first(where: { $0.index == Self.mapColumn }),
      let size = row.layout?.size, scale > 0, size > 0
    else { return }
    let columns = max(1, Int(UInt128(size) * UInt128(place.width) / UInt128(scale)))
    let bar = Rect(row: room.row, column: room.column + place.start, rows: 1, columns: columns)
    FileMapDrawing(pieces: row.pieces, logicalEnd: row.logicalEnd).drawBar(into: &buffer, in: bar)
  }

  /// The newest latencies under the map, and what the line spans.
  private func drawLatencies(
    _ row: LabRow, _ layout: TableLayout, into buffer: inout CellBuffer, in line: Rect
  ) {
    guard let least = row.recent.min(), let most = row.recent.max(),
      let place = layout.places.first(where: { $0.index == Self.mapColumn })
    else { return }
    var room = line
    _ = room.takeLeft(2 + place.start)
    Sparkline(row.recent).draw(into: &buffer, in: room.takeLeft(place.width), style: Style(.dim))
    buffer.text(
      "  \(Self.time(least)) \(buffer.glyphs.ellipsis) \(Self.time(most))", in: room,
      style: Style(.dim))
  }

  /// A time as the tables of this field have it: three digits and the unit.
  static func time(_ nanoseconds: UInt64) -> String {
    Quantity.duration(.nanoseconds(Int64(clamping: nanoseconds)))
  }
}
