/// How many colours are used.
public enum ColorDepth: Int, Comparable, CaseIterable, Sendable {
  /// None: attributes only.
  case none = 0
  /// The eight of ANSI.
  case eight = 8
  /// Eight, each in two strengths.
  case sixteen = 16
  /// The xterm palette.
  case palette = 256

  /// Fewer colours sort first.
  public static func < (left: ColorDepth, right: ColorDepth) -> Bool {
    left.rawValue < right.rawValue
  }

  /// The deepest one that a terminal with `colors` colours can show.
  public init(terminalColors colors: Int) {
    self = Self.allCases.last { $0.rawValue <= colors } ?? .none
  }
}

/// What lies behind the text.
public enum Background: Sendable {
  /// Light letters on a dark ground, or the other way round.
  case dark, light

  /// The background that the environment variable COLORFGBG tells ("15;0": foreground; background),
  /// dark when it tells nothing.
  public init(colorFgBg value: String?) {
    let last = value?.split(separator: ";").last.flatMap { Int($0) }
    self = last == 7 || last == 15 ? .light : .dark
  }
}

/// The looks of each role on a terminal with some number of colours and some background.
///
/// Nothing is told by colour alone: what a colour says is also said by a sign or a word. So the
/// theme without colours loses nothing.
public struct Theme: Equatable, Sendable {
  /// How many colours it uses.
  public let depth: ColorDepth
  /// For which background.
  public let background: Background

  /// The theme for a terminal.
  public init(depth: ColorDepth, background: Background = .dark) {
    self.depth = depth
    self.background = background
  }

  /// Looks: colour numbers of the terminal's palette, nil for its default, and attributes.
  public struct Look: Equatable, Sendable {
    /// Colour of the letters.
    public var foreground: Int?
    /// Colour behind them.
    public var background: Int?
    /// Attributes.
    public var attributes: Style.Attributes

    init(
      _ foreground: Int? = nil, on background: Int? = nil, _ attributes: Style.Attributes = []
    ) {
      self.foreground = foreground
      self.background = background
      self.attributes = attributes
    }
  }

  /// The looks of a style: those of its role and its own attributes on top.
  public func look(_ style: Style) -> Look {
    var look = look(style.role)
    look.attributes.formUnion(style.attributes)
    return look
  }

  private func look(_ role: Role) -> Look {
    let plain = monochrome(role)
    guard depth != .none else { return plain }
    var look = plain
    switch depth {
    case .none: break
    case .eight: look.foreground = eight(role)
    case .sixteen: look.foreground = sixteen(role)
    case .palette:
      look.foreground = palette(role)
      look.background = paletteBackground(role)
    }
    // Colours replace the attributes that only stood in for them.
    if look.foreground != nil { look.attributes.subtract([.dim, .underline]) }
    if look.background != nil { look.attributes.subtract(.reverse) }
    return look
  }

  private func monochrome(_ role: Role) -> Look {
    switch role {
    case .normal, .good, .note, .footer: Look()
    case .dim, .border, .escape: Look(nil, .dim)
    case .title, .heading, .key, .warning, .marker, .accent: Look(nil, .bold)
    case .error: Look(nil, [.bold, .underline])
    case .found: Look(nil, .underline)
    case .selected, .highlight: Look(nil, .reverse)
    case .selectedIdle: Look(nil, [.underline, .bold])
    }
  }

  private func eight(_ role: Role) -> Int? {
    let dark = background == .dark
    return switch role {
    case .normal, .selected, .selectedIdle, .highlight, .title, .footer, .dim, .border: nil
    case .heading, .key, .accent: dark ? 6 : 4
    case .good: 2
    case .warning, .marker: dark ? 3 : 5
    case .error: 1
    case .note, .found: dark ? 6 : 4
    case .escape: 5
    }
  }

  private func sixteen(_ role: Role) -> Int? {
    let dark = background == .dark
    return switch role {
    // The bright black of some palettes is the background itself, so dim stays an attribute.
    case .normal, .selected, .selectedIdle, .highlight, .title, .footer, .dim, .border: nil
    case .heading, .key, .accent: dark ? 14 : 4
    case .good: dark ? 10 : 2
    case .warning, .marker: dark ? 11 : 5
    case .error: dark ? 9 : 1
    case .note, .found: dark ? 14 : 6
    case .escape: dark ? 13 : 5
    }
  }

  private func palette(_ role: Role) -> Int? {
    let dark = background == .dark
    return switch role {
    case .normal, .selected, .footer: nil
    case .selectedIdle: dark ? 255 : 232
    case .highlight: dark ? 230 : 232
    case .title: dark ? 231 : 232
    case .dim: dark ? 245 : 242
    case .border: dark ? 240 : 248
    case .heading: dark ? 110 : 25
    case .key: dark ? 117 : 26
    case .accent: dark ? 80 : 30
    case .good: dark ? 114 : 28
    case .warning: dark ? 221 : 130
    case .marker: dark ? 215 : 166
    case .error: dark ? 210 : 160
    case .note: dark ? 152 : 24
    case .found: dark ? 183 : 91
    case .escape: dark ? 175 : 126
    }
  }

  private func paletteBackground(_ role: Role) -> Int? {
    let dark = background == .dark
    return switch role {
    case .selectedIdle: dark ? 238 : 252
    case .highlight: dark ? 60 : 223
    case .title: dark ? 236 : 254
    default: nil
    }
  }
}
