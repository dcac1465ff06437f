import LogFiles
import LogFormats
import LogInspection
import Quantities
import TerminalUI

extension SegmentListView {
  func heading(_ context: InspectorContext) -> Heading {
    let state = context.logs[log]
    let count = state.log.layout.segments.count
    let facts = [
      StyledText(state.log.format.name), StyledText(Quantity.count(count, "segment")),
    ]
    return Heading(
      [StyledText(bytes: context.place(of: state).bytes)], facts: facts,
      position: list.count > list.visibleRows ? list.position : nil)
  }

  func sentence(_ context: InspectorContext) -> [StyledText] {
    let state = context.logs[log]
    guard let row = selectedRow else {
      return ["The directory holds no segment. r looks again, i tells how it was recognised."]
    }
    return SegmentSentence(log: state).pieces(row)
  }

  mutating func draw(into buffer: inout CellBuffer, in area: Rect, _ context: InspectorContext) {
    let state = context.logs[log]
    var room = area
    let totals = room.takeBottom(area.rows >= 6 ? 1 : 0)
    let mapRows = area.rows >= 14 ? 5 : 0
    let table = SegmentTable(
      columns: room.columns - 2, nameColumns: nameColumns, stateColumns: stateColumns,
      showsAllocated: showsAllocated, concerns: concerns)
    table.layout.drawHeadings(into: &buffer, in: room.takeTop().inset(columns: 1))
    // Where the list is short, the map stands right below it and then what is wrong.
    listArea = room.takeTop(min(list.count, max(room.rows - mapRows, 1)))
    let map = room.takeTop(mapRows)
    let shown = rows.rows
    list.draw(into: &buffer, in: listArea) { buffer, row, line in
      table.draw(shown[row], of: state, context, into: &buffer, in: line)
    }
    SegmentMapDrawing(model: self.map).draw(into: &buffer, in: map.inset(columns: 3))
    LogSummary(log: state).draw(into: &buffer, in: room.inset(columns: 3))
    drawTotals(state, into: &buffer, in: totals.inset(columns: 1))
  }

  private func drawTotals(_ state: LogState, into buffer: inout CellBuffer, in line: Rect) {
    let totals = state.totals
    let layout = state.log.layout
    let count = layout.segments.count
    let sizesOpen = totals.sized < count ? "…" : ""
    let scanOpen = state.isFinal ? "" : "…"
    var parts = ["\(Quantity.count(count, "file"))  \(Quantity.bytes(totals.size))\(sizesOpen)"]
    let severe = state.findings.lazy.filter { $0.severity > .note }.countOfAll
    if state.report == nil {
      parts.append("findings …")
    } else {
      parts.append(severe == 0 ? "nothing wrong" : Quantity.count(severe, "finding"))
    }
    if !layout.missing.isEmpty { parts.append(Quantity.count(layout.missing.count, "gap")) }
    if !layout.strays.isEmpty {
      parts.append(Quantity.count(layout.strays.count, "stray file"))
    }
    // What matters least stands last: it goes where the screen is too narrow.
    parts.append("\(Quantity.bytes(totals.logical))\(scanOpen) of log")
    if totals.countsRecords {
      parts.append("\(Quantity.count(totals.records, "record"))\(scanOpen)")
    }
    parts += [
      "\(Quantity.bytes(totals.allocated))\(sizesOpen) allocated"
    ]
    let ascii = buffer.glyphs.ascii
    while parts.count > 2,
      DisplayText.columns(of: parts.joined(separator: ", "), ascii: ascii) > line.columns
    { parts.removeLast() }
    buffer.text(parts.joined(separator: ", "), in: line, style: Style(.heading))
  }
}

extension InspectorContext {
  /// The path of a log: as typed, where it is below that, and the file that names it.
  func place(of state: LogState) -> FileName {
    isFile
      ? path : path.appending(state.log.place).appending(state.log.layout.primary ?? FileName(""))
  }
}
