import JSON
import TerminalUI

/// How a dump of bytes stands on a screen of some width: offset, hexadecimal digits, characters.
///
/// Lines begin at multiples of their length, as in a dump of the whole file.
struct HexLayout: Equatable, Sendable {
  /// Bytes of a line: 16, or 8 where 16 do not fit.
  let bytesPerLine: Int
  /// Digits of an offset.
  let offsetDigits: Int
  /// The bytes that are dumped, from the start of the file.
  let range: Range<UInt64>

  /// The layout for `range` in `columns` columns.
  init(_ range: Range<UInt64>, columns: Int) {
    self.range = range
    let digits = String(range.upperBound, radix: 16).count
    offsetDigits = digits <= 8 ? 8 : 16
    bytesPerLine = Self.columns(bytesPerLine: 16, offsetDigits: offsetDigits) <= columns ? 16 : 8
  }

  /// Columns that a line of the dump takes.
  static func columns(bytesPerLine: Int, offsetDigits: Int) -> Int {
    // Three columns for each byte, one between the groups of eight, one character for each byte.
    offsetDigits + 2 + bytesPerLine * 3 + bytesPerLine / 8 - 1 + 1 + bytesPerLine
  }

  private var firstLine: UInt64 { range.lowerBound / UInt64(bytesPerLine) }

  /// Number of lines.
  var lineCount: Int { range.isEmpty ? 0 : line(of: range.upperBound - 1) + 1 }

  /// The line that a byte stands on.
  func line(of offset: UInt64) -> Int {
    let line = offset / UInt64(bytesPerLine)
    return Int(clamping: line - min(line, firstLine))
  }

  /// The offset that a line begins with, which may lie before the range.
  func start(ofLine line: Int) -> UInt64 {
    // A line behind the end of any file stands at its end.
    let (start, overflow) = (firstLine &+ UInt64(line)).multipliedReportingOverflow(
      by: UInt64(bytesPerLine))
    return overflow ? .max : start
  }

  /// The bytes of some lines.
  func bytes(ofLines lines: Range<Int>) -> Range<UInt64> {
    let start = min(max(start(ofLine: lines.lowerBound), range.lowerBound), range.upperBound)
    return start..<max(start, min(self.start(ofLine: lines.upperBound), range.upperBound))
  }

  /// The byte that was drawn at a place of a line, in either half of the dump.
  func offset(atColumn column: Int, line: Int) -> UInt64? {
    let bytes = bytes(ofLines: line..<line + 1)
    for offset in bytes {
      let index = Int(offset % UInt64(bytesPerLine))
      let hex = hexColumn(index)
      if column == hex || column == hex + 1 || column == textColumn(index) { return offset }
    }
    return nil
  }

  private func hexColumn(_ index: Int) -> Int { offsetDigits + 2 + index * 3 + index / 8 }

  private func textColumn(_ index: Int) -> Int {
    hexColumn(bytesPerLine - 1) + 2 + 2 + index
  }

  /// How a byte is drawn.
  struct Mark {
    /// The bytes of the selected field.
    var field: Range<UInt64>?
    /// The byte with the cursor.
    var cursor: UInt64?
    /// The byte with a bit that was flipped.
    var flipped: UInt64?
    /// Where the pattern of a search stands.
    var found: [Range<UInt64>] = []
  }

  /// Draws one line; `byte` gives a byte, nil where it is not read yet.
  func draw(
    line: Int, into buffer: inout CellBuffer, in area: Rect, mark: Mark,
    isHidden: (UInt64) -> Bool, byte: (UInt64) -> UInt8?
  ) {
    let bytes = bytes(ofLines: line..<line + 1)
    let offset = Hexadecimal.digits(start(ofLine: line)).suffix(offsetDigits)
    buffer.text(String(offset), in: area, style: Style(.dim))
    for place in bytes {
      let index = Int(place % UInt64(bytesPerLine))
      let isMarked = mark.field?.contains(place) == true
      let value = byte(place)
      let hides = isHidden(place)
      var style = Style(isMarked ? .highlight : value == 0 ? .dim : .normal)
      if mark.flipped == place, !isMarked { style = Style(.error) }
      if mark.found.contains(where: { $0.contains(place) }) {
        style = Style(.found, [.underline, .bold])
      }
      if mark.cursor == place { style = Style(.selected, .bold) }
      let hex = Rect(row: area.row, column: area.column + hexColumn(index), rows: 1, columns: 2)
      let text = Rect(row: area.row, column: area.column + textColumn(index), rows: 1, columns: 1)
      buffer.text(
        hides ? "--" : value.map(Hexadecimal.digits) ?? "  ", in: hex.intersection(area),
        style: style)
      // The blank between two marked bytes of a group belongs to the mark.
      if isMarked, mark.field?.contains(place + 1) == true, index % 8 < 7,
        place + 1 < bytes.upperBound
      {
        let gap = Rect(row: area.row, column: hex.endColumn, rows: 1, columns: 1)
        buffer.fill(gap.intersection(area), style: Style(.highlight))
      }
      if mark.flipped == place {
        // Brackets stand in the blanks around the digits.
        let around = Rect(row: area.row, column: hex.column - 1, rows: 1, columns: 4)
        var room = around.intersection(area)
        buffer.text("[", in: room.takeLeft(1), style: Style(.error))
        buffer.text("]", in: room.takeRight(1), style: Style(.error))
      }
      buffer.text(hides ? "-" : Self.character(value), in: text.intersection(area), style: style)
    }
  }

  private static func character(_ byte: UInt8?) -> String {
    guard let byte else { return " " }
    return (0x20..<0x7F).contains(byte) ? String(Unicode.Scalar(byte)) : "."
  }
}
