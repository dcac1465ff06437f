import JSON
import LogFiles
import LogFormats
import LogLab
import Quantities

/// `lab demo`: on a terminal the screen, else all steps one after the other.
struct LabDemoCommand {
  private let context: CommandContext
  private let work: LabWork

  init(_ context: CommandContext) throws(UsageError) {
    self.context = context
    work = try LabWork(context)
  }

  func run() -> ExitStatus {
    if context.output.isTerminal, !context.wantsJSON, !context.command.has(.text) {
      return context.inspect(
        work.directory, start: .demo(work.directory), instead: "add --text")
    }
    Interruption.watchEverything()
    do throws(LabFailure) {
      let demo = try PreallocationDemo(
        below: work.directory,
        segmentSize: context.command.size(.segmentSize) ?? PreallocationDemo.usualSegmentSize,
        room: work.room)
      let scenes = try play(demo)
      if context.wantsJSON { write(scenes, of: demo) }
      return demo.end() == nil ? .done : .failed
    } catch {
      return work.report(error)
    }
  }

  private func play(_ demo: PreallocationDemo) throws(LabFailure) -> [DemoScene] {
    var scenes: [DemoScene] = []
    while demo.next != nil {
      if Interruption.isRequested { throw .stopped }
      let scene = try demo.advance()
      if context.wantsJSON { scenes.append(scene) } else { print(scene, of: demo) }
    }
    return scenes
  }

  // MARK: Text

  private func print(_ scene: DemoScene, of demo: PreallocationDemo) {
    if scene.step == .create {
      context.text.line(
        Phrase("lab demo", .strong),
        Phrase("  \(DisplayName.text(demo.path))  \(demo.machine.words)"))
    }
    context.text.line("")
    context.text.line(Phrase("\(scene.step.rawValue)  \(scene.step.word)", .strong))
    context.text.paragraph(
      scene.step.purpose, indentation: 3, first: "", columns: context.textColumns)
    var table = TextTable([
      ("", .left), ("SIZE", .right), ("ALLOCATED", .right), ("LOG", .right), ("RECORDS", .right),
      ("EXTENTS", .right), ("UNWRITTEN", .right), ("VERDICT", .left),
    ])
    if let before = scene.before { table.add(row("before", before)) }
    table.add(row(scene.before == nil ? "now" : "after", scene.after))
    table.print(to: context.text, indentation: 3)
    for sentence in scene.sentences {
      context.text.paragraph(sentence, indentation: 3, first: "- ", columns: context.textColumns)
    }
    if let command = scene.step.command {
      context.text.line(Phrase("   by hand: \(command)", .faint))
    }
    context.output.flush()
  }

  private func row(_ label: String, _ look: DemoLook) -> [Phrase] {
    [
      Phrase(label), Phrase(Quantity.bytes(look.size)), Phrase(Quantity.bytes(look.allocated)),
      Phrase(Quantity.bytes(look.logicalEnd)), Phrase(Quantity.grouped(look.records)),
      Phrase(look.extentCount.map { "\($0)" } ?? "-"),
      Phrase(look.unwritten.map { Quantity.bytes($0) } ?? "-"),
      Phrase(look.verdict.rawValue, ListCommand.emphasis(look.verdict)),
    ]
  }

  // MARK: JSON

  private func write(_ scenes: [DemoScene], of demo: PreallocationDemo) {
    var json = context.json
    json.object { json in
      json.member("schemaVersion", 1)
      json.member("experiment", "demo")
      json.member("directory", file: demo.path)
      json.member("machine") { demo.machine.writeMembers(to: &$0) }
      json.member("steps", array: scenes, isCut: false) { json, scene in
        json.object { json in
          json.member("step", scene.step.shortWord)
          if let before = scene.before { json.member("before") { Self.write(before, to: &$0) } }
          json.member("after") { Self.write(scene.after, to: &$0) }
          json.member("sentences", array: scene.sentences) { $0.value($1) }
        }
      }
    }
    json.endLine()
  }

  private static func write(_ look: DemoLook, to json: inout JSONWriter) {
    json.member("file", file: look.file)
    json.member("fileSize", look.size)
    json.member("allocatedSize", look.allocated)
    json.member("logicalEnd", look.logicalEnd)
    json.member("records", look.records)
    json.member("verdict", look.verdict.rawValue)
    if let count = look.extentCount { json.member("extents", UInt64(count)) }
    if let unwritten = look.unwritten { json.member("unwrittenBytes", unwritten) }
    if let cut = look.forecast?.cutsBytes { json.member("ownerCutsBytes", cut) }
  }
}
