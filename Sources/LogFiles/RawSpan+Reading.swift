/// Checked reads of foreign bytes: no offset or count can trap or lead outside the span.
extension RawSpan {
  /// The little-endian integer at `offset`, or nil when it does not lie inside.
  @inlinable @inline(__always)
  public func le<T: FixedWidthInteger & BitwiseCopyable>(
    _ type: T.Type = T.self, at offset: Int
  ) -> T? {
    let size = MemoryLayout<T>.size
    guard offset >= 0, byteCount >= size, offset <= byteCount &- size else { return nil }
    // Sound: `offset` plus the size was just compared with the count.
    return unsafe T(littleEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: T.self))
  }

  /// The big-endian integer at `offset`, or nil when it does not lie inside.
  @inlinable @inline(__always)
  public func be<T: FixedWidthInteger & BitwiseCopyable>(
    _ type: T.Type = T.self, at offset: Int
  ) -> T? {
    le(type, at: offset)?.byteSwapped
  }

  /// The `count` bytes at `offset`, or nil when they do not lie inside.
  @inlinable @inline(__always) @_lifetime(copy self)
  public func slice(_ offset: Int, _ count: Int) -> RawSpan? {
    guard offset >= 0, count >= 0, offset <= byteCount, count <= byteCount &- offset else {
      return nil
    }
    // Sound: the range was just compared with the count.
    return unsafe extracting(unchecked: offset..<(offset &+ count))
  }

  /// Whether every byte is zero; true for an empty span.
  @inlinable public var isZero: Bool { firstNonZero() == nil }

  /// The first offset at or after `from` whose byte is not zero.
  @inlinable
  public func firstNonZero(from: Int = 0) -> Int? {
    var offset = max(0, from)
    // Eight words at a time, which the compiler turns into wide instructions.
    while offset <= byteCount &- 64 {
      var all: UInt64 = 0
      for word in 0..<8 {
        // Sound: 64 bytes at `offset` lie inside, by the loop's condition.
        all |= unsafe unsafeLoadUnaligned(fromByteOffset: offset &+ word &* 8, as: UInt64.self)
      }
      if all != 0 { break }
      offset &+= 64
    }
    while offset < byteCount {
      // Sound: `offset` lies inside, by the loop's condition.
      if unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self) != 0 { return offset }
      offset &+= 1
    }
    return nil
  }
}
