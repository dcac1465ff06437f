public import LogFiles
import LogFormats
public import LogInspection

/// What was done to a log through plans, and the ways back.
///
/// The journal is in `.walscope` beside the log. One that `--save-to` has put elsewhere is found by
/// a note under `$XDG_STATE_HOME/walscope` (else `~/.local/state/walscope`), which is kept as far
/// as possible; `savesTo` names it where that note is gone.
public struct RepairHistory: Sendable {
  public let log: Log
  private let savesTo: FileName?

  public init(of log: Log, savesTo: FileName? = nil) {
    self.log = log
    self.savesTo = savesTo
  }

  /// All repairs of the log, the newest first.
  ///
  /// - Throws: `RepairFailure` when a journal cannot be read.
  public func entries() throws(RepairFailure) -> [HistoryEntry] {
    var entries: [HistoryEntry] = []
    for store in try stores() {
      let found = try ownEntries(in: store)
      if found.isEmpty { continue }
      let isBusy = store.isBusy
      entries += found.map { HistoryEntry($0, in: store, isBusy: isBusy) }
    }
    return entries.sorted { ($0.begun, $0.id) > ($1.begun, $1.id) }
  }

  /// The entry that was killed or stopped in the middle, if there is one.
  ///
  /// - Throws: `RepairFailure` when a journal cannot be read.
  public func unfinished() throws(RepairFailure) -> HistoryEntry? {
    try entries().first { $0.needsAttention }
  }

  /// The log as it was before a repair, the newest that can be undone unless `id` names another:
  /// what is there now, read with the saved bytes in their places. Nothing is written.
  ///
  /// - Throws: `RepairFailure`, refused where the files were changed since.
  public func logBefore(_ id: String? = nil) throws(RepairFailure) -> Log {
    let id = try previewUndo(id).entry.id
    let (store, entry) = try find(id) { _ in true }
    guard let works = FileWork.all(of: entry.plan) else {
      throw RepairFailure(.failed, .noBackup, "the journal's entry cannot be read")
    }
    do throws(FileError) {
      let kept = try store.openEntry(id)
      var directory = log.directory
      for work in works {
        let saved = entry.saved[work.index]
        let name = RepairStore.savedName(ofFile: work.index)
        switch saved.way {
        case .image:
          directory = try directory.asIfRestored(
            work.name, size: saved.size, parts: work.touched, from: name, in: kept)
        case .renamed, .copied:
          if (try? log.directory.status(of: work.name)) == nil {
            directory = directory.asIfMoved(name, in: kept, to: work.name)
          }
        case .absent: directory = try directory.asIfChanged(by: [(work.name, .remove)])
        case .unsaved: break
        }
      }
      if let before = try log.foundAgain(in: directory) { return before }
    } catch {
      throw RepairFailure(error)
    }
    throw RepairFailure(.failed, .noBackup, "what was saved is no log of this format")
  }

  // MARK: Stores

  func stores() throws(RepairFailure) -> [RepairStore] {
    var stores: [RepairStore] = []
    if let store = try RepairStore.beside(log) { stores.append(store) }
    if let savesTo, let store = try RepairStore.at(savesTo, for: log) { stores.append(store) }
    for path in StoreList.paths(of: log) {
      guard !stores.contains(where: { $0.path == path }) else { continue }
      // A disk that is not there at the moment keeps nobody from using the log.
      if let store = (try? RepairStore.at(path, for: log)) ?? nil { stores.append(store) }
    }
    return stores
  }

  /// The entries of a store that are about this log: others may lie in the same directory, or have
  /// been given the same directory for their backups.
  func ownEntries(in store: RepairStore) throws(RepairFailure) -> [JournalEntry] {
    let path = (try? log.directory.realPath()) ?? FileName(log.directory.path)
    return try store.entries().filter { entry in
      entry.plan.format == log.format.name && entry.plan.primary == log.layout.primary
        && (store.parent != nil || entry.plan.directory == path)
    }
  }

  /// The entry of an id, or the newest one that `isWanted`; `none` says that there is none.
  func find(
    _ id: String?, none: String = "there is nothing to go back to",
    where isWanted: (JournalEntry) -> Bool
  ) throws(RepairFailure) -> (RepairStore, JournalEntry) {
    var newest: (store: RepairStore, entry: JournalEntry)?
    for store in try stores() {
      for entry in try ownEntries(in: store) {
        if let id, entry.id == id { return (store, entry) }
        guard id == nil, isWanted(entry) else { continue }
        if let known = newest, (known.entry.begun, known.entry.id) > (entry.begun, entry.id) {
          continue
        }
        newest = (store, entry)
      }
    }
    if let newest { return (newest.store, newest.entry) }
    throw RepairFailure(
      .failed, .noSuchEntry,
      id == nil ? none : "the history has no entry of that id",
      advice: "walscope history lists the entries")
  }
}
