internal import CLinux
import Glibc

/// A regular file open for reading and writing: what `ChangeableFile`, `NewFile` and `WriterFile`
/// have in common. Owns its descriptor; a lease and locks end with it, whoever holds a copy.
struct WritableFile: ~Copyable, Sendable {
  let name: FileName
  /// Which file it is, whatever its name is by now.
  let identity: FileIdentity
  let calls: SystemCalls
  let descriptor: Int32

  /// Takes a descriptor over, and closes it where it does not lead to a regular file.
  ///
  /// - Throws: `FileError`, with the kind of what is no regular file.
  init(name: FileName, calls: SystemCalls, descriptor: Int32) throws(FileError) {
    self.name = name
    self.calls = calls
    self.descriptor = descriptor
    do throws(FileError) {
      let status = try calls.status(of: descriptor, name: name)
      guard status.kind == .regular else {
        throw FileError(call: .openAt, code: EINVAL, name: name, refused: status.kind)
      }
      identity = status.identity
    } catch {
      calls.attempt(.close) { _ in Int64(wl_close(descriptor)) }
      throw error
    }
  }

  deinit {
    calls.attempt(.close) { _ in Int64(wl_close_unlocked(descriptor)) }
  }

  func status() throws(FileError) -> FileStatus {
    try calls.status(of: descriptor, name: name)
  }

  /// The file for reading, by the same open description, as it would be with `overlay`.
  func reader(_ overlay: FileOverlay? = nil) throws(FileError) -> OpenFile {
    let copy = try calls.perform(.duplicate, on: name) { _ in Int64(wl_duplicate(descriptor)) }
    return OpenFile(name: name, calls: calls, descriptor: Int32(copy), overlay: overlay)
  }

  func takeLease() throws(FileError) {
    try calls.perform(.lease, on: name) { _ in Int64(wl_lease_for_writing(descriptor)) }
  }

  func takeFileLock() throws(FileError) {
    try calls.perform(.lock, on: name) { _ in Int64(wl_lock_file(descriptor)) }
  }

  func write(_ bytes: RawSpan, at offset: UInt64) throws(FileError) {
    var done = 0
    while done < bytes.byteCount {
      guard let rest = bytes.slice(done, bytes.byteCount - done) else { return }
      let position = offset + UInt64(done)
      let written: Int
      do {
        written = Int(
          try calls.perform(.write, on: name) { limit in
            // Sound: the call reads at most the span's bytes.
            unsafe rest.withUnsafeBytes {
              unsafe wl_write(descriptor, $0.baseAddress, min($0.count, limit), position)
            }
          })
      } catch {
        throw FileError(call: error.call, code: error.code, name: name, offset: position)
      }
      // A device that takes nothing and says no error would be asked for ever.
      if written == 0 { throw FileError(call: .write, code: EIO, name: name, offset: position) }
      done += written
    }
  }

  func setLength(_ length: UInt64) throws(FileError) {
    try calls.perform(.setLength, on: name) { _ in Int64(wl_set_length(descriptor, length)) }
  }

  func sync() throws(FileError) {
    try calls.perform(.sync, on: name) { _ in Int64(wl_sync(descriptor)) }
  }

  func allocate(_ range: Range<UInt64>, keepingSize: Bool) throws(FileError) {
    guard !range.isEmpty else { return }
    try calls.perform(.preallocate, on: name) { _ in
      let length = range.upperBound - range.lowerBound
      return keepingSize
        ? Int64(wl_preallocate_part(descriptor, range.lowerBound, length))
        : Int64(wl_grow(descriptor, range.lowerBound, length))
    }
  }

  func punchHole(_ range: Range<UInt64>) throws(FileError) {
    guard !range.isEmpty else { return }
    try calls.perform(.punchHole, on: name) { _ in
      Int64(
        wl_punch_hole(descriptor, range.lowerBound, range.upperBound - range.lowerBound))
    }
  }
}
