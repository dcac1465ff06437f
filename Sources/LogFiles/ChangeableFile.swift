internal import CLinux
import Glibc

/// A file that was there, open for reading and writing: the only way to change one.
///
/// It is opened by name below a kept directory and never through a link. Who uses it has proven
/// before each change that it is the file that a plan is about and that nobody writes it.
/// Owns its descriptor; a lease and locks end with it.
public final class ChangeableFile: Sendable {
  private let file: WritableFile
  public var name: FileName { file.name }
  /// Which file it is, whatever its name is by now.
  public var identity: FileIdentity { file.identity }
  private var calls: SystemCalls { file.calls }
  private var descriptor: Int32 { file.descriptor }

  fileprivate init(_ file: consuming WritableFile) { self.file = file }

  // MARK: Looking

  /// What the file is now.
  ///
  /// - Throws: `FileError` of the call.
  public func status() throws(FileError) -> FileStatus { try file.status() }

  /// The file for reading, by the same open description, so that it does not break our own lease;
  /// as it would be after `changes`.
  ///
  /// - Throws: `FileError` when no descriptor is free.
  public func reader(asIfChangedBy changes: [FileChange] = []) throws(FileError) -> OpenFile {
    var overlay: FileOverlay?
    if !changes.isEmpty {
      var made = FileOverlay(size: try status().size)
      for change in changes { made.apply(change) }
      overlay = made
    }
    return try file.reader(overlay)
  }

  // MARK: Keeping others out

  /// Takes the lease that only the single user of a file gets (`F_WRLCK`). Whoever opens the file
  /// from now on waits until it is given back, 45 s at most by default.
  ///
  /// - Throws: `FileError`: `isBusy` when somebody has the file open; another error means that
  ///   this file system, or this user, cannot prove anything.
  public func takeLease() throws(FileError) { try file.takeLease() }

  /// Whether nobody waits for the lease, and it has not been taken away.
  public var leaseIsWhole: Bool {
    (try? calls.perform(.lease, on: name) { _ in Int64(wl_lease_is_whole(descriptor)) }) == 1
  }

  /// For how many seconds the kernel leaves a lease to its holder after somebody has begun to wait
  /// for it (`lease-break-time`); the default where that cannot be read.
  public var leaseBreakSeconds: Int64 {
    var seconds: UInt64?
    let limits = try? OpenDirectory.open("/proc/sys/fs", calls: calls)
    if let file = try? limits?.openFile(FileName("lease-break-time")) {
      try? file.forEachLine { line in
        var scanner = FieldScanner(line)
        seconds = seconds ?? scanner.number(radix: 10)
      }
    }
    return seconds.flatMap { Int64(exactly: $0) } ?? 45
  }

  /// Takes the exclusive locks that owners of logs use, without waiting: `flock`, and the record
  /// lock on all bytes, which excludes those of `fcntl` and `lockf` too.
  ///
  /// - Throws: `FileError`: `isBusy` when somebody holds one.
  public func takeLocks() throws(FileError) {
    try takeFileLock()
    try calls.perform(.lock, on: name) { _ in Int64(wl_lock_bytes(descriptor)) }
  }

  /// Takes the lock of `flock` alone, without waiting.
  ///
  /// - Throws: `FileError`: `isBusy` when somebody holds it.
  public func takeFileLock() throws(FileError) { try file.takeFileLock() }

  // MARK: Changing

  /// Cuts the file, or lets it grow by a hole.
  ///
  /// - Throws: `FileError` of the call.
  public func setLength(_ length: UInt64) throws(FileError) { try file.setLength(length) }

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

  /// Allocates space for `range`, which reads as zeros where nothing was written.
  ///
  /// - Throws: `FileError`; `isUnsupported` where the file system cannot.
  public func allocate(_ range: Range<UInt64>, keepingSize: Bool) throws(FileError) {
    try file.allocate(range, keepingSize: keepingSize)
  }

