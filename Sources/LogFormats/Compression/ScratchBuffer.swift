/// Room for decoded bytes that is kept from value to value.
///
/// Room for a large value is given back after use, so that one large value does not weigh on the
/// rest of a scan. Sendable, because nobody else knows the memory that it owns.
@safe struct ScratchBuffer: ~Copyable, @unchecked Sendable {
  private static let keptSize = 1 << 20
  private var buffer: UnsafeMutableRawBufferPointer?

  deinit { unsafe buffer?.deallocate() }

  /// Calls `body` with `count` bytes, whose contents are those of an earlier use or undefined.
  mutating func withRoom<Result>(
    _ count: Int, _ body: (inout MutableRawSpan) -> Result
  ) -> Result {
    if unsafe count > buffer?.count ?? 0 {
      unsafe buffer?.deallocate()
      let size = max(count, 1 << 12)
      unsafe buffer = .allocate(byteCount: size, alignment: 64)
      unsafe buffer?.initializeMemory(as: UInt8.self, repeating: 0)
    }
    defer {
      if count > Self.keptSize {
        unsafe buffer?.deallocate()
        unsafe buffer = nil
      }
    }
    // Sound: the buffer has at least `count` initialised bytes and is not touched in the meantime.
    var room = unsafe MutableRawSpan(
      _unsafeBytes: UnsafeMutableRawBufferPointer(start: buffer?.baseAddress, count: count))
    return body(&room)
  }
}
