/// What a piece of the screen means; the ``Theme`` decides how that looks.
public enum Role: UInt8, CaseIterable, Sendable {
  /// Ordinary text.
  case normal
  /// Text of less weight: units, offsets, what is not available now.
  case dim
  /// The title line.
  case title
  /// Column headings and headings in a text.
  case heading
  /// The selected row.
  case selected
  /// The selected row of a pane that does not have the keys.
  case selectedIdle
  /// The name of a key.
  case key
  /// Sound.
  case good
  /// Worth a look.
  case warning
  /// Damaged or lost.
  case error
  /// A remark without weight.
  case note
  /// A sign in a list, a mark in a bar.
  case marker
  /// Something that stands out without being good or bad.
  case accent
  /// Frames and rules.
  case border
  /// What a search or a resync found.
  case found
  /// An escape that stands for a byte or scalar which is not shown as it is.
  case escape
  /// Bytes that belong to the selected field.
  case highlight
  /// The footer.
  case footer
}

/// How a cell is drawn: its meaning, and attributes on top of what the theme gives that meaning.
public struct Style: Equatable, Sendable {
  /// Attributes every terminal has in some form.
  public struct Attributes: OptionSet, Sendable {
    /// One bit for each attribute.
    public let rawValue: UInt8

    /// The set with these bits.
    public init(rawValue: UInt8) {
      self.rawValue = rawValue
    }

    /// Heavier or brighter letters.
    public static let bold = Attributes(rawValue: 1)
    /// Foreground and background exchanged.
    public static let reverse = Attributes(rawValue: 2)
    /// A line under the letters.
    public static let underline = Attributes(rawValue: 4)
    /// Fainter letters.
    public static let dim = Attributes(rawValue: 8)
  }

  /// What the cell means.
  public var role: Role
  /// Attributes added to those of the theme.
  public var attributes: Attributes

  /// A style of `role` with further `attributes`.
  public init(_ role: Role = .normal, _ attributes: Attributes = []) {
    self.role = role
    self.attributes = attributes
  }

  /// Ordinary text.
  public static let normal = Style()
}
