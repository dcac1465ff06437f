import LogFiles
import LogFormats
import LogInspection
import Quantities

/// `keys`: what a reader of the log would see.
struct KeysCommand {
  let context: CommandContext
  init(_ context: CommandContext) { self.context = context }

  /// Bytes of a key and of a value that are printed.
  private static let previewLimit = 256
  private static let textLimit = 32

  func run() -> ExitStatus {
    let path = context.command.operands[0]
    guard let tree = context.open(path) else { return .failed }
    var status: ExitStatus = tree.problems.isEmpty && !tree.isTruncated ? .done : .failed
    for log in tree.logs {
      let place = path.appending(log.place)
      guard let report = context.scan(log, at: place) else { return .interrupted }
      status = status.combined(with: context.status(of: report))
      status = status.combined(with: print(log, report, at: place, isOnly: tree.logs.count == 1))
      if status == .interrupted || !context.output.isOpen { break }
    }
    return status
  }

  private func print(_ log: Log, _ report: LogReport, at place: FileName, isOnly: Bool)
    -> ExitStatus
  {
    do throws(LiveKeys.Failure) {
      guard let keys = try log.liveKeys(report, isCancelled: { Interruption.isRequested }) else {
        context.diagnostics.report(place, "records of the format \(log.format.name) have no keys")
        return .failed
      }
      return print(keys, of: log, report, at: place, isOnly: isOnly)
    } catch {
      if case .cancelled = error { return .interrupted }
      context.diagnostics.report(place, "the keys were not listed: \(error.message)")
      return .failed
    }
  }

  private func print(
    _ keys: LiveKeys, of log: Log, _ report: LogReport, at place: FileName, isOnly: Bool
  ) -> ExitStatus {
    var text = DumpText(context, logs: [log], valueLimit: Self.textLimit)
    let lines = DumpJSON(
      place: isOnly ? nil : place, limit: Self.previewLimit, isRedacted: context.isRedacted)
    var json = context.json
    do throws(FileError) {
      try log.forEachRecord(of: keys, report, previewLimit: Self.previewLimit) { file, record in
        let line = DumpLine(log: log, file: file, evidence: log.format.evidence)
        let row = Row.record(record, number: 0)
        if context.wantsJSON {
          lines.writeKey(record, line, to: &json)
        } else {
          text.write(row, line)
        }
        return context.output.isOpen && !Interruption.isRequested
      }
    } catch {
      context.diagnostics.report(place, error.message)
      return .failed
    }
    if Interruption.isRequested { return .interrupted }
    if !context.wantsJSON { context.text.line(Quantity.count(keys.count, "key")) }
    return .done
  }
}
