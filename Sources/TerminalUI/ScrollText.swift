/// A text that is read by scrolling, such as the help.
public struct ScrollText: Equatable, Sendable {
  /// The paragraphs; one that is empty is an empty line.
  public let paragraphs: [StyledText]
  /// Which of its lines are seen.
  public var scroll = ScrollPosition()

  /// A text at its beginning.
  public init(_ paragraphs: [StyledText]) {
    self.paragraphs = paragraphs
  }

  /// The number of lines it takes at some width.
  public func lineCount(columns: Int, ascii: Bool) -> Int {
    paragraphs.reduce(0) { $0 + Self.wrap($1, columns: columns, ascii: ascii).count }
  }

  /// Draws the lines that fit into `area`.
  public mutating func draw(into buffer: inout CellBuffer, in area: Rect) {
    let ascii = buffer.glyphs.ascii
    let lines = paragraphs.flatMap { paragraph in
      Self.wrap(paragraph, columns: area.columns, ascii: ascii).map { ($0, paragraph.style) }
    }
    scroll.fit(lineCount: lines.count, rows: area.rows)
    for (index, (line, style)) in lines.dropFirst(scroll.top).prefix(area.rows).enumerated() {
      buffer.draw(line, in: area.line(index), style: style)
    }
  }

  private static func wrap(_ paragraph: StyledText, columns: Int, ascii: Bool) -> [DisplayLine] {
    DisplayText.wrap(
      String(decoding: paragraph.bytes, as: UTF8.self), columns: columns, ascii: ascii)
  }
}
