import Glibc
public import LogFiles
import Synchronization

/// Appends to an mmlog as its owner does: reserves by one atomic step on the cursor that all
/// processes share, and copies through a mapping of the file.
///
/// Any number of processes, threads and writers may append to the same pair, those of the C library
/// among them. Where that library loses inserts, this does not (format page, section 6):
/// - Room is made before bytes are reserved, and the lock for that is waited for (`MmlogGrowth`).
///   An insert that fails moves no cursor; one whose copy fails gives its reservation back, unless
///   others have reserved behind it meanwhile: then zeros stay there.
/// - Mapped parts are unmapped again (`SharedWindows`). Inserts of `writtenFrom` bytes and more,
///   which page by page would cost a fault each, and those that cross two mapped parts, are
///   written by `pwrite`.
/// - A file that somebody cuts meanwhile ends the writer by an error and not the process by SIGBUS.
///   What lies in the cut part is lost, and so may be what is inserted into the last page before it
///   is noticed: when a later page is reached, or by `sync`, growth or `close`.
///
/// Bytes of several inserts touch; what one insert was, only its contents can tell.
public final class MmlogWriter: LogWriter {
  /// The data file.
  public let name: FileName
  /// Which file the data file is.
  public var identity: FileIdentity { data.identity }
  /// What was found and done when it was opened.
  public let remarks: [MmlogRemark]
  /// Bytes by which the file grows.
  public let chunkSize: UInt32
  let options: MmlogWriterOptions

  /// From how many bytes on an insert is written and not copied.
  public static let writtenFrom = 2048

  private let data: WriterFile
  private let file: WriterFile
  private let metadata: MmlogSharedMetadata
  private let growth: MmlogGrowth
  private let windows: SharedWindows
  private let gate = MmlogInsertGate()
  /// Set for ever when the writer ends; `failure` tells why.
  private let hasEnded = Atomic(false)
  private let failure = Mutex<WriterFailure?>(nil)
  private let durability: MmlogDurability

  private init(_ opened: MmlogOpened, in directory: OpenDirectory, options: MmlogWriterOptions) {
    self.options = options
    name = opened.data.name
    remarks = opened.remarks
    chunkSize = opened.chunkSize
    data = opened.data
    file = opened.file
    metadata = opened.metadata
    growth = opened.growth
    windows = SharedWindows(opened.data)
    durability = MmlogDurability(
      data: opened.data, file: opened.file, directory: opened.isNew ? directory : nil)
  }

  /// Opens the pair of files `name` and `name.mmlog` of a directory, and makes it where neither is
  /// there.
  ///
  /// - Throws: `WriterFailure`: `unusable` where a decision about bytes is needed first, and for a
  ///   data file without metadata, which is never wiped.
  public static func open(
    _ name: FileName, in directory: OpenDirectory, options: MmlogWriterOptions = .init()
  ) throws(WriterFailure) -> MmlogWriter {
    let opened = try MmlogOpening(name, in: directory, options: options).open()
    return MmlogWriter(opened, in: directory, options: options)
  }

  // MARK: Inserting

  /// Appends one text line, `key value` and a newline.
  ///
  /// A newline would end the line and a zero byte reads as a gap, so both, and the backslash, are
  /// written as `\n`, `\0` and `\\`.
  public func append(key: [UInt8], value: [UInt8]) throws(WriterFailure) -> Appended {
    let line = MmlogLine.bytes(key: key, value: value)
    return try insert(line)
  }

  /// Appends bytes as they are, at least one.
  ///
  /// - Throws: `WriterFailure`.
  public func insert(_ bytes: [UInt8]) throws(WriterFailure) -> Appended {
    try insert(bytes.rawBytes)
  }

  /// Appends bytes as they are, at least one.
  ///
  /// - Throws: `WriterFailure`.
  public func insert(_ bytes: RawSpan) throws(WriterFailure) -> Appended {
    let offset = try place(bytes, reserving: bytes.byteCount)
    let isDurable = options.policy == .sync
    if isDurable { try makeDurable() }
    return Appended(file: name, offset: offset, isDurable: isDurable)
  }

  /// Reserves room for all of `bytes` and copies the first `count`, as a process does that is killed
  /// while it copies.
  func insert(_ bytes: [UInt8], asIfKilledAfter count: Int) throws(WriterFailure) {
    let copied = Array(bytes.prefix(count))
    _ = try place(copied.rawBytes, reserving: bytes.count)
  }

  private enum Attempt {
    case placed(UInt64)
    /// In a part of the file that was not mapped.
    case written(UInt64)
    case noRoom
    case ended
    case failed(FileError, Range<UInt64>?)
  }

  private func place(_ bytes: RawSpan, reserving size: Int) throws(WriterFailure) -> UInt64 {
    guard size > 0 else { throw .refused("an insert has at least one byte") }
    let count = UInt64(size)
    while true {
      gate.enter()
      let attempt = attempt(bytes, count)
      gate.leave()
      switch attempt {
      case .placed(let offset): return offset
      case .written(let offset):
        if size < Self.writtenFrom { prepareWindow(at: offset + count) }
        return offset
      case .noRoom: try makeRoom(for: count)
      case .ended: throw reason
      case .failed(let error, let range): throw failed(error, range)
      }
    }
  }

  @inline(__always)
  private func attempt(_ bytes: RawSpan, _ count: UInt64) -> Attempt {
    if hasEnded.load(ordering: .relaxed) { return .ended }
    var range: Range<UInt64>?
    do throws(FileError) {
      guard let offset = try metadata.reserve(count) else { return .noRoom }
      range = offset..<offset + count
      if bytes.byteCount < Self.writtenFrom, try windows.copy(bytes, to: offset) {
        return .placed(offset)
      }
      try data.write(bytes, at: offset)
      return .written(offset)
    } catch {
      return .failed(error, range)
    }
  }

