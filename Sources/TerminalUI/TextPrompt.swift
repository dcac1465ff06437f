/// One line to type into, after a sign such as `/` or `:`.
public struct TextPrompt: Equatable, Sendable {
  /// What a key did.
  public enum Outcome: Equatable, Sendable {
    /// Typing goes on.
    case editing
    /// Enter: this was typed.
    case submitted(String)
    /// Escape, or Backspace on an empty line.
    case cancelled
  }

  /// Stands before the text.
  public let label: String
  private var characters: [Character]
  private var cursor: Int
  private let history: [String]
  private var historyIndex: Int
  private var draft = ""
  private static let longest = 4_096

  /// An empty prompt, or one with `text` to go on from; `history` is oldest first.
  public init(_ label: String, text: String = "", history: [String] = []) {
    self.label = label
    characters = Array(text)
    cursor = characters.count
    self.history = history
    historyIndex = history.count
  }

  /// What is typed so far.
  public var text: String { String(characters) }

  /// Answers a key.
  public mutating func handle(_ key: Key) -> Outcome {
    switch key {
    case .enter: return .submitted(text)
    case .escape: return .cancelled
    case .backspace where characters.isEmpty: return .cancelled
    case .backspace where cursor > 0:
      cursor -= 1
      characters.remove(at: cursor)
    case .delete where cursor < characters.count, .control("d") where cursor < characters.count:
      characters.remove(at: cursor)
    case .left, .control("b"): cursor = max(cursor - 1, 0)
    case .right, .control("f"): cursor = min(cursor + 1, characters.count)
    case .home, .control("a"): cursor = 0
    case .end, .control("e"): cursor = characters.count
    case .control("u"):
      characters.removeFirst(cursor)
      cursor = 0
    case .control("k"): characters.removeLast(characters.count - cursor)
    case .control("w"): deleteWord()
    case .up, .control("p"): recall(historyIndex - 1)
    case .down, .control("n"): recall(historyIndex + 1)
    case .character(let character) where characters.count < Self.longest:
      characters.insert(character, at: cursor)
      cursor += 1
    default: break
    }
    return .editing
  }

  private mutating func deleteWord() {
    var start = cursor
    while start > 0, characters[start - 1] == " " { start -= 1 }
    while start > 0, characters[start - 1] != " " { start -= 1 }
    characters.removeSubrange(start..<cursor)
    cursor = start
  }

  private mutating func recall(_ index: Int) {
    guard index >= 0, index <= history.count, index != historyIndex else { return }
    if historyIndex == history.count { draft = text }
    historyIndex = index
    characters = Array(index == history.count ? draft : history[index])
    cursor = characters.count
  }

  /// Draws it into the first row of `area`, so that the cursor is seen, and puts the cursor there.
  public func draw(into buffer: inout CellBuffer, in area: Rect) {
    var room = area
    _ = room.takeLeft(buffer.text(label, in: area, style: Style(.key)))
    guard !room.isEmpty else { return }
    let ascii = buffer.glyphs.ascii
    // The end of a long text stays in sight: what lies too far left of the cursor is left out. Each
    // character takes a column at least, so no more of them than columns can be seen.
    var start = max(cursor - room.columns, 0)
    func columnsBeforeCursor() -> Int {
      DisplayText.columns(of: String(characters[start..<cursor]), ascii: ascii)
    }
    while start < cursor, columnsBeforeCursor() >= room.columns { start += 1 }
    let column = room.column + columnsBeforeCursor()
    buffer.text(String(characters[start...]), in: room)
    buffer.placeCursor(row: room.row, column: column)
  }
}
