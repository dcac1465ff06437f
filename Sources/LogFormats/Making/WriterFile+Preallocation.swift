import LogFiles

extension WriterFile {
  /// Takes space from the file's start. Where the file system cannot allocate, the file gets the
  /// length alone, as the owners of logs do it.
  ///
  /// - Throws: `FileError`, among them that there is no room.
  func take(_ length: UInt64, by preallocation: Preallocation) throws(FileError) {
    switch preallocation {
    case .none: break
    case .allocate:
      do {
        try allocate(0..<length, keepingSize: false)
      } catch {
        guard error.isUnsupported else { throw error }
        try setLength(length)
      }
    case .setLength: try setLength(length)
    }
  }
}
