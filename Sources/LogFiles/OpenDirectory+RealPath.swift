extension OpenDirectory {
  /// Where the directory is now, all links resolved, as the kernel tells (`/proc/self/fd`).
  ///
  /// For showing: nothing is to be opened by it. The bytes are foreign.
  ///
  /// - Throws: `FileError` where /proc is not there.
  public func realPath() throws(FileError) -> FileName {
    try OpenDirectory.open("/proc/self/fd", calls: calls)
      .linkTarget(of: FileName(String(descriptor)))
  }
}
