import TerminalUI

extension InspectorApplication {
  /// Answers a key while something is typed.
  mutating func handlePrompt(_ key: Key) -> [Effect<InspectorWork>] {
    if key == .control("c") { return [.quit()] }
    switch prompt {
    case .search(var line):
      switch line.handle(key) {
      case .editing: prompt = .search(line)
      case .cancelled: prompt = nil
      case .submitted(let text):
        prompt = nil
        return search(for: text)
      }
    case .command(var line):
      switch line.handle(key) {
      case .editing: prompt = .command(line)
      case .cancelled: prompt = nil
      case .submitted(let text):
        prompt = nil
        return command(text)
      }
    case nil: break
    }
    return []
  }

  private mutating func search(for text: String) -> [Effect<InspectorWork>] {
    // Enter alone looks for the last text again.
    let wanted = text.isEmpty ? lastSearch?.text ?? "" : text
    guard !wanted.isEmpty else { return [] }
    if searchHistory.last != wanted { searchHistory.append(wanted) }
    let search = Search(text: wanted)
    lastSearch = search
    context.searchText = wanted
    return askTop { $0.search(search, $1) }
  }

  /// A word of the key table does what its key does here; anything else is a place.
  private mutating func command(_ typed: String) -> [Effect<InspectorWork>] {
    let text = typed.trimmingBlanks
    guard !text.isEmpty else { return [] }
    if commandHistory.last != text { commandHistory.append(text) }
    let keyContext = stack.last?.view.keyContext ?? .problem
    if let action = KeyTable.action(named: text, in: keyContext) { return perform(action) }
    return askTop { $0.go(to: TypedPlace(text), $1) }
  }
}

extension KeyTable {
  /// The action whose name in the table this is.
  static func action(named name: String, in context: KeyContext) -> Action? {
    keys.bindings.first { $0.name == name && $0.contexts?.contains(context) ?? true }?.action
  }
}

extension TypedPlace {
  /// What a typed text means.
  init(_ text: String) {
    let lower = text.lowercased()
    let digits = text.filter { $0 != "," }
    if lower.hasPrefix("0x"), let offset = UInt64(lower.dropFirst(2), radix: 16) {
      self = .offset(offset)
    } else if let number = UInt64(digits) {
      self = .number(number)
    } else {
      self = .name(text)
    }
  }
}

extension String {
  fileprivate var trimmingBlanks: String {
    String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}
