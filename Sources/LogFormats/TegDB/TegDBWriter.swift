public import LogFiles
import Synchronization

/// A TegDB database that is open for writing, as its owner writes it (format page, sections 2 to 5).
///
/// A transaction is begun, changes keys, and is committed by a marker or rolled back. Only one is
/// open at a time; other threads wait. A change outside of one is a transaction of its own: the
/// owner drops such changes on the next open.
///
/// What the owner does wrong and this does not:
/// * A record that the end of the file cuts is none, however long its value is; the owner takes it,
///   and later lets it swallow what is committed behind it (section 4.5).
/// * Behind the place where a transaction starts there is nothing, or zeros: what a crash left of
///   another one is cut off before the first record is written. The owner appends behind it, and
///   with the next marker it counts (section 3.2).
/// * The first transaction of a file without a marker starts with one. In such a file every record
///   counts, so that a crash in that transaction would leave a part of it.
/// * A compaction never goes on in a `.new` that was left behind, which brings deleted keys back; it
///   starts anew, never runs inside a transaction, and the file and its name are on the disk before
///   anything else is (section 5).
/// * The key of the commit marker is refused as a key.
public final class TegDBWriter: LogWriter {
  struct State {
    var store: TegDBStore
    var output: TegDBOutput
    var index: [[UInt8]: TegDBPlace]
    var liveBytes: UInt64
    var hasMarker: Bool
    /// Whether something has to be cut off behind `output` before anything is written there.
    var hasRemains: Bool
    /// Bytes of the file that are kept as space behind the data, nil for none.
    var space: UInt64?
    /// Bytes that were appended since the last compaction.
    var appended: UInt64 = 0
    /// Where the open transaction starts.
    var start: UInt64
    /// What its changes replaced, in their order.
    var replaced: [(key: [UInt8], place: TegDBPlace?)] = []
    /// When a commit last waited for the disk, in nanoseconds.
    var synced: UInt64 = 0
    var isEnded = false
  }

  public let name: FileName
  let directory: OpenDirectory
  let options: Options
  /// Whose transaction is open.
  let turn = Turn()
  /// Nil when the log is closed.
  private let state: Mutex<State?>

  /// Opens the database, or starts one, and notes where its data end, if the header says otherwise.
  /// Nothing else is changed before the first transaction.
  ///
  /// - Parameter name: ends in `.teg`.
  /// - Throws: `WriterFailure`: `inUse` while somebody has it, by the owner's lock; `unusable` where
  ///   the owner does not open it, or records that count would be written over.
  public init(_ name: FileName, in directory: OpenDirectory, options: Options = Options())
    throws(WriterFailure)
  {
    guard TegDBNames.isLog(name) else { throw .refused("the name of a database ends in .teg") }
    guard options.storageQuota ?? .max >= TegDBHeader.length else {
      throw .refused("the preallocation has to hold the header of 64 bytes")
    }
    self.name = name
    self.directory = directory
    self.options = options
    state = Mutex(try TegDBStore.open(name, in: directory, options))
  }

  /// Gives the state of an open database to `body`.
  ///
  /// - Throws: `WriterFailure`: `ended` where it is closed or the disk failed, and what `body` says.
  func withState<Value>(
    _ body: (inout State) -> Result<Value, WriterFailure>
  ) throws(WriterFailure) -> Value {
    let result = state.withLock { state -> Result<Value, WriterFailure> in
      guard var open = state.take() else { return .failure(.ended) }
      defer { state = open }
      return open.isEnded ? .failure(.ended) : body(&open)
    }
    return try result.get()
  }

  // MARK: Reading

  /// The value of a key, nil where there is none. The changes of an open transaction are seen.
  ///
  /// - Throws: `WriterFailure`.
  public func get(_ key: [UInt8]) throws(WriterFailure) -> [UInt8]? {
    try withState { state in
      guard let place = state.index[key] else { return .success(nil) }
      return Result { () throws(FileError) in try state.value(place) }.mapError { .file($0) }
    }
  }

  /// Keys that have a value.
  public var keyCount: Int { (try? withState { .success($0.index.count) }) ?? 0 }

  // MARK: Transactions

  /// Begins a transaction, and waits for the one that is open to end. A thread that has one open
  /// waits for ever.
  ///
  /// - Throws: `WriterFailure`.
  public func begin() throws(WriterFailure) -> TegDBTransaction {
    turn.take()
    do throws(WriterFailure) {
      _ = try withState { state in
        state.start = state.output.end
        state.replaced.removeAll(keepingCapacity: true)
        return .success(true)
      }
    } catch {
      turn.giveBack()
      throw error
    }
    return TegDBTransaction(self)
  }

  /// Appends one transaction of one put. Where the key has the value already nothing is written, and
  /// the record that says so is told.
  ///
  /// - Throws: `WriterFailure`.
  public func append(key: [UInt8], value: [UInt8]) throws(WriterFailure) -> Appended {
    let transaction = try begin()
    try transaction.put(key, value)
    let offset = try withState { state in .success(state.index[key]?.record ?? state.output.end) }
    return Appended(file: name, offset: offset, isDurable: try transaction.commit())
  }

