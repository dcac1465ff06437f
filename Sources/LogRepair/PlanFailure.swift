public import LogFiles
public import LogFormats

/// Why there is no plan.
public enum PlanFailure: Error, Sendable {
  case refused(RepairRefusal)
  /// A file could not be looked at.
  case file(FileName, FileError)
  /// A file changed while the plan was made, or has a writer: its owner is at work. The process
  /// where it is known.
  case changing(FileName, pid: Int32?)
  /// Not everything could be read, so that nothing is certain.
  case unreadable(FileName, reason: String)
  /// The user stopped it.
  case stopped
}
