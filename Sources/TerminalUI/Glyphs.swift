/// The characters that frames, bars and signs are drawn with.
public struct Glyphs: Equatable, Sendable {
  /// True when everything drawn, foreign text included, is pure ASCII.
  public let ascii: Bool

  /// The ASCII set or the Unicode set.
  public init(ascii: Bool) {
    self.ascii = ascii
  }

  /// Stands at the end of a text that was cut.
  public var ellipsis: String { ascii ? "..." : "…" }
  /// Stands before a record that was found by resync.
  public var resync: String { ascii ? ">" : "»" }
  /// Stands before what follows from something.
  public var arrow: String { ascii ? "->" : "→" }
  /// Names the key that moves up.
  public var up: String { ascii ? "Up" : "↑" }
  /// Names the key that moves down.
  public var down: String { ascii ? "Down" : "↓" }
  /// Names the key that moves left.
  public var left: String { ascii ? "Left" : "←" }
  /// Names the key that moves right.
  public var right: String { ascii ? "Right" : "→" }
  /// Stands between parts of a title.
  public var dot: String { ascii ? "-" : "·" }
  /// Points at a place in a bar above.
  public var mark: String { "^" }
  /// A tree node that shows its children.
  public var expanded: String { ascii ? "-" : "▾" }
  /// A tree node that hides its children.
  public var collapsed: String { ascii ? "+" : "▸" }

  /// A horizontal line.
  public var horizontal: String { ascii ? "-" : "─" }
  /// A vertical line.
  public var vertical: String { ascii ? "|" : "│" }
  /// Corners and joints of a frame, by where they stand.
  public func corner(_ corner: Corner) -> String {
    guard !ascii else { return "+" }
    return switch corner {
    case .topLeft: "┌"
    case .topRight: "┐"
    case .bottomLeft: "└"
    case .bottomRight: "┘"
    case .teeLeft: "├"
    case .teeRight: "┤"
    case .teeTop: "┬"
    case .teeBottom: "┴"
    case .cross: "┼"
    }
  }

  /// The places of a frame where lines meet.
  public enum Corner: CaseIterable, Sendable {
    /// The four corners.
    case topLeft, topRight, bottomLeft, bottomRight
    /// A line that ends on the left, right, upper or lower edge, and two lines that cross.
    case teeLeft, teeRight, teeTop, teeBottom, cross
  }

  /// One column of a bar.
  public func fill(_ fill: Fill) -> String {
    switch fill {
    case .full: ascii ? "#" : "█"
    case .dark: ascii ? "=" : "▓"
    case .medium: ascii ? "+" : "▒"
    case .light: ascii ? "." : "░"
    case .line: horizontal
    case .blank: " "
    }
  }

  /// A column filled from the left by `eighths` (1 to 7) of its width; ASCII rounds to nothing or
  /// all.
  public func partial(eighths: Int) -> String {
    let blocks = ["▏", "▎", "▍", "▌", "▋", "▊", "▉"]
    guard blocks.indices.contains(eighths - 1) else { return eighths > 0 ? fill(.full) : " " }
    return ascii ? (eighths >= 4 ? "#" : " ") : blocks[eighths - 1]
  }

  /// The levels of a sparkline, lowest first.
  public var levels: [String] {
    ascii ? ["_", ".", ":", "-", "=", "+", "*", "#"] : ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
  }
}

/// How a column of a bar is filled.
public enum Fill: CaseIterable, Sendable {
  /// Solid, three shades that grow lighter, a thin line, nothing.
  case full, dark, medium, light, line, blank
}
