import TerminalUI

struct SegmentListView: View {
  let log: Int
  var keyContext: KeyContext { .segments }
  func heading(_ context: InspectorContext) -> Heading { Heading(["x"]) }
  func sentence(_ context: InspectorContext) -> [StyledText] { [] }
  mutating func handle(_ action: Action, _ context: InspectorContext) -> [ViewEffect] { [] }
  mutating func draw(into buffer: inout CellBuffer, in area: Rect, _ context: InspectorContext) {}
}
struct LogListView: View {
  var keyContext: KeyContext { .logs }
  func heading(_ context: InspectorContext) -> Heading { Heading(["x"]) }
  func sentence(_ context: InspectorContext) -> [StyledText] { [] }
  mutating func handle(_ action: Action, _ context: InspectorContext) -> [ViewEffect] { [] }
  mutating func draw(into buffer: inout CellBuffer, in area: Rect, _ context: InspectorContext) {}
}
