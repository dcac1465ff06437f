package import LogFiles
import Synchronization

/// Brings what several threads wrote to one file to the disk: one thread's call counts for all who
/// had written before it began.
package final class GroupSync: Sendable {
  private struct State {
    /// Writes that are on the disk.
    var synced: UInt64 = 0
    /// Whether the file's name is on the disk.
    var hasName: Bool
    /// Whether some thread waits for the disk.
    var isSyncing = false
    var failure: WriterFailure?
    /// Calls that were made.
    var calls: UInt64 = 0
  }

  private let file: WriterFile
  private let directory: OpenDirectory
  private let syncsProperties: Bool
  /// Writes that are in the file.
  private let written = Atomic<UInt64>(0)
  private let state: Monitor<State>

  /// - Parameters:
  ///   - isNewName: whether the file was just made or renamed, so that its name has to reach the
  ///     disk before anything in it counts.
  ///   - syncsProperties: whether the owner calls `fsync`, not `fdatasync`.
  package init(
    _ file: WriterFile, in directory: OpenDirectory, isNewName: Bool, syncsProperties: Bool = false
  ) {
    self.file = file
    self.directory = directory
    self.syncsProperties = syncsProperties
    state = Monitor(State(hasName: !isNewName))
  }

  /// How often the disk was waited for.
  package var syncs: UInt64 { state.change { $0.calls } }

  /// Notes a write that has come to its end.
  ///
  /// - Returns: what to wait for.
  package func noteWrite() -> UInt64 { written.add(1, ordering: .acquiringAndReleasing).newValue }

  /// Comes back when all that was noted so far is on the disk.
  ///
  /// - Throws: `WriterFailure`: of the disk, which is final, so that everybody else gets it too.
  func sync() throws(WriterFailure) {
    try sync(upTo: written.load(ordering: .acquiring))
  }

  /// Comes back when the write of this number is on the disk.
  ///
  /// - Throws: `WriterFailure`: of the disk, which is final, so that everybody else gets it too.
  package func sync(upTo write: UInt64) throws(WriterFailure) {
    let share = state.wait { state -> Share? in
      if let failure = state.failure { return .failed(failure) }
      if state.synced >= write, state.hasName { return .done }
      if state.isSyncing { return nil }
      state.isSyncing = true
      return .syncs(hasName: state.hasName)
    }
    switch share {
    case .done: return
    case .failed(let failure): throw failure
    case .syncs(let hasName):
      if let failure = syncForAll(hasName: hasName) { throw failure }
    }
  }

  private enum Share {
    case done
    case failed(WriterFailure)
    /// Nobody waits for the disk, so that this thread does.
    case syncs(hasName: Bool)
  }

  /// Waits for the disk and tells everybody.
  private func syncForAll(hasName: Bool) -> WriterFailure? {
    let covered = written.load(ordering: .acquiring)
    var failure: WriterFailure?
    do throws(FileError) {
      if syncsProperties { try file.sync() } else { try file.syncData() }
      if !hasName { try directory.sync() }
    } catch {
      failure = .file(error)
    }
    state.change { state in
      state.isSyncing = false
      state.calls += 1
      state.failure = failure
      guard failure == nil else { return }
      state.synced = covered
      state.hasName = true
    }
    return failure
  }
}
