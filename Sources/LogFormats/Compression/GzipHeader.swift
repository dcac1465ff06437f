import LogFiles

/// The header of a gzip member (RFC 1952, section 2.3).
struct GzipHeader: Equatable {
  var method: UInt8
  var flags: UInt8
  /// Seconds since 1970, 0 where none is noted.
  var modified: UInt32
  var extraFlags: UInt8
  var system: UInt8
  /// Where the optional parts stand, from the header's first byte.
  var extra: Range<Int>?
  var name: Range<Int>?
  var comment: Range<Int>?
  var checksum: Range<Int>?
  /// Bytes of the header, with its optional parts.
  var length: Int

  static let magic: [UInt8] = [0x1f, 0x8b]
  static let deflate: UInt8 = 8
  /// Bytes before the optional parts.
  static let fixedLength = 10
  /// Bytes behind the compressed ones: their CRC-32, and how many they were.
  static let trailerLength: UInt64 = 8

  private static let flagChecksum: UInt8 = 1 << 1
  private static let flagExtra: UInt8 = 1 << 2
  private static let flagName: UInt8 = 1 << 3
  private static let flagComment: UInt8 = 1 << 4
  private static let reservedFlags: UInt8 = 0xe0

  static func hasMagic(_ head: RawSpan) -> Bool {
    magic.indices.allSatisfy { head.le(UInt8.self, at: $0) == magic[$0] }
  }

  /// Nil where the bytes do not start with a whole gzip header.
  init?(_ head: RawSpan) {
    guard Self.hasMagic(head), let method = head.le(UInt8.self, at: 2), method == Self.deflate,
      let flags = head.le(UInt8.self, at: 3), flags & Self.reservedFlags == 0,
      let modified = head.le(UInt32.self, at: 4), let extraFlags = head.le(UInt8.self, at: 8),
      let system = head.le(UInt8.self, at: 9)
    else { return nil }
    (self.method, self.flags, self.modified) = (method, flags, modified)
    (self.extraFlags, self.system) = (extraFlags, system)
    var place = Self.fixedLength
    if flags & Self.flagExtra != 0 {
      guard let count = head.le(UInt16.self, at: place) else { return nil }
      extra = place..<place + 2 + Int(count)
      place += 2 + Int(count)
    }
    if flags & Self.flagName != 0 {
      guard let end = Self.endOfText(head, from: place) else { return nil }
      name = place..<end
      place = end
    }
    if flags & Self.flagComment != 0 {
      guard let end = Self.endOfText(head, from: place) else { return nil }
      comment = place..<end
      place = end
    }
    if flags & Self.flagChecksum != 0 {
      checksum = place..<place + 2
      place += 2
    }
    guard place <= head.byteCount else { return nil }
    length = place
  }

  /// Behind the zero that ends a text.
  private static func endOfText(_ head: RawSpan, from start: Int) -> Int? {
    var place = start
    while let byte = head.le(UInt8.self, at: place) {
      place += 1
      if byte == 0 { return place }
    }
    return nil
  }
}
