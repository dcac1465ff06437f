internal import CLinux

extension WriterFile {
  /// Takes the lease that only the single opener of a file gets (`F_WRLCK`), which proves that no
  /// other process has it open or mapped. Whoever opens it from now on waits until it is given
  /// back, 45 s at most by default.
  ///
  /// - Throws: `FileError`: `isBusy` when somebody has the file open; another error means that
  ///   this file system, or this user, cannot prove anything.
  public func takeLease() throws(FileError) {
    try calls.perform(.lease, on: name) { _ in Int64(wl_lease_for_writing(descriptor)) }
  }

  /// Gives the lease back.
  public func releaseLease() {
    calls.attempt(.lease) { _ in Int64(wl_lease_release(descriptor)) }
  }
}
