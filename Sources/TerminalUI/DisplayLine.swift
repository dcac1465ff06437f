import SafeText

/// A piece of a line that is never cut: a base with its marks, or an escape such as `\x1b`.
public struct DisplayPiece: Equatable, Sendable {
  /// What is shown.
  public let text: String
  /// Columns it takes.
  public let columns: Int
  /// True for an escape, which stands for a scalar or byte that is not shown as it is.
  public let isEscape: Bool
}

/// Safe text of one line, measured in columns.
public struct DisplayLine: Equatable, Sendable {
  /// The pieces from left to right, the ellipsis of a cut line included.
  public fileprivate(set) var pieces: [DisplayPiece]
  /// Columns all pieces take.
  public fileprivate(set) var columns: Int
  /// True when something was left out at the end.
  public fileprivate(set) var isCut = false

  init(pieces: [DisplayPiece] = []) {
    self.pieces = pieces
    columns = pieces.reduce(0) { $0 + $1.columns }
  }

  /// The text of all pieces.
  public var text: String { pieces.map(\.text).joined() }

  fileprivate mutating func append(_ text: String, columns: Int, isEscape: Bool) {
    pieces.append(DisplayPiece(text: text, columns: columns, isEscape: isEscape))
    self.columns += columns
  }

  fileprivate mutating func addMark(_ mark: Unicode.Scalar) {
    guard let last = pieces.popLast() else { return }
    var text = last.text
    text.unicodeScalars.append(mark)
    pieces.append(DisplayPiece(text: text, columns: last.columns, isEscape: last.isEscape))
  }

  /// Takes pieces away until an ellipsis fits into `limit` columns, and adds it.
  fileprivate mutating func cut(to limit: Int, ellipsis: String) {
    isCut = true
    let shown = String(ellipsis.prefix(max(limit, 0)))
    while columns + shown.count > limit, let last = pieces.popLast() {
      columns -= last.columns
    }
    if !shown.isEmpty { append(shown, columns: shown.count, isEscape: false) }
  }
}

extension DisplayText {
  /// The safe text of `bytes`, cut to `columns` columns; see ``DisplayText``.
  ///
  /// Reading stops as soon as the line is full.
  public static func line(_ bytes: RawSpan, columns: Int, ascii: Bool = false) -> DisplayLine {
    var line = DisplayLine()
    var scalars = SafeScalars(bytes, asciiOnly: ascii)
    while let step = scalars.next() {
      switch step {
      case .base(let scalar, let width):
        line.append(String(Character(scalar)), columns: width, isEscape: false)
      case .mark(let scalar): line.addMark(scalar)
      case .escapedScalar(let scalar):
        let text = escapeText(scalar)
        line.append(text, columns: text.utf8.count, isEscape: true)
      case .escapedByte(let byte):
        let text = escapeText(byte)
        line.append(text, columns: text.utf8.count, isEscape: true)
      }
      if line.columns > columns {
        line.cut(to: columns, ellipsis: Glyphs(ascii: ascii).ellipsis)
        break
      }
    }
    return line
  }

  /// The safe text of an array of bytes, cut to `columns` columns.
  public static func line(_ bytes: [UInt8], columns: Int, ascii: Bool = false) -> DisplayLine {
    // Sound: the span is of bytes and does not outlive the array.
    unsafe line(bytes.span.bytes, columns: columns, ascii: ascii)
  }

  /// The safe text of a string, cut to `columns` columns.
  public static func line(_ text: String, columns: Int, ascii: Bool = false) -> DisplayLine {
    line(Array(text.utf8), columns: columns, ascii: ascii)
  }
}
