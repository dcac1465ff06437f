/// Bytes of records as TegDB writes them (format page, section 3).
enum TegDBRecord {
  static let marker = bytes(key: TegDBWalker.markerKey, value: [])

  /// A record, with what is longer than the owner writes cut to that.
  static func bytes(key: [UInt8], value: [UInt8]) -> [UInt8] {
    let limits = TegDBLimits()
    var bytes: [UInt8] = []
    append(
      key: key.prefix(Int(limits.keyLength)), value: value.prefix(Int(limits.valueLength)),
      to: &bytes)
    return bytes
  }

  static func append(
    key: ArraySlice<UInt8>, value: ArraySlice<UInt8>, to bytes: inout [UInt8]
  ) {
    append(UInt32(key.count), to: &bytes)
    append(UInt32(value.count), to: &bytes)
    bytes += key
    bytes += value
  }

  private static func append(_ number: UInt32, to bytes: inout [UInt8]) {
    for shift in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: number >> shift)) }
  }

  static func length(key: Int, value: Int) -> UInt64 {
    TegDBWalker.lengthsLength + UInt64(key) + UInt64(value)
  }
}
