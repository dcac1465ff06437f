/// Bytes that a walk may still decode to see whether values can be: a record of a few hundred bytes
/// can decode to megabytes, and a file can be full of such records.
///
/// Each compressed value earns in proportion to its length, so that only files beyond all usual
/// compression come to the end.
struct DecodingAllowance {
  /// Decoded bytes that each stored byte earns.
  static let perStoredByte: UInt64 = 32
  /// Decoded bytes that every walk may take beside what its values earn.
  static let atFirst: UInt64 = 128 << 20

  private(set) var left = DecodingAllowance.atFirst

  /// Earns for a value of `storedLength` bytes.
  mutating func earn(storedLength: UInt64) {
    let (earned, overflow) = storedLength.multipliedReportingOverflow(by: Self.perStoredByte)
    let (sum, wraps) = left.addingReportingOverflow(earned)
    left = overflow || wraps ? .max : sum
  }

  mutating func spend(_ decoded: UInt64) { left -= min(left, decoded) }
}
