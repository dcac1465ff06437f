import LogFiles
import LogFormats
import LogInspection
import Quantities
import TerminalUI

/// What is wrong with a log and what its owner would do, in the room that a short list leaves.
struct LogSummary {
  let log: LogState

  /// Rows below which it is not worth a beginning.
  private static let leastRows = 5

  func draw(into buffer: inout CellBuffer, in area: Rect) {
    guard area.rows >= Self.leastRows, let report = log.report, !log.isRaw else { return }
    var room = area
    _ = room.takeBottom()
    let severe = report.findings.filter { $0.severity > .note }
    if !severe.isEmpty {
      let words =
        log.isJudgementOfThePast
        ? "what was wrong at the last scan, worst first: r scans anew"
        : "what is wrong, worst first"
      buffer.text(words, in: room.takeTop(), style: Style(.heading))
      // The forecast is told below where there is room for both.
      let forecastRows = 3 * report.forecasts.count + 2
      let free = room.rows - (room.rows >= forecastRows + 3 ? forecastRows : 0)
      let count = severe.count <= free ? severe.count : max(free - 1, 1)
      // A finding is told in full where that takes no room from other things.
      var spare = room.rows - count - forecastRows
      for finding in severe.prefix(count) {
        let pieces = pieces(finding)
        let lines = SentenceLayout.lines(
          pieces, columns: room.columns, ascii: buffer.glyphs.ascii
        ).count
        let more = max(0, min(lines - 1, spare))
        spare -= more
        SentenceLayout.draw(pieces, into: &buffer, in: room.takeTop(1 + more))
      }
      if severe.count > count {
        buffer.text(
          "  \(Quantity.grouped(severe.count - count)) more: ! lists them all", in: room.takeTop(),
          style: Style(.dim))
      }
      _ = room.takeTop()
    }
    guard room.rows > report.forecasts.count, !report.forecasts.isEmpty else { return }
    let moment = log.isJudgementOfThePast ? "had opened it at the last scan" : "opens it now"
    buffer.text(
      "if \(log.log.format.owner) \(moment)", in: room.takeTop(), style: Style(.heading))
    for forecast in report.forecasts {
      let pieces = ForecastSentence.pieces(forecast)
      let lines = SentenceLayout.lines(
        pieces, columns: room.columns, ascii: buffer.glyphs.ascii)
      SentenceLayout.draw(pieces, into: &buffer, in: room.takeTop(min(lines.count, 6)))
    }
  }

  private func pieces(_ finding: Finding) -> [StyledText] {
    let (sign, role) = Sign.of(finding.severity)
    var pieces = [StyledText(sign, role, .bold), StyledText(" ")]
    if let file = finding.file {
      pieces += [StyledText(bytes: file.bytes, Style(.accent)), StyledText(": ")]
    }
    return pieces + [StyledText(finding.message)]
  }
}

/// A forecast in a sentence or two.
enum ForecastSentence {
  static func pieces(_ forecast: Forecast) -> [StyledText] {
    [
      StyledText(forecast.outcome.rawValue + ":", role(forecast), .bold), " ",
      StyledText(forecast.message),
    ]
  }

  /// How much it matters what the owner would do.
  static func role(_ forecast: Forecast) -> Role {
    switch forecast.outcome {
    case .clean, .grows: .good
    case .cuts, .rewrites, .drops: (forecast.losesRecords ?? 0) > 0 ? .error : .warning
    case .refuses, .wipes, .misreads, .crashes, .loses: .error
    }
  }
}
