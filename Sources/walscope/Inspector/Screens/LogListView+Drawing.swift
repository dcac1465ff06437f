import LogFiles
import LogFormats
import LogInspection
import Quantities
import TerminalUI

extension LogListView {
  func heading(_ context: InspectorContext) -> Heading {
    Heading(
      [StyledText(bytes: context.path.bytes)],
      facts: [StyledText(Quantity.count(context.logs.count, "log"))],
      position: list.count > list.visibleRows ? list.position : nil)
  }

  func sentence(_ context: InspectorContext) -> [StyledText] {
    switch selectedRow {
    case .log(let index):
      let state = context.logs[index]
      return [StyledText(bytes: Self.name(state).bytes, Style(.accent)), ": "] + told(state)
    case .problem(let index):
      let problem = context.problems[index]
      return [
        StyledText(bytes: problem.place.bytes, Style(.accent)),
        StyledText(": \(problem.error.message)."),
      ]
    case nil: return ["There is no log here. r looks again."]
    }
  }

  /// The worst that is known of a log, or else how it was recognised.
  private func told(_ state: LogState) -> [StyledText] {
    let layout = state.log.layout
    if let worst = state.findings.first(where: { $0.severity > .note }) {
      let file = worst.file.flatMap { $0 == layout.primary ? nil : $0 }
      let more = Self.severe(state) - 1
      return (file.map { [StyledText(bytes: $0.bytes, Style(.accent)), ": "] } ?? [])
        + [StyledText(worst.message.endingSentence)]
        + (more > 0 ? [StyledText(" \(Quantity.grouped(more)) more: ! lists them.")] : [])
    }
    let recognised = "\(layout.recognition) Recognised: \(layout.confidence.title)."
    guard state.isFinal, state.report != nil, !state.isRaw else { return [StyledText(recognised)] }
    return [StyledText("nothing is wrong. \(recognised)")]
  }

  mutating func draw(into buffer: inout CellBuffer, in area: Rect, _ context: InspectorContext) {
    var room = area
    let totals = room.takeBottom(area.rows >= 6 ? 1 : 0)
    let layout = TableLayout(
      [
        TableColumn("", minimum: 1),
        TableColumn("log", minimum: min(nameColumns, 28), ideal: nameColumns),
        TableColumn("format", minimum: 8, priority: 2),
        TableColumn("verdict", minimum: 9, priority: 1),
        TableColumn("segments", .right, minimum: 8, priority: 3),
        TableColumn("records", .right, minimum: 9, ideal: 12, priority: 4),
        TableColumn("size", .right, minimum: 8, ideal: 10, priority: 2),
        TableColumn("of log", .right, minimum: 8, ideal: 10, priority: 6),
        TableColumn("findings", .right, minimum: 8, priority: 5),
        TableColumn("age", .right, minimum: 6, priority: 7),
      ], width: room.columns - 2)
    layout.drawHeadings(into: &buffer, in: room.takeTop().inset(columns: 1))
    listArea = room
    let shown = rows
    list.draw(into: &buffer, in: room) { buffer, row, line in
      let cells = PathCut.shorten(
        column: 1, of: Self.cells(shown[row], context), in: layout, glyphs: buffer.glyphs)
      layout.drawRow(cells, into: &buffer, in: line.inset(columns: 1))
    }
    drawTotals(context, into: &buffer, in: totals.inset(columns: 1))
  }

  private static func cells(_ row: Row, _ context: InspectorContext) -> [StyledText] {
    switch row {
    case .problem(let index):
      let place = context.problems[index].place
      return [
        StyledText("?", .error, .bold), StyledText(bytes: place.bytes, Style(.dim)), "",
        StyledText("not read", .error),
      ]
    case .log(let index):
      let state = context.logs[index]
      let totals = state.totals
      let open = state.isFinal ? "" : "…"
      let sizesOpen = totals.sized < state.log.layout.segments.count && !state.isFinal ? "…" : ""
      let verdict = state.report.map { (Sign.of($0.verdict), $0.verdict.rawValue + open) }
      let severe = Self.severe(state)
      return [
        StyledText(verdict?.0.sign ?? "", verdict?.0.role ?? .dim, .bold),
        StyledText(bytes: name(state).bytes), StyledText(state.log.format.name, .dim),
        verdict.map { StyledText($0.1, $0.0.role) } ?? StyledText("…", .dim),
        StyledText(Quantity.grouped(state.log.layout.segments.count)),
        StyledText(totals.countsRecords ? Quantity.grouped(totals.records) + open : "-"),
        StyledText(Quantity.bytes(totals.size) + sizesOpen),
        StyledText(Quantity.bytes(totals.logical) + open, .dim),
        state.report == nil
          ? StyledText("…", .dim)
          : StyledText(
            severe == 0 ? "none" : Quantity.grouped(severe), severe == 0 ? .dim : .normal),
        StyledText(totals.modified.map { Age.text($0, at: context.now) } ?? "", .dim),
      ]
    }
  }

  private func drawTotals(_ context: InspectorContext, into buffer: inout CellBuffer, in line: Rect)
  {
    var sums = (segments: 0, size: UInt64(0), damaged: 0, attention: 0, open: 0)
    for state in context.logs {
      sums.segments += state.log.layout.segments.count
      let (size, overflow) = sums.size.addingReportingOverflow(state.totals.size)
      sums.size = overflow ? .max : size
      switch state.report?.verdict {
      case .damaged: sums.damaged += 1
      case .attention: sums.attention += 1
      case .clean: break
      case nil: sums.open += 1
      }
    }
    var parts = [
      Quantity.count(context.logs.count, "log"), Quantity.count(sums.segments, "segment"),
      Quantity.bytes(sums.size),
      "\(Quantity.grouped(sums.damaged)) damaged",
      "\(Quantity.grouped(sums.attention)) to look at",
    ]
    if sums.open > 0 { parts.append("\(Quantity.grouped(sums.open)) still to be checked") }
    if !context.problems.isEmpty {
      parts.append("\(Quantity.grouped(context.problems.count)) not readable")
    }
    if context.isTruncated { parts.append("more below that was not looked at") }
    buffer.text(parts.joined(separator: ", "), in: line, style: Style(.heading))
  }
}
