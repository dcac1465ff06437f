import LogFiles
import LogLab
import Quantities
import TerminalUI

/// Preallocation in six steps for an audience: a real log, a real writer, and what each step did to
/// the file.
struct DemoView: View {
  enum News: Sendable {
    case began(PreallocationDemo)
    case made(Result<DemoScene, LabFailure>)
    case failed(LabFailure)
  }

  let directory: FileName
  private var demo: PreallocationDemo?
  private(set) var scene: DemoScene?
  private(set) var failure: LabFailure?
  /// The step that is being made.
  private(set) var underWay: DemoStep?

  init(directory: FileName) { self.directory = directory }

  var keyContext: KeyContext { .demo }

  func heading(_ context: InspectorContext) -> Heading {
    var facts: [StyledText] = []
    if let demo { facts.append(StyledText(bytes: Array(demo.machine.brief.utf8))) }
    let position = scene.map { "\($0.step.rawValue)/\(DemoStep.allCases.count)" }
    return Heading(
      [StyledText("lab demo  "), StyledText(bytes: (demo?.path ?? directory).bytes)],
      facts: facts, position: position)
  }

  func sentence(_ context: InspectorContext) -> [StyledText] {
    if let failure {
      return [
        StyledText("It cannot go on: ", .error), StyledText(failure.message),
        StyledText(failure.advice.map { "; \($0)." } ?? "."),
      ]
    }
    if let underWay { return [StyledText("\(underWay.word)…", .accent)] }
    guard let scene else { return ["Making a directory for it…"] }
    let command = scene.step.command.map { "The same by hand: \($0). " } ?? ""
    guard let next = scene.step.next else {
      return [StyledText("\(command)That was all; everything is removed when you leave.")]
    }
    return [StyledText(command, .dim), StyledText("Enter goes on: \(next.word).")]
  }

  func unavailable(_ context: InspectorContext) -> [Action: String] {
    if underWay != nil { return [.open: "The step is being made."] }
    if failure != nil { return [.open: "It cannot go on; q leaves."] }
    if scene?.step.next == nil, scene != nil { return [.open: "That was the last step; q leaves."] }
    return [:]
  }

  // MARK: Steps

  mutating func appear(_ context: InspectorContext) -> [ViewEffect] {
    let directory = directory
    underWay = .create
    return [
      .start(
        BackgroundWork("preparing", mustEnd: true) { _, post in
          do throws(LabFailure) {
            let demo = try PreallocationDemo(below: directory)
            post(News.began(demo))
            post(News.made(.success(try demo.advance())))
          } catch {
            post(News.failed(error))
          }
        })
    ]
  }

  mutating func handle(_ action: Action, _ context: InspectorContext) -> [ViewEffect] {
    guard action == .open, let demo, let next = demo.next else { return [] }
    underWay = next
    return [
      .start(
        BackgroundWork("working", mustEnd: true) { _, post in
          post(News.made(Result { () throws(LabFailure) in try demo.advance() }))
        })
    ]
  }

  mutating func receive(_ news: any Sendable, _ context: InspectorContext) -> [ViewEffect] {
    switch news {
    case News.began(let demo): self.demo = demo
    case News.made(.success(let scene)):
      self.scene = scene
      underWay = nil
    case News.made(.failure(let failure)), News.failed(let failure):
      self.failure = failure
      underWay = nil
    default: break
    }
    return []
  }

  // MARK: Drawing

  mutating func draw(into buffer: inout CellBuffer, in area: Rect, _ context: InspectorContext) {
    DemoDrawing(scene: scene, underWay: underWay).draw(into: &buffer, in: area)
  }
}
