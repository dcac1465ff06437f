/// A piece of text with its style, for table cells and lines of several styles.
public struct StyledText: Equatable, Sendable {
  /// The text in UTF-8 or what should be UTF-8; need not be safe.
  public var bytes: [UInt8]
  /// How it is drawn.
  public var style: Style

  /// `text` in the style of `role`.
  public init(_ text: String, _ role: Role = .normal, _ attributes: Style.Attributes = []) {
    self.init(bytes: Array(text.utf8), Style(role, attributes))
  }

  /// Foreign bytes in a style.
  public init(bytes: [UInt8], _ style: Style = .normal) {
    self.bytes = bytes
    self.style = style
  }
}

extension StyledText: ExpressibleByStringLiteral {
  /// Ordinary text.
  public init(stringLiteral text: String) {
    self.init(text)
  }
}
