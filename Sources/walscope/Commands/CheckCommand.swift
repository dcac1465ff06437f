import JSON
import LogFiles
import LogFormats
import LogInspection

/// A log that was scanned, with the path that names it.
struct CheckedLog {
  let log: Log
  let path: FileName
  let report: LogReport
}

/// `check`: judges logs.
struct CheckCommand {
  let context: CommandContext
  init(_ context: CommandContext) { self.context = context }

  func run() throws(UsageError) -> ExitStatus {
    if context.command.has(.contents), !context.command.has(.report) {
      throw UsageError("--contents is for reports", hint: "add --report FILE")
    }
    var report: TicketReport?
    if let file = context.command.bytes(.report) {
      guard let made = TicketReport.make(file, context) else { return .failed }
      report = made
    }
    var status = ExitStatus.done
    for path in context.command.operands {
      status = status.combined(with: check(path, report))
      if status == .interrupted || !context.output.isOpen { break }
    }
    if let report, !report.finish() { return .failed }
    return status
  }

  private func check(_ path: FileName, _ report: TicketReport?) -> ExitStatus {
    guard let tree = context.open(path) else {
      report?.addUnopened(path)
      if context.wantsJSON { writeUnopened(path) }
      return .failed
    }
    var status: ExitStatus = tree.problems.isEmpty && !tree.isTruncated ? .done : .failed
    let check = { (log: Log) -> CheckedLog? in
      guard status != .interrupted else { return nil }
      let place = path.appending(log.place)
      guard let scanned = context.scan(log, at: place) else {
        status = .interrupted
        return nil
      }
      let checked = CheckedLog(log: log, path: place, report: scanned)
      status = status.combined(with: context.status(of: scanned))
      if scanned.verdict != .clean { status = status.combined(with: .found) }
      report?.add(checked)
      return checked
    }
    if context.wantsJSON {
      writeJSON(path, tree, check)
    } else {
      writeText(tree, check)
    }
    return status
  }

  private func writeText(_ tree: LogTree, _ check: (Log) -> CheckedLog?) {
    let text = CheckText(context.text, columns: context.textColumns)
    var isFirst = true
    let counts = tree.logs.reduce(into: [FileName: Int]()) { $0[$1.place, default: 0] += 1 }
    for log in tree.logs {
      guard let checked = check(log) else { return }
      if context.command.has(.quiet) {
        text.writeLine(checked, naming: counts[log.place, default: 0] > 1)
      } else {
        if !isFirst { context.text.line() }
        text.write(checked)
      }
      isFirst = false
      context.output.flush()
    }
  }

  // MARK: JSON

  private func writeJSON(_ path: FileName, _ tree: LogTree, _ check: (Log) -> CheckedLog?) {
    var json = context.json
    if let only = tree.logs.first, tree.logs.count == 1 {
      guard let checked = check(only) else { return }
      json.object { json in
        json.member("schemaVersion", 1)
        json.member("path", file: checked.path)
        json.writeReport(checked.report, evidence: only.format.evidence)
      }
    } else {
      var isComplete = true
      json.object { json in
        json.member("schemaVersion", 1)
        json.member("path", file: path)
        json.key("logs")
        json.array(tree.logs) { json, log in
          guard let checked = check(log) else {
            isComplete = false
            return
          }
          json.object { json in
            json.member("path", file: checked.path)
            json.writeReport(checked.report, evidence: log.format.evidence)
          }
        }
        if !isComplete { json.member("interrupted", true) }
      }
    }
    json.endLine()
    context.output.flush()
  }

  /// A path that is no log still has its line, so that lines and paths go together.
  private func writeUnopened(_ path: FileName) {
    var json = context.json
    json.object { json in
      json.member("schemaVersion", 1)
      json.member("path", file: path)
      json.member("error", "not opened; standard error tells why")
    }
    json.endLine()
  }
}
