import JSON
import LogFiles
import LogFormats
import LogInspection
import LogRepair
import Quantities

/// `undo`, and `apply --finish`: the ways out of a repair.
struct UndoCommand {
  private let context: CommandContext
  private let direction: WayBack.Direction

  init(_ context: CommandContext, _ direction: WayBack.Direction = .undo) {
    self.context = context
    self.direction = direction
  }

  func run() -> ExitStatus {
    guard let target = RepairTarget.open(context.command.operands[0], context) else {
      return .failed
    }
    let history = RepairHistory(of: target.log, savesTo: context.command.storePath)
    let work = RepairWork(context: context, path: target.path)
    let id = context.command.text(.id)
    let acknowledged = PlanOptions(context.command).acknowledgements
    guard context.command.has(.yes) else { return preview(history, id, work, target) }
    let isUndo = direction == .undo
    return work.run { (control, rescan) throws(RepairFailure) in
      isUndo
        ? try history.undo(id, acknowledging: acknowledged, control: control, rescan: rescan)
        : try history.finish(id, acknowledging: acknowledged, control: control, rescan: rescan)
    }
  }

  private func preview(
    _ history: RepairHistory, _ id: String?, _ work: RepairWork, _ target: RepairTarget
  ) -> ExitStatus {
    do throws(RepairFailure) {
      let way = direction == .undo ? try history.previewUndo(id) : try history.previewFinish(id)
      if context.wantsJSON {
        writeJSON(way, target)
      } else {
        write(way, target)
      }
      return .found
    } catch {
      return work.report(error)
    }
  }

  private func write(_ way: WayBack, _ target: RepairTarget) {
    let what = way.direction == .undo ? "undo" : "finish"
    context.text.line(
      Phrase(what, .strong), " of ", Phrase(DisplayName.text(target.path), .strong),
      Phrase(": \(way.entry.id), \(HistoryText.summary(way.entry))"))
    for file in way.files {
      context.text.line(
        "  ", Phrase(DisplayName.text(file.name), .strong), Phrase(" \(file.words)"))
    }
    context.text.line(
      "To do it: the same call with ", Phrase("--yes", .strong), ". Nothing was changed yet.")
  }

  private func writeJSON(_ way: WayBack, _ target: RepairTarget) {
    var json = context.json
    json.object { json in
      json.member("schemaVersion", 1)
      json.member("path", file: target.path)
      json.member("direction", way.direction == .undo ? "undo" : "finish")
      json.member("entry", way.entry.id)
      json.member("files", array: way.files, isCut: false) { json, file in
        json.object {
          $0.member("file", file: file.name)
          $0.member("what", file.what)
          $0.member("size", file.size)
          $0.member("newSize", file.newSize)
        }
      }
    }
    json.endLine()
  }
}
