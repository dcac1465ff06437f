import TerminalUI

/// Lays out a sentence of pieces in several styles over a few lines.
enum SentenceLayout {
  /// Draws it into `area`, broken at blanks; what does not fit is cut with an ellipsis.
  static func draw(_ pieces: [StyledText], into buffer: inout CellBuffer, in area: Rect) {
    guard !area.isEmpty else { return }
    let ascii = buffer.glyphs.ascii
    let lines = lines(pieces, columns: area.columns, ascii: ascii)
    for (index, line) in lines.prefix(area.rows).enumerated() {
      // The last line that fits takes all that is left, so that its end shows that it was cut.
      let isLast = index == area.rows - 1
      let shown = isLast ? lines[index...].reduce([]) { $0 + ($0.isEmpty ? [] : [" "]) + $1 } : line
      buffer.text(shown, in: area.line(index))
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
