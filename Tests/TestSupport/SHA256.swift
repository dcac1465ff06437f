import LogFiles

/// SHA-256, for comparing with the hashes that stand in fixtures.
public enum SHA256 {
  /// The hash as 64 lowercase hexadecimal digits.
  public static func hex(_ bytes: [UInt8]) -> String {
    var hash = ByteHash()
    hash.add(bytes.rawBytes)
    return hash.finish().map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
