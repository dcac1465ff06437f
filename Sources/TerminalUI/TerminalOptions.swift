extension Terminal {
  /// What the user may choose.
  public struct Options: Sendable {
    /// At most this many colours; nil for as many as the terminal has.
    public var depth: ColorDepth?
    /// What lies behind the text.
    public var background: Background
    /// Whether the mouse is used.
    public var mouse: Bool
    /// What a crash leaves on the terminal, since the message of the trap goes with the alternate
    /// screen; at most 300 bytes of it.
    public var crashNote =
      "Ended by an internal error. SWIFT_BACKTRACE=enable=yes and 2>FILE give a report."

    /// All that the terminal can do, unless told otherwise.
    public init(
      depth: ColorDepth? = nil, background: Background = .dark, mouse: Bool = true
    ) {
      self.depth = depth
      self.background = background
      self.mouse = mouse
    }
  }
}
