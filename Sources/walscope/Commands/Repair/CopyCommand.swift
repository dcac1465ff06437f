import JSON
import LogFiles
import LogFormats
import LogInspection
import LogRepair

/// `copy`: a log to practise on.
struct CopyCommand {
  private let context: CommandContext
  private let destination: FileName

  init(_ context: CommandContext) {
    self.context = context
    destination = context.command.operands[1]
  }

  func run() -> ExitStatus {
    guard let target = RepairTarget.open(context.command.operands[0], context) else {
      return .failed
    }
    let (log, destination) = (target.log, destination)
    let preallocates = context.command.has(.preallocated)
    let control = ScanControl()
    let work = WatchedWork(control: control, progress: context.progressLine())
    let result = work.run { () -> Result<LogCopy, NewLogFailure> in
      Result { () throws(NewLogFailure) in
        try log.copy(to: destination, preallocating: preallocates) { _ in !control.isCancelled }
      }
    }
    switch result {
    case .failure(let failure):
      return NewLogFailureText(failure, from: target.path, to: destination).report(context)
    case .success(let copy):
      write(copy, of: target)
      return .done
    }
  }

  private func write(_ copy: LogCopy, of target: RepairTarget) {
    guard !context.wantsJSON else { return writeJSON(copy, of: target) }
    for line in copy.words(from: target.path, to: destination) { context.text.line(line) }
  }

  private func writeJSON(_ copy: LogCopy, of target: RepairTarget) {
    var json = context.json
    json.object { json in
      json.member("schemaVersion", 1)
      json.member("path", file: target.path)
      json.member("destination", file: destination)
      json.member("format", target.log.format.name)
      json.member("files", array: copy.files, isCut: false) { json, file in
        json.object {
          $0.member("file", file: file.name)
          $0.member("size", file.copy.size)
          $0.member("copied", file.copy.copied)
          $0.member("skipped", file.copy.skipped)
          $0.member("preallocated", file.copy.preallocated)
          $0.member("shared", file.copy.isShared)
          $0.member("truncatedMeanwhile", file.copy.sawShrink)
          $0.member("writtenMeanwhile", file.wasWritten)
        }
      }
    }
    json.endLine()
  }
}
