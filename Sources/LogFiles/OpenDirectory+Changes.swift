internal import CLinux

/// Changes to a directory itself. All names are entries of the kept directory.
extension OpenDirectory {
  /// Makes a file that is not there yet and that only its owner may read.
  ///
  /// - Throws: `FileError`, with `isExisting` when there is something of that name.
  public func makePrivateFile(_ name: FileName) throws(FileError) -> NewFile {
    try requireEntryName(name, for: .create)
    let descriptor = try calls.perform(.create, on: name) { _ in
      unsafe name.withCString { unsafe Int64(wl_create_private_file_at(self.descriptor, $0)) }
    }
    return try adopt(Int32(descriptor), name)
  }

  /// Makes a directory that is not there yet and that only its owner may enter.
  ///
  /// - Throws: `FileError`, with `isExisting` when there is something of that name.
  public func makePrivateDirectory(_ name: FileName) throws(FileError) -> OpenDirectory {
    try requireEntryName(name, for: .makeDirectory)
    try calls.perform(.makeDirectory, on: name) { _ in
      unsafe name.withCString { unsafe Int64(wl_make_private_directory_at(descriptor, $0)) }
    }
    return try openDirectory(name)
  }

  /// Removes a directory that is empty.
  ///
  /// - Throws: `FileError`.
  public func removeDirectory(_ name: FileName) throws(FileError) {
    try requireEntryName(name, for: .remove)
    try calls.perform(.remove, on: name) { _ in
      unsafe name.withCString { unsafe Int64(wl_remove_directory_at(descriptor, $0)) }
    }
  }

  /// Gives a file another name, maybe in another directory of the same file system. Nothing is
  /// ever replaced.
  ///
  /// - Throws: `FileError`, with `isExisting` when there is something of the new name.
  public func rename(_ name: FileName, to newName: FileName, in other: OpenDirectory)
    throws(FileError)
  {
    try requireEntryName(name, for: .rename)
    try other.requireEntryName(newName, for: .rename)
    try calls.perform(.rename, on: name) { _ in
      unsafe name.withCString { name in
        unsafe newName.withCString {
          unsafe Int64(wl_rename_at(descriptor, name, other.descriptor, $0))
        }
      }
    }
  }
}

extension OpenDirectory {
  /// Opens a directory somewhere else that the user or the environment names, links followed.
  ///
  /// - Throws: `FileError` of the open.
  public func openElsewhere(_ path: FileName) throws(FileError) -> OpenDirectory {
    try Self.open(path, calls: calls)
  }
}

extension OpenFile {
  /// The bytes in `range`, fewer at the end of the file.
  ///
  /// - Throws: `FileError` of a read.
  public func bytes(in range: Range<UInt64>) throws(FileError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: range.count)
    var span = bytes.mutableSpan
    // Sound: the span is the array's own, which lives on.
    var room = unsafe span.mutableBytes
    let count = try read(into: &room, at: range.lowerBound)
    bytes.removeSubrange(count...)
    return bytes
  }
}

extension OpenDirectory {
  /// Opens the directory that is to hold what a path names, which need not be there.
  ///
  /// - Throws: `FileError` of the open, or when the path does not end with a name.
  public func openElsewhere(parentOf path: FileName) throws(FileError)
    -> (directory: OpenDirectory, name: FileName)
  {
    let name = path.lastComponent
    var rest = path.bytes
    while rest.last == UInt8(ascii: "/") { rest.removeLast() }
    guard name.isEntryName, rest.count >= name.bytes.count else {
      throw FileError(call: .open, code: Errno.badArgument, name: path)
    }
    rest.removeLast(name.bytes.count)
    return (try openElsewhere(FileName(rest.isEmpty ? [UInt8(ascii: ".")] : rest)), name)
  }
}
