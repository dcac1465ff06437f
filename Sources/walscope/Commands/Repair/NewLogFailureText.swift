import LogFiles
import LogRepair

/// Why a new log was not made, in words.
struct NewLogFailureText {
  private let failure: NewLogFailure

  init(_ failure: NewLogFailure) { self.failure = failure }

  /// Says it on standard error, and tells how the program ends.
  func report(_ source: FileName, _ destination: FileName, _ context: CommandContext) -> ExitStatus
  {
    switch failure {
    case .exists:
      context.diagnostics.report(
        destination, "it is there already, and nothing that exists is overwritten",
        advice: "name a directory that does not exist")
      return .refused
    case .destination(let name, let error):
      context.diagnostics.report(name.map { destination.appending($0) } ?? destination, error)
    case .source(let name, let error):
      context.diagnostics.report(source.appending(name), error)
    case .refused(let reason, let advice):
      context.diagnostics.report(source, reason, advice: advice)
    case .stopped:
      context.diagnostics.report(destination, "interrupted; what was made is removed again")
      return .interrupted
    }
    return .failed
  }
}
