import LogFiles
import LogRepair

/// Why a new log was not made, in words.
struct NewLogFailureText {
  /// The path that it is about.
  let path: FileName
  /// Where in the file, in bytes from its start.
  var offset: UInt64?
  let reason: String
  var advice: String?
  let status: ExitStatus

  init(_ failure: NewLogFailure, from source: FileName, to destination: FileName) {
    switch failure {
    case .exists:
      (path, status) = (destination, .refused)
      reason = "it is there already, and nothing that exists is overwritten"
      advice = "name a directory that does not exist"
    case .destination(let name, let error):
      (path, status) = (name.map { destination.appending($0) } ?? destination, .failed)
      (reason, advice, offset) = (error.whatHappened, error.advice, error.offset)
    case .source(let name, let error):
      (path, status) = (source.appending(name), .failed)
      (reason, advice, offset) = (error.whatHappened, error.advice, error.offset)
    case .refused(let reason, let advice):
      (path, status) = (source, .failed)
      (self.reason, self.advice) = (reason, advice)
    case .stopped:
      (path, status) = (destination, .interrupted)
      reason = "interrupted; what was made is removed again"
    }
  }

  /// Says it on standard error, and tells how the program ends.
  func report(_ context: CommandContext) -> ExitStatus {
    context.diagnostics.report(path, offset: offset, reason, advice: advice)
    return status
  }
}
