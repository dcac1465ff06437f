/// A column of a table.
public struct TableColumn: Equatable, Sendable {
  /// Its heading.
  public var title: String
  /// Where its cells stand; numbers belong on the right.
  public var alignment: Alignment
  /// Columns of the screen it needs at least.
  public var minimum: Int
  /// Columns it takes when there is room.
  public var ideal: Int
  /// 0 stays to the last; where the screen is too narrow, the highest goes first.
  public var priority: Int
  /// Whether it takes the room that the others leave.
  public var isFlexible: Bool

  /// A column; it is never narrower than its heading, and `ideal` is `minimum` unless given.
  public init(
    _ title: String, _ alignment: Alignment = .left, minimum: Int, ideal: Int? = nil,
    priority: Int = 0, isFlexible: Bool = false
  ) {
    self.title = title
    self.alignment = alignment
    self.minimum = max(minimum, title.count)
    self.ideal = max(ideal ?? 0, self.minimum)
    self.priority = priority
    self.isFlexible = isFlexible
  }
}

/// Where each column of a table stands on a screen of some width.
public struct TableLayout: Equatable, Sendable {
  /// A column that has its place.
  public struct Place: Equatable, Sendable {
    /// Which of the table's columns.
    public let index: Int
    /// First screen column, counted from the table's left edge.
    public let start: Int
    /// Screen columns.
    public let width: Int
  }

  /// The columns that fit, from left to right.
  public let places: [Place]
  private let columns: [TableColumn]

  /// Places `columns` with `gap` blank columns between them into `width` columns.
  public init(_ columns: [TableColumn], width: Int, gap: Int = 2) {
    self.columns = columns
    let shown = Self.fitting(columns, width: width, gap: gap)
    var widths = shown.map { columns[$0].minimum }
    var free = width - widths.reduce(0, +) - gap * max(shown.count - 1, 0)
    // First everyone gets what it likes to have, the most important first.
    let wishes = shown.indices.sorted {
      (columns[shown[$0]].priority, $0) < (columns[shown[$1]].priority, $1)
    }
    for position in wishes where free > 0 {
      let more = min(columns[shown[position]].ideal - widths[position], free)
      widths[position] += more
      free -= more
    }
    var flexible = shown.indices.filter { columns[shown[$0]].isFlexible }
    while free > 0, let position = flexible.first {
      let share = free / flexible.count
      widths[position] += share
      free -= share
      flexible.removeFirst()
    }
    var start = 0
    places = zip(shown, widths).map { index, width in
      defer { start += width + gap }
      return Place(index: index, start: start, width: width)
    }
  }

  private static func fitting(_ columns: [TableColumn], width: Int, gap: Int) -> [Int] {
    var shown = Array(columns.indices)
    func needed() -> Int {
      shown.reduce(gap * (shown.count - 1)) { $0 + columns[$1].minimum }
    }
    while shown.count > 1, needed() > width {
      let worst = shown.indices.max {
        (columns[shown[$0]].priority, $0) < (columns[shown[$1]].priority, $1)
      }
      if let worst { shown.remove(at: worst) }
    }
    return shown
  }

  /// Draws the headings into the first row of `area`.
  public func drawHeadings(into buffer: inout CellBuffer, in area: Rect) {
    for place in places {
      buffer.text(
        columns[place.index].title, in: cell(place, in: area), style: Style(.heading),
        alignment: columns[place.index].alignment)
    }
  }

  /// Draws one row; `cells` holds one text for each column of the table, also for those that have
  /// no place.
  public func drawRow(_ cells: [StyledText], into buffer: inout CellBuffer, in area: Rect) {
    for place in places where cells.indices.contains(place.index) {
      buffer.text(
        cells[place.index], in: cell(place, in: area),
        alignment: columns[place.index].alignment)
    }
  }

  /// Where the cell of a column stands in a row; nil for a column that has no place.
  public func cell(ofColumn index: Int, in area: Rect) -> Rect? {
    places.first { $0.index == index }.map { cell($0, in: area) }
  }

  private func cell(_ place: Place, in area: Rect) -> Rect {
    Rect(row: area.row, column: area.column + place.start, rows: area.rows, columns: place.width)
      .intersection(area)
  }
}
