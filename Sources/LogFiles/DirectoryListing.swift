internal import CLinux

extension OpenDirectory {
  /// Everything in the directory but `.` and `..`, sorted by name.
  ///
  /// Costs one system call per some hundred entries, and one more per entry only where the file
  /// system does not keep kinds in its directories.
  ///
  /// - Throws: `FileError` when the directory cannot be read; never for an entry that vanishes.
  public func entries() throws(FileError) -> [DirectoryEntry] {
    var entries: [DirectoryEntry] = []
    try calls.forEachEntry(of: descriptor) { name, type in
      entries.append(DirectoryEntry(name: name, kind: FileKind(directoryType: type)))
    }
    entries.sort { $0.name < $1.name }
    return try settled(entries)
  }

  /// Drops a name that a rename during the listing showed twice, and asks for missing kinds.
  private func settled(_ sorted: [DirectoryEntry]) throws(FileError) -> [DirectoryEntry] {
    var entries: [DirectoryEntry] = []
    entries.reserveCapacity(sorted.count)
    for entry in sorted where entry.name != entries.last?.name {
      if entry.kind != .unknown {
        entries.append(entry)
      } else if let kind = try kindIfThere(entry.name) {
        entries.append(DirectoryEntry(name: entry.name, kind: kind))
      }
    }
    return entries
  }

  private func kindIfThere(_ name: FileName) throws(FileError) -> FileKind? {
    do {
      return try status(of: name).kind
    } catch {
      guard error.isVanished else { throw error }
      return nil
    }
  }
}

extension SystemCalls {
  /// Calls `body` with the name and `d_type` of every entry but `.` and `..`.
  func forEachEntry(
    of directory: Int32, _ body: (FileName, UInt8) -> Void
  ) throws(FileError) {
    // A descriptor of its own: the position in a directory belongs to the open description.
    let descriptor = try perform(.openAt) { _ in
      unsafe FileName(".").withCString { unsafe Int64(wl_open_directory_at(directory, $0)) }
    }
    defer { attempt(.close) { _ in Int64(wl_close(Int32(descriptor))) } }
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = try perform(.readDirectory) { _ in
        // Sound: getdents64 writes at most the buffer's size.
        unsafe buffer.withUnsafeMutableBytes {
          unsafe wl_read_directory(Int32(descriptor), $0.baseAddress, $0.count)
        }
      }
      if count == 0 { return }
      // Sound: the span borrows the buffer, which nothing writes until the walk is over.
      guard let run = unsafe buffer.span.bytes.slice(0, Int(count)) else { return }
      run.forEachDirectoryEntry(body)
    }
  }
}

extension RawSpan {
  /// Walks a run of `struct linux_dirent64`: inode u64, position i64, length u16, type u8, name.
  fileprivate func forEachDirectoryEntry(_ body: (FileName, UInt8) -> Void) {
    var offset = 0
    while let length: UInt16 = le(at: offset + 16), let type: UInt8 = le(at: offset + 18),
      length > 19, let name = slice(offset + 19, Int(length) - 19)
    {
      var bytes: [UInt8] = []
      name.appendCString(to: &bytes)
      if bytes != [0x2E], bytes != [0x2E, 0x2E] { body(FileName(bytes), type) }
      offset += Int(length)
    }
  }

  private func appendCString(to bytes: inout [UInt8]) {
    var end = 0
    while let byte: UInt8 = le(at: end), byte != 0 { end += 1 }
    guard let text = slice(0, end) else { return }
    // Sound: the array copies the borrowed bytes before they can go.
    unsafe text.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
  }
}
