/// A question over the screen. It starts on Cancel, and Enter alone never confirms.
public struct Dialog: Equatable, Sendable {
  /// What a key did.
  public enum Outcome: Equatable, Sendable {
    /// The question stays.
    case open
    /// Cancel, or Escape.
    case cancelled
    /// One of the actions was chosen, by its number.
    case chosen(Int)
  }

  /// Stands in the frame.
  public let title: String
  /// What can be chosen beside Cancel.
  public let actions: [String]
  /// What has to be typed before an action can be chosen; nil when nothing has to be.
  public let name: String?
  /// The button with the focus: 0 is Cancel, the actions follow.
  public private(set) var focus = 0
  private var body: ScrollText
  private var prompt: TextPrompt

  /// A question with actions. With `name`, exactly that text has to be typed first.
  public init(
    title: String, body: [StyledText], actions: [String], typedName name: String? = nil
  ) {
    self.title = title
    self.body = ScrollText(body)
    self.actions = actions
    self.name = name
    prompt = TextPrompt("  ")
  }

  /// Whether the actions can be chosen: nothing has to be typed, or the name has been.
  public var isUnlocked: Bool {
    guard let name else { return true }
    // Strings compare by canonical equivalence; a name is meant to be the same bytes. A name that
    // cannot be typed is typed as it is shown.
    let accepted = [name, DisplayText.escape(name), DisplayText.escape(name, ascii: true)]
    return accepted.contains { !$0.isEmpty && $0.utf8.elementsEqual(prompt.text.utf8) }
  }

  /// What is typed so far.
  public var typed: String { prompt.text }

  /// Answers a key.
  public mutating func handle(_ key: Key) -> Outcome {
    switch key {
    case .escape: return .cancelled
    case .enter: return focus == 0 ? .cancelled : isUnlocked ? .chosen(focus - 1) : .open
    case .tab: moveFocus(by: 1)
    case .backTab: moveFocus(by: -1)
    case .right where name == nil || prompt.text.isEmpty || isUnlocked: moveFocus(by: 1)
    case .left where name == nil || prompt.text.isEmpty || isUnlocked: moveFocus(by: -1)
    case .up: body.scroll.move(.up)
    case .down: body.scroll.move(.down)
    case .pageUp: body.scroll.move(.pageUp)
    case .pageDown: body.scroll.move(.pageDown)
    default:
      guard name != nil else { break }
      if !(key == .backspace && prompt.text.isEmpty) { _ = prompt.handle(key) }
      // The name is the confirmation, so the action is at hand once it is complete; a change of the
      // name takes it away again.
      focus = isUnlocked && actions.count == 1 ? 1 : 0
    }
    return .open
  }

  private mutating func moveFocus(by step: Int) {
    guard isUnlocked else {
      focus = 0
      return
    }
    let count = actions.count + 1
    focus = (focus + step + count) % count
  }

  /// Draws it in the middle of `area`.
  public mutating func draw(into buffer: inout CellBuffer, in area: Rect) {
    let columns = min(area.columns, 72)
    let inside = max(columns - 4, 1)
    let bodyRows = body.lineCount(columns: inside, ascii: buffer.glyphs.ascii)
    // Frame, a line before the buttons, the buttons, and what is needed to type.
    let fixedRows = 4 + (name == nil ? 0 : 3)
    let frame = area.centered(rows: bodyRows + fixedRows, columns: columns)
    // A blank column at each side keeps what is behind from touching the frame.
    buffer.fill(frame.inset(columns: -1).intersection(area))
    var room = buffer.box(frame, title: title, style: Style(.accent)).inset(columns: 1)
    let buttons = room.takeBottom(1)
    _ = room.takeBottom(1)
    if let name {
      let field = room.takeBottom(1)
      let question = room.takeBottom(1)
      _ = room.takeBottom(1)
      buffer.text(
        [StyledText("Type "), StyledText(name, .key), StyledText(" to go on:")], in: question)
      prompt.draw(into: &buffer, in: field)
      buffer.restyle(field.inset(columns: 2)) { $0.attributes.insert(.underline) }
    }
    body.draw(into: &buffer, in: room)
    if let position = body.scroll.text {
      buffer.text(
        " \(position) ", in: frame.line(frame.rows - 1).inset(columns: 2),
        style: Style(.dim), alignment: .right)
    }
    drawButtons(into: &buffer, in: buttons)
  }

  private func drawButtons(into buffer: inout CellBuffer, in area: Rect) {
    var labels = [(text: "[ Cancel ]", style: Style())]
    for action in actions {
      labels.append(("[ \(action) ]", Style(isUnlocked ? .normal : .dim)))
    }
    labels[focus].style = Style(.selected)
    let widths = labels.map { DisplayText.columns(of: $0.text, ascii: buffer.glyphs.ascii) }
    let total = widths.reduce(2 * (labels.count - 1), +)
    var room = area.centered(rows: 1, columns: total)
    for (label, width) in zip(labels, widths) {
      buffer.text(label.text, in: room.takeLeft(width), style: label.style)
      _ = room.takeLeft(2)
    }
  }
}
