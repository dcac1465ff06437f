extension Key {
  /// The key for a character that a terminal sends; nil for those without a meaning here.
  init?(typed value: Int32) {
    switch value {
    case 0x09: self = .tab
    case 0x0A, 0x0D: self = .enter
    case 0x08, 0x7F: self = .backspace
    case 0x1B: self = .escape
    case 0x01...0x1A:
      self = .control(Character(Unicode.Scalar(UInt8(value) + 0x60)))
    case 0x20...:
      guard let scalar = Unicode.Scalar(UInt32(value)) else { return nil }
      self = .character(Character(scalar))
    default: return nil
    }
  }
}

/// Tells a double click from two clicks.
struct ClickCounter: Sendable {
  private static let longest = Duration.milliseconds(400)
  private var last: (row: Int, column: Int, time: ContinuousClock.Instant)?

  mutating func press(row: Int, column: Int, at time: ContinuousClock.Instant) -> MouseAction {
    if let last, last.row == row, last.column == column, time - last.time <= Self.longest {
      self.last = nil
      return .double
    }
    last = (row, column, time)
    return .click
  }
}
