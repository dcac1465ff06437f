internal import CLinux
import Glibc

/// A file of a log that this process writes as the log's owner does, open for reading and writing.
/// Owns its descriptor; a lease and locks end with it.
///
/// Repairs never use it: a file that was there is changed by `ChangeableFile`, and only after the
/// proof that nobody writes it. Here the process itself is the writer.
public final class WriterFile: Sendable {
  private let file: WritableFile
  public var name: FileName { file.name }
  /// Which file it is, whatever its name is by now.
  public var identity: FileIdentity { file.identity }
  var calls: SystemCalls { file.calls }
  var descriptor: Int32 { file.descriptor }

  fileprivate init(_ file: consuming WritableFile) { self.file = file }

  // MARK: Looking

  /// What the file is now.
  ///
  /// - Throws: `FileError` of the call.
  public func status() throws(FileError) -> FileStatus { try file.status() }

  /// The file for reading, by the same open description.
  ///
  /// - Throws: `FileError` when no descriptor is free.
  public func reader() throws(FileError) -> OpenFile { try file.reader() }

  /// Has the kernel forget what it keeps of the file in memory and has on the disk already, so that
  /// it is read from there.
  ///
  /// - Throws: `FileError` of the call.
  public func forgetPages() throws(FileError) {
    try calls.perform(.read, on: name) { _ in Int64(wl_forget_pages(descriptor)) }
  }

  // MARK: Writing

  /// Writes all of `bytes` at `offset`; the file grows where they reach beyond its end.
  ///
  /// - Throws: `FileError` whose `offset` is the first byte that was not written.
  public func write(_ bytes: RawSpan, at offset: UInt64) throws(FileError) {
    try file.write(bytes, at: offset)
  }

  /// Writes all of `bytes` at `offset`.
  ///
  /// - Throws: `FileError` whose `offset` is the first byte that was not written.
  public func write(_ bytes: [UInt8], at offset: UInt64) throws(FileError) {
    try file.write(bytes.rawBytes, at: offset)
  }

  /// Writes `bytes` by one call to the end of a file that was opened for appending.
  ///
  /// - Returns: how many bytes were written, which is less than all of them on a full disk.
  /// - Throws: `FileError` of the call.
  public func append(_ bytes: RawSpan) throws(FileError) -> Int {
    Int(
      try calls.perform(.write, on: name) { limit in
        // Sound: the call reads at most the span's bytes.
        unsafe bytes.withUnsafeBytes {
          unsafe wl_append(descriptor, $0.baseAddress, min($0.count, limit))
        }
      })
  }

  /// Cuts the file, or lets it grow by a hole.
  ///
  /// - Throws: `FileError` of the call.
  public func setLength(_ length: UInt64) throws(FileError) { try file.setLength(length) }

  /// Allocates space for `range`, which reads as zeros where nothing was written.
  ///
  /// - Throws: `FileError`; `isUnsupported` where the file system cannot.
  public func allocate(_ range: Range<UInt64>, keepingSize: Bool) throws(FileError) {
    try file.allocate(range, keepingSize: keepingSize)
  }

  /// Waits until contents and properties are on the disk (`fsync`).
  ///
  /// - Throws: `FileError` of the call; it must not be tried again.
  public func sync() throws(FileError) { try file.sync() }

  /// Waits until the contents, and what is needed to read them back, are on the disk (`fdatasync`).
  ///
  /// - Throws: `FileError` of the call; it must not be tried again.
  public func syncData() throws(FileError) {
    try calls.perform(.sync, on: name) { _ in Int64(wl_sync_data(descriptor)) }
  }

  /// Calls `body` with the descriptor, which stays open meanwhile: for calls in C that are measured
  /// as they are. They do not pass through `SystemCalls`.
  public func withDescriptor<Result>(_ body: (Int32) -> Result) -> Result {
    withExtendedLifetime(self) { body(descriptor) }
  }

  // MARK: Lease and locks

