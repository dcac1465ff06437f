internal import CLinux

/// A regular file opened for reading. Owns its descriptor and closes it at the end of its life.
public struct OpenFile: ~Copyable, Sendable {
  /// The name it was opened by.
  public let name: FileName
  let calls: SystemCalls
  let descriptor: Int32
  /// Changes that are taken for made, nil where the file is read as it is.
  private let overlay: FileOverlay?

  init(name: FileName, calls: SystemCalls, descriptor: Int32, overlay: FileOverlay? = nil) {
    self.name = name
    self.calls = calls
    self.descriptor = descriptor
    self.overlay = overlay
  }

  deinit {
    calls.attempt(.close) { _ in Int64(wl_close(descriptor)) }
  }

  private var stored: StoredFile {
    StoredFile(name: name, calls: calls, descriptor: descriptor)
  }

  /// The same file by a descriptor of its own, so that two readers can each own one.
  ///
  /// - Throws: `FileError` when no descriptor is free.
  public func duplicate() throws(FileError) -> OpenFile {
    let copy = try calls.perform(.duplicate, on: name) { _ in Int64(wl_duplicate(descriptor)) }
    return OpenFile(name: name, calls: calls, descriptor: Int32(copy), overlay: overlay)
  }

  /// What the file is now.
  ///
  /// - Throws: `FileError` of the call.
  public func status() throws(FileError) -> FileStatus {
    let status = try stored.status()
    return overlay.map { status.resized(to: $0.size) } ?? status
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
    guard let overlay else { return try unsafe stored.read(into: bytes, at: offset) }
    return try unsafe overlay.read(into: bytes, at: offset, of: stored)
  }

  /// The first offset at or after `from` that holds data, or nil when only a hole follows.
  ///
  /// Preallocated space that nobody wrote counts as a hole, dirty pages count as data. Where the
  /// file system cannot tell, everything is data.
  ///
  /// - Throws: `FileError` of `SEEK_DATA`.
  public func nextData(from: UInt64) throws(FileError) -> UInt64? {
    guard let overlay else { return try stored.nextData(from: from) }
    return try overlay.nextData(from: from, of: stored)
  }

  /// The first offset at or after `from` that lies in a hole; the end of the file counts as one.
  ///
  /// - Throws: `FileError` of `SEEK_HOLE`.
  public func nextHole(from: UInt64) throws(FileError) -> UInt64 {
    guard let overlay else { return try stored.nextHole(from: from) }
    return try overlay.nextHole(from: from, of: stored)
  }
}