  /// Gives the space of `range` back; it reads as zeros, and the size stays.
  ///
  /// - Throws: `FileError`; `isUnsupported` where the file system cannot.
  public func punchHole(_ range: Range<UInt64>) throws(FileError) {
    try file.punchHole(range)
  }

  /// Sets the permission bits.
  ///
  /// - Throws: `FileError` of the call.
  public func setMode(_ mode: UInt32) throws(FileError) {
    try calls.perform(.setProperties, on: name) { _ in Int64(wl_set_mode(descriptor, mode & 0o7777))
    }
  }

  /// Sets owner and group.
  ///
  /// - Throws: `FileError` of the call.
  public func setOwner(_ owner: UInt32, group: UInt32) throws(FileError) {
    try calls.perform(.setProperties, on: name) { _ in
      Int64(wl_set_owner(descriptor, owner, group))
    }
  }

  /// Sets when the contents last changed.
  ///
  /// - Throws: `FileError` of the call.
  public func setModified(_ time: Timestamp) throws(FileError) {
    try calls.perform(.setProperties, on: name) { _ in
      Int64(wl_set_modified(descriptor, time.seconds, time.nanoseconds))
    }
  }

  /// Waits until the file is on the disk.
  ///
  /// - Throws: `FileError` of the call; it must not be tried again.
  public func sync() throws(FileError) { try file.sync() }
}

extension FileError {
  /// Whether the file system lacks the call.
  public var isUnsupported: Bool { Errno.unsupported.contains(code) }
}

extension OpenDirectory {
  /// Opens a regular file that is there for changing it, without following a link.
  ///
  /// - Throws: `FileError`; `isBusy` when somebody holds a lease on it.
  public func openForChange(_ name: FileName) throws(FileError) -> ChangeableFile {
    try requireEntryName(name, for: .openAt)
    let kind = try status(of: name).kind
    guard kind == .regular else {
      throw FileError(call: .openAt, code: Errno.badArgument, name: name, refused: kind)
    }
    do throws(FileError) {
      return try openForChange(name, keepAccessTime: true)
    } catch {
      // Not the owner: then the access time cannot be kept.
      guard error.code == Errno.notPermitted else { throw error }
      return try openForChange(name, keepAccessTime: false)
    }
  }

  private func openForChange(_ name: FileName, keepAccessTime: Bool) throws(FileError)
    -> ChangeableFile
  {
    let descriptor = try calls.perform(.openAt, on: name) { _ in
      unsafe name.withCString {
        unsafe Int64(wl_open_for_repair_at(self.descriptor, $0, keepAccessTime ? 1 : 0))
      }
    }
    return ChangeableFile(try WritableFile(name: name, calls: calls, descriptor: Int32(descriptor)))
  }

  /// Whether another open file holds the lock of `flock` on a file, which is taken for a moment.
  /// Nothing is opened for writing.
  ///
  /// - Throws: `FileError` when that cannot be found out.
  public func isLocked(_ name: FileName) throws(FileError) -> Bool {
    let file = try openFile(name)
    do throws(FileError) {
      try calls.perform(.lock, on: name) { _ in Int64(wl_can_lock_file(file.descriptor)) }
    } catch {
      if error.isBusy { return true }
      throw error
    }
    return false
  }

  /// Whether nobody has a file open for writing, by the lease that is then to be had. It is given
  /// back at once.
  ///
  /// What this process has just closed can be held a moment longer by a child process that another
  /// thread is starting, until that runs its program: it is waited for a little.
  ///
  /// - Throws: `FileError` when that cannot be found out.
  public func hasNoWriter(_ name: FileName) throws(FileError) -> Bool {
    let file = try openFile(name)
    for _ in 0..<Self.writerLooks {
      do throws(FileError) {
        try calls.perform(.lease, on: name) { _ in
          Int64(wl_can_lease_for_reading(file.descriptor))
        }
        return true
      } catch {
        guard error.isBusy else { throw error }
        usleep(Self.writerPause)
      }
    }
    return false
  }

  private static let writerLooks = 10
  /// In microseconds.
  private static let writerPause: UInt32 = 5_000
}
