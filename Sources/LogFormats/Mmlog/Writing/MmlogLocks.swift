import LogFiles

/// How walscope's own writers keep out of each other's way, beside the flag byte of the owner.
///
/// Both are locks of the open metadata file (OFD), far behind its bytes, which Linux gives back
/// when their holder ends, whatever ended it. The library that owns the format knows nothing of
/// them. What changes a whole file alone (a repair) takes all of them.
enum MmlogLocks {
  /// Shared by every writer as long as it lives: who has the file open for writing without it is
  /// not one of ours. Taken alone by who must know that there is no other writer of ours.
  static let presence: Range<UInt64> = 1 << 61..<(1 << 61) + 1
  /// Held alone by who grows, opens or trims a log, also before it takes the flag byte.
  static let growth: Range<UInt64> = (1 << 61) + 1..<(1 << 61) + 2

  /// Takes a lock, and waits for it for a while.
  ///
  /// - Throws: `WriterFailure.inUse` when it was not to be had.
  static func take(
    _ range: Range<UInt64>, exclusive: Bool, of file: WriterFile, patience: Duration
  ) throws(WriterFailure) {
    var patience = MmlogPatience(patience)
    while true {
      do throws(FileError) {
        return try file.takeLock(on: range, exclusive: exclusive, waits: false)
      } catch {
        guard error.isBusy else { throw .file(error) }
        guard patience.wait() else { throw .inUse(file.name) }
      }
    }
  }

  /// Whether a process has the log open for writing that is not a writer of ours; nil where that
  /// cannot be seen: processes outside of our container, or of other users.
  static func hasForeignWriter(_ file: WriterFile) -> Bool? {
    guard let report = findHolders(of: [file.identity])[file.identity] else { return nil }
    if report.holders.contains(where: { $0.isWriting && !$0.isLocked }) { return true }
    return report.isComplete ? false : nil
  }

  /// Does `body` while nobody else has the log open for writing, nobody can open it, and that is
  /// proven; nil where it is not.
  ///
  /// The proof is the lease that only the single opener of a file gets. Where a mere reader keeps
  /// it from us, or the file system has none, no other writer of ours may be there, and no process
  /// may be hidden from us.
  static func alone<Result>(_ file: WriterFile, _ body: () -> Result) -> Result? {
    if (try? file.takeLease()) != nil {
      defer { file.releaseLease() }
      return body()
    }
    guard (try? file.takeLock(on: presence, exclusive: true, waits: false)) != nil else {
      return nil
    }
    // Sharing it again cannot fail: nobody else could take it meanwhile.
    defer { try? file.takeLock(on: presence, exclusive: false, waits: false) }
    guard hasForeignWriter(file) == false else { return nil }
    return body()
  }
}
