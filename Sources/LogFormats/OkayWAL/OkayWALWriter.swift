public import LogFiles
import Synchronization

/// A log of the Rust crate okaywal that is open for appending, as the crate writes it (format page,
/// sections 3 to 6 and 9).
///
/// An entry is begun, gets its chunks, and is committed or rolled back. Only one is open at a time;
/// other threads wait. `commit` comes back when the entry is on the disk: one call to the disk
/// counts for all threads that had committed before it.
///
/// A segment is full at three quarters of `preallocateBytes`. The application that takes checkpoints
/// then gets its entries, and the file is renamed to `wal-N-cp` and reused by renaming it again.
/// Without such an application segments stay live, and nothing is lost.
///
/// What the crate does wrong and this does not (format page, section 11):
/// * 1: A rolled back entry leaves nothing in the buffer, so that no remains get between two
///   committed entries.
/// * 2: Who reads a segment may pass over chunks; the next one is where it belongs.
/// * 3: A checkpoint of a segment without entries does nothing.
/// * 4: A damaged length makes no file grow, and behind what is written in a file with old bytes
///   there is always a zero, so that no stray byte is taken for a chunk.
/// * 5, 6: What a crash leaves of an entry is cleared on open, and no segment is ever without a
///   header under its own name.
/// * 7: Ids go on behind those of checkpointed files too, so that old entries never count again.
///   A checkpointed file that is newer than every live one is refused.
///
/// A loss of power in the middle of an entry in a reused file can leave a mixture of new and old
/// chunks whose checksums are all right. The format has nothing against that; such an entry was
/// never acknowledged.
public final class OkayWALWriter: LogWriter {
  /// How a log is written: the owner's configuration (format page, section 10).
  public struct Options: Sendable {
    /// Bytes of a new segment; files are filled up to multiples of it.
    public var preallocateBytes: UInt64 = 1 << 20
    /// Offset from which on a segment is full; nil for three quarters of `preallocateBytes`.
    public var checkpointAfterBytes: UInt64?
    /// Bytes of an entry that are held back at most until it is committed.
    public var bufferBytes = 16 << 10
    /// Free bytes for the headers of new segments, at most 255.
    public var versionInfo: [UInt8] = []
    /// Whether space is taken by writing zeros, as the owner does, or not at all.
    public var writesZeros = true
    /// Gets the entries of each full segment. When it throws, the segment stays live and comes
    /// again with the next one. Nil leaves all segments live.
    public var checkpoint: (@Sendable (inout OkayWALSegmentReader) throws -> Void)?

    public init() {}

    /// What is three quarters of a segment.
    static func checkpointLength(of segment: UInt64) -> UInt64 { segment - segment / 4 }

    var checkpointLength: UInt64 {
      checkpointAfterBytes ?? Self.checkpointLength(of: preallocateBytes)
    }
  }

  struct State {
    var segments: OkayWALSegments
    var output: OkayWALOutput
    /// The segment of `output`.
    var current: OkayWALLiveSegment
    /// Live segments that are full, the oldest first.
    var full: [OkayWALLiveSegment]
    var nextID: UInt64
    /// Whether the active segment holds an entry.
    var hasEntries: Bool
    let lock: DirectoryLock
    /// An error of the disk has ended the log.
    var isEnded = false
  }

  let directory: OpenDirectory
  let options: Options
  /// Whose entry is open.
  private let turn = Turn()
  /// Nil when the log is closed.
  private let state: Mutex<State?>
  /// Whether some thread hands segments over.
  let isHandingOver = Atomic<Bool>(false)
  let lastFailure = Mutex<(any Error)?>(nil)

  /// Opens the log in a directory, or starts one, and clears what a crash left of its last entry.
  /// Full segments that are still live are handed to `checkpoint` at once.
  ///
  /// - Throws: `WriterFailure`: `inUse` while another writer of walscope has it; `unusable` where
  ///   the owner does not open it, or would write over good entries.
  public init(in directory: OpenDirectory, options: Options = Options()) throws(WriterFailure) {
    guard options.preallocateBytes > 0 else {
      throw .refused("the owner divides by preallocate_bytes, which cannot be 0")
    }
    guard options.versionInfo.count <= 255 else {
      throw .refused("version info has at most 255 bytes")
    }
    self.directory = directory
    self.options = options
    let lock = try Self.lock(directory)
    let opening = try OkayWALOpening(directory)
    var segments = OkayWALSegments(
      directory: directory, options: options, inactive: opening.inactive.map(\.name))
    do throws(FileError) {
      let active = opening.live.last
      let output =
        if let active { try segments.resume(active) } else {
          try segments.activate(id: opening.nextID)
        }
      var full: [OkayWALLiveSegment] = []
      for found in opening.live.dropLast() {
        full.append(OkayWALLiveSegment(try segments.resume(found), in: directory))
      }
      state = Mutex(
        State(
          segments: segments, output: output,
          current: OkayWALLiveSegment(output, in: directory), full: full,
          nextID: max(opening.nextID, output.id), hasEntries: active?.lastID != nil, lock: lock))
    } catch {
      throw .file(error)
    }
    if !opening.live.dropLast().isEmpty { handOver() }
  }

  private static func lock(_ directory: OpenDirectory) throws(WriterFailure) -> DirectoryLock {
    do throws(FileError) {
      return try directory.takeLock()
    } catch {
      throw error.isBusy ? .inUse(FileName(directory.path)) : .file(error)
    }
  }

