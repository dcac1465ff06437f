import JSON
import LogFormats
import Quantities
import TerminalUI

/// The value of a field as text.
enum FieldValueText {
  static func text(_ value: FieldValue, isRedacted: Bool) -> String {
    switch value {
    case .none: "-"
    case .number(let number), .size(let number), .milliseconds(let number): String(number)
    case .flag(let flag): flag ? "yes" : "no"
    case .word(let word): word
    case .checksum(let checksum): "0x\(Hexadecimal.digits(checksum))"
    case .bytes(_, let total) where isRedacted: redacted(total)
    case .bytes(let bytes, let total): text(bytes, total: total)
    }
  }

  /// What stands for bytes that are hidden.
  static func redacted(_ length: UInt64) -> String { "[\(Quantity.count(length, "byte"))]" }

  private static func text(_ bytes: [UInt8], total: UInt64) -> String {
    let isCut = total > UInt64(bytes.count) || bytes.count > 64
    let shown = DisplayText.escape(bytes.prefix(64))
    return isCut ? "\(shown)... (\(Quantity.count(total, "byte")))" : shown
  }
}