  /// Takes a key away, in a transaction of its own.
  ///
  /// - Throws: `WriterFailure`.
  public func delete(_ key: [UInt8]) throws(WriterFailure) {
    let transaction = try begin()
    try transaction.delete(key)
    try transaction.commit()
  }

  /// Changes a key in the open transaction. Unless the change is refused, a failure rolls it back
  /// and gives the turn back.
  func change(_ key: [UInt8], _ value: [UInt8]) throws(WriterFailure) -> Bool {
    if let refusal = refusal(key, value) { throw refusal }
    do throws(WriterFailure) {
      return try withState { state in
        do throws(FileError) {
          guard try state.changes(key, to: value) else { return .success(false) }
          let marker = state.hasMarker ? 0 : TegDBWalker.markerLength
          let length = TegDBRecord.length(key: key.count, value: value.count) + marker
          guard state.output.end + length <= options.storageQuota ?? .max else {
            return .failure(Self.quotaExceeded)
          }
          try state.change(key, to: value, options.endUpdates)
          return .success(true)
        } catch {
          state.abort()
          return .failure(.file(error))
        }
      }
    } catch {
      if case .refused = error { throw error }
      turn.giveBack()
      throw error
    }
  }

  private static let quotaExceeded = WriterFailure.refused("storage quota exceeded")

  private func refusal(_ key: [UInt8], _ value: [UInt8]) -> WriterFailure? {
    let limits = TegDBLimits()
    let longestKey = min(options.maxKeyLength, Int(limits.keyLength))
    let longestValue = min(options.maxValueLength, Int(limits.valueLength))
    if key.count > longestKey { return .refused("a key has at most \(longestKey) bytes") }
    if value.count > longestValue { return .refused("a value has at most \(longestValue) bytes") }
    return key == TegDBWalker.markerKey
      ? .refused("a record of this key would be read as a commit marker") : nil
  }

  /// Commits the open transaction and gives the turn back.
  ///
  /// - Returns: whether it is on the disk.
  func commit() throws(WriterFailure) -> Bool {
    let ended = try endTransaction()
    if let write = ended.write { try sync(ended.group, upTo: write) }
    return ended.isDurable
  }

  private func endTransaction() throws(WriterFailure) -> Commit {
    defer { turn.giveBack() }
    return try withState { state in
      guard !state.replaced.isEmpty else { return .success(emptyCommit(state)) }
      guard state.output.end + TegDBWalker.markerLength <= options.storageQuota ?? .max else {
        state.abort()
        return .failure(Self.quotaExceeded)
      }
      do throws(FileError) {
        try state.commit()
      } catch {
        state.abort()
        return .failure(.file(error))
      }
      if isCompactionDue(state) { compactIfPossible(&state) }
      return .success(waiting(&state))
    }
  }

  /// What a commit waits for.
  private struct Commit {
    var group: GroupSync
    /// Nil where it does not wait.
    var write: UInt64?
    var isDurable: Bool
  }

  /// Nothing was changed, so that what there is was acknowledged before.
  private func emptyCommit(_ state: State) -> Commit {
    Commit(group: state.store.group, write: nil, isDurable: options.policy == .commitSync)
  }

  private func waiting(_ state: inout State) -> Commit {
    let write = state.store.group.noteWrite()
    let waits: Bool
    switch options.policy {
    case .commitSync: waits = true
    case .os: waits = false
    case .group(let window):
      let now = MonotonicClock.nanoseconds()
      waits = now - state.synced >= window
      if waits { state.synced = now }
    }
    return Commit(group: state.store.group, write: waits ? write : nil, isDurable: waits)
  }

  /// Undoes the open transaction and gives the turn back.
  func rollBack() throws(WriterFailure) {
    defer { turn.giveBack() }
    _ = try withState { state in
      do throws(FileError) {
        try state.rollBack(quota: options.storageQuota ?? .max)
      } catch {
        // Where there is no room to undo it, it is cut off.
        state.abort()
      }
      return .success(true)
    }
  }

  // MARK: The disk

  private func sync(_ group: GroupSync, upTo write: UInt64? = nil) throws(WriterFailure) {
    do throws(WriterFailure) {
      if let write { try group.sync(upTo: write) } else { try group.sync() }
    } catch {
      state.withLock { $0?.isEnded = true }
      throw error
    }
  }

  /// Waits until all that is committed is on the disk.
  ///
  /// - Throws: `WriterFailure`. An error of the disk is final.
  public func sync() throws(WriterFailure) {
    let group = try withState { .success($0.store.group) }
    _ = group.noteWrite()
    try sync(group)
  }

  /// Brings everything to the disk and gives the file back, when no transaction is open any more.
  ///
  /// - Throws: `WriterFailure`.
  public func close() throws(WriterFailure) {
    turn.take()
    defer { turn.giveBack() }
    guard let last = state.withLock({ $0.take() }), !last.isEnded else { return }
    _ = last.store.group.noteWrite()
    try last.store.group.sync()
  }
}
