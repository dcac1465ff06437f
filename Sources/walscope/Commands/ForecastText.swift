import LogFormats
import Quantities

/// What the owner would do with a log, in words.
struct ForecastText {
  private let output: TextOutput
  private let columns: Int?

  init(_ output: TextOutput, columns: Int?) {
    self.output = output
    self.columns = columns
  }

  /// Segments that are named; of more only the number is told.
  private static let stepLimit = 100

  func write(_ report: LogReport, of format: any LogFormat) {
    guard !report.forecasts.isEmpty else { return }
    output.line()
    output.line(
      Phrase("Forecast: what \(format.owner) does when it opens this log as it is", .strong))
    for forecast in report.forecasts { write(forecast) }
  }

  private func write(_ forecast: Forecast) {
    output.line(
      "  \(forecast.mode): ", Phrase(forecast.outcome.rawValue, Self.emphasis(forecast.outcome)))
    output.paragraph(forecast.message, indentation: 4, columns: columns)
    if let error = forecast.ownerError {
      output.paragraph("Its error: \(error)", indentation: 4, columns: columns)
    }
    for (name, value) in forecast.assumes.sorted(by: { $0.key < $1.key }) {
      output.line("    assumed: \(name)=\(value)")
    }
    for step in forecast.steps.prefix(Self.stepLimit) {
      output.line("    ", Phrase(DisplayName.text(step.file), .strong), ": \(step.message)")
    }
    let more = max(0, forecast.steps.count - Self.stepLimit) + forecast.stepsLeftOut
    if more > 0 { output.line("    and \(Quantity.grouped(more)) more segments") }
  }

  private static func emphasis(_ outcome: ForecastOutcome) -> Emphasis {
    switch outcome {
    case .clean: .good
    case .cuts, .grows, .rewrites: .warning
    case .drops, .refuses, .wipes, .misreads, .crashes, .loses: .bad
    }
  }
}
