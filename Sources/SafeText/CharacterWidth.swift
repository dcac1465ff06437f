/// How a Unicode scalar may be shown on a terminal.
///
/// The answer comes from one table of our own, so it depends neither on the locale nor on the
/// C library.
public enum CharacterWidth: UInt8, Sendable {
  /// Never sent to a terminal as it is: control, format, invisible, unassigned or private scalars,
  /// and those whose width depends on their neighbours.
  case escaped = 0
  /// Drawn over the character before it; takes no column.
  case combining = 1
  /// One column.
  case narrow = 2
  /// Two columns.
  case wide = 3

  /// The width of `scalar`.
  public init(_ scalar: Unicode.Scalar) {
    if scalar.value < 0x7F {
      self = scalar.value < 0x20 ? .escaped : .narrow
      return
    }
    var low = 0
    var high = characterWidthRuns.count
    // The last run that starts at or before the scalar; the first run starts at 0.
    while high - low > 1 {
      let middle = (low + high) / 2
      if characterWidthRuns[middle] >> 2 <= scalar.value {
        low = middle
      } else {
        high = middle
      }
    }
    self = CharacterWidth(rawValue: UInt8(characterWidthRuns[low] & 3)) ?? .escaped
  }

  /// Columns a scalar of this width takes; 0 for combining marks, and for escaped scalars, which
  /// are never drawn as they are.
  public var columns: Int {
    switch self {
    case .escaped, .combining: 0
    case .narrow: 1
    case .wide: 2
    }
  }
}