  /// Takes the lease that only the single opener of a file gets (`F_WRLCK`), which proves that no
  /// other process has it open or mapped. Whoever opens it from now on waits until it is given
  /// back, 45 s at most by default.
  ///
  /// - Throws: `FileError`: `isBusy` when somebody has the file open; another error means that
  ///   this file system, or this user, cannot prove anything.
  public func takeLease() throws(FileError) { try file.takeLease() }

  /// Gives the lease back.
  public func releaseLease() {
    calls.attempt(.lease) { _ in Int64(wl_lease_release(descriptor)) }
  }

  /// Takes the exclusive lock of `flock`, without waiting.
  ///
  /// - Throws: `FileError`: `isBusy` when somebody holds it.
  public func takeFileLock() throws(FileError) { try file.takeFileLock() }

  /// Takes the lock of `fcntl` on some bytes by the open file (OFD), which need not exist.
  /// It goes with this file, whatever ends the process.
  ///
  /// - Throws: `FileError`: `isBusy` when somebody holds one that excludes it and `waits` is false.
  public func takeLock(on range: Range<UInt64>, exclusive: Bool, waits: Bool) throws(FileError) {
    try calls.perform(.lock, on: name) { _ in
      Int64(
        wl_lock_part(
          descriptor, range.lowerBound, range.upperBound - range.lowerBound, exclusive ? 1 : 0,
          waits ? 1 : 0))
    }
  }

  /// Gives the lock on some bytes back.
  ///
  /// - Throws: `FileError` of the call.
  public func releaseLock(on range: Range<UInt64>) throws(FileError) {
    try calls.perform(.lock, on: name) { _ in
      Int64(wl_unlock_part(descriptor, range.lowerBound, range.upperBound - range.lowerBound))
    }
  }
}

/// How a file is opened for writing a log.
public struct WriterFileMode: OptionSet, Sendable {
  public let rawValue: Int32

  public init(rawValue: Int32) { self.rawValue = rawValue }

  /// Makes the file when it is not there.
  public static let creates = WriterFileMode(rawValue: Int32(WL_WRITER_CREATE))
  /// Fails, with `isExisting`, when it is there.
  public static let exclusive = WriterFileMode(rawValue: Int32(WL_WRITER_EXCLUSIVE))
  /// Each `append` goes to the end of the file, whoever else appends (`O_APPEND`).
  public static let appends = WriterFileMode(rawValue: Int32(WL_WRITER_APPEND))
  /// Past the page cache (`O_DIRECT`): addresses, offsets and lengths must be aligned.
  public static let direct = WriterFileMode(rawValue: Int32(WL_WRITER_DIRECT))
}

extension OpenDirectory {
  /// Opens a regular file for writing a log as its owner does, without following a link.
  ///
  /// - Throws: `FileError`; `isBusy` when somebody holds a lease on it.
  public func openForWriting(_ name: FileName, _ mode: WriterFileMode = [])
    throws(FileError) -> WriterFile
  {
    try requireEntryName(name, for: .openAt)
    let descriptor = try calls.perform(mode.contains(.creates) ? .create : .openAt, on: name) { _ in
      unsafe name.withCString {
        unsafe Int64(wl_open_writer_at(self.descriptor, $0, mode.rawValue))
      }
    }
    return WriterFile(try WritableFile(name: name, calls: calls, descriptor: Int32(descriptor)))
  }

  /// Gives a file another name, and replaces what has it, as owners do who put a new file in
  /// another one's place.
  ///
  /// - Throws: `FileError` of the call.
  public func replace(_ newName: FileName, with name: FileName) throws(FileError) {
    try requireEntryName(name, for: .rename)
    try requireEntryName(newName, for: .rename)
    try calls.perform(.rename, on: name) { _ in
      unsafe name.withCString { name in
        unsafe newName.withCString { unsafe Int64(wl_replace_at(descriptor, name, $0)) }
      }
    }
  }
}
