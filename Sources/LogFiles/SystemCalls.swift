/// The one seam through which every system call of this module passes.
///
/// A test gives `intercept` to count calls, to fail the n-th one or to make a read come back short.
public struct SystemCalls: Sendable {
  /// The kinds of system calls that can be intercepted.
  public enum Name: String, Sendable, CaseIterable {
    case open
    case openAt
    /// `fcntl` with `F_DUPFD_CLOEXEC`.
    case duplicate
    case close
    /// `statx`, by name or by descriptor.
    case status
    /// `pread`.
    case read
    case seekData
    case seekHole
    /// `FS_IOC_FIEMAP`.
    case extentMap
    /// `getdents64`.
    case readDirectory
    case readLink
    /// `fstatfs`.
    case fileSystem
    /// `realpath`.
    case resolvePath
    case makeDirectory
    /// `openat` of a file that must not be there yet.
    case create
    /// `pwrite`.
    case write
    /// `fallocate`.
    case preallocate
    /// `FICLONE`.
    case clone
    /// `fchmod`, `fchown` and `futimens`.
    case setProperties
    /// `ftruncate`.
    case setLength
    /// `fsync`.
    case sync
    /// `unlinkat`.
    case remove
    /// `renameat2` that replaces nothing.
    case rename
    /// `fcntl` with `F_SETLEASE` or `F_GETLEASE`.
    case lease
    /// `flock`, or `fcntl` with `F_OFD_SETLK`.
    case lock
    /// `fallocate` that gives blocks back.
    case punchHole
    /// `posix_spawn`.
    case startProcess
    case limitFileSize
    /// `kill`.
    case signal
    /// `read` from a process and `send` to it.
    case talk
    /// `mmap` of a file that processes share.
    case map
    /// No call: bytes copied into such a mapping.
    case copy
    /// `inotify_init1` and `inotify_add_watch`.
    case watch
    /// `poll` and `read` of what is watched.
    case awaitChange
  }

  /// What an interceptor makes of a call.
  public enum Fault: Sendable {
    /// The call is not made and fails with this `errno`.
    case error(Int32)
    /// The call is made for at most this many bytes (`read` and `write` only).
    case short(Int)
  }

  private let intercept: (@Sendable (Name) -> Fault?)?

  /// Calls that ask `intercept` first; without one they go straight to Linux.
  public init(intercept: (@Sendable (Name) -> Fault?)? = nil) {
    self.intercept = intercept
  }

  /// The calls as they are.
  public static let linux = SystemCalls()

  /// Runs `body` as the call `name`, again after EINTR.
  ///
  /// `body` gets the highest byte count it may ask for and answers a value or `-errno`.
  ///
  /// - Throws: `FileError` with the `errno` of the call.
  @discardableResult
  func perform(
    _ call: Name, on name: FileName? = nil, _ body: (_ limit: Int) -> Int64
  ) throws(FileError) -> Int64 {
    while true {
      let outcome = attempt(call, body)
      if outcome >= 0 { return outcome }
      let code = Int32(truncatingIfNeeded: -outcome)
      if code != Errno.interrupted { throw FileError(call: call, code: code, name: name) }
    }
  }

  /// Runs `body` once. For `close`, where Linux has given the descriptor back even after EINTR.
  @discardableResult
  func attempt(_ call: Name, _ body: (_ limit: Int) -> Int64) -> Int64 {
    switch intercept?(call) {
    case nil: body(.max)
    case .error(let code): -Int64(code)
    case .short(let limit): body(max(0, limit))
    }
  }
}
