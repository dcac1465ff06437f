public import LogFiles
public import LogFormats

/// Why a plan was not applied, or not finished, undone or purged.
public struct RepairFailure: Error, Sendable {
  /// How the program ends because of it.
  public enum Kind: Sendable {
    /// For safety: exit 3.
    case refused
    /// Something could not be done: exit 2.
    case failed
    /// The user stopped it: exit 130.
    case interrupted
  }

  public enum Cause: Sendable {
    /// These have not been acknowledged.
    case unacknowledged([Acknowledgement])
    /// There is no fresh plan of the action.
    case noPlan(PlanFailure)
    /// A fresh plan has other steps, or is about other bytes.
    case planDiffers
    /// Times alone changed: a new plan is to be made and confirmed.
    case timesDiffer
    /// The file is not as the plan says, at the last look before the change.
    case changed
    /// A process has it open for writing or holds its lock.
    case inUse
    /// It could not be proven that nobody writes it; only `ownerStopped` stands for that.
    case notProven
    /// No room for the backup or the journal.
    case noRoom
    /// An earlier repair of the log is to be finished or undone first.
    case unfinished(entry: String)
    /// Another process repairs the log at this moment.
    case repairRunning
    /// The file is neither as it was nor as a step leaves it.
    case foreignState
    /// The file was changed after the repair.
    case changedSince
    case noSuchEntry
    /// The saved bytes are not kept any more, or never were.
    case noBackup
    /// The entry has come to its end.
    case nothingToDo
    case file(FileError)
    case stopped
  }

  public var kind: Kind
  public var cause: Cause
  /// The file that it is about. Foreign bytes: escape them before they are shown.
  public var file: FileName?
  /// As one sentence without foreign bytes.
  public var reason: String
  /// Who is in the way. The programs' names are foreign bytes.
  public var holders: [Holder]
  /// What to do about it, as half a sentence.
  public var advice: String?
  /// The entry of the history that is left behind, to be finished or undone.
  public var entry: String?
  /// Where the saved bytes are, as a path. Foreign bytes.
  public var backups: FileName?

  init(
    _ kind: Kind, _ cause: Cause, _ reason: String, file: FileName? = nil,
    holders: [Holder] = [], advice: String? = nil, entry: String? = nil
  ) {
    self.kind = kind
    self.cause = cause
    self.reason = reason
    self.file = file
    self.holders = holders
    self.advice = advice
    self.entry = entry
  }

  /// A call that failed.
  init(_ error: FileError, on file: FileName? = nil) {
    self.init(
      .failed, .file(error), error.whatHappened, file: file ?? error.name,
      advice: error.advice)
    // The kernel may have thrown away what it could not write: to try again would prove nothing.
    if error.call == .sync {
      reason += "; what is on the disk is not known"
      advice = "see the kernel log, and copy the log and the backup to another disk"
    }
  }

  /// There is no room for what is to be saved.
  static func noRoom(needed: UInt64?, available: UInt64?) -> RepairFailure {
    var reason = "there is no room for the backup"
    if let needed, let available {
      reason += ": it takes \(needed) bytes, and \(available) are left"
    }
    return RepairFailure(
      .refused, .noRoom, reason,
      advice: "keep the backup on another file system: --save-to DIR")
  }

  static let stopped = RepairFailure(
    .interrupted, .stopped, "stopped before anything was changed")
}
