import LogFiles
import LogInspection
import TerminalUI

extension InspectorApplication {
  /// Rows from which on the sentence may take two lines.
  private static let roomyRows = 20

  mutating func draw(into buffer: inout CellBuffer) {
    readClock()
    var area = buffer.bounds
    let title = area.takeTop()
    let footer = area.takeBottom()
    let sentence = area.takeBottom(buffer.rows >= Self.roomyRows ? 2 : 1)
    bodyArea = area
    guard !stack.isEmpty else {
      drawTitle(Heading([StyledText(bytes: context.path.bytes)]), into: &buffer, in: title)
      buffer.text("Opening…", in: area.line(1).inset(columns: 2), style: Style(.dim))
      drawFooter(.problem, [:], into: &buffer, in: footer)
      return
    }
    let top = stack.count - 1
    stack[top].view.draw(into: &buffer, in: area, context)
    let view = stack[top].view
    drawTitle(view.heading(context), into: &buffer, in: title)
    drawSentence(view, into: &buffer, in: sentence)
    if let prompt {
      switch prompt {
      case .search(let line), .command(let line):
        line.draw(into: &buffer, in: footer.inset(columns: 1))
      }
    } else {
      drawFooter(view.keyContext, view.unavailable(context), into: &buffer, in: footer)
    }
  }

  private func drawTitle(_ heading: Heading, into buffer: inout CellBuffer, in line: Rect) {
    var kept: [TitleLine.Kept] = []
    if let subject, stack.last?.view.keyContext != .logs, context.logs.indices.contains(subject.log)
    {
      let log = context.logs[subject.log]
      if log.unfinished != nil {
        kept.append(.init(StyledText("! repair interrupted: u", .title)))
      }
      if let follow = log.follow {
        kept.append(
          .init(StyledText(follow.title, .title), brief: StyledText(follow.briefTitle, .title)))
      }
      if let holders = HolderWords.title(log) { kept.append(holders) }
    }
    kept += [progress?.text, heading.position].compactMap { $0 }.map {
      .init(StyledText($0, .title))
    }
    TitleLine(place: heading.place, facts: heading.facts, kept: kept).draw(into: &buffer, in: line)
  }

  /// How far the work of the screen on top is, or else the scan of its log.
  var progress: WorkProgress? {
    if let running = stack.last?.work {
      return WorkProgress(
        verb: running.work.verb, control: running.work.control, total: running.work.total,
        elapsed: context.uptime - running.since)
    }
    for log in context.logs {
      if case .running(let control, let since) = log.scan {
        return WorkProgress(verb: "scanning", control: control, elapsed: context.uptime - since)
      }
    }
    return nil
  }

  private func drawSentence(_ view: any View, into buffer: inout CellBuffer, in area: Rect) {
    let sentence =
      message.map { [StyledText($0, .accent)] } ?? interruption(view) + view.sentence(context)
    SentenceLayout.draw(sentence, into: &buffer, in: area.inset(columns: 1))
  }

  /// That a repair of the log was interrupted, on each screen but those that deal with it.
  private func interruption(_ view: any View) -> [StyledText] {
    switch view.keyContext {
    case .plan, .result, .history, .dialog, .help: return []
    default: break
    }
    guard let log = view.subject(context)?.log, let entry = context.logs[log].unfinished
    else { return [] }
    return [
      StyledText("A repair was interrupted (\(HistoryText.state(entry))): ", .error),
      StyledText("u finishes or undoes it. "),
    ]
  }

  private func drawFooter(
    _ keyContext: KeyContext, _ unavailable: [Action: String], into buffer: inout CellBuffer,
    in line: Rect
  ) {
    let room = line.inset(columns: 1)
    buffer.text(
      KeyTable.keys.footer(
        in: keyContext, columns: room.columns, glyphs: buffer.glyphs,
        unavailable: Set(unavailable.keys), omitting: Set(KeyTable.opening(keyContext)),
        names: stack.count > 1 ? [:] : [.leave: "quit"]), in: room)
  }
}
