public import LogFiles
import Synchronization

/// A nori-wal log that is open for appending, as its owner writes it (format page, sections 5 to
/// 9). Several threads may use it at once.
///
/// What differs from the owner: opening refuses what would lose valid records; a name that was
/// made or removed is waited for; threads that wait for the disk at the same time share one wait;
/// and only one writer of walscope has a log at a time. A log that the owner itself has open is
/// refused where Linux tells that the segment is open for writing.
public final class NoriWALWriter: LogWriter {
  public let options: NoriWALWriterOptions
  /// What opening found and cut.
  public let recovered: NoriWALRecovered
  public let metrics = NoriWALMetrics()

  let directory: OpenDirectory
  let descriptors: NoriWALDescriptors
  private let observe: (@Sendable (NoriWALEvent) -> Void)?
  private let now: @Sendable () -> UInt64
  private let state: Mutex<State>
  /// Records, by the number of their append, that are known to be on the disk; held while waiting
  /// for it. Taken before `state`.
  private let synced = Mutex<UInt64>(0)
  /// Held while segments are deleted.
  let deleting = Mutex<Void>(())

  private struct State: ~Copyable, Sendable {
    var segments: NoriWALSegments
    /// Keeps other writers away while the log is open.
    var lock: DirectoryLock?
    /// Appends so far.
    var appended: UInt64 = 0
    /// Segments that were ended, and that nobody was told of yet.
    var rotations: [NoriWALSegments.Rotation] = []
    /// When an append has to wait for the disk next, in nanoseconds; the first one does.
    var nextSync: UInt64 = 0
    var isClosed = false

    mutating func letGo() {
      isClosed = true
      segments.release()
      lock = nil
    }

    func requireOpen() throws(WriterFailure) {
      if isClosed { throw .ended }
    }
  }

  // MARK: Opening

  /// Opens the log in `directory` as the owner does, with its check of the options, and starts one
  /// where there is none.
  ///
  /// - Parameter observe: gets every event, on the thread that caused it.
  /// - Throws: `WriterFailure`: `.refused` for options that the owner does not take, `.unusable`
  ///   for a log that it does not open or would damage, `.inUse` when somebody writes it.
  public static func open(
    in directory: OpenDirectory, options: NoriWALWriterOptions = NoriWALWriterOptions(),
    observe: (@Sendable (NoriWALEvent) -> Void)? = nil
  ) throws(WriterFailure) -> NoriWALWriter {
    if let objection = options.objection { throw .refused(objection) }
    return try NoriWALWriter(in: directory, options: options, observe: observe)
  }

  /// The same without the check of the options: segments of any size.
  ///
  /// - Parameter now: a clock that does not go back, in nanoseconds.
  /// - Throws: `WriterFailure`, as `open`.
  public init(
    in directory: OpenDirectory, options: NoriWALWriterOptions,
    observe: (@Sendable (NoriWALEvent) -> Void)? = nil,
    now: @escaping @Sendable () -> UInt64 = MonotonicClock.nanoseconds
  ) throws(WriterFailure) {
    self.options = options
    self.directory = directory
    self.observe = observe
    self.now = now
    let lock = try Self.lock(directory)
    descriptors = NoriWALDescriptors(directory)
    recovered = try NoriWALRecovery(directory: directory).run()
    let segments =
      if let last = recovered.last {
        try NoriWALSegments(
          continuing: last, in: directory, segmentSize: options.segmentSize,
          preallocation: options.preallocation)
      } else {
        try NoriWALSegments(
          starting: 0, in: directory, segmentSize: options.segmentSize,
          preallocation: options.preallocation)
      }
    state = Mutex(State(segments: segments, lock: lock))
    metrics.segments.set(Int64(max(1, recovered.segments)))
    for segment in recovered.torn { emit(segment, .corruptionTruncated) }
  }

