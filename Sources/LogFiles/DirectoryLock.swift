internal import CLinux

/// The exclusive lock of `flock` on a directory, for writers of a log whose owner takes none. It
/// goes with this value, whatever ends the process, and leaves nothing behind.
public final class DirectoryLock: Sendable {
  private let calls: SystemCalls
  private let descriptor: Int32

  fileprivate init(calls: SystemCalls, descriptor: Int32) {
    self.calls = calls
    self.descriptor = descriptor
  }

  deinit {
    calls.attempt(.close) { _ in Int64(wl_close_unlocked(descriptor)) }
  }
}

extension OpenDirectory {
  /// Takes the lock of this directory, without waiting. The same process gets it once too.
  ///
  /// - Throws: `FileError`: `isBusy` when somebody holds it.
  public func takeLock() throws(FileError) -> DirectoryLock {
    // A descriptor of its own: the lock belongs to the open description, and this one is shared.
    let opened = try calls.perform(.openAt) { _ in
      unsafe Int64(wl_open_directory_at(descriptor, "."))
    }
    let lock = DirectoryLock(calls: calls, descriptor: Int32(opened))
    try calls.perform(.lock) { _ in Int64(wl_lock_file(Int32(opened))) }
    return lock
  }
}
