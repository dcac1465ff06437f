import LogFiles
import Synchronization

/// Brings a pair of files to the disk. Threads that wait at the same time share the calls.
final class MmlogDurability: Sendable {
  private struct State {
    /// How many of those that came have their bytes on the disk.
    var done: UInt64 = 0
    /// Holds a new pair; nil when its names are on the disk.
    var directory: OpenDirectory?
  }

  private let data: WriterFile
  private let file: WriterFile
  private let arrivals = Atomic<UInt64>(0)
  private let state: Mutex<State>

  init(data: WriterFile, file: WriterFile, directory: OpenDirectory?) {
    self.data = data
    self.file = file
    state = Mutex(State(directory: directory))
  }

  /// Waits until what this thread has copied or written is on the disk. Linux brings pages that
  /// were changed in a mapping to the disk as well.
  ///
  /// - Throws: `FileError`, which is final.
  func wait() throws(FileError) {
    let ticket = arrivals.add(1, ordering: .acquiringAndReleasing).newValue
    let failure: FileError? = state.withLock { state in
      if state.done >= ticket { return nil }
      let covered = arrivals.load(ordering: .acquiring)
      do throws(FileError) {
        try data.syncData()
        // Then the cursor, so that it is not ahead of the bytes it promises.
        try file.syncData()
        if let directory = state.directory { try directory.sync() }
        state.directory = nil
        state.done = covered
        return nil
      } catch {
        return error
      }
    }
    if let failure { throw failure }
  }
}
