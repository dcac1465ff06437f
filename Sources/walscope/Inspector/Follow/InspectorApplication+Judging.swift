import LogFiles
import LogFormats
import LogInspection
import TerminalUI

/// Findings and forecasts of a log that is followed are made anew now and then, so that they do not
/// stay those of the moment when following began.
extension InspectorApplication {
  /// A log that goes on changing is judged this often at most.
  private static let judgePause = Duration.seconds(5)
  /// How many times as long as a scan takes there is none: some logs are large.
  private static let restPerScan = 20

  /// Has the log judged after a while, or as soon as may be; nothing where nothing has happened, nor
  /// where the user has stopped the scan.
  mutating func judgeLater(_ index: Int, soon: Bool = false) -> [Effect<InspectorWork>] {
    let log = context.logs[index]
    guard log.isJudgementOfThePast, log.isFinal, let follow = log.follow, !follow.isPaused,
      follow.judging.canBeAsked(soon: soon)
    else { return [] }
    let rest = follow.lastJudgement.took * Self.restPerScan
    let wanted = soon ? rest : max(rest, Self.judgePause)
    let pause = max(.zero, wanted - (context.uptime - follow.lastJudgement.at))
    context.logs[index].follow?.judging = .waiting(isSoon: soon)
    return [.perform(.remind(key(index), number: follow.number, after: pause))]
  }

  mutating func judge(_ key: LogKey, _ number: Int) -> [Effect<InspectorWork>] {
    let log = context.logs[key.index]
    guard let follow = log.follow, follow.number == number, case .waiting = follow.judging else {
      return []
    }
    guard let report = log.report, log.isJudgementOfThePast, log.isFinal, !follow.isPaused
    else {
      context.logs[key.index].follow?.judging = .resting
      return []
    }
    let control = ScanControl()
    context.logs[key.index].follow?.beginJudging(control)
    return [
      .perform(
        .judge(
          key, log.log, control, number: number, known: report.segments, from: log.judgedFrom))
    ]
  }

  mutating func judgedAgain(
    _ index: Int, _ report: LogReport, of log: Log, from start: Timestamp, took: Duration,
    _ number: Int
  ) -> [Effect<InspectorWork>] {
    guard context.logs[index].follow?.number == number else { return [] }
    context.logs[index].follow?.judging = .resting
    context.logs[index].follow?.lastJudgement = (context.uptime, took)
    // The screen stands still.
    guard context.logs[index].follow?.isPaused == false else { return [] }
    context.logs[index].note(report, of: log, from: start)
    return judgeLater(index) + updateViews()
  }
}
