import JSON
import LogFormats
import Quantities

/// Values of fields in words.
enum FieldText {
  /// A value with its unit, as exact as it is stored. Bytes are the caller's to escape.
  static func exact(_ value: FieldValue) -> [UInt8] {
    switch value {
    case .bytes(let bytes, _): bytes
    case .size(let count): Array("\(Quantity.grouped(count)) B".utf8)
    case .milliseconds(let count): Array(milliseconds(count).utf8)
    default: Array(short(value).utf8)
    }
  }

  /// A value for a narrow column whose heading tells the unit.
  static func short(_ value: FieldValue) -> String {
    switch value {
    case .none: ""
    case .number(let number), .size(let number), .milliseconds(let number):
      Quantity.grouped(number)
    case .flag(let isSet): isSet ? "yes" : "no"
    case .word(let word): word
    case .checksum(let checksum): Hexadecimal.digits(checksum)
    case .bytes(_, let total): Quantity.bytes(total)
    }
  }

  private static func milliseconds(_ count: UInt64) -> String {
    guard count >= 1_000 else { return "\(count) ms" }
    let span = Duration(
      secondsComponent: Int64(count / 1_000),
      attosecondsComponent: Int64(count % 1_000) * 1_000_000_000_000_000)
    return "\(Quantity.grouped(count)) ms (\(Quantity.duration(span)))"
  }
}

extension Field {
  /// Whether the field is a place in the file; what is only concluded from the rest of it is none.
  var ownsBytes: Bool {
    if case .bytes = value { return true }
    return !range.isEmpty
  }
}
