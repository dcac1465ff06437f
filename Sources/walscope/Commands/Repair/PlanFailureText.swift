import LogFiles
import LogFormats
import LogRepair

/// Why there is no plan, in words, and how the program ends.
struct PlanFailureText {
  let reason: String
  var advice: String?
  /// The file that it is about.
  var file: FileName?
  /// The word in JSON.
  let word: String
  let status: ExitStatus

  init(_ failure: PlanFailure) {
    switch failure {
    case .refused(let refusal):
      reason = refusal.reason
      advice = refusal.advice
      switch refusal.kind {
      case .nothingToDo: (word, status) = ("nothing-to-do", .done)
      case .impossible: (word, status) = ("impossible", .failed)
      case .unsafe: (word, status) = ("refused", .refused)
      }
    case .file(let name, let error):
      reason = error.whatHappened
      advice = error.advice
      file = name
      (word, status) = ("failed", .failed)
    case .unreadable(let name, let why):
      reason = "the file could not be read as a whole: \(why)"
      advice = "copy what can be read, and work on the copy"
      file = name
      (word, status) = ("failed", .failed)
    case .changing(let name, let pid):
      reason =
        pid.map { "process \($0) is writing the file" }
        ?? "the file is being changed at this moment"
      advice = "stop its owner, or work on a copy: walscope copy"
      file = name
      (word, status) = ("refused", .refused)
    case .stopped:
      reason = "it was interrupted; nothing was changed"
      (word, status) = ("interrupted", .interrupted)
    }
  }
}
