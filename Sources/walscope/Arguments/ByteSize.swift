/// Numbers of bytes as people write them.
enum ByteSize {
  /// `4096`, `64K`, `8M`, `1G`: the letters stand for powers of 1024; nil for anything else.
  static func parse(_ text: String) -> UInt64? {
    let shifts: [Character: UInt64] = ["K": 10, "M": 20, "G": 30]
    guard let last = text.last, let shift = shifts[last] else { return UInt64(text) }
    guard let number = UInt64(text.dropLast()) else { return nil }
    let (bytes, overflow) = number.multipliedReportingOverflow(by: 1 << shift)
    return overflow ? nil : bytes
  }
}
