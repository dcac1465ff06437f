public import LogFiles
public import LogInspection
public import LogFormats

/// What a repair came to.
public struct RepairResult: Sendable {
  /// The entry in the history.
  public var entry: String
  /// Whether what went is kept, so that `undo` can put it back.
  public var canUndo: Bool
  /// Steps that were made by this call.
  public var stepsMade: Int
  /// Why it is not proven that nobody wrote meanwhile; nil where it is.
  public var notProven: String?
  /// The log as it is now, nil when no file of it is left.
  public var log: Log?
  /// What a scan says of it now; nil when that was stopped or there is no log.
  public var report: LogReport?
  /// Where the scan differs from what the plan promised, as sentences without foreign bytes.
  public var differences: [String]
  /// The directory with journal and backups, as a path. Foreign bytes.
  public var store: FileName
  /// What else is worth telling, as sentences without foreign bytes.
  public var notes: [String]

  /// Whether the log was scanned again and is as the plan promised.
  public var isVerified: Bool { report != nil && differences.isEmpty }
}
