import LogFiles
import LogInspection
import Quantities
import TerminalUI

/// Says why there is nothing to show, and what can be done.
struct ProblemView: View {
  let headline: String
  let advice: String

  init(headline: String, advice: String) {
    self.headline = headline
    self.advice = advice
  }

  init(_ failure: OpenFailure) {
    switch failure {
    case .file(let error):
      self.init(headline: error.message, advice: "")
    case .unknownFormat(let name):
      self.init(
        headline: "There is no format named \(name).",
        advice: "walscope formats lists those there are.")
    case .notALog:
      self.init(
        headline: "Nothing here is a log of a known format.",
        advice: "Open a directory with segments, or say --format to have it read as one.")
    case .refusedKind(let kind):
      self.init(
        headline: "It is a \(kind.words); only directories and regular files are opened.",
        advice: "")
    }
  }

  var keyContext: KeyContext { .problem }

  func heading(_ context: InspectorContext) -> Heading {
    Heading([StyledText(bytes: context.path.bytes)], facts: ["cannot be opened"])
  }

  func sentence(_ context: InspectorContext) -> [StyledText] {
    ["Nothing was changed. Press r to try again, q to leave."]
  }

  mutating func handle(_ action: Action, _ context: InspectorContext) -> [ViewEffect] {
    action == .rescan ? [.rescanAll] : []
  }

  mutating func draw(into buffer: inout CellBuffer, in area: Rect, _ context: InspectorContext) {
    var text = ScrollText([
      StyledText(bytes: context.path.bytes, Style(.heading)),
      StyledText("! " + headline, .error),
      "",
      StyledText(advice),
    ])
    text.draw(into: &buffer, in: area.centered(rows: min(6, area.rows), columns: 72))
  }
}
