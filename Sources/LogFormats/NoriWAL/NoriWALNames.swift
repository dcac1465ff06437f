import LogFiles

/// How nori-wal names its segments (format page, section 1).
enum NoriWALNames {
  private static let suffix = Array(".wal".utf8)
  private static let temporarySuffix = Array(".wal.tmp".utf8)

  /// The id of a segment by the owner's discovery rule, nil for what the owner ignores.
  static func id(of name: FileName) -> UInt64? {
    id(of: name, suffix: suffix)
  }

  /// The id of the segment whose cutting left this temporary file behind.
  static func id(ofTemporary name: FileName) -> UInt64? {
    id(of: name, suffix: temporarySuffix)
  }

  /// The only name under which the owner opens a segment: at least six digits.
  static func canonical(_ id: UInt64) -> FileName {
    let digits = String(id)
    return FileName(String(repeating: "0", count: max(0, 6 - digits.utf8.count)) + digits + ".wal")
  }

  /// Whether the name of a segment is the one under which the owner opens it.
  static func isCanonical(_ name: FileName) -> Bool {
    let digits = name.bytes.dropLast(suffix.count)
    let zero = UInt8(ascii: "0")
    return digits.count >= 6 && (digits.count == 6 || digits.first != zero)
      && digits.allSatisfy { zero <= $0 && $0 <= UInt8(ascii: "9") }
  }

  /// Whether the owner ignores the file although a person would take it for a segment: `x.wal`,
  /// `000009.WAL`, `000005.wal.bak`, `000001.wal~`.
  static func resemblesSegment(_ name: FileName) -> Bool {
    let bytes = name.bytes
    guard bytes.count >= suffix.count else { return false }
    for start in 0...(bytes.count - suffix.count) {
      let isSuffix = suffix.indices.allSatisfy { lowercased(bytes[start + $0]) == suffix[$0] }
      if isSuffix {
        let end = start + suffix.count
        if end == bytes.count || !isWordByte(bytes[end]) { return true }
      }
    }
    return false
  }

  private static func id(of name: FileName, suffix: [UInt8]) -> UInt64? {
    let bytes = name.bytes
    guard bytes.count > suffix.count, bytes.suffix(suffix.count).elementsEqual(suffix) else {
      return nil
    }
    return UInt64(rustDecimal: bytes.dropLast(suffix.count))
  }

  private static func lowercased(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
  }

  private static func isWordByte(_ byte: UInt8) -> Bool {
    switch lowercased(byte) {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
    default: byte >= 0x80
    }
  }
}
