import LogFiles

/// How long ago something was, in the largest unit that fits: `40 s`, `5 min`, `3 h`, `12 d`.
enum Age {
  static func text(_ then: Timestamp, at now: Timestamp) -> String {
    let (seconds, overflow) = now.seconds.subtractingReportingOverflow(then.seconds)
    guard !overflow else { return "-" }
    switch seconds {
    case ..<(-1): return "future"
    case ..<60: return "\(max(seconds, 0)) s"
    case ..<3_600: return "\(seconds / 60) min"
    case ..<86_400: return "\(seconds / 3_600) h"
    case ..<(1_000 * 86_400): return "\(seconds / 86_400) d"
    default: return "\(seconds / (365 * 86_400)) y"
    }
  }
}
