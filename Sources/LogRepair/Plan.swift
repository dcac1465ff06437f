public import LogFiles
public import LogFormats
import LogInspection

/// Every step of a repair, before anything is changed: a value, and a file.
///
/// It is made by a scan, says which bytes it is about by their digests, and is applied only where a
/// fresh look comes to the same steps on the same bytes (safety rules S9, S10).
public struct Plan: Sendable {
  /// Unique among the plans of a log; also the name of the directory of its backups.
  public var id: String
  /// Name and version of the program that made it.
  public var tool: String
  public var created: Timestamp
  public var action: RepairAction
  public var options: PlanOptions
  public var format: String
  public var evidence: Evidence
  /// The directory that holds the files, as an absolute path.
  public var directory: FileName
  /// The file that gives the log its name when the directory holds several logs.
  public var primary: FileName?
  /// The files that the steps change, as they were when the plan was made.
  public var files: [PlannedFile]
  public var steps: [PlannedStep]
  /// What must be said before it may be applied, beside the confirmation itself.
  public var needed: [Acknowledgement]
  /// What the steps come to; nil in a plan that was read from a file, for it is not believed.
  public var prospect: Prospect?

  /// What the user types to confirm: the name of the file, or of the log's directory where the
  /// plan touches several files (safety rule S23).
  public var confirmation: FileName {
    let touched = Set(files.map(\.name))
    if touched.count == 1, let name = touched.first { return name }
    return directory.lastComponent
  }

  /// The directory that takes what goes, as a path.
  public var backups: FileName {
    (options.savesTo ?? directory.appending(.backups)).appending(FileName(id))
  }

  /// What still has to be acknowledged.
  public var unacknowledged: [Acknowledgement] {
    needed.filter { !options.acknowledgements.contains($0) }
  }
}

/// How a plan is to be made and carried out.
public struct PlanOptions: Sendable, Equatable {
  /// What the user has acknowledged.
  public var acknowledgements: Set<Acknowledgement> = []
  /// The directory that takes backups and journal, instead of `.walscope` beside the log.
  public var savesTo: FileName?
  /// Whether what goes is kept until it is purged; else there is no undo.
  public var keepsBackup = true
  /// Whether space that a cut gives back is preallocated again.
  public var reallocates = false

  public init() {}
}

/// A file that a plan changes, as it was when the plan was made.
public struct PlannedFile: Sendable, Equatable {
  public var name: FileName
  /// Device, inode, size, times; nil for a file that the plan makes.
  public var horizon: Horizon?
  /// Permission bits and kind, owner, group, hard links and allocated bytes.
  public var mode: UInt32
  public var owner: UInt32
  public var group: UInt32
  public var links: UInt64
  public var allocated: UInt64
}

/// A step with what it finds and leaves.
public struct PlannedStep: Sendable, Equatable {
  public var step: RepairStep
  /// Bytes that go or are written over, in bytes from the start of the file; empty where none do.
  public var going: Range<UInt64>
  /// What `going` holds before.
  public var goingDigest: ContentDigest
  /// Parts of the file beside `going` that must be as they were: before it, and behind it.
  public var kept: [KeptPart]

  public struct KeptPart: Sendable, Equatable {
    public var range: Range<UInt64>
    public var digest: ContentDigest
  }
}

/// What the steps of a plan come to.
public struct Prospect: Sendable {
  public var before: LogReport
  /// The report of the log as it would be after the steps, by the same scan.
  public var after: LogReport
  /// Acceptable records in the files that stay, before and after, by the walk or by resync.
  public var recordsBefore: UInt64
  public var recordsAfter: UInt64
  /// Acceptable records in whole segments that are removed.
  public var recordsRemoved: UInt64
  /// Bytes that the backup takes.
  public var backupSize: UInt64
  /// Allocated bytes that the steps give back to the file system, at once or by `purge`; extents
  /// that other files share are left out.
  public var freed: UInt64
  /// Whether space comes back only when the backup is purged.
  public var isFreedByPurge: Bool
  /// Zeros behind the logical end that go with a cut.
  public var preallocationLost: UInt64

  /// Acceptable records that the steps lose, those of removed segments left out.
  public var recordsLost: UInt64 { recordsBefore - min(recordsBefore, recordsAfter) }
}
