internal import CLinux

/// A file that was made by this process, open for reading and writing. Owns its descriptor.
///
/// Only what was just made can be filled, so a log of somebody else cannot be hit by mistake; what
/// changes a file that was there is `ChangeableFile`.
public struct NewFile: ~Copyable, Sendable {
  private let file: WritableFile
  /// The name it was made by.
  public var name: FileName { file.name }
  /// Which file it is, to open it again.
  public var identity: FileIdentity { file.identity }
  var calls: SystemCalls { file.calls }
  var descriptor: Int32 { file.descriptor }

  init(name: FileName, calls: SystemCalls, descriptor: Int32) throws(FileError) {
    file = try WritableFile(name: name, calls: calls, descriptor: descriptor)
  }

  /// What the file is now.
  ///
  /// - Throws: `FileError` of the call.
  public func status() throws(FileError) -> FileStatus { try file.status() }

  /// Writes all of `bytes` at `offset`; the file grows where they reach beyond its end.
  ///
  /// - Throws: `FileError` whose `offset` is the first byte that was not written.
  public func write(_ bytes: RawSpan, at offset: UInt64) throws(FileError) {
    try file.write(bytes, at: offset)
  }

  /// The bytes from `offset` on, at most `limit`, fewer at the end of the file.
  ///
  /// - Throws: `FileError` of a read.
  public func bytes(at offset: UInt64, limit: Int) throws(FileError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: max(0, limit))
    var done = 0
    while done < bytes.count {
      let got = try calls.perform(.read, on: name) { limit in
        // Sound: the call writes at most what is left of the array.
        unsafe bytes.withUnsafeMutableBytes { room in
          unsafe wl_read(
            descriptor, room.baseAddress.map { unsafe $0 + done }, min(room.count - done, limit),
            offset + UInt64(done))
        }
      }
      if got == 0 { break }
      done += Int(got)
    }
    bytes.removeSubrange(done...)
    return bytes
  }

  /// Allocates disk space from the file's start, which reads as zeros; the file grows to `length`.
  ///
  /// Where the file system cannot, the file gets the length alone, as the owners of logs do it.
  ///
  /// - Throws: `FileError`, among them that there is no room.
  public func preallocate(_ length: UInt64) throws(FileError) {
    do {
      try calls.perform(.preallocate, on: name) { _ in
        Int64(wl_preallocate(descriptor, length))
      }
    } catch {
      guard Errno.unsupported.contains(error.code) else { throw error }
      try setLength(length)
    }
  }

  /// Cuts the file, or lets it grow by a hole.
  ///
  /// - Throws: `FileError` of the call.
  public func setLength(_ length: UInt64) throws(FileError) {
    try file.setLength(length)
  }

  /// Waits until the file is on the disk.
  ///
  /// - Throws: `FileError` of the call; it must not be tried again.
  public func sync() throws(FileError) {
    try file.sync()
  }
}

extension OpenDirectory {
  /// Makes a directory that is not there yet, and opens it.
  ///
  /// - Throws: `FileError`, with `isExisting` when there is something of that name.
  public static func make(
    _ path: FileName, calls: SystemCalls = .linux
  ) throws(FileError) -> OpenDirectory {
    guard !path.bytes.contains(0) else {
      throw FileError(call: .makeDirectory, code: Errno.badArgument, name: path)
    }
    try calls.perform(.makeDirectory, on: path) { _ in
      unsafe path.withCString { unsafe Int64(wl_make_directory($0)) }
    }
    return try open(path, calls: calls)
  }

  /// Removes a directory that holds nothing.
  ///
  /// - Throws: `FileError` of the call.
  public static func removeEmpty(
    _ path: FileName, calls: SystemCalls = .linux
  ) throws(FileError) {
    try calls.perform(.remove, on: path) { _ in
      unsafe path.withCString { unsafe Int64(wl_remove_directory($0)) }
    }
  }

  /// The calls that the directory and everything opened through it goes through.
  public var systemCalls: SystemCalls { calls }

