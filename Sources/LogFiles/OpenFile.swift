internal import CLinux

/// A regular file opened for reading. Owns its descriptor and closes it at the end of its life.
public struct OpenFile: ~Copyable, Sendable {
  /// The name it was opened by.
  public let name: FileName
  let calls: SystemCalls
  let descriptor: Int32

  init(name: FileName, calls: SystemCalls, descriptor: Int32) {
    self.name = name
    self.calls = calls
    self.descriptor = descriptor
  }

  deinit {
    calls.attempt(.close) { _ in Int64(wl_close(descriptor)) }
  }

  /// The same file by a descriptor of its own, so that two readers can each own one.
  ///
  /// - Throws: `FileError` when no descriptor is free.
  public func duplicate() throws(FileError) -> OpenFile {
    let copy = try calls.perform(.duplicate, on: name) { _ in Int64(wl_duplicate(descriptor)) }
    return OpenFile(name: name, calls: calls, descriptor: Int32(copy))
  }

  /// What the file is now.
  ///
  /// - Throws: `FileError` of the call.
  public func status() throws(FileError) -> FileStatus {
    try calls.status(of: descriptor, name: name)
  }

  /// Reads from `offset` until `buffer` is full or the file ends, and answers how many bytes came.
  ///
  /// - Throws: `FileError` whose `offset` is the first byte that could not be read; the bytes
  ///   before it are in the buffer.
  public func read(
    into buffer: inout MutableRawSpan, at offset: UInt64
  ) throws(FileError) -> Int {
    // Sound: the pointer is used only within the call.
    try unsafe buffer.withUnsafeMutableBytes { (bytes) throws(FileError) -> Int in
      try unsafe read(into: bytes, at: offset)
    }
  }

  func read(
    into bytes: UnsafeMutableRawBufferPointer, at offset: UInt64
  ) throws(FileError) -> Int {
    var done = 0
    while done < bytes.count {
      let (position, overflow) = offset.addingReportingOverflow(UInt64(done))
      if overflow || position > UInt64(Int64.max) { break }
      let room = min(bytes.count - done, Int(Int64.max - Int64(position)))
      let got: Int64
      do {
        got = try calls.perform(.read, on: name) { limit in
          guard let base = bytes.baseAddress else { return 0 }
          // Sound: `done + room` is at most the buffer's size.
          return unsafe wl_read(descriptor, base + done, min(room, limit), position)
        }
      } catch {
        throw FileError(call: error.call, code: error.code, name: name, offset: position)
      }
      if got == 0 { break }
      done += Int(got)
    }
    return done
  }

  /// The first offset at or after `from` that holds data, or nil when only a hole follows.
  ///
  /// Preallocated space that nobody wrote counts as a hole, dirty pages count as data. Where the
  /// file system cannot tell, everything is data.
  ///
  /// - Throws: `FileError` of `SEEK_DATA`.
  public func nextData(from: UInt64) throws(FileError) -> UInt64? {
    guard let position = Int64(exactly: from) else { return nil }
    do {
      return UInt64(
        try calls.perform(.seekData, on: name) { _ in wl_seek_data(descriptor, position) })
    } catch {
      if error.code == Errno.noSuchAddress { return nil }
      guard Errno.unsupported.contains(error.code) else { throw error }
      return from < (try status().size) ? from : nil
    }
  }

  /// The first offset at or after `from` that lies in a hole; the end of the file counts as one.
  ///
  /// - Throws: `FileError` of `SEEK_HOLE`.
  public func nextHole(from: UInt64) throws(FileError) -> UInt64 {
    guard let position = Int64(exactly: from) else { return from }
    do {
      return UInt64(
        try calls.perform(.seekHole, on: name) { _ in wl_seek_hole(descriptor, position) })
    } catch {
      if error.code == Errno.noSuchAddress { return from }
      guard Errno.unsupported.contains(error.code) else { throw error }
      return max(from, try status().size)
    }
  }
}
