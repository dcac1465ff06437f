/// Where text stands in its rectangle.
public enum Alignment: Sendable {
  /// At the left edge, at the right edge, or in the middle.
  case left, right, center
}

extension CellBuffer {
  /// Draws one line of text into the first row of `rect`, cut with an ellipsis where it does not
  /// fit, and answers the columns it took. Escapes in it are drawn in the style of their role.
  @discardableResult
  public mutating func text(
    _ text: String, in rect: Rect, style: Style = .normal, alignment: Alignment = .left
  ) -> Int {
    let line = DisplayText.line(text, columns: rect.columns, ascii: glyphs.ascii)
    return draw(line, in: rect, style: style, alignment: alignment)
  }

  /// Draws one line of foreign bytes, like ``text(_:in:style:alignment:)``.
  @discardableResult
  public mutating func text(
    _ bytes: [UInt8], in rect: Rect, style: Style = .normal, alignment: Alignment = .left
  ) -> Int {
    let line = DisplayText.line(bytes, columns: rect.columns, ascii: glyphs.ascii)
    return draw(line, in: rect, style: style, alignment: alignment)
  }

  /// Draws one text in its style, like ``text(_:in:style:alignment:)``.
  @discardableResult
  public mutating func text(
    _ text: StyledText, in rect: Rect, alignment: Alignment = .left
  ) -> Int {
    self.text(text.bytes, in: rect, style: text.style, alignment: alignment)
  }

  /// Draws pieces of text one after the other into the first row of `rect`, cut where it ends, and
  /// answers the columns they took.
  @discardableResult
  public mutating func text(_ pieces: [StyledText], in rect: Rect) -> Int {
    var left = rect
    for piece in pieces where left.columns > 0 {
      let taken = text(piece, in: left)
      _ = left.takeLeft(taken)
    }
    return rect.columns - left.columns
  }

  /// Draws a line that was made safe before, and answers its columns.
  @discardableResult
  public mutating func draw(
    _ line: DisplayLine, in rect: Rect, style: Style = .normal, alignment: Alignment = .left
  ) -> Int {
    guard !rect.isEmpty else { return 0 }
    let free = max(rect.columns - line.columns, 0)
    var column = rect.column
    switch alignment {
    case .left: break
    case .right: column += free
    case .center: column += free / 2
    }
    for piece in line.pieces {
      var pieceStyle = style
      if piece.isEscape, style.role == .normal { pieceStyle.role = .escape }
      put(piece, row: rect.row, column: column, style: pieceStyle, clip: rect)
      column += piece.columns
    }
    return min(line.columns, rect.columns)
  }

  /// Fills `rect` with a text of one column; a text of another width is not drawn.
  public mutating func fill(_ rect: Rect, with text: String = " ", style: Style = .normal) {
    let line = DisplayText.line(text, columns: 2, ascii: glyphs.ascii)
    guard let piece = line.pieces.first, line.columns == 1 else { return }
    let area = rect.intersection(bounds)
    for row in area.row..<area.endRow {
      for column in area.column..<area.endColumn {
        put(piece, row: row, column: column, style: style, clip: area)
      }
    }
  }

  /// Draws a line over the first row of `rect`.
  public mutating func horizontalLine(in rect: Rect, style: Style = Style(.border)) {
    fill(rect.line(0), with: glyphs.horizontal, style: style)
  }

  /// Draws a line down the first column of `rect`.
  public mutating func verticalLine(in rect: Rect, style: Style = Style(.border)) {
    var area = rect
    fill(area.takeLeft(1), with: glyphs.vertical, style: style)
  }

  /// Clears `rect`, draws a frame along its edge with a title in it, and answers the inside.
  @discardableResult
  public mutating func box(_ rect: Rect, title: String = "", style: Style = Style(.border)) -> Rect
  {
    guard rect.rows >= 2, rect.columns >= 2 else {
      return Rect(row: rect.row, column: rect.column, rows: 0, columns: 0)
    }
    fill(rect)
    let last = rect.rows - 1
    let right = Rect(row: rect.row, column: rect.endColumn - 1, rows: rect.rows, columns: 1)
    horizontalLine(in: rect.line(0), style: style)
    horizontalLine(in: rect.line(last), style: style)
    verticalLine(in: rect, style: style)
    verticalLine(in: right, style: style)
    text(glyphs.corner(.topLeft), in: rect.line(0), style: style)
    text(glyphs.corner(.topRight), in: right.line(0), style: style)
    text(glyphs.corner(.bottomLeft), in: rect.line(last), style: style)
    text(glyphs.corner(.bottomRight), in: right.line(last), style: style)
    if !title.isEmpty {
      let room = rect.line(0).inset(columns: 1)
      text(" \(title) ", in: room, style: Style(.heading))
    }
    return rect.inset(rows: 1, columns: 1)
  }

  /// Makes `rect` look selected, whatever was drawn there; `focused` tells the pane that has the
  /// keys from the others. What was marked has a line under it.
  public mutating func select(_ rect: Rect, focused: Bool = true) {
    restyle(rect) {
      let marks: Style.Attributes = $0.role == .highlight ? [.underline, .bold] : []
      $0 = Style(focused ? .selected : .selectedIdle, marks)
    }
  }

  /// Marks parts of foreign bytes that were drawn from the left edge of `rect` on.
  public mutating func mark(_ parts: [Range<Int>], of bytes: [UInt8], in rect: Rect) {
    for part in parts where part.upperBound <= bytes.count {
      // The escapes before the part decide where it stands.
      let before = DisplayText.line(
        Array(bytes[..<part.lowerBound]), columns: rect.columns, ascii: glyphs.ascii)
      guard before.columns < rect.columns, !before.isCut else { return }
      let marked = DisplayText.line(
        Array(bytes[part]), columns: rect.columns - before.columns, ascii: glyphs.ascii)
      let area = Rect(
        row: rect.row, column: rect.column + before.columns, rows: 1, columns: marked.columns)
      restyle(area.intersection(rect)) { $0 = Style(.highlight) }
    }
  }
}
