import LogFiles
import Synchronization

/// Brings what several threads wrote to one file to the disk: one thread's call counts for all who
/// had written before it began.
final class GroupSync: Sendable {
  private struct State {
    /// Writes that are on the disk.
    var synced: UInt64 = 0
    /// Whether the file's name is on the disk.
    var hasName: Bool
    var failure: WriterFailure?
  }

  private let file: WriterFile
  private let directory: OpenDirectory
  private let syncsProperties: Bool
  /// Writes that are in the file.
  private let written = Atomic<UInt64>(0)
  /// Held during a call to the disk: who comes meanwhile waits, and often finds it done.
  private let state: Mutex<State>

  /// - Parameters:
  ///   - isNewName: whether the file was just made or renamed, so that its name has to reach the
  ///     disk before anything in it counts.
  ///   - syncsProperties: whether the owner calls `fsync`, not `fdatasync`.
  init(
    _ file: WriterFile, in directory: OpenDirectory, isNewName: Bool, syncsProperties: Bool = false
  ) {
    self.file = file
    self.directory = directory
    self.syncsProperties = syncsProperties
    state = Mutex(State(hasName: !isNewName))
  }

  /// Notes a write that has come to its end.
  ///
  /// - Returns: what to wait for.
  func noteWrite() -> UInt64 { written.add(1, ordering: .acquiringAndReleasing).newValue }

  /// Comes back when all that was noted so far is on the disk.
  ///
  /// - Throws: `WriterFailure`: of the disk, which is final, so that everybody else gets it too.
  func sync() throws(WriterFailure) {
    try sync(upTo: written.load(ordering: .acquiring))
  }

  /// Comes back when the write of this number is on the disk.
  ///
  /// - Throws: `WriterFailure`: of the disk, which is final, so that everybody else gets it too.
  func sync(upTo write: UInt64) throws(WriterFailure) {
    let failure = state.withLock { state -> WriterFailure? in
      if state.failure == nil, state.synced < write || !state.hasName { bring(&state) }
      return state.failure
    }
    if let failure { throw failure }
  }

  private func bring(_ state: inout State) {
    let covered = written.load(ordering: .acquiring)
    do throws(FileError) {
      if syncsProperties { try file.sync() } else { try file.syncData() }
      if !state.hasName { try directory.sync() }
      state.synced = covered
      state.hasName = true
    } catch {
      state.failure = .file(error)
    }
  }
}
