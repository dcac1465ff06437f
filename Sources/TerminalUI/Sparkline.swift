/// A row of small columns, one for each value or group of values.
public struct Sparkline: Equatable, Sendable {
  /// The values from left to right.
  public var values: [UInt64]

  /// A line of these values.
  public init(_ values: [UInt64]) {
    self.values = values
  }

  /// The level of each column: 0 for nothing, else 1 to 8; the largest value is 8.
  ///
  /// Where there are more values than columns, a column shows the largest of its group, so that no
  /// peak is lost.
  public func levels(columns: Int) -> [Int] {
    guard columns > 0, let largest = values.max() else { return [] }
    let count = min(columns, values.count)
    return (0..<count).map { column in
      let group = values[(column * values.count / count)..<((column + 1) * values.count / count)]
      guard let value = group.max(), value > 0 else { return 0 }
      return max(1, Int((UInt128(value) * 8 + UInt128(largest) / 2) / UInt128(largest)))
    }
  }

  /// Draws it into the first row of `area`.
  public func draw(into buffer: inout CellBuffer, in area: Rect, style: Style = Style(.accent)) {
    let levels = levels(columns: area.columns)
    var room = area.line(0)
    for level in levels {
      buffer.fill(
        room.takeLeft(1), with: level == 0 ? " " : buffer.glyphs.levels[level - 1], style: style)
    }
  }
}
