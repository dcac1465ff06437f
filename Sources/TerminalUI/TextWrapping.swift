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
    let widest = pieces.reduce(0) { max($0, $1.columns) }
    let leading = pieces.prefix { $0.text == " " }.count
    let indentation = max(0, min(leading, columns / 2, columns - widest))
    let blanks = Array(pieces.prefix(indentation))
    var lines: [[DisplayPiece]] = []
    var current = blanks
    var width = indentation
    var lastBlank: Int?
    for piece in pieces.dropFirst(indentation) {
      while width + piece.columns > columns, current.count > indentation {
        // The word that is under way goes to the next line, unless it fills this one or a blank
        // ends it here.
        let blank = piece.text == " " ? nil : lastBlank
        let word = blank.map { Array(current[($0 + 1)...]) } ?? []
        lines.append(blank.map { Array(current[..<$0]) } ?? current)
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
