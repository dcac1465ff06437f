extension Range<UInt64> {
  /// Bytes in the range.
  public var byteCount: UInt64 { upperBound - lowerBound }
}

extension UInt32 {
  /// As eight hexadecimal digits.
  var eightDigits: String {
    let digits = String(self, radix: 16)
    return String(repeating: "0", count: 8 - digits.utf8.count) + digits
  }
}
