/// How walscope ends. The numbers never change their meaning.
enum ExitStatus: Int32, CaseIterable, Sendable {
  case done = 0
  case found = 1
  case failed = 2
  case refused = 3
  case usage = 64
  case interrupted = 130

  /// What it means, as half a sentence.
  var meaning: String {
    switch self {
    case .done: "clean, or done"
    case .found: "check found an error or a warning"
    case .failed: "could not do it: not there, not a log, or a part could not be read"
    case .refused: "refused for safety"
    case .usage: "the call is not understood"
    case .interrupted: "interrupted"
    }
  }

  /// The one that tells more, of two parts of the work.
  func combined(with other: ExitStatus) -> ExitStatus {
    rawValue >= other.rawValue ? self : other
  }
}
