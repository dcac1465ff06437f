import LogFiles
import LogFormats
import LogInspection
import LogRepair
import Quantities
import TerminalUI

extension HistoryView {
  func heading(_ context: InspectorContext) -> Heading {
    let state = context.logs[logIndex]
    return Heading(
      [StyledText(bytes: context.place(of: state).bytes), StyledText("  history")],
      facts: [StyledText(state.log.format.name)],
      position: run != nil ? scroll.text : list.count > 0 ? list.position : nil)
  }

  func sentence(_ context: InspectorContext) -> [StyledText] {
    if dialog != nil { return [PlanQuestion.sentence] }
    if let run { return run.sentence }
    guard let entry = selected else { return ["q goes back."] }
    if entry.needsAttention {
      return [
        StyledText("It was interrupted. ", .error),
        "Enter asks whether to undo or to finish it; nothing else is done to the log before.",
      ]
    }
    if entry.canUndo { return ["Enter looks what undo would do, and asks before it is done."] }
    return [StyledText("It cannot be undone: \(HistoryText.state(entry).endingSentence)")]
  }

  mutating func draw(into buffer: inout CellBuffer, in area: Rect, _ context: InspectorContext) {
    if let run {
      run.draw(into: &buffer, in: area.inset(columns: 2), scroll: &scroll, context)
    } else if let entries, !entries.isEmpty {
      drawEntries(entries, into: &buffer, in: area)
    } else {
      drawEmpty(into: &buffer, in: area)
    }
    drawDialog(into: &buffer, in: area)
  }

  private func drawEmpty(into buffer: inout CellBuffer, in area: Rect) {
    let text =
      entries == nil
      ? "The journal is being read…"
      : failure.map { "The journal cannot be read: \($0.reason.endingSentence)" }
        ?? "Nothing was done to this log through plans. d shows what can be done."
    var paragraph = ScrollText([StyledText(text)])
    paragraph.draw(into: &buffer, in: area.centered(rows: min(3, area.rows), columns: 64))
  }

  private mutating func drawEntries(
    _ entries: [HistoryEntry], into buffer: inout CellBuffer, in area: Rect
  ) {
    var room = area
    let layout = TableLayout(
      [
        TableColumn("", minimum: 1),
        TableColumn("time (UTC)", minimum: 19, priority: 2),
        TableColumn("action", minimum: 13),
        TableColumn("files", minimum: 10, ideal: 24, priority: 3),
        TableColumn("backup", .right, minimum: 8, priority: 4),
        TableColumn("state", minimum: 14, isFlexible: true),
      ], width: room.columns - 2)
    layout.drawHeadings(into: &buffer, in: room.takeTop().inset(columns: 1))
    listArea = room.takeTop(min(list.count, max(room.rows / 2, 1)))
    list.draw(into: &buffer, in: listArea) { buffer, row, line in
      layout.drawRow(Self.cells(entries[row]), into: &buffer, in: line.inset(columns: 1))
    }
    _ = room.takeTop()
    guard let entry = selected else { return }
    var sheet = FactSheet(Self.items(entry))
    sheet.scroll = scroll
    sheet.draw(into: &buffer, in: room.inset(columns: 1))
    scroll = sheet.scroll
  }

  private static func cells(_ entry: HistoryEntry) -> [StyledText] {
    let state = StyledText(Phrase(HistoryText.state(entry), HistoryText.emphasis(entry)))
    return [
      StyledText(entry.needsAttention ? "!" : "", .error, .bold),
      StyledText(time(entry)), StyledText(entry.plan.action.verb),
      StyledText(HistoryText.files(entry)),
      StyledText(entry.isKept ? Quantity.bytes(entry.backupSize) : "-"), state,
    ]
  }

  private static func time(_ entry: HistoryEntry) -> String {
    String(entry.begun.text.prefix(19).map { $0 == "T" ? " " : $0 })
  }

  /// An entry in full.
  private static func items(_ entry: HistoryEntry) -> [FactSheet.Item] {
    let plan = entry.plan
    var items: [FactSheet.Item] = [
      .fact("action", [StyledText(plan.action.verb)]),
      .fact(
        "state", [StyledText(Phrase(HistoryText.state(entry), HistoryText.emphasis(entry)))]),
      .fact("id", [StyledText(entry.id)]),
      .fact(
        "backup",
        [
          StyledText(entry.isKept ? "\(Quantity.bytes(entry.backupSize)) in " : "not kept; "),
          StyledText(bytes: entry.store.bytes, Style(.accent)),
        ]),
    ]
    if let reason = entry.notProven {
      items.append(
        .fact("not proven", [StyledText("that nobody wrote meanwhile: \(reason)", .warning)]))
    }
    for (number, step) in plan.steps.prefix(50).enumerated() {
      items.append(
        .fact(
          "step \(number + 1)",
          [
            StyledText(bytes: step.step.file.bytes, Style(.accent)),
            StyledText(" \(step.changeWords). "),
            StyledText(step.step.purpose.wholeSentence, .dim),
          ]))
    }
    if plan.steps.count > 50 {
      items.append(.text([StyledText("and \(Quantity.grouped(plan.steps.count - 50)) more steps")]))
    }
    return items
  }
}
