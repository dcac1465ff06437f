/// Numbers in base 16, with all their digits.
public enum Hexadecimal {
  public static func digits<Number: FixedWidthInteger & UnsignedInteger>(_ number: Number) -> String
  {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: Number.bitWidth / 4 - digits.utf8.count) + digits
  }
}

/// Bytes as text (RFC 4648, section 4).
public enum Base64 {
  private static let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  public static func encode(_ bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count + 2) / 3 * 4)
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<min(start + 3, bytes.count)]
      var bits: UInt32 = 0
      for byte in group { bits = bits << 8 | UInt32(byte) }
      bits <<= UInt32(8 * (3 - group.count))
      for digit in 0..<4 {
        text.append(
          digit <= group.count
            ? alphabet[Int(bits >> UInt32(18 - 6 * digit)) & 63] : UInt8(ascii: "="))
      }
    }
    return String(decoding: text, as: UTF8.self)
  }
}

/// Numbers in base 10 with a point.
public enum FixedPoint {
  /// A finite number, rounded to `digits` (at most 9) digits behind the point: `12.500`, `-0.001`.
  /// What is too large for that is written with an exponent.
  public static func text(_ number: Double, digits: Int) -> String {
    let digits = max(0, min(9, digits))
    let scale = (0..<digits).reduce(1.0) { scale, _ in scale * 10 }
    let scaled = (number.magnitude * scale).rounded()
    guard scaled < 0x1p62 else { return "\(number)" }
    let whole = UInt64(scaled)
    let sign = number < 0 && whole > 0 ? "-" : ""
    guard digits > 0 else { return sign + String(whole) }
    let fraction = String(whole % UInt64(scale))
    let zeros = String(repeating: "0", count: digits - fraction.utf8.count)
    return "\(sign)\(whole / UInt64(scale)).\(zeros)\(fraction)"
  }
}
