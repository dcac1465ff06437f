import Quantities

/// A move in a list or a text.
public enum Motion: Sendable {
  /// By one row.
  case up, down
  /// By a screen less one row.
  case pageUp, pageDown
  /// To an end.
  case first, last

  /// The motion that a key has everywhere; nil for other keys.
  public init?(_ key: Key) {
    switch key {
    case .up, .character("k"): self = .up
    case .down, .character("j"): self = .down
    case .pageUp, .control("b"): self = .pageUp
    case .pageDown, .control("f"): self = .pageDown
    case .home, .character("g"): self = .first
    case .end, .character("G"): self = .last
    default: return nil
    }
  }
}

/// Which row of a list is selected and which part of it is seen.
///
/// It knows rows by their number only, so a list may have any number of them; only those on screen
/// are ever asked for.
public struct ListView: Equatable, Sendable {
  /// Number of rows in the list.
  public private(set) var count: Int
  /// The selected row, from 0; 0 in an empty list.
  public private(set) var selected = 0
  /// The first row on screen.
  public private(set) var top = 0
  /// How many rows the screen had room for when it was last drawn.
  public private(set) var visibleRows = 1

  /// A list of `count` rows with the first one selected.
  public init(count: Int = 0) {
    self.count = max(count, 0)
  }

  /// The rows on screen.
  public var visible: Range<Int> { top..<(top + min(visibleRows, count - top)) }

  /// Where the selection is: `412/9,120`; `0/0` in an empty list.
  public var position: String {
    "\(Quantity.grouped(count == 0 ? 0 : selected + 1))/\(Quantity.grouped(count))"
  }

  /// Changes the number of rows; the selection stays as far as it can.
  public mutating func setCount(_ newCount: Int) {
    count = max(newCount, 0)
    select(selected)
  }

  /// Selects a row, or the nearest one there is, and brings it on screen.
  public mutating func select(_ row: Int) {
    selected = max(0, min(row, count - 1))
    settle()
  }

  /// Moves the selection; false when it is where it was.
  @discardableResult
  public mutating func move(_ motion: Motion) -> Bool {
    let before = selected
    let page = max(visibleRows - 1, 1)
    switch motion {
    case .up: select(selected - 1)
    case .down: select(selected < count - 1 ? selected + 1 : selected)
    case .pageUp: select(selected - min(page, selected))
    case .pageDown: select(selected + min(page, max(count - 1 - selected, 0)))
    case .first: select(0)
    case .last: select(count - 1)
    }
    return selected != before
  }

  /// Scrolls by some rows without moving the selection further than it must to stay on screen.
  public mutating func scroll(by rows: Int) {
    let last = max(count - visibleRows, 0)
    let moved = top.addingReportingOverflow(rows)
    top = moved.overflow ? (rows < 0 ? 0 : last) : max(0, min(moved.partialValue, last))
    selected = max(0, min(max(selected, top), visible.upperBound - 1))
  }

  /// The row of the list that was drawn at a row of the screen, counted from the list's top.
  public func row(at screenRow: Int) -> Int? {
    let row = top.addingReportingOverflow(screenRow)
    return screenRow >= 0 && !row.overflow && visible.contains(row.partialValue)
      ? row.partialValue : nil
  }

  /// Fits the part that is seen to the room there is.
  public mutating func setVisibleRows(_ rows: Int) {
    visibleRows = max(rows, 1)
    settle()
  }

  /// Draws the rows that fit into `area`: `row` draws one, the selected one is then made to look
  /// so.
  public mutating func draw(
    into buffer: inout CellBuffer, in area: Rect, focused: Bool = true,
    row drawRow: (inout CellBuffer, _ row: Int, _ area: Rect) -> Void
  ) {
    guard !area.isEmpty else { return }
    setVisibleRows(area.rows)
    for row in visible {
      let line = area.line(row - top)
      drawRow(&buffer, row, line)
      if row == selected { buffer.select(line, focused: focused) }
    }
  }

  /// Brings the selection on screen and leaves no room empty at the end that rows could fill.
  private mutating func settle() {
    top = min(top, max(count - visibleRows, 0))
    if selected < top { top = selected }
    if selected - top >= visibleRows { top = selected - visibleRows + 1 }
  }
}
