extension DisplayText {
  /// The safe text of `text` in lines of at most `columns` columns, broken at blanks where that is
  /// possible. LF starts a new line; blanks at a line's start stay, as an indentation that the
  /// following lines share.
  public static func wrap(_ text: String, columns: Int, ascii: Bool = false) -> [DisplayLine] {
    let limit = max(columns, 1)
    return text.split(separator: "\n", omittingEmptySubsequences: false).flatMap {
      wrapLine(String($0), columns: limit, ascii: ascii)
    }
  }

  private static func wrapLine(_ text: String, columns: Int, ascii: Bool) -> [DisplayLine] {
    let pieces = line(text, columns: .max, ascii: ascii).pieces
    let indentation = min(pieces.prefix { $0.text == " " }.count, columns / 2)
    let blanks = Array(pieces.prefix(indentation))
    var lines: [[DisplayPiece]] = []
    var current = blanks
    var width = indentation
    var lastBlank: Int?
    for piece in pieces.dropFirst(indentation) {
      if width + piece.columns > columns, current.count > indentation {
        if piece.text == " " {
          lines.append(current)
          (current, width, lastBlank) = (blanks, indentation, nil)
          continue
        }
        // The word that is under way goes to the next line, unless it fills this one.
        let word = lastBlank.map { Array(current[($0 + 1)...]) } ?? []
        lines.append(lastBlank.map { Array(current[..<$0]) } ?? current)
        current = blanks + word
        width = current.reduce(0) { $0 + $1.columns }
        lastBlank = nil
      }
      if piece.text == " " {
        if current.count == indentation, !lines.isEmpty { continue }
        lastBlank = current.count
      }
      current.append(piece)
      width += piece.columns
    }
    lines.append(current)
    return lines.map { DisplayLine(pieces: $0) }
  }
}
