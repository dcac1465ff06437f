import JSON
import LogFiles
import LogInspection
import LogRepair
import Quantities

/// `purge`: gives the space of saved bytes back.
struct PurgeCommand {
  private let context: CommandContext
  private let choice: PurgeChoice

  init(_ context: CommandContext) throws(UsageError) {
    self.context = context
    switch (context.command.text(.id), context.command.text(.olderThan)) {
    case (nil, nil): choice = .all
    case (let id?, nil): choice = .entry(id)
    case (nil, let age?):
      choice = .olderThan(try WrittenDeletePoint.time(age, before: .now))
    case (.some, .some):
      throw UsageError("--id and --older-than exclude each other", hint: "give one of them")
    }
  }

  func run() -> ExitStatus {
    guard let target = RepairTarget.open(context.command.operands[0], context) else {
      return .failed
    }
    let history = RepairHistory(of: target.log, savesTo: context.command.storePath)
    let isDone = context.command.has(.yes)
    do throws(RepairFailure) {
      let purge = isDone ? try history.purge(choice) : try history.previewPurge(choice)
      if context.wantsJSON {
        writeJSON(purge, target, isDone)
      } else {
        write(purge, target, isDone)
      }
      return isDone || purge.entries.isEmpty ? .done : .found
    } catch {
      return RepairWork(context: context, path: target.path).report(error)
    }
  }

  private func write(_ purge: Purge, _ target: RepairTarget, _ isDone: Bool) {
    for entry in purge.unfinished {
      context.text.line(
        "  ", Phrase("stays", .warning), Phrase(": \(entry.id), \(HistoryText.summary(entry))"))
    }
    guard !purge.entries.isEmpty else {
      context.text.line(
        Phrase("nothing to do", .good), ": ", Phrase(DisplayName.text(target.path), .strong),
        Phrase(": no saved bytes are kept for it"))
      return
    }
    for entry in purge.entries {
      context.text.line(
        "  \(entry.id): \(Quantity.bytes(entry.backupSize)), \(HistoryText.summary(entry))")
    }
    let size = Quantity.bytes(purge.freed)
    if isDone {
      context.text.line(Phrase("purged", .good), ": \(size) given back")
    } else {
      context.text.line(
        Phrase(
          "\(size) would come back, and these could not be undone any more. To do it: the same call"
            + " with "), Phrase("--yes", .strong), ". Nothing was changed yet.")
    }
  }

  private func writeJSON(_ purge: Purge, _ target: RepairTarget, _ isDone: Bool) {
    var json = context.json
    json.object { json in
      json.member("schemaVersion", 1)
      json.member("path", file: target.path)
      json.member("purged", isDone)
      json.member("freed", purge.freed)
      json.member("entries", array: purge.entries.map(\.id)) { $0.value($1) }
      json.member("unfinished", array: purge.unfinished.map(\.id)) { $0.value($1) }
    }
    json.endLine()
  }
}
