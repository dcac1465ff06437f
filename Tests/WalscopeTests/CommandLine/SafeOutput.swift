/// What may reach a terminal, decided apart from the program: plain scalar ranges, no tables.
enum SafeOutput {
  /// The first thing in `bytes` that must not reach a terminal or a pipe, nil when all is well.
  static func violation(in bytes: [UInt8], allowingNewlines: Bool = true) -> String? {
    guard let text = String(validating: bytes, as: UTF8.self) else { return "not UTF-8" }
    var marks = 0
    for scalar in text.unicodeScalars {
      if scalar == "\n", allowingNewlines {
        marks = 0
        continue
      }
      if forbidden.contains(where: { $0.contains(scalar.value) }) {
        return "U+" + String(scalar.value, radix: 16)
      }
      marks = (0x300...0x36F).contains(scalar.value) ? marks + 1 : 0
      if marks > 3 { return "a flood of combining marks" }
    }
    return nil
  }

  /// C0, DEL, C1, soft hyphen, zero-width, line separators, bidirectional controls, invisible
  /// operators, byte order mark, interlinear marks, tags, private use.
  private static let forbidden: [ClosedRange<UInt32>] = [
    0x00...0x1F, 0x7F...0x9F, 0xAD...0xAD, 0x061C...0x061C, 0x180E...0x180E, 0x200B...0x200F,
    0x2028...0x202E, 0x2060...0x206F, 0xFEFF...0xFEFF, 0xFFF9...0xFFFB, 0xE000...0xF8FF,
    0xE0000...0x10FFFF,
  ]
}
