import JSON
import Quantities

/// Bytes as lines of sixteen: offset, hexadecimal, printable ASCII. A line that repeats the one
/// before, further lines that do and not the last one are drawn as one asterisk.
struct HexDump {
  /// Offset of the first byte, from the start of the file.
  let start: UInt64
  /// Bytes that are hidden, by their offsets from the start of the file.
  var isHidden: (UInt64) -> Bool = { _ in false }

  func write(_ bytes: [UInt8], to output: TextOutput, indentation: Int = 2) {
    let margin = String(repeating: " ", count: indentation)
    var offset = 0
    var last = ""
    var isFolding = false
    while offset < bytes.count {
      // Lines begin at multiples of sixteen, so that two dumps of a file can be compared.
      let first = Int((start + UInt64(offset)) % 16)
      let count = min(16 - first, bytes.count - offset)
      let line = bytes[offset..<offset + count]
      let place = start + UInt64(offset)
      // As it is shown: what is hidden must not be told by what is left out.
      let text = text(line, at: place, column: first)
      let isRepeated = text == last && offset + count < bytes.count
      if !isRepeated {
        output.line(margin + label(place - UInt64(first)) + text)
      } else if !isFolding {
        output.line(margin + "*")
      }
      isFolding = isRepeated
      last = text
      offset += count
    }
  }

  private func text(_ line: ArraySlice<UInt8>, at place: UInt64, column: Int) -> String {
    var hex = String(repeating: " ", count: column * 3 + (column > 7 ? 1 : 0))
    var characters = String(repeating: " ", count: column)
    for (index, byte) in line.enumerated() {
      if index > 0 || column > 0 { hex += column + index == 8 ? "  " : index > 0 ? " " : "" }
      if isHidden(place + UInt64(index)) {
        hex += "**"
        characters += "*"
      } else {
        hex += Hexadecimal.digits(byte)
        characters += 0x20..<0x7F ~= byte ? String(UnicodeScalar(byte)) : "."
      }
    }
    let fill = String(repeating: " ", count: max(0, 48 - hex.count))
    return "  \(hex)\(fill)  |\(characters)|"
  }

  private func label(_ offset: UInt64) -> String {
    let digits = String(offset, radix: 16)
    return String(repeating: "0", count: max(0, 8 - digits.count)) + digits
  }
}
