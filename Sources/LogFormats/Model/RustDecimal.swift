extension UInt64 {
  /// A decimal number as owners written in Rust parse it: one leading plus sign, any number of
  /// zeros, no more than 64 bits.
  init?(rustDecimal bytes: ArraySlice<UInt8>) {
    let digits = bytes.first == UInt8(ascii: "+") ? bytes.dropFirst() : bytes
    guard !digits.isEmpty else { return nil }
    var number: UInt64 = 0
    for byte in digits {
      guard case let digit = byte &- UInt8(ascii: "0"), digit <= 9 else { return nil }
      let (product, overflow) = number.multipliedReportingOverflow(by: 10)
      let (sum, wraps) = product.addingReportingOverflow(UInt64(digit))
      if overflow || wraps { return nil }
      number = sum
    }
    self = number
  }
}
