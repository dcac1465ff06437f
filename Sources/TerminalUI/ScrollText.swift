/// A text that is read by scrolling, such as the help.
public struct ScrollText: Equatable, Sendable {
  /// The paragraphs; one that is empty is an empty line.
  public let paragraphs: [StyledText]
  /// The first line on screen.
  public private(set) var top = 0
  /// Lines of the text at the width it was last drawn with.
  public private(set) var lineCount = 0
  private var visibleRows = 1

  /// A text at its beginning.
  public init(_ paragraphs: [StyledText]) {
    self.paragraphs = paragraphs
  }

  /// Scrolls.
  public mutating func move(_ motion: Motion) {
    let page = max(visibleRows - 1, 1)
    switch motion {
    case .up: top -= 1
    case .down: top += 1
    case .pageUp: top -= page
    case .pageDown: top += page
    case .first: top = 0
    case .last: top = lineCount
    }
    settle()
  }

  /// Whether all of it is seen at once.
  public var fits: Bool { lineCount <= visibleRows }

  /// Which lines are seen: `1-20/48`.
  public var position: String {
    "\(min(top + 1, lineCount))-\(min(top + visibleRows, lineCount))/\(lineCount)"
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
    lineCount = lines.count
    visibleRows = max(area.rows, 1)
    settle()
    for (index, (line, style)) in lines.dropFirst(top).prefix(area.rows).enumerated() {
      buffer.draw(line, in: area.line(index), style: style)
    }
  }

  private mutating func settle() {
    top = max(0, min(top, lineCount - visibleRows))
  }

  private static func wrap(_ paragraph: StyledText, columns: Int, ascii: Bool) -> [DisplayLine] {
    DisplayText.wrap(
      String(decoding: paragraph.bytes, as: UTF8.self), columns: columns, ascii: ascii)
  }
}
