import LogFiles
import LogFormats
import LogInspection
import LogRepair
import Quantities
import TerminalUI

extension PlanView {
  func heading(_ context: InspectorContext) -> Heading {
    let state = context.logs[logIndex]
    return Heading(
      [StyledText(bytes: context.place(of: state).bytes), StyledText("  plan")],
      facts: [StyledText(state.log.format.name)], position: scroll.text)
  }

  func sentence(_ context: InspectorContext) -> [StyledText] {
    if question != nil { return [PlanQuestion.sentence] }
    if let run { return run.sentence }
    switch states[choice] ?? .waiting {
    case .waiting where !isPlanning:
      return ["Plans are made when the scan has ended; Esc stops it, r scans anew."]
    case .waiting: return ["The plan is being made. Nothing is changed by that."]
    case .planned(let plan):
      return [
        "Enter asks before anything is changed: ",
        StyledText(bytes: plan.confirmation.bytes, Style(.accent)), " has to be typed.",
      ]
    case .salvageable, .copyable: return ["Enter asks where to. This log is only read."]
    case .refused:
      let possible = PlanChoice.allCases.filter { choice in
        switch states[choice] {
        case .planned, .salvageable, .copyable: true
        case .waiting, .refused, nil: false
        }
      }
      return [
        StyledText("What can be done: \(possible.map(\.title).joined(separator: ", ")).")
      ]
    }
  }

  mutating func draw(into buffer: inout CellBuffer, in area: Rect, _ context: InspectorContext) {
    if let run {
      run.draw(into: &buffer, in: area.inset(columns: 2), scroll: &scroll, context)
    } else if area.columns >= Self.wideColumns {
      drawBeside(into: &buffer, in: area, context)
    } else {
      drawBelow(into: &buffer, in: area, context)
    }
    if let asked = question {
      question = asked.drawn(into: &buffer, in: area)
    }
  }

  private mutating func drawBelow(
    into buffer: inout CellBuffer, in area: Rect, _ context: InspectorContext
  ) {
    var room = area
    listArea = room.takeTop(min(PlanChoice.allCases.count, max(room.rows / 2, 1)))
    let (states, log) = (states, context.logs[logIndex])
    list.draw(into: &buffer, in: listArea, focused: !detailHasKeys) { buffer, row, line in
      let choice = PlanChoice.allCases[row]
      let state = states[choice] ?? .waiting
      var line = line.inset(columns: 1)
      buffer.text(Self.title(choice, state), in: line.takeLeft(Self.titleColumns))
      buffer.text(PlanConsequence(state: state, log: log).pieces, in: line)
    }
    drawRule(into: &buffer, in: room.takeTop())
    drawDetail(into: &buffer, in: room.inset(columns: 2), context)
  }

  private mutating func drawBeside(
    into buffer: inout CellBuffer, in area: Rect, _ context: InspectorContext
  ) {
    var room = area
    var left = room.takeLeft(Self.listColumns)
    buffer.verticalLine(in: room)
    _ = room.takeLeft(2)
    listArea = left
    let log = context.logs[logIndex]
    rowsOfChoices = []
    for (index, choice) in PlanChoice.allCases.enumerated() {
      let state = states[choice] ?? .waiting
      let pieces = PlanConsequence(state: state, log: log).pieces
      let lines = SentenceLayout.lines(
        pieces, columns: left.columns - 5, ascii: buffer.glyphs.ascii)
      let shown = left.takeTop(1 + min(lines.count, 4))
      rowsOfChoices.append(shown)
      var inside = shown
      buffer.text(Self.title(choice, state), in: inside.takeTop().inset(columns: 1))
      _ = inside.takeLeft(3)
      SentenceLayout.draw(pieces, into: &buffer, in: inside.inset(columns: 1))
      if index == list.selected { buffer.select(shown, focused: !detailHasKeys) }
      _ = left.takeTop()
    }
    drawDetail(into: &buffer, in: room, context)
  }

  private func drawRule(into buffer: inout CellBuffer, in line: Rect) {
    buffer.horizontalLine(in: line, style: Style(detailHasKeys ? .accent : .border))
    var words = " \(choice.title)"
    if let segment, choice == .truncate || choice == .deleteBefore {
      words += " \(DisplayName.text(segment))"
    }
    buffer.text(words + " ", in: line.inset(columns: 2), style: Style(.heading))
    if let position = scroll.text {
      buffer.text(
        " \(position), Tab ", in: line.inset(columns: 2), style: Style(.dim), alignment: .right)
    }
  }

  private mutating func drawDetail(
    into buffer: inout CellBuffer, in area: Rect, _ context: InspectorContext
  ) {
    var room = area
    room.columns = min(room.columns, 100)
    PlanDetail(choice, states[choice] ?? .waiting, of: context.logs[logIndex])
      .draw(into: &buffer, in: room, scroll: &scroll)
  }

  private static func title(_ choice: PlanChoice, _ state: PlanState) -> StyledText {
    switch state {
    case .planned, .salvageable, .copyable: StyledText(choice.title, .normal, .bold)
    case .waiting, .refused: StyledText(choice.title, .dim)
    }
  }

  private static let titleColumns = 15
  private static let listColumns = 54
  /// Columns from which on the plan stands beside the list.
  static let wideColumns = 120
}