  /// Waits until the names of the directory are on the disk.
  ///
  /// - Throws: `FileError` of the call; it must not be tried again.
  public func sync() throws(FileError) {
    try calls.perform(.sync) { _ in Int64(wl_sync(descriptor)) }
  }

  /// Makes a directory below this one that is not there yet, and opens it.
  ///
  /// - Throws: `FileError`, with `isExisting` when there is something of that name.
  public func makeDirectory(_ name: FileName) throws(FileError) -> OpenDirectory {
    try requireEntryName(name, for: .makeDirectory)
    try calls.perform(.makeDirectory, on: name) { _ in
      unsafe name.withCString { unsafe Int64(wl_make_directory_at(self.descriptor, $0)) }
    }
    return try openDirectory(name)
  }

  /// Makes a file that is not there yet.
  ///
  /// - Throws: `FileError`, with `isExisting` when there is something of that name.
  public func makeFile(_ name: FileName) throws(FileError) -> NewFile {
    try requireEntryName(name, for: .create)
    let descriptor = try calls.perform(.create, on: name) { _ in
      unsafe name.withCString { unsafe Int64(wl_create_file_at(self.descriptor, $0)) }
    }
    return try adopt(Int32(descriptor), name)
  }

  /// Takes a file that was just made; one that cannot even be looked at goes again.
  func adopt(_ descriptor: Int32, _ name: FileName) throws(FileError) -> NewFile {
    do throws(FileError) {
      return try NewFile(name: name, calls: calls, descriptor: descriptor)
    } catch {
      calls.attempt(.remove) { _ in
        unsafe name.withCString { unsafe Int64(wl_remove_at(self.descriptor, $0)) }
      }
      throw error
    }
  }

  /// Opens a file again that this process made: one of the identity that `NewFile` said. Any
  /// other file is refused. The name may lead through directories below this one.
  ///
  /// - Throws: `FileError`.
  public func reopen(_ name: FileName, identity: FileIdentity) throws(FileError) -> NewFile {
    let place = try require(name, is: identity, for: .openAt)
    let descriptor = try calls.perform(.openAt, on: name) { _ in
      unsafe place.name.withCString {
        unsafe Int64(wl_open_file_for_change_at(place.directory.descriptor, $0))
      }
    }
    let file = try NewFile(name: name, calls: calls, descriptor: Int32(descriptor))
    guard file.identity == identity else {
      throw FileError(call: .openAt, code: Errno.stale, name: name)
    }
    return file
  }

  /// Removes a file that this process made. The name may lead through directories below this one.
  ///
  /// - Throws: `FileError`.
  public func remove(_ name: FileName, identity: FileIdentity) throws(FileError) {
    let place = try require(name, is: identity, for: .remove)
    try calls.perform(.remove, on: name) { _ in
      unsafe place.name.withCString {
        unsafe Int64(wl_remove_at(place.directory.descriptor, $0))
      }
    }
  }

  private func require(
    _ name: FileName, is identity: FileIdentity, for call: SystemCalls.Name
  ) throws(FileError) -> (directory: OpenDirectory, name: FileName) {
    try requireChangeable(name, for: call)
    let place = try entry(name, for: call)
    guard try place.directory.status(of: place.name).identity == identity else {
      throw FileError(call: call, code: Errno.stale, name: name)
    }
    return place
  }

  func requireEntryName(
    _ name: FileName, for call: SystemCalls.Name
  ) throws(FileError) {
    try requireChangeable(name, for: call)
    guard name.isEntryName else {
      throw FileError(call: call, code: Errno.badArgument, name: name)
    }
  }

  /// A directory as it would be is for reading only.
  private func requireChangeable(
    _ name: FileName, for call: SystemCalls.Name
  ) throws(FileError) {
    if overlay != nil { throw FileError(call: call, code: Errno.readOnly, name: name) }
  }
}

extension FileError {
  /// Whether something of that name is there already.
  public var isExisting: Bool { code == Errno.existing }
}