  /// Gives the state of an open log to `body`; nil where it is closed.
  func withState<Result>(_ body: (inout State) -> Result) -> Result? {
    state.withLock { state -> Result? in
      guard var open = state.take() else { return nil }
      defer { state = open }
      return body(&open)
    }
  }

  // MARK: Entries

  /// Begins an entry under the next id, and waits for the one that is open to end. A thread that
  /// has one open waits for ever.
  ///
  /// - Throws: `WriterFailure`.
  public func begin() throws(WriterFailure) -> OkayWALOpenEntry {
    turn.take()
    let begun = withState { state -> (id: UInt64, start: UInt64)? in
      guard !state.isEnded, state.nextID < .max else { return nil }
      let id = state.nextID
      state.nextID += 1
      return (id, state.output.position)
    }
    guard case let begun?? = begun else {
      turn.giveBack()
      throw .ended
    }
    return OkayWALOpenEntry(self, id: begun.id, start: begun.start)
  }

  /// Appends one entry of two chunks, the key and the value.
  ///
  /// - Throws: `WriterFailure`.
  public func append(key: [UInt8], value: [UInt8]) throws(WriterFailure) -> Appended {
    let entry = try begin()
    _ = try entry.write(key)
    _ = try entry.write(value)
    return try entry.commit()
  }

  /// Appends a chunk to the entry that began at `start`.
  func write(_ chunk: [UInt8], isFirst: Bool, of entry: UInt64, from start: UInt64)
    throws(WriterFailure) -> OkayWALChunk
  {
    guard chunk.count <= Int(UInt32.max) else {
      throw .refused("a chunk has at most \(UInt32.max) bytes")
    }
    let written = withState { state -> Result<OkayWALChunk, FileError> in
      do throws(FileError) {
        if isFirst { try state.output.appendHead(id: entry) }
        let position = OkayWALPosition(fileID: state.output.id, offset: state.output.position)
        let checksum = try state.output.append(chunk: chunk)
        return .success(
          OkayWALChunk(position: position, length: UInt64(chunk.count), checksum: checksum))
      } catch {
        state.output.discard(from: start)
        return .failure(error)
      }
    }
    switch written {
    case .success(let chunk): return chunk
    case .failure(let error): throw .file(error)
    case nil: throw .ended
    }
  }

  /// Ends the entry that began at `start`, and gives the turn back.
  func commit(_ entry: UInt64, from start: UInt64, isEmpty: Bool) throws(WriterFailure)
    -> Appended
  {
    let ended = withState { state -> Result<Written, FileError> in
      do throws(FileError) {
        if isEmpty { try state.output.appendHead(id: entry) }
        state.output.appendEnd()
        try state.output.flush()
      } catch {
        state.output.discard(from: start)
        return .failure(error)
      }
      state.hasEntries = true
      let written = Written(
        segment: state.current, write: state.current.group.noteWrite(),
        isFull: state.output.position >= options.checkpointLength)
      // Where there is no room for another segment, this one has to do: a segment may be longer.
      if written.isFull { _ = try? rotate(&state) }
      return .success(written)
    }
    turn.giveBack()
    switch ended {
    case nil: throw .ended
    case .failure(let error): throw .file(error)
    case .success(let written):
      try sync(written.segment, upTo: written.write)
      if written.isFull { handOver() }
      return Appended(file: written.segment.name, offset: start, isDurable: true)
    }
  }

  private struct Written {
    var segment: OkayWALLiveSegment
    var write: UInt64
    var isFull: Bool
  }

  func rollBack(to start: UInt64) {
    _ = withState { $0.output.rewind(to: start) }
    turn.giveBack()
  }

  /// - Parameter write: nil for all that is in the file by now.
  private func sync(_ segment: OkayWALLiveSegment, upTo write: UInt64? = nil)
    throws(WriterFailure)
  {
    do throws(WriterFailure) {
      if let write { try segment.group.sync(upTo: write) } else { try segment.group.sync() }
    } catch {
      _ = withState { $0.isEnded = true }
      throw error
    }
  }

  /// The active segment becomes one that is full, and another one active.
  func rotate(_ state: inout State) throws(FileError) {
    let output = try state.segments.activate(id: state.nextID)
    state.full.append(state.current)
    state.output = output
    state.current = OkayWALLiveSegment(output, in: directory)
    state.hasEntries = false
  }

  /// Runs `body` while no entry is open.
  func betweenEntries(_ body: (inout State) -> FileError?) throws(WriterFailure) {
    turn.take()
    let outcome = withState { state -> (isEnded: Bool, error: FileError?) in
      state.isEnded ? (true, nil) : (false, body(&state))
    }
    turn.giveBack()
    guard let outcome, !outcome.isEnded else { throw .ended }
    if let error = outcome.error { throw .file(error) }
  }

  // MARK: End

  /// Waits until all committed entries are on the disk. They are when `commit` has come back.
  ///
  /// - Throws: `WriterFailure`.
  public func sync() throws(WriterFailure) {
    let segments = withState { $0.isEnded ? nil : $0.full + [$0.current] }
    guard case let segments?? = segments else { throw .ended }
    for segment in segments { try sync(segment) }
  }

  /// Ends the log, which has no clean end on the disk, when no entry is open any more.
  ///
  /// - Throws: `WriterFailure`.
  public func close() throws(WriterFailure) {
    turn.take()
    defer { turn.giveBack() }
    guard let last = state.withLock({ $0.take() }), !last.isEnded else { return }
    for segment in last.full + [last.current] { try segment.group.sync() }
  }

  /// The id that the next entry gets; nil when the log is closed.
  public var nextEntryID: UInt64? { withState { $0.nextID } }
}
