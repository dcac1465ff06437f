/// One cell of the screen.
public struct Cell: Equatable, Sendable {
  /// A base with its combining marks; empty in the right half of a wide character.
  public internal(set) var text: String
  /// Columns of `text`: 1, 2, or 0 in the right half of a wide character.
  public internal(set) var columns: Int
  /// How it is drawn.
  public internal(set) var style: Style

  /// An empty cell.
  public static let blank = Cell(text: " ", columns: 1, style: .normal)
}

/// A screen's worth of cells, which everything is drawn into.
///
/// Text enters only through ``DisplayText``, so no cell can hold a control. Drawing outside is cut,
/// never an error. A wide character that is half overwritten becomes blank, and one that would
/// cross an edge is not drawn, so no character ever moves its neighbours.
public struct CellBuffer: Equatable, Sendable {
  /// Number of rows.
  public let rows: Int
  /// Number of columns.
  public let columns: Int
  /// The characters to draw frames and bars with; its `ascii` also rules foreign text.
  public let glyphs: Glyphs
  /// Where the terminal's cursor stands; hidden when nil.
  public private(set) var cursor: CursorPosition?
  private var cells: [Cell]

  /// A cell the cursor can stand on.
  public struct CursorPosition: Equatable, Sendable {
    /// Row from the top, from 0.
    public let row: Int
    /// Column from the left, from 0.
    public let column: Int
  }

  /// An empty buffer; negative sizes count as 0.
  public init(rows: Int, columns: Int, glyphs: Glyphs = Glyphs(ascii: false)) {
    self.rows = max(rows, 0)
    self.columns = max(columns, 0)
    self.glyphs = glyphs
    cells = Array(repeating: .blank, count: self.rows * self.columns)
  }

  /// All of it.
  public var bounds: Rect { Rect(row: 0, column: 0, rows: rows, columns: columns) }

  /// The cell at a place; blank outside.
  public subscript(row: Int, column: Int) -> Cell {
    bounds.contains(row: row, column: column) ? cells[row * columns + column] : .blank
  }

  /// The text of each row without the blanks at its end.
  public var lines: [String] {
    (0..<rows).map { row in
      let start = row * columns
      var end = start + columns
      while end > start, cells[end - 1].text == " " { end -= 1 }
      return cells[start..<end].map(\.text).joined()
    }
  }

  /// The style at a place; normal outside.
  public func style(row: Int, column: Int) -> Style { self[row, column].style }

  /// Puts the cursor on a cell, if there is such a cell.
  public mutating func placeCursor(row: Int, column: Int) {
    guard bounds.contains(row: row, column: column) else { return }
    cursor = CursorPosition(row: row, column: column)
  }

  /// Changes the style of every cell in `rect`.
  public mutating func restyle(_ rect: Rect, _ change: (inout Style) -> Void) {
    let area = rect.intersection(bounds)
    for row in area.row..<area.endRow {
      for column in area.column..<area.endColumn {
        change(&cells[row * columns + column].style)
      }
    }
  }

  /// Puts a piece of safe text at a place, as far as all of it lies inside `clip`.
  mutating func put(_ piece: DisplayPiece, row: Int, column: Int, style: Style, clip: Rect) {
    let area = clip.intersection(bounds)
    if piece.isEscape || piece.text.utf8.count == piece.columns {
      // Escapes and ellipses are ASCII: one column for each character.
      for (index, character) in piece.text.enumerated()
      where area.contains(row: row, column: column + index) {
        set(String(character), columns: 1, row: row, column: column + index, style: style)
      }
      return
    }
    guard area.contains(row: row, column: column) else { return }
    guard piece.columns == 1 || area.contains(row: row, column: column + 1) else {
      set(" ", columns: 1, row: row, column: column, style: style)
      return
    }
    set(piece.text, columns: piece.columns, row: row, column: column, style: style)
  }

  private mutating func set(
    _ text: String, columns width: Int, row: Int, column: Int, style: Style
  ) {
    let index = row * columns + column
    for half in index..<(index + width) { breakWide(at: half) }
    cells[index] = Cell(text: text, columns: width, style: style)
    if width == 2 { cells[index + 1] = Cell(text: "", columns: 0, style: style) }
  }

  /// Blanks the other half of a wide character that is about to lose the cell at `index`.
  private mutating func breakWide(at index: Int) {
    switch cells[index].columns {
    case 0: cells[index - 1] = Cell(text: " ", columns: 1, style: cells[index - 1].style)
    case 2: cells[index + 1] = Cell(text: " ", columns: 1, style: cells[index + 1].style)
    default: break
    }
  }
}
