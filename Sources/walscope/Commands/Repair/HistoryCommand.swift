import JSON
import LogFiles
import LogFormats
import LogInspection
import LogRepair
import Quantities

/// `history`: what was done to a log through plans.
struct HistoryCommand {
  private let context: CommandContext
  init(_ context: CommandContext) { self.context = context }

  func run() -> ExitStatus {
    guard let target = RepairTarget.open(context.command.operands[0], context) else {
      return .failed
    }
    let history = RepairHistory(of: target.log, savesTo: context.command.storePath)
    do throws(RepairFailure) {
      let entries = try history.entries()
      if context.wantsJSON {
        writeJSON(entries, target)
      } else {
        write(entries, target)
      }
      return .done
    } catch {
      return RepairWork(context: context, path: target.path).report(error)
    }
  }

  private func write(_ entries: [HistoryEntry], _ target: RepairTarget) {
    guard !entries.isEmpty else {
      context.text.line(
        Phrase(DisplayName.text(target.path), .strong), ": nothing was done to it through plans")
      return
    }
    var table = TextTable([
      ("ID", .left), ("ACTION", .left), ("FILES", .left), ("BACKUP", .right), ("STATE", .left),
    ])
    for entry in entries {
      table.add([
        Phrase(entry.id), Phrase(entry.plan.action.verb), Phrase(HistoryText.files(entry)),
        Phrase(entry.isKept ? Quantity.bytes(entry.backupSize) : "-"),
        Phrase(HistoryText.state(entry), HistoryText.emphasis(entry)),
      ])
    }
    table.print(to: context.text)
    let elsewhere = Set(entries.filter { !$0.isBesideLog }.map(\.store)).sorted()
    for store in elsewhere {
      context.text.line("backups are in ", Phrase(DisplayName.text(store), .strong))
    }
  }

  private func writeJSON(_ entries: [HistoryEntry], _ target: RepairTarget) {
    var json = context.json
    json.object { json in
      json.member("schemaVersion", 1)
      json.member("path", file: target.path)
      json.member("format", target.log.format.name)
      json.member("entries", array: entries, isCut: false) { json, entry in
        json.object { json in
          json.member("id", entry.id)
          json.member("time", entry.begun.text)
          json.member("state", HistoryText.word(entry))
          json.member("summary", HistoryText.state(entry))
          json.member("canUndo", entry.canUndo)
          json.member("backupSize", entry.backupSize)
          json.member("store", file: entry.store)
          json.member("notProven", entry.notProven)
          json.member("plan") { $0.writePlan(entry.plan) }
        }
      }
    }
    json.endLine()
  }
}
