/// A rectangle of cells; rows count down from the top, columns to the right, both from 0.
public struct Rect: Equatable, Sendable {
  /// First row.
  public var row: Int
  /// First column.
  public var column: Int
  /// Number of rows, never negative.
  public var rows: Int
  /// Number of columns, never negative.
  public var columns: Int

  /// The rectangle with its upper left cell at `row`, `column`; negative sizes count as 0.
  public init(row: Int, column: Int, rows: Int, columns: Int) {
    self.row = row
    self.column = column
    self.rows = max(rows, 0)
    self.columns = max(columns, 0)
  }

  /// True when it holds no cell.
  public var isEmpty: Bool { rows == 0 || columns == 0 }
  /// The row after the last one.
  public var endRow: Int { row + rows }
  /// The column after the last one.
  public var endColumn: Int { column + columns }

  /// Whether the cell at `row`, `column` of the screen lies inside.
  public func contains(row: Int, column: Int) -> Bool {
    row >= self.row && row < endRow && column >= self.column && column < endColumn
  }

  /// The cells both have.
  public func intersection(_ other: Rect) -> Rect {
    let top = max(row, other.row)
    let left = max(column, other.column)
    return Rect(
      row: top, column: left, rows: min(endRow, other.endRow) - top,
      columns: min(endColumn, other.endColumn) - left)
  }

  /// Its `index`-th row; empty when there is no such row.
  public func line(_ index: Int) -> Rect {
    let exists = index >= 0 && index < rows
    return Rect(row: row + index, column: column, rows: exists ? 1 : 0, columns: columns)
  }

  /// Smaller by these many cells at each side.
  public func inset(rows: Int = 0, columns: Int = 0) -> Rect {
    Rect(
      row: row + rows, column: column + columns, rows: self.rows - 2 * rows,
      columns: self.columns - 2 * columns)
  }

  /// Takes up to `count` rows off the top and answers them.
  public mutating func takeTop(_ count: Int = 1) -> Rect {
    let taken = min(max(count, 0), rows)
    defer {
      row += taken
      rows -= taken
    }
    return Rect(row: row, column: column, rows: taken, columns: columns)
  }

  /// Takes up to `count` rows off the bottom and answers them.
  public mutating func takeBottom(_ count: Int = 1) -> Rect {
    let taken = min(max(count, 0), rows)
    rows -= taken
    return Rect(row: row + rows, column: column, rows: taken, columns: columns)
  }

  /// Takes up to `count` columns off the left and answers them.
  public mutating func takeLeft(_ count: Int) -> Rect {
    let taken = min(max(count, 0), columns)
    defer {
      column += taken
      columns -= taken
    }
    return Rect(row: row, column: column, rows: rows, columns: taken)
  }

  /// Takes up to `count` columns off the right and answers them.
  public mutating func takeRight(_ count: Int) -> Rect {
    let taken = min(max(count, 0), columns)
    columns -= taken
    return Rect(row: row, column: column + columns, rows: rows, columns: taken)
  }

  /// A rectangle of this size in the middle, cut to what is there.
  public func centered(rows: Int, columns: Int) -> Rect {
    let height = min(max(rows, 0), self.rows)
    let width = min(max(columns, 0), self.columns)
    return Rect(
      row: row + (self.rows - height) / 2, column: column + (self.columns - width) / 2,
      rows: height, columns: width)
  }
}