  private static func lock(_ directory: OpenDirectory) throws(WriterFailure) -> DirectoryLock {
    do throws(FileError) {
      return try directory.takeLock()
    } catch {
      throw error.isBusy ? .inUse(FileName(".")) : .file(error)
    }
  }

  /// Gives an event to whoever observes. Never under a lock: an observer may use the writer.
  func emit(_ segment: UInt64, _ kind: NoriWALEvent.Kind) {
    observe?(NoriWALEvent(node: options.nodeID, segment: segment, kind: kind))
  }

  // MARK: Appending

  /// Where a record was put.
  public struct Added: Sendable, Equatable {
    /// Its first byte.
    public var position: NoriWALPosition
    /// Whether it was on the disk when the append came back.
    public var isDurable: Bool
  }

  /// What an append left to do once others may append.
  private struct Placed: Sendable {
    var position: NoriWALPosition
    var file: FileName
    var number: UInt64
    var waits: Bool
    var rotations: [NoriWALSegments.Rotation]
  }

  /// Appends one record, in the next segment if it does not fit the current one; a record larger
  /// than any segment gets one of its own.
  ///
  /// - Throws: `WriterFailure`. Then the log is as before, unless the disk failed while waiting for
  ///   it: the log is ended, and the record may be in it.
  public func append(_ record: NoriWALRecord) throws(WriterFailure) -> Added {
    let placed = try place(record)
    try finish(placed)
    return Added(position: placed.position, isDurable: placed.waits)
  }

  /// Appends a value under a key.
  ///
  /// - Throws: `WriterFailure`.
  public func append(key: [UInt8], value: [UInt8]) throws(WriterFailure) -> Appended {
    let placed = try place(NoriWALRecord(key: key, value: value))
    try finish(placed)
    return Appended(
      file: placed.file, offset: placed.position.offset, isDurable: placed.waits)
  }

  /// Appends records that stay together in one segment, which may get larger than it should by
  /// them: one check for all of them, one write, and one wait for the disk. Nothing on disk marks
  /// them as one: a crash can leave the first of them.
  ///
  /// - Throws: `WriterFailure`, as `append`; none of them counts then.
  public func append(batch records: [NoriWALRecord]) throws(WriterFailure) -> [Added] {
    guard !records.isEmpty else { return [] }
    let (placed, offsets) = try state.withLock {
      (state) throws(WriterFailure) -> (Placed, [UInt64]) in
      try state.requireOpen()
      let (offsets, rotation) = try state.segments.add(records)
      return (try write(&state, records: records.count, rotation), offsets)
    }
    try finish(placed)
    return offsets.map {
      Added(
        position: NoriWALPosition(segment: placed.position.segment, offset: $0),
        isDurable: placed.waits)
    }
  }

  private func place(_ record: NoriWALRecord) throws(WriterFailure) -> Placed {
    try state.withLock { (state) throws(WriterFailure) -> Placed in
      try state.requireOpen()
      let rotation = try state.segments.add(record)
      return try write(&state, records: 1, rotation)
    }
  }

  /// Writes what was encoded.
  private func write(
    _ state: inout State, records: Int, _ rotation: NoriWALSegments.Rotation?
  ) throws(WriterFailure) -> Placed {
    if let rotation {
      state.rotations.append(rotation)
      metrics.segments.add(1)
    }
    let start = state.segments.written
    let bytes = state.segments.pendingCount
    try state.segments.flush()
    state.appended += 1
    metrics.records.add(UInt64(records))
    metrics.bytes.add(UInt64(bytes))
    let placed = Placed(
      position: NoriWALPosition(segment: state.segments.id, offset: start),
      file: state.segments.name, number: state.appended,
      waits: waits(&state.nextSync), rotations: state.rotations)
    if !state.rotations.isEmpty { state.rotations = [] }
    return placed
  }