  private func prepareWindow(at offset: UInt64) {
    gate.alone {
      if !hasEnded.load(ordering: .relaxed) { windows.prepare(offset) }
    }
  }

  private func makeRoom(for count: UInt64) throws(WriterFailure) {
    do throws(WriterFailure) {
      try growth.makeRoom(for: count)
    } catch {
      if case .unusable = error { end(because: error) }
      throw error
    }
  }

  /// What becomes of an insert whose copy failed: its reservation is given back if nobody has
  /// reserved behind it, and what was copied of it is made zeros again.
  private func failed(_ error: FileError, _ range: Range<UInt64>?) -> WriterFailure {
    guard let range else { return ended(because: .file(error)) }
    if let cut = cutFailure() { return ended(because: cut) }
    zero(range)
    _ = try? metadata.giveBack(range)
    guard error.call == .copy else { return .file(error) }
    // The file is long enough, so that the disk is what has no page for it.
    return .file(
      FileError(call: .copy, code: ENOSPC, name: name, offset: range.lowerBound))
  }

  /// Bytes are copied and written in their order: where zeros cannot be written, none came.
  private func zero(_ range: Range<UInt64>) {
    var start = range.lowerBound
    while start < range.upperBound {
      let count = min(range.upperBound - start, 1 << 16)
      let zeros = [UInt8](repeating: 0, count: Int(count))
      guard (try? data.write(zeros, at: start)) != nil else { return }
      start += count
    }
  }

  // MARK: Sizes

  /// Where the next insert goes: the sum of all reservations ever made.
  public var cursor: UInt64 {
    get throws(WriterFailure) {
      do throws(FileError) { return try metadata.cursor } catch { throw .file(error) }
    }
  }

  /// The size to which the data file was extended, as the metadata say.
  public var recordedSize: UInt64 {
    get throws(WriterFailure) {
      do throws(FileError) { return try metadata.recordedSize } catch { throw .file(error) }
    }
  }

  /// How many parts of the file are mapped.
  public var mappedWindows: Int { gate.alone { windows.count } }

  /// What is wrong when the file is shorter than its metadata say, as it never is while it is
  /// written properly.
  private func cutFailure() -> WriterFailure? {
    do throws(FileError) {
      // The recorded size first: another writer may just be growing.
      let recorded = try metadata.recordedSize
      return try data.status().size < recorded ? MmlogGrowth.wasCut(name) : nil
    } catch {
      return .file(error)
    }
  }

  // MARK: Ending

  private var reason: WriterFailure { failure.withLock { $0 } ?? .ended }

  @discardableResult
  private func ended(because reason: WriterFailure) -> WriterFailure {
    end(because: reason)
    return reason
  }

  private func end(because reason: WriterFailure) {
    failure.withLock { $0 = $0 ?? reason }
    hasEnded.store(true, ordering: .releasing)
  }

  public func sync() throws(WriterFailure) {
    if hasEnded.load(ordering: .acquiring) { throw reason }
    if let cut = cutFailure() { throw ended(because: cut) }
    try makeDurable()
  }

  private func makeDurable() throws(WriterFailure) {
    do throws(FileError) {
      try durability.wait()
    } catch {
      // Tried again it may succeed although pages were lost.
      end(because: .ended)
      throw .file(error)
    }
  }

  /// Gives the space behind the cursor back. The pair stays one that its owner can open and append
  /// to: the recorded size goes down too, and the file keeps the length of one chunk.
  ///
  /// - Throws: `WriterFailure.inUse` while somebody else has the log open for writing, or where it
  ///   cannot be seen that nobody has.
  public func trim() throws(WriterFailure) {
    if hasEnded.load(ordering: .acquiring) { throw reason }
    let failure: WriterFailure? = gate.alone {
      do throws(WriterFailure) {
        return try growth.locked { () throws(WriterFailure) -> WriterFailure? in
          let outcome: WriterFailure?? = MmlogLocks.alone(file) { trimAlone() }
          return outcome ?? .inUse(name)
        }
      } catch {
        return error
      }
    }
    if let failure { throw failure }
  }

  private func trimAlone() -> WriterFailure? {
    if let cut = cutFailure() { return ended(because: cut) }
    do throws(FileError) {
      let end = max(try metadata.cursor, UInt64(chunkSize))
      guard try data.status().size > end else { return nil }
      // The metadata first: a recorded size that is too small does no harm.
      try metadata.setRecordedSize(end)
      try data.setLength(end)
      return nil
    } catch {
      return .file(error)
    }
  }

  /// Ends the writer. The log is trimmed where the options say so and this is the last writer;
  /// others go on with it as it is.
  public func close() throws(WriterFailure) {
    if hasEnded.load(ordering: .acquiring) {
      leave()
      guard case .ended = reason else { throw reason }
      return
    }
    defer {
      end(because: .ended)
      leave()
    }
    if let cut = cutFailure() { throw ended(because: cut) }
    if options.trimsOnClose {
      do throws(WriterFailure) {
        try trim()
      } catch {
        guard case .inUse = error else { throw error }
      }
    }
    if options.policy == .sync { try makeDurable() }
  }

  /// Lets go of what others could stumble over, with the writer ended.
  private func leave() {
    gate.alone { windows.removeAll() }
    try? file.releaseLock(on: MmlogLocks.presence)
  }
}
