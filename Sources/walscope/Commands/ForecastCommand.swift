import JSON
import LogInspection
import LogFiles
import LogFormats

/// `forecast`: what the owner would do.
struct ForecastCommand {
  let context: CommandContext
  init(_ context: CommandContext) { self.context = context }

  func run() -> ExitStatus {
    let path = context.command.operands[0]
    guard let tree = context.open(path) else { return .failed }
    var status: ExitStatus = tree.problems.isEmpty && !tree.isTruncated ? .done : .failed
    for log in tree.logs {
      let place = path.appending(log.place)
      guard let report = context.scan(log, at: place) else { return .interrupted }
      status = status.combined(with: context.status(of: report))
      if context.wantsJSON {
        var json = context.json
        json.object { json in
          json.member("schemaVersion", 1)
          json.member("path", file: place)
          json.member("format", log.format.name)
          json.writeForecasts(report.forecasts)
        }
        json.endLine()
      } else {
        context.text.line(
          Phrase(DisplayName.text(place), .strong),
          ": \(log.format.name), written by \(log.format.owner)"
        )
        if report.forecasts.isEmpty {
          context.text.line("  Nothing is known of an owner of \(log.format.name) files.")
        }
        ForecastText(context.text, columns: context.textColumns).write(report, of: log.format)
      }
    }
    return status
  }
}
