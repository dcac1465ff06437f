/// What keys do somewhere: one row of the table that keys, footer and help come from.
public struct KeyBinding<Action: Hashable & Sendable, Context: Hashable & Sendable>: Sendable {
  /// The keys; the first one is named in the footer.
  public let keys: [Key]
  /// What they do.
  public let action: Action
  /// A word or two for the footer.
  public let name: String
  /// A sentence for the help.
  public let explanation: String
  /// Where they do it; nil for everywhere.
  public let contexts: Set<Context>?
  /// Its place in the footer: where the screen is too narrow, the highest goes first; nil keeps it
  /// out.
  public let footerRank: Int?

  /// A row of the table.
  public init(
    _ keys: [Key], _ action: Action, name: String, explanation: String,
    contexts: Set<Context>? = nil, footerRank: Int? = nil
  ) {
    self.keys = keys
    self.action = action
    self.name = name
    self.explanation = explanation
    self.contexts = contexts
    self.footerRank = footerRank
  }

  func applies(in context: Context) -> Bool { contexts?.contains(context) ?? true }
}

/// The table of all key bindings.
public struct KeyMap<Action: Hashable & Sendable, Context: Hashable & Sendable>: Sendable {
  /// The rows, in the order of footer and help.
  public let bindings: [KeyBinding<Action, Context>]

  /// A table of these rows.
  public init(_ bindings: [KeyBinding<Action, Context>]) {
    self.bindings = bindings
  }

  /// What a key does in a context. A row for that context goes before a row for everywhere.
  public func action(for key: Key, in context: Context) -> Action? {
    let fitting = bindings.filter { $0.keys.contains(key) && $0.applies(in: context) }
    return (fitting.first { $0.contexts != nil } ?? fitting.first)?.action
  }

  /// Keys that two rows claim for a context, or two rows for everywhere; for a test that there are
  /// none.
  public func conflicts(in context: Context) -> [Key] {
    let applying = bindings.filter { $0.applies(in: context) }
    return [applying.filter { $0.contexts == nil }, applying.filter { $0.contexts != nil }].flatMap
    {
      rows in
      var seen: Set<Key> = []
      return rows.flatMap(\.keys).filter { !seen.insert($0).inserted }
    }
  }

  /// The footer: as many keys as fit into `columns`, in the table's order.
  ///
  /// `unavailable` actions are shown dim; why they are so is for the screen to say. `omitting` is
  /// what need not be named here, and `names` are words that fit better here than the table's.
  public func footer(
    in context: Context, columns: Int, glyphs: Glyphs, unavailable: Set<Action> = [],
    omitting: Set<Action> = [], names: [Action: String] = [:]
  ) -> [StyledText] {
    var shown = bindings.filter {
      $0.footerRank != nil && $0.applies(in: context) && !omitting.contains($0.action)
    }
    func name(_ binding: KeyBinding<Action, Context>) -> String {
      names[binding.action] ?? binding.name
    }
    func width() -> Int {
      shown.reduce(0) {
        $0 + ($0 == 0 ? 0 : 2)
          + DisplayText.columns(of: $1.label(glyphs) + " " + name($1), ascii: glyphs.ascii)
      }
    }
    while width() > columns, !shown.isEmpty {
      let last = shown.indices.max { (shown[$0].footerRank ?? 0) < (shown[$1].footerRank ?? 0) }
      if let last { shown.remove(at: last) }
    }
    return shown.enumerated().flatMap { index, binding in
      let isDim = unavailable.contains(binding.action)
      return [
        StyledText(index == 0 ? "" : "  ", .footer),
        StyledText(binding.label(glyphs), isDim ? .dim : .key),
        StyledText(" " + name(binding), isDim ? .dim : .footer),
      ]
    }
  }

  /// The help: for each row that applies in `context` (all rows when nil) its keys and what they
  /// do.
  public func help(in context: Context? = nil, glyphs: Glyphs) -> [(keys: String, text: String)] {
    bindings.filter { binding in context.map { binding.applies(in: $0) } ?? true }.map {
      ($0.keys.map { $0.name(glyphs) }.joined(separator: ", "), $0.explanation)
    }
  }
}

extension KeyBinding {
  fileprivate func label(_ glyphs: Glyphs) -> String { keys.first?.name(glyphs) ?? "" }
}

extension Key {
  /// The key's name as footer and help write it.
  public func name(_ glyphs: Glyphs) -> String {
    switch self {
    case .character(" "): "Space"
    case .character(let character): String(character)
    case .control(let letter): "Ctrl-\(letter.uppercased())"
    case .function(let number): "F\(number)"
    case .enter: "Enter"
    case .escape: "Esc"
    case .up: glyphs.up
    case .down: glyphs.down
    case .left: glyphs.left
    case .right: glyphs.right
    case .pageUp: "PgUp"
    case .pageDown: "PgDn"
    case .home: "Home"
    case .end: "End"
    case .tab: "Tab"
    case .backTab: "Shift-Tab"
    case .backspace: "Backspace"
    case .delete: "Del"
    }
  }
}
