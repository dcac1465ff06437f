import JSON
import LogFiles
import LogFormats
import LogInspection
import LogRepair

/// `salvage`: the records of both sides of damage, in a new log.
struct SalvageCommand {
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
    guard let report = context.scan(target.log, at: target.path) else { return .interrupted }
    let (log, destination, assumptions) = (target.log, destination, context.assumptions)
    let control = ScanControl()
    let work = WatchedWork(control: control, progress: context.progressLine())
    let result = work.run { () -> Result<SalvagedLog, NewLogFailure> in
      Result { () throws(NewLogFailure) in
        try log.salvage(report, to: destination, assuming: assumptions, control: control)
      }
    }
    switch result {
    case .failure(let failure):
      return NewLogFailureText(failure, from: target.path, to: destination).report(context)
    case .success(let salvaged):
      if context.wantsJSON {
        writeJSON(salvaged, of: target)
      } else {
        write(salvaged, of: target)
      }
      return .done
    }
  }

  private func write(_ salvaged: SalvagedLog, of target: RepairTarget) {
    let format = target.log.format
    let lines = salvaged.words(
      from: target.path, to: destination, evidence: format.evidence)
    for line in lines { context.text.line(line) }
    ForecastText(context.text, columns: context.textColumns).write(salvaged.report, of: format)
  }

  private func writeJSON(_ salvaged: SalvagedLog, of target: RepairTarget) {
    var json = context.json
    json.object { json in
      json.member("schemaVersion", 1)
      json.member("path", file: target.path)
      json.member("destination", file: destination)
      json.member("format", target.log.format.name)
      json.member("recordsFound", salvaged.recordsFound)
      json.member("recordsSaved", salvaged.recordsSaved)
      json.member("bytesCopied", salvaged.bytesCopied)
      json.member("files", array: salvaged.files, isCut: false) { json, file in
        json.object {
          $0.member("file", file: file.name)
          $0.member("size", file.size)
        }
      }
      json.member("gaps", array: salvaged.gaps, isCut: false) { json, gap in
        json.object {
          $0.member("file", file: gap.file)
          $0.member("offset", gap.range.lowerBound)
          $0.member("length", gap.range.upperBound - gap.range.lowerBound)
          $0.member("reason", gap.reason)
        }
      }
      json.member("gapsTakenAlong") {
        $0.member("count", salvaged.gapsTakenAlong.total)
        $0.member("bytes", salvaged.gapsTakenAlong.bytes)
      }
      json.member("verdict", salvaged.report.verdict.rawValue)
      json.writeForecasts(salvaged.report.forecasts)
    }
    json.endLine()
  }
}
