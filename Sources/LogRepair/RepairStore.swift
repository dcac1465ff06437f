import Glibc
import LogFiles
import LogFormats
import LogInspection

/// The directory with the journal and the backups: `.walscope` beside a log, or the directory
/// that `--save-to` named. Each entry has a directory of its own in it, named by its id.
struct RepairStore {
  let directory: OpenDirectory
  /// The directory of the log, where the store lies in it.
  let parent: OpenDirectory?
  /// For showing.
  let path: FileName
  /// Whether this value made the directory.
  var isNew = false

  // MARK: Opening

  /// The store in the directory of a log, nil where there is none.
  static func beside(_ log: Log) throws(RepairFailure) -> RepairStore? {
    do throws(FileError) {
      let directory = try log.directory.openDirectory(.backups)
      return try trusted(
        RepairStore(directory: directory, parent: log.directory, path: path(directory)), log)
    } catch {
      if error.isVanished { return nil }
      throw RepairFailure(error, on: .backups)
    }
  }

  /// The store in a directory that the user named, nil where there is none.
  static func at(_ path: FileName, for log: Log) throws(RepairFailure) -> RepairStore? {
    do throws(FileError) {
      let directory = try log.directory.openElsewhere(path)
      return try trusted(
        RepairStore(directory: directory, parent: nil, path: Self.path(directory)), log)
    } catch {
      if error.isVanished { return nil }
      throw RepairFailure(error, on: path)
    }
  }

  /// The store for a plan, made where it is not there.
  static func make(for plan: Plan, _ log: Log) throws(RepairFailure) -> RepairStore {
    if let path = plan.options.savesTo { return try make(at: path, log) }
    if let store = try beside(log) { return store }
    do throws(FileError) {
      let directory = try log.directory.makePrivateDirectory(.backups)
      var store = RepairStore(directory: directory, parent: log.directory, path: path(directory))
      store.isNew = true
      do throws(FileError) {
        try log.directory.sync()
      } catch {
        store.remove()
        throw error
      }
      return store
    } catch {
      if error.isNoRoom { throw .noRoom(needed: nil, available: nil) }
      var failure = RepairFailure(error, on: .backups)
      failure.advice = "keep the backup elsewhere: --save-to DIR"
      throw failure
    }
  }

  private static func make(at path: FileName, _ log: Log) throws(RepairFailure) -> RepairStore {
    if let store = try at(path, for: log) {
      // Segments that are removed would be renamed to where they are.
      if (try? store.directory.status().identity) == (try? log.directory.status().identity) {
        throw RepairFailure(
          .refused, .notProven, "backups are not kept among the files of the log", file: path,
          advice: "name another directory")
      }
      return store
    }
    do throws(FileError) {
      let (parent, name) = try log.directory.openElsewhere(parentOf: path)
      return RepairStore(
        directory: try parent.makePrivateDirectory(name), parent: nil, path: path)
    } catch {
      throw RepairFailure(error, on: path)
    }
  }

  private static func path(_ directory: OpenDirectory) -> FileName {
    (try? directory.realPath()) ?? FileName(directory.path)
  }

  /// What a journal says is done to files: only where nobody else could have written it.
  private static func trusted(_ store: RepairStore, _ log: Log) throws(FileError) -> RepairStore {
    let owner = try store.directory.status().owner
    if owner == geteuid() { return store }
    if store.parent != nil, owner == (try log.directory.status().owner) { return store }
    throw FileError(call: .openAt, code: EPERM, name: .backups)
  }

  // MARK: Entries

  /// What the journal tells, without waiting for who is at work.
  func entries() throws(RepairFailure) -> [JournalEntry] {
    do throws(FileError) {
      return JournalEntry.entries(of: try Journal.read(in: directory).lines)
    } catch {
      throw RepairFailure(error, on: Journal.name)
    }
  }

  /// Opens the journal for writing.
  func openJournal() throws(RepairFailure) -> Journal {
    do throws(FileError) {
      return try Journal(in: directory)
    } catch {
      if error.isBusy {
        throw RepairFailure(
          .refused, .repairRunning, "another process repairs a log with the same journal",
          file: path, advice: "wait until it is done")
      }
      if error.isNoRoom { throw .noRoom(needed: nil, available: nil) }
      throw RepairFailure(error, on: Journal.name)
    }
  }

  /// Whether another process holds the journal at this moment.
  var isBusy: Bool { (try? directory.isLocked(Journal.name)) ?? false }

  func openEntry(_ id: String) throws(FileError) -> OpenDirectory {
    try directory.openDirectory(FileName(id))
  }

  /// The name of what is kept of the plan's file of this number.
  static func savedName(ofFile index: Int) -> FileName { FileName("file-\(index).saved") }

  // MARK: Removing

  /// Removes what is kept for an entry.
  ///
  /// - Throws: `FileError` of the first call that failed; the rest was tried all the same.
  func removeBackup(_ id: String) throws(FileError) {
    let entry: OpenDirectory
    do throws(FileError) {
      entry = try openEntry(id)
    } catch {
      if error.isVanished { return }
      throw error
    }
    var failure: FileError?
    for file in try entry.entries() {
      do throws(FileError) {
        try entry.remove(file.name, identity: try entry.status(of: file.name).identity)
      } catch {
        failure = failure ?? error
      }
    }
    if let failure { throw failure }
    try directory.removeDirectory(FileName(id))
  }

  /// Removes the journal, which tells of nothing any more, and `.walscope` where that is all.
  func remove() {
    guard let left = try? directory.entries() else { return }
    // What nobody knows may be a backup.
    if parent != nil, left.contains(where: { $0.name != Journal.name }) { return }
    if let journal = try? directory.status(of: Journal.name) {
      try? directory.remove(Journal.name, identity: journal.identity)
    }
    if let parent {
      try? parent.removeDirectory(.backups)
      try? parent.sync()
    }
  }
}
