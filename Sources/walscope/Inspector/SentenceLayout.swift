import TerminalUI

/// Lays out a sentence of pieces in several styles over a few lines.
enum SentenceLayout {
  /// Draws it into `area`, broken at blanks; what does not fit is cut with an ellipsis.
  static func draw(_ pieces: [StyledText], into buffer: inout CellBuffer, in area: Rect) {
    guard !area.isEmpty else { return }
    let ascii = buffer.glyphs.ascii
    let lines = lines(pieces, columns: area.columns, ascii: ascii)
    for (index, line) in lines.prefix(area.rows).enumerated() {
      // More lines than there is room for: the end of the last one shows that something is cut.
      let isCut = index == area.rows - 1 && lines.count > area.rows
      var room = area.line(index)
      let columns = DisplayText.columns(of: buffer.glyphs.ellipsis, ascii: ascii)
      if isCut { room.columns -= columns }
      let shown = isCut ? self.lines(line, columns: room.columns, ascii: ascii)[0] : line
      let taken = buffer.text(shown, in: room)
      guard isCut else { continue }
      let end = Rect(row: room.row, column: room.column + taken, rows: 1, columns: columns)
      buffer.text(buffer.glyphs.ellipsis, in: end, style: line.last?.style ?? .normal)
    }
  }

  /// Breaks pieces into lines at blanks.
  static func lines(_ pieces: [StyledText], columns: Int, ascii: Bool) -> [[StyledText]] {
    var lines: [[StyledText]] = []
    var line: [StyledText] = []
    var width = 0
    for word in words(pieces) {
      let wordWidth = word.reduce(0) {
        $0 + DisplayText.columns(of: String(decoding: $1.bytes, as: UTF8.self), ascii: ascii)
      }
      if width > 0, width + 1 + wordWidth > columns {
        lines.append(line)
        (line, width) = ([], 0)
      }
      if width > 0 {
        line.append(StyledText(bytes: [0x20], word.first?.style ?? .normal))
        width += 1
      }
      line += word
      width += wordWidth
    }
    if !line.isEmpty { lines.append(line) }
    return lines
  }

  /// The words of a text; a word may have pieces of several styles.
  private static func words(_ pieces: [StyledText]) -> [[StyledText]] {
    var words: [[StyledText]] = [[]]
    for piece in pieces {
      let parts = piece.bytes.split(separator: 0x20, omittingEmptySubsequences: false)
      for (index, part) in parts.enumerated() {
        if index > 0, !words[words.count - 1].isEmpty { words.append([]) }
        if !part.isEmpty {
          words[words.count - 1].append(StyledText(bytes: Array(part), piece.style))
        }
      }
    }
    return words.filter { !$0.isEmpty }
  }
}
