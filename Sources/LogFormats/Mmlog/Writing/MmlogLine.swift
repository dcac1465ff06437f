/// A record of a text log.
enum MmlogLine {
  private static let backslash = UInt8(ascii: "\\")

  /// `key value` and a newline, where nothing inside can be taken for the end of the line or for a
  /// gap.
  static func bytes(key: [UInt8], value: [UInt8]) -> [UInt8] {
    var line: [UInt8] = []
    line.reserveCapacity(key.count + value.count + 2)
    add(key, to: &line)
    line.append(0x20)
    add(value, to: &line)
    line.append(0x0A)
    return line
  }

  private static func add(_ bytes: [UInt8], to line: inout [UInt8]) {
    guard bytes.contains(where: { escape($0) != nil }) else {
      line += bytes
      return
    }
    for byte in bytes {
      if let letter = escape(byte) { line += [backslash, letter] } else { line.append(byte) }
    }
  }

  private static func escape(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0: UInt8(ascii: "0")
    case 0x0A: UInt8(ascii: "n")
    case backslash: backslash
    default: nil
    }
  }
}
