import LogFormats
import Quantities
import TerminalUI

/// A payload as lines of text, in one of the ways it can be read.
struct PayloadText: Sendable {
  /// How a payload is shown.
  enum Mode: String, CaseIterable, Sendable {
    case text
    case json = "indented"
    case hex

    var next: Mode {
      switch self {
      case .text: .json
      case .json: .hex
      case .hex: .text
      }
    }
  }

  /// What is to be seen, without the bytes themselves.
  let title: String
  let bytes: [UInt8]
  /// "key" or "value"; a format may have others.
  let name: String
  /// Whether the bytes stand otherwise in the file.
  let isDecoded: Bool
  var mode: Mode

  /// The payload with its first bytes, as the application wrote them.
  init(_ payload: Payload, bytes: [UInt8]) {
    self.bytes = bytes
    name = payload.name
    isDecoded = payload.decoded != nil
    mode = Self.likelyMode(bytes)
    var title = payload.name
    let total =
      payload.decoded == nil
      ? payload.stored.upperBound - payload.stored.lowerBound : payload.decodedLength
    title += " \(Quantity.bytes(total))"
    if let note = payload.note { title += ", \(note)" }
    if UInt64(bytes.count) < total { title += ", the first \(Quantity.bytes(UInt64(bytes.count)))" }
    self.title = title
  }

  private static func likelyMode(_ bytes: [UInt8]) -> Mode {
    let head = bytes.prefix(512)
    let readable = head.count { (0x20..<0x7F).contains($0) || $0 >= 0x80 || $0 == 0x0A }
    if readable * 10 < head.count * 9 { return .hex }
    let first = head.first { !$0.isBlank }
    let last = bytes.last { !$0.isBlank }
    switch (first, last) {
    case (UInt8(ascii: "{"), UInt8(ascii: "}")), (UInt8(ascii: "["), UInt8(ascii: "]")):
      return .json
    default: return .text
    }
  }

  /// The lines for a screen of `columns` columns.
  func lines(columns: Int, ascii: Bool) -> [DisplayLine] {
    guard !bytes.isEmpty else {
      return DisplayText.wrap("(no bytes)", columns: columns, ascii: ascii)
    }
    switch mode {
    case .text: return wrapped(bytes, columns: columns, ascii: ascii)
    case .json: return wrapped(Self.indented(bytes), columns: columns, ascii: ascii)
    case .hex: return []
    }
  }

  private func wrapped(_ bytes: [UInt8], columns: Int, ascii: Bool) -> [DisplayLine] {
    bytes.split(separator: 0x0A, omittingEmptySubsequences: false).flatMap { line in
      // Escaped before it becomes a string, so that no byte is lost to repair.
      DisplayText.wrap(DisplayText.escape(line, ascii: ascii), columns: columns, ascii: ascii)
    }
  }

  /// Breaks and indents a text at its brackets and commas, outside of its strings. What is not JSON
  /// comes out with odd line breaks, and otherwise as it is.
  static func indented(_ bytes: [UInt8]) -> [UInt8] {
    var output: [UInt8] = []
    var depth = 0
    var isInString = false
    var isEscaped = false
    func newLine() {
      while output.last?.isBlank == true { output.removeLast() }
      output.append(0x0A)
      // Deeper than this nobody sees the text any more.
      output.append(contentsOf: repeatElement(0x20, count: min(depth, 16) * 2))
    }
    for (index, byte) in bytes.enumerated() {
      if isInString {
        output.append(byte)
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
          isInString = false
        }
        continue
      }
      switch byte {
      case UInt8(ascii: "\""):
        isInString = true
        output.append(byte)
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        output.append(byte)
        let next = index + 1 < bytes.count ? bytes[index + 1] : 0
        depth += 1
        if next != UInt8(ascii: "}"), next != UInt8(ascii: "]") { newLine() }
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        depth = max(depth - 1, 0)
        let opener = output.last
        if opener != UInt8(ascii: "{"), opener != UInt8(ascii: "[") { newLine() }
        output.append(byte)
      case UInt8(ascii: ","):
        output.append(byte)
        newLine()
      case UInt8(ascii: ":"):
        output.append(byte)
        output.append(0x20)
      case _ where byte.isBlank:
        // Blanks beside a break are replaced by the indentation.
        if output.last?.isBlank == false { output.append(byte) }
      default: output.append(byte)
      }
    }
    return output
  }
}

extension UInt8 {
  /// Whether JSON takes it for white space.
  fileprivate var isBlank: Bool { self == 0x20 || self == 0x0A || self == 0x0D || self == 0x09 }
}
