public import LogFiles

/// Why an experiment was not made, or not to its end.
public struct LabFailure: Error, Sendable, Equatable {
  public enum Kind: Sendable, Equatable {
    /// Not begun or not gone on with, for safety: there is no room.
    case refused
    /// This way is not possible here; other ways may be.
    case unsupported
    case failed
    /// Somebody asked for an end.
    case stopped
  }
  public let kind: Kind
  /// What happened, without the name. Holds no foreign bytes.
  public let message: String
  /// What to do about it, as half a sentence.
  public let advice: String?
  /// The file it is about, where there is one. Foreign bytes: escape them before they are shown.
  public let file: FileName?

  public init(_ kind: Kind, _ message: String, advice: String? = nil, file: FileName? = nil) {
    self.kind = kind
    self.message = message
    self.advice = advice
    self.file = file
  }

  /// A system call that failed: a full disk is a refusal, a call that the file system lacks is a way
  /// that is not possible here.
  public init(_ error: FileError) {
    self.init(
      error.isNoRoom ? .refused : error.isUnsupported ? .unsupported : .failed,
      error.whatHappened, advice: error.advice, file: error.name)
  }

  /// Somebody asked for an end.
  public static let stopped = LabFailure(.stopped, "the experiment was stopped")
}

/// Opens the directory that an experiment works in. A failure names no file: it is about the
/// directory, by whose path the caller knows it.
func openLabDirectory(_ path: FileName) throws(LabFailure) -> OpenDirectory {
  do throws(FileError) {
    return try OpenDirectory.open(path)
  } catch {
    let failure = LabFailure(error)
    throw LabFailure(failure.kind, failure.message, advice: failure.advice)
  }
}

/// Runs `body`, and tells a system call that failed as a failure of the lab.
public func inLab<Result>(_ body: () throws(FileError) -> Result) throws(LabFailure) -> Result {
  do throws(FileError) {
    return try body()
  } catch {
    throw LabFailure(error)
  }
}