  /// Whether an append waits for the disk by the policy; it is asked once for each.
  private func waits(_ nextSync: inout UInt64) -> Bool {
    switch options.policy {
    case .always: return true
    case .os: return false
    case .batch:
      guard now() >= nextSync else { return false }
      // Nobody else is to wait too; it is due again when the disk has answered.
      nextSync = .max
      return true
    }
  }

  /// What an append does when others may append again.
  private func finish(_ placed: Placed) throws(WriterFailure) {
    tell(placed.rotations)
    if placed.waits { try waitForDisk(placed.number) }
  }

  private func tell(_ rotations: [NoriWALSegments.Rotation]) {
    for rotation in rotations { emit(rotation.segment, .segmentRoll(bytes: rotation.bytes)) }
  }

  // MARK: Waiting for the disk

  /// Waits until all that was appended is on the disk, whatever the policy.
  ///
  /// - Throws: `WriterFailure`. An error of the disk ends the log: what it could not write it may
  ///   have dropped, so that waiting again would prove nothing.
  public func sync() throws(WriterFailure) {
    let appended = try state.withLock { (state) throws(WriterFailure) -> UInt64 in
      try state.requireOpen()
      return state.appended
    }
    try waitForDisk(appended)
  }

  /// Waits until the append of this number is on the disk, and with it all before. Threads that
  /// come meanwhile find their own on the disk too.
  private func waitForDisk(_ number: UInt64) throws(WriterFailure) {
    let waited = try synced.withLock { (synced) throws(WriterFailure) -> (UInt64, Double)? in
      if synced >= number { return nil }
      let (file, id, appended) = try state.withLock {
        (state) throws(WriterFailure) -> (WriterFile?, UInt64, UInt64) in
        if state.segments.isBroken { throw .ended }
        return (state.segments.file, state.segments.id, state.appended)
      }
      // Closed meanwhile, which is a wait too.
      guard let file else { return nil }
      let start = now()
      do throws(FileError) {
        try file.syncData()
      } catch {
        state.withLock { $0.segments.giveUp() }
        throw .file(error)
      }
      let end = now()
      synced = appended
      state.withLock { $0.nextSync = self.dueAgain(after: end) }
      return (id, Double(end - start) / 1_000_000)
    }
    guard let (segment, milliseconds) = waited else { return }
    metrics.fsync.note(milliseconds)
    emit(segment, .fsync(milliseconds: milliseconds))
  }

  private func dueAgain(after time: UInt64) -> UInt64 {
    guard case .batch(let window) = options.policy else { return 0 }
    let (seconds, attoseconds) = window.components
    return time + UInt64(clamping: seconds) * 1_000_000_000
      + UInt64(clamping: attoseconds / 1_000_000_000)
  }

  // MARK: Place and end

  /// Just after the last record.
  public var position: NoriWALPosition {
    state.withLock {
      NoriWALPosition(segment: $0.segments.id, offset: $0.segments.written)
    }
  }

  /// Ends the log as the owner does: the current segment gets the length of its records, and is on
  /// the disk. The log can then be opened by another writer.
  ///
  /// - Throws: `WriterFailure`.
  public func close() throws(WriterFailure) {
    let rotations = try state.withLock {
      (state) throws(WriterFailure) -> [NoriWALSegments.Rotation] in
      if state.isClosed { return [] }
      do throws(WriterFailure) {
        _ = try state.segments.finalize()
      } catch {
        // A log that the disk ended is let go all the same.
        if state.segments.isBroken { state.letGo() }
        throw error
      }
      state.letGo()
      return state.rotations
    }
    tell(rotations)
  }

  deinit {
    // As the owner's handle that is dropped: as good as it goes.
    try? close()
  }

  /// Ends the writer and leaves the log as a crash leaves it.
  public func abandon() {
    state.withLock {
      $0.segments.giveUp()
      $0.letGo()
    }
  }

  /// Takes nothing any more: an error of the disk.
  func giveUp() { state.withLock { $0.segments.giveUp() } }
}
