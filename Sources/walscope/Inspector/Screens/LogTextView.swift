import LogFiles
import LogFormats
import LogInspection
import TerminalUI

/// A screen of text about one log, to be read by scrolling.
protocol LogTextView: View {
  var log: Int { get }
  /// What the title line calls it.
  var title: String { get }
  /// What opened it; the same key closes it.
  var opening: Action { get }
  /// Which part of the text is seen.
  var scroll: ScrollPosition { get set }
}

extension LogTextView {
  func heading(_ context: InspectorContext) -> Heading {
    let state = context.logs[log]
    return Heading(
      [StyledText(bytes: context.place(of: state).bytes), StyledText("  " + title)],
      facts: [StyledText(state.log.format.name)], position: scroll.text)
  }

  func subject(_ context: InspectorContext) -> Subject? { Subject(log: log) }

  mutating func handle(_ action: Action, _ context: InspectorContext) -> [ViewEffect] {
    switch action {
    case .move(let motion): scroll.move(motion)
    case opening: return [.back]
    case .findings: return [.open(.findings(log: log))]
    case .forecast: return [.open(.forecast(log: log))]
    case .info: return [.open(.info(log: log, segment: nil))]
    case .rescan: return [.rescan(log: log)]
    default: break
    }
    return []
  }

  mutating func handle(
    _ mouse: MouseAction, row: Int, column: Int, _ context: InspectorContext
  ) -> [ViewEffect] {
    scroll.handle(mouse)
    return []
  }
}
