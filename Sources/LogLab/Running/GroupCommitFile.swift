import LogFiles
import Synchronization

/// How an append is made durable.
public enum SyncCall: String, Sendable, CaseIterable {
  case fdatasync, fsync, none
}

/// A file to which threads append, each waiting until its record is on the disk. One sync serves
/// everybody whose record was written before it began.
final class GroupCommitFile: Sendable {
  private let file: WriterFile
  private let call: SyncCall
  private let position: Mutex<UInt64>
  private let state: Monitor<State>

  private struct State: Sendable {
    var written: UInt64
    var durable: UInt64
    var isSyncing = false
    var syncs: UInt64 = 0
    var failure: FileError?
  }

  private enum Step {
    case isDurable
    case sync(UInt64)
    case failed(FileError)
  }

  /// Appends begin at `start`, in bytes.
  init(_ file: WriterFile, call: SyncCall, start: UInt64 = 0) {
    self.file = file
    self.call = call
    position = Mutex(start)
    state = Monitor(State(written: start, durable: start))
  }

  /// Syncs that were made.
  var syncs: UInt64 { state.change { $0.syncs } }

  /// Appends a record and waits until it is durable.
  ///
  /// - Returns: the offset behind it.
  /// - Throws: `FileError` of a write or sync, of this thread or of another one: nothing is appended
  ///   after it.
  func append(_ record: [UInt8]) throws(FileError) -> UInt64 {
    let end: UInt64
    do throws(FileError) {
      end = try position.withLock { (position) throws(FileError) in
        try file.write(record, at: position)
        position += UInt64(record.count)
        return position
      }
    } catch {
      state.change { $0.failure = $0.failure ?? error }
      throw error
    }
    if call != .none { try makeDurable(end) }
    return end
  }

  private func makeDurable(_ end: UInt64) throws(FileError) {
    while true {
      let step: Step = state.wait { state in
        state.written = max(state.written, end)
        if let failure = state.failure { return .failed(failure) }
        if state.durable >= end { return .isDurable }
        guard !state.isSyncing else { return nil }
        state.isSyncing = true
        return .sync(state.written)
      }
      switch step {
      case .isDurable: return
      case .failed(let error): throw error
      case .sync(let target): sync(to: target)
      }
    }
  }

  private func sync(to target: UInt64) {
    var failure: FileError?
    do throws(FileError) {
      if call == .fsync { try file.sync() } else { try file.syncData() }
    } catch {
      failure = error
    }
    state.change { state in
      state.isSyncing = false
      state.syncs += 1
      if let failure {
        state.failure = failure
      } else {
        state.durable = max(state.durable, target)
      }
    }
  }
}
