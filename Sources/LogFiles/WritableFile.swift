internal import CLinux
import Glibc

/// What a descriptor open for writing leads to. Does not own the descriptor.
struct WritableFile {
  let name: FileName
  let calls: SystemCalls
  let descriptor: Int32

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
