/// A bar of parts whose lengths are drawn in proportion.
public struct Bar: Equatable, Sendable {
  /// One part.
  public struct Segment: Equatable, Sendable {
    /// How long it is; what the unit is does not matter, as long as it is the same for all.
    public var length: UInt64
    /// What its columns are filled with.
    public var fill: Fill
    /// How they are drawn.
    public var style: Style

    /// A part of a bar.
    public init(_ length: UInt64, _ fill: Fill, _ role: Role = .normal) {
      self.length = length
      self.fill = fill
      style = Style(role)
    }
  }

  /// The parts from left to right.
  public var segments: [Segment]

  /// A bar of these parts.
  public init(_ segments: [Segment]) {
    self.segments = segments
  }

  private var total: UInt128 { segments.reduce(0) { $0 + UInt128($1.length) } }

  /// How many of `columns` columns each part gets.
  ///
  /// The sum is `columns`, unless the bar is empty. Every part that is not empty gets one column at
  /// least, the smallest ones excepted where there are more parts than columns; the rest is shared
  /// by largest remainder.
  public func widths(columns: Int) -> [Int] {
    var widths = Array(repeating: 0, count: segments.count)
    let total = total
    guard columns > 0, total > 0 else { return widths }
    let largestFirst = segments.indices.filter { segments[$0].length > 0 }
      .sorted { (segments[$1].length, $0) < (segments[$0].length, $1) }
    let shown = largestFirst.prefix(columns)
    for index in shown { widths[index] = 1 }
    // Parts whose share is less than the column they have leave the others less to share, so the
    // shares are counted again until everyone still in has earned its column.
    var sharing = Array(shown)
    var free = UInt128(columns)
    var length = sharing.reduce(UInt128(0)) { $0 + UInt128(segments[$1].length) }
    while let smallest = sharing.last, UInt128(segments[smallest].length) * free < length {
      length -= UInt128(segments[smallest].length)
      free -= 1
      sharing.removeLast()
    }
    var remainders: [(remainder: UInt128, index: Int)] = []
    var left = Int(free)
    for index in sharing {
      let share = UInt128(segments[index].length) * free
      widths[index] = Int(share / length)
      left -= widths[index]
      remainders.append((share % length, index))
    }
    remainders.sort { ($1.remainder, $0.index) < ($0.remainder, $1.index) }
    for (_, index) in remainders.prefix(left) { widths[index] += 1 }
    return widths
  }

  /// The column in which a place of the bar lies, `columns` for its end; the place is counted in
  /// the unit of the parts. A place where two parts meet is the first column of the second.
  public func column(of place: UInt64, columns: Int) -> Int {
    let widths = widths(columns: columns)
    var before: UInt128 = 0
    var column = 0
    for (segment, width) in zip(segments, widths) {
      let inside = UInt128(place) - min(before, UInt128(place))
      if inside < UInt128(segment.length) {
        return column + Int(inside * UInt128(width) / UInt128(segment.length))
      }
      before += UInt128(segment.length)
      column += width
    }
    return column
  }

  /// Draws it into the first row of `area`.
  public func draw(into buffer: inout CellBuffer, in area: Rect) {
    var room = area.line(0)
    for (segment, width) in zip(segments, widths(columns: area.columns)) {
      buffer.fill(
        room.takeLeft(width), with: buffer.glyphs.fill(segment.fill), style: segment.style)
    }
  }

  /// Draws how much of something is done: filled from the left to the eighth of a column. A part
  /// that is not nothing is seen, and only all of it fills the last column.
  public static func drawGauge(
    _ part: UInt64, of whole: UInt64, into buffer: inout CellBuffer, in area: Rect,
    style: Style = Style(.accent)
  ) {
    guard whole > 0, part > 0, !area.isEmpty else { return }
    let most = UInt128(area.columns) * 8
    var eighths = Int(UInt128(min(part, whole)) * most / UInt128(whole))
    eighths = max(eighths, 1)
    var room = area.line(0)
    buffer.fill(room.takeLeft(eighths / 8), with: buffer.glyphs.fill(.full), style: style)
    buffer.fill(
      room.takeLeft(eighths % 8 == 0 ? 0 : 1), with: buffer.glyphs.partial(eighths: eighths % 8),
      style: style)
  }
}
