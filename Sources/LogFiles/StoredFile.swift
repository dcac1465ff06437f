internal import CLinux

/// What a descriptor leads to, read as it is on disk. Does not own the descriptor.
struct StoredFile {
  let name: FileName
  let calls: SystemCalls
  let descriptor: Int32

  func status() throws(FileError) -> FileStatus {
    try calls.status(of: descriptor, name: name)
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

  func nextData(from: UInt64) throws(FileError) -> UInt64? {
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

  func nextHole(from: UInt64) throws(FileError) -> UInt64 {
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
