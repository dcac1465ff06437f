/// One step of reading foreign bytes as text that may be shown.
public enum SafeScalar: Equatable, Sendable {
  /// A scalar that takes one or two columns, as it is.
  case base(Unicode.Scalar, columns: Int)
  /// A combining mark of the base before it, as it is.
  case mark(Unicode.Scalar)
  /// A scalar that is shown by its number.
  case escapedScalar(Unicode.Scalar)
  /// A byte that is part of no valid UTF-8 sequence.
  case escapedByte(UInt8)
}

/// Reads foreign bytes as UTF-8 and decides for each scalar whether a terminal may see it.
///
/// This is the only place where that is decided; everything that shows foreign bytes, on the
/// screen, on standard output or on standard error, reads them through it.
public struct SafeScalars: ~Escapable {
  /// Combining marks one base may carry; further ones are escaped.
  public static let marksPerBase = 3

  private let bytes: RawSpan
  private let asciiOnly: Bool
  /// Offset of the next byte to be read.
  public private(set) var offset = 0
  private var marksLeft = 0

  /// Reads `bytes` from the start; with `asciiOnly` every scalar beyond ASCII is escaped.
  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan, asciiOnly: Bool = false) {
    self.bytes = bytes
    self.asciiOnly = asciiOnly
  }

  /// The next step, or nil at the end.
  @_lifetime(self: copy self)
  public mutating func next() -> SafeScalar? {
    guard offset < bytes.byteCount else { return nil }
    let first = byte(at: offset)
    if first >= 0x20 && first < 0x7F {
      offset &+= 1
      marksLeft = Self.marksPerBase
      return .base(Unicode.Scalar(first), columns: 1)
    }
    guard let (scalar, length) = decode(first) else {
      offset &+= 1
      marksLeft = 0
      return .escapedByte(first)
    }
    offset &+= length
    return judge(scalar)
  }

  @_lifetime(self: copy self)
  private mutating func judge(_ scalar: Unicode.Scalar) -> SafeScalar {
    let width = asciiOnly ? .escaped : CharacterWidth(scalar)
    switch width {
    case .narrow, .wide:
      marksLeft = Self.marksPerBase
      return .base(scalar, columns: width.columns)
    case .combining where marksLeft > 0:
      marksLeft &-= 1
      return .mark(scalar)
    case .combining, .escaped:
      // A mark after an escape would be drawn over the escape's last character.
      marksLeft = 0
      return .escapedScalar(scalar)
    }
  }

  /// The scalar that starts at `offset` with the byte `first`, if it is well-formed UTF-8: no
  /// overlong form, no surrogate, nothing above U+10FFFF (Unicode 14, table 3-7).
  private func decode(_ first: UInt8) -> (Unicode.Scalar, Int)? {
    let length: Int
    var value: UInt32
    var allowed: ClosedRange<UInt8> = 0x80...0xBF
    switch first {
    case 0x00...0x7F: return (Unicode.Scalar(first), 1)
    case 0xC2...0xDF: (length, value) = (2, UInt32(first & 0x1F))
    case 0xE0...0xEF:
      (length, value) = (3, UInt32(first & 0x0F))
      if first == 0xE0 { allowed = 0xA0...0xBF }
      if first == 0xED { allowed = 0x80...0x9F }
    case 0xF0...0xF4:
      (length, value) = (4, UInt32(first & 0x07))
      if first == 0xF0 { allowed = 0x90...0xBF }
      if first == 0xF4 { allowed = 0x80...0x8F }
    default: return nil
    }
    guard length <= bytes.byteCount &- offset else { return nil }
    for index in 1..<length {
      let next = byte(at: offset &+ index)
      guard allowed.contains(next) else { return nil }
      allowed = 0x80...0xBF
      value = value << 6 | UInt32(next & 0x3F)
    }
    return Unicode.Scalar(value).map { ($0, length) }
  }

  @inline(__always)
  private func byte(at index: Int) -> UInt8 {
    // Sound: a byte has no invalid pattern and no alignment, and the load checks its bounds.
    unsafe bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self)
  }
}
