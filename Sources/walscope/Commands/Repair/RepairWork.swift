import JSON
import LogFiles
import LogFormats
import LogInspection
import LogRepair
import Quantities

/// A change to a log, carried out with progress, and what is said of it afterwards.
struct RepairWork {
  let context: CommandContext
  /// The log's path, as the user can write it again.
  let path: FileName

  /// Runs a change on another thread; Ctrl-C, SIGTERM and SIGHUP end it after the step under way.
  func run(
    _ change:
      @escaping @Sendable (RepairControl, (Log) -> LogReport) throws(RepairFailure)
      -> RepairResult
  ) -> ExitStatus {
    Interruption.watchEverything()
    let control = RepairControl()
    let (threads, assumptions) = (context.threads, context.assumptions)
    let work = WatchedWork(control: control, progress: context.progressLine())
    let result = work.run { () -> Result<RepairResult, RepairFailure> in
      Result { () throws(RepairFailure) in
        try change(control) { log in
          log.scan(threads: threads, control: control.scan, assuming: assumptions)
        }
      }
    }
    switch result {
    case .success(let result): return tell(result)
    case .failure(let failure): return report(failure)
    }
  }

  /// Says on standard error why it was not done, and tells how the program ends.
  func report(_ failure: RepairFailure) -> ExitStatus {
    for remark in failure.remarks(path) {
      context.diagnostics.report(remark.path, remark.text, advice: remark.advice)
    }
    switch failure.kind {
    case .refused: return .refused
    case .failed: return .failed
    case .interrupted: return .interrupted
    }
  }

  private func tell(_ result: RepairResult) -> ExitStatus {
    if context.wantsJSON {
      writeJSON(result)
    } else {
      for line in result.words(path) { context.text.line(line) }
    }
    return result.differences.isEmpty ? .done : .failed
  }

  private func writeJSON(_ result: RepairResult) {
    var json = context.json
    json.object { json in
      json.member("schemaVersion", 1)
      json.member("path", file: path)
      json.member("entry", result.entry)
      json.member("stepsMade", result.stepsMade)
      json.member("verified", result.isVerified)
      json.member("canUndo", result.canUndo)
      json.member("notProven", result.notProven)
      json.member("store", file: result.store)
      json.member("differences", array: result.differences) { $0.value($1) }
      json.member("notes", array: result.notes) { $0.value($1) }
      if let report = result.report {
        json.member("verdict", report.verdict.rawValue)
        json.writeForecasts(report.forecasts)
      }
    }
    json.endLine()
  }
}

extension CommandContext {
  /// Says of each log whose repair was interrupted that it was, and the ways out of it.
  func tellUnfinished(_ tree: LogTree, _ path: FileName) {
    for log in tree.logs {
      let history = RepairHistory(of: log, savesTo: command.storePath)
      guard let entry = (try? history.unfinished()) ?? nil else { continue }
      let place = log.nameBelow(path)
      let name = DisplayName.text(place)
      diagnostics.report(
        place, "a repair was interrupted: \(HistoryText.summary(entry))",
        advice: "walscope undo \(name) puts everything back, walscope apply --finish \(name) makes"
          + " the rest")
    }
  }
}
