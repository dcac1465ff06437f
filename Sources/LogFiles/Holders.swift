/// A process that has a file open or mapped.
public struct Holder: Hashable, Sendable {
  public let pid: Int32
  /// The name of the program. Foreign bytes: escape them before they are shown.
  public let program: FileName
  /// Whether it can write: by a descriptor open for writing or a shared writable mapping.
  public let isWriting: Bool
  /// Whether it has the file mapped, maybe with no descriptor left.
  public let isMapped: Bool
  /// Whether one of its descriptors holds a lock or lease on the file.
  public let isLocked: Bool

  /// A holder.
  public init(pid: Int32, program: FileName, isWriting: Bool, isMapped: Bool, isLocked: Bool) {
    self.pid = pid
    self.program = program
    self.isWriting = isWriting
    self.isMapped = isMapped
    self.isLocked = isLocked
  }
}

/// Who holds one file.
public struct HolderReport: Sendable, Equatable {
  /// The holders, by pid; our own process is left out.
  public let holders: [Holder]
  /// Whether every process could be looked into. When not, "nobody" means "nobody seen":
  /// processes of other users, or outside of our container, are hidden from us.
  public let isComplete: Bool

  /// A report.
  public init(holders: [Holder], isComplete: Bool) {
    self.holders = holders
    self.isComplete = isComplete
  }
}

/// Looks for the processes that have one of `files` open or mapped, in one pass over /proc.
///
/// A report for each of `files`. Not seen: a thread with a descriptor table of its own, and what
/// the kernel itself holds (a loop device, a registered io_uring buffer).
public func findHolders(
  of files: Set<FileIdentity>, calls: SystemCalls = .linux
) -> [FileIdentity: HolderReport] {
  let found = findHeldFiles(among: files, calls: calls)
  var reports: [FileIdentity: HolderReport] = [:]
  for file in files { reports[file] = found.report(of: file) }
  return reports
}

/// Looks for the processes that have some of `files` open or mapped, in one pass over /proc: the
/// same for so many files that a report for each would be too much.
public func findHeldFiles(
  among files: some Sequence<FileIdentity>, calls: SystemCalls = .linux
) -> HeldFiles {
  var search = HolderSearch(files: files, calls: calls)
  search.run()
  return search.found
}

/// Those of many files that somebody holds.
public struct HeldFiles: Sendable, Equatable {
  /// By pid, of each file that has any.
  public let holders: [FileIdentity: [Holder]]
  /// Whether every process could be looked into.
  public let isComplete: Bool

  /// Who holds one of the files that were looked for.
  public func report(of file: FileIdentity) -> HolderReport {
    HolderReport(holders: holders[file] ?? [], isComplete: isComplete)
  }
}
