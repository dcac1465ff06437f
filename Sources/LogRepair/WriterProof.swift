import LogFiles
import LogFormats
import LogInspection

/// Proves that nobody writes the files of a plan, and keeps them to ourselves while they are
/// changed (safety rule S17).
///
/// Files are opened once and held with locks and lease until the last step on them, so that an
/// owner that starts meanwhile waits and never sees a log between two steps.
struct WriterProof {
  private let directory: OpenDirectory
  /// Whether the user has said that the owner is stopped.
  private let isAcknowledged: Bool
  private var held: [FileName: ChangeableFile] = [:]
  /// When the first of them was taken, in seconds.
  private var heldSince: Int64?
  /// Why it is not proven that nobody writes; nil where it is.
  private(set) var notProven: String?

  /// Files held at the same time; a plan that only removes more than these takes them one by one.
  static let heldLimit = 256

  init(_ directory: OpenDirectory, acknowledged: Set<Acknowledgement>) {
    self.directory = directory
    isAcknowledged = acknowledged.contains(.ownerStopped)
  }

  /// Refuses when a process has any file of the log open for writing, or holds its lock.
  func requireNoWriter(of log: Log) throws(RepairFailure) {
    for (file, holders) in log.holders().files.sorted(by: { $0.key < $1.key }) {
      let atWork = holders.filter { $0.isWriting || $0.isLocked }
      if !atWork.isEmpty { throw Self.inUse(file, atWork) }
    }
  }

  /// The file, open for changes, with locks and lease.
  mutating func take(_ name: FileName) throws(RepairFailure) -> ChangeableFile {
    if let file = held[name] { return file }
    try requireNoWriter(name)
    let file: ChangeableFile
    do throws(FileError) {
      file = try directory.openForChange(name)
    } catch {
      throw Self.cannotOpen(name, error)
    }
    try lock(file)
    try lease(file)
    held[name] = file
    heldSince = heldSince ?? Timestamp.now.seconds
    return file
  }

  mutating func release(_ name: FileName) { held[name] = nil }
  mutating func releaseAll() {
    held = [:]
    heldSince = nil
  }
  var isFull: Bool { held.count >= Self.heldLimit }

  /// Refuses when somebody opens the file at this moment. In the middle of a repair
  /// (`canWait`) whoever does that waits, unless the kernel may have taken the lease away by now.
  func requireWhole(_ file: ChangeableFile, canWait: Bool) throws(RepairFailure) {
    if notProven != nil || file.leaseIsWhole { return }
    let heldFor = Timestamp.now.seconds - (heldSince ?? 0)
    if canWait, heldFor + 1 < file.leaseBreakSeconds { return }
    throw Self.inUse(file.name, holders(of: file.identity))
  }

  // MARK: One file

  /// A lease for reading is refused exactly where the file is open for writing, be it by a mapping.
  private mutating func requireNoWriter(_ name: FileName) throws(RepairFailure) {
    let hasNone: Bool
    do throws(FileError) {
      hasNone = try directory.hasNoWriter(name)
    } catch {
      guard error.call == .lease else { throw RepairFailure(error, on: name) }
      return try note(Self.whyNoLease(error), name)
    }
    if hasNone { return }
    let found = (try? directory.status(of: name)).map { holders(of: $0.identity) } ?? []
    throw Self.inUse(name, found)
  }

  private mutating func lock(_ file: ChangeableFile) throws(RepairFailure) {
    do throws(FileError) {
      try file.takeLocks()
    } catch {
      if error.isBusy { throw Self.inUse(file.name, holders(of: file.identity)) }
      try note("this file system does not keep locks", file.name)
    }
  }

  private mutating func lease(_ file: ChangeableFile) throws(RepairFailure) {
    do throws(FileError) {
      try file.takeLease()
    } catch {
      guard error.isBusy else { return try note(Self.whyNoLease(error), file.name) }
      let found = holders(of: file.identity)
      if found.contains(where: { $0.isWriting || $0.isLocked }) {
        throw Self.inUse(file.name, found)
      }
      if found.isEmpty, ownDescriptors(of: file.identity) > 1 {
        return try note("walscope itself has the file open", file.name)
      }
      let who =
        found.isEmpty
        ? "a process that cannot be seen has the file open"
        : "the file is open for reading by " + found.map { "PID \($0.pid)" }.joined(separator: ", ")
      try note(who, file.name, found)
    }
  }

  /// What is not proven is refused, or told in the journal where the user answers for it.
  private mutating func note(_ reason: String, _ name: FileName, _ holders: [Holder] = [])
    throws(RepairFailure)
  {
    notProven = notProven ?? reason
    if isAcknowledged { return }
    throw RepairFailure(
      .refused, .notProven, "it is not proven that nobody writes: \(reason)", file: name,
      holders: holders, advice: "stop the owner of the log, and say so with --owner-stopped")
  }

  private func holders(of file: FileIdentity) -> [Holder] {
    findHolders(of: [file])[file]?.holders ?? []
  }

  // MARK: Words

  private static func whyNoLease(_ error: FileError) -> String {
    error.isPermission
      ? "only the file's owner and root can have it to themselves"
      : "this file system does not tell who has a file open"
  }

  private static func inUse(_ file: FileName, _ holders: [Holder]) -> RepairFailure {
    let atWork = holders.filter { $0.isWriting || $0.isLocked }
    let named = atWork.isEmpty ? holders : atWork
    let who =
      named.isEmpty
      ? "a process that cannot be seen has"
      : named.map { "PID \($0.pid)" }.joined(separator: ", ")
        + (named.count == 1 ? " has" : " have")
    return RepairFailure(
      .refused, .inUse, "\(who) the file open for writing, or locked", file: file,
      holders: named, advice: "stop the owner of the log")
  }

  private static func cannotOpen(_ name: FileName, _ error: FileError) -> RepairFailure {
    if error.isBusy { return inUse(name, []) }
    var failure = RepairFailure(error, on: name)
    if error.isPermission {
      failure.reason = "it must not be written: \(error.whatHappened)"
      failure.advice =
        "run as its owner; lsattr shows whether it is marked immutable or append-only"
    }
    return failure
  }
}
