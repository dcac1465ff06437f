import LogFormats

/// The word of a fixture for a reason.
extension Reason {
  var fixtureWord: String {
    switch self {
    case .checksum: "crc_mismatch"
    case .varintOverflow: "varint_overflow"
    case .badCompression: "bad_compression"
    case .decompressFailed: "decompress_failed"
    default: rawValue
    }
  }
}

func hex(_ bytes: [UInt8]) -> String {
  bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

func hex(_ value: UInt32) -> String {
  hex((0..<4).map { UInt8(truncatingIfNeeded: value >> UInt32(24 - 8 * $0)) })
}

func bytes(hex text: String) -> [UInt8] {
  let digits = text.utf8.filter { $0 != 0x20 }.compactMap {
    Character(UnicodeScalar($0)).hexDigitValue
  }
  return stride(from: 0, to: digits.count - 1, by: 2).map {
    UInt8(digits[$0] * 16 + digits[$0 + 1])
  }
}
