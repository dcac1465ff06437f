public import LogFiles
public import LogFormats
public import LogInspection

/// What an undo, or the rest of a repair, would do.
public struct WayBack: Sendable {
  public enum Direction: Sendable {
    case undo
    case finish
  }

  /// What happens to one file.
  public struct FileChangeBack: Sendable {
    public var name: FileName
    /// As half a sentence without foreign bytes: "is put back: 37 bytes".
    public var what: String
    /// Its size in bytes now and then; nil where it is not there.
    public var size: UInt64?
    public var newSize: UInt64?
  }

  public var direction: Direction
  public var entry: HistoryEntry
  /// Files that nothing happens to are left out.
  public var files: [FileChangeBack]
}

extension RepairHistory {
  private static let nothingToFinish = "nothing was interrupted, so there is nothing to finish"

  /// What `undo` would do: to the newest repair that is not undone, or to the one of an id.
  ///
  /// - Throws: `RepairFailure`, refused with the reason where the files were changed since.
  public func previewUndo(_ id: String? = nil) throws(RepairFailure) -> WayBack {
    let (store, entry) = try find(id) { $0.isUnfinished || $0.outcome == .applied && !$0.isPurged }
    return try WayBackWork(.undo, log, store, entry).preview()
  }

  /// What `finish` would do to a repair, or an undo, that was stopped or killed.
  ///
  /// - Throws: `RepairFailure`, refused with the reason where somebody else changed the files.
  public func previewFinish(_ id: String? = nil) throws(RepairFailure) -> WayBack {
    let (store, entry) = try find(id, none: Self.nothingToFinish) { $0.isUnfinished }
    return try WayBackWork(.finish, log, store, entry).preview()
  }

  /// Puts all files of a repair back as they were, exactly: bytes, size, preallocation, mode,
  /// owner, times. The saved bytes stay until they are purged.
  ///
  /// - Throws: `RepairFailure`; with an `entry` where the undo itself is left unfinished.
  public func undo(
    _ id: String? = nil, acknowledging: Set<Acknowledgement> = [],
    control: RepairControl = RepairControl(), rescan: (Log) -> LogReport
  ) throws(RepairFailure) -> RepairResult {
    let (store, entry) = try find(id) { $0.isUnfinished || $0.outcome == .applied && !$0.isPurged }
    return try WayBackWork(.undo, log, store, entry).run(acknowledging, control, rescan)
  }

  /// Makes the steps that a stopped or killed repair has left, or the rest of an undo.
  ///
  /// - Throws: `RepairFailure`; with an `entry` where it is still unfinished.
  public func finish(
    _ id: String? = nil, acknowledging: Set<Acknowledgement> = [],
    control: RepairControl = RepairControl(), rescan: (Log) -> LogReport
  ) throws(RepairFailure) -> RepairResult {
    let (store, entry) = try find(id, none: Self.nothingToFinish) { $0.isUnfinished }
    return try WayBackWork(.finish, log, store, entry).run(acknowledging, control, rescan)
  }
}
