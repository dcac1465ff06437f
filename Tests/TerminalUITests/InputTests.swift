import TerminalUI
import Testing

@Suite("Prompts and dialogs")
struct InputTests {
  @Test("A line is edited with the usual keys")
  func editing() {
    var prompt = TextPrompt("/")
    for key: Key in [
      .character("a"), .character("b"), .character("c"), .left, .left, .backspace, .character("x"),
      .end, .character("d"), .home, .delete, .control("e"), .character(" "), .character("é"),
    ] { #expect(prompt.handle(key) == .editing) }
    #expect(prompt.text == "bcd é")
    #expect(prompt.handle(.control("w")) == .editing)
    #expect(prompt.text == "bcd ")
    #expect(prompt.handle(.enter) == .submitted("bcd "))
    #expect(prompt.handle(.control("u")) == .editing)
    #expect(prompt.text.isEmpty)
    #expect(prompt.handle(.backspace) == .cancelled)
    #expect(prompt.handle(.escape) == .cancelled)
  }

  @Test("History is walked through and what was being typed is kept")
  func history() {
    var prompt = TextPrompt(":", history: ["first", "second"])
    _ = prompt.handle(.character("n"))
    _ = prompt.handle(.up)
    #expect(prompt.text == "second")
    _ = prompt.handle(.up)
    _ = prompt.handle(.up)
    #expect(prompt.text == "first")
    _ = prompt.handle(.down)
    _ = prompt.handle(.down)
    _ = prompt.handle(.down)
    #expect(prompt.text == "n")
  }

  @Test("The cursor is seen in a text that is longer than the line")
  func scrolling() {
    var prompt = TextPrompt("/", text: "0123456789")
    var buffer = CellBuffer(rows: 1, columns: 6)
    prompt.draw(into: &buffer, in: buffer.bounds)
    #expect(buffer.lines == ["/6789"])
    #expect(buffer.cursor?.column == 5)
    _ = prompt.handle(.home)
    buffer = CellBuffer(rows: 1, columns: 6)
    prompt.draw(into: &buffer, in: buffer.bounds)
    #expect(buffer.lines == ["/0123…"])
    #expect(buffer.cursor?.column == 1)
    prompt = TextPrompt("/", text: "漢字漢字")
    buffer = CellBuffer(rows: 1, columns: 6)
    prompt.draw(into: &buffer, in: buffer.bounds)
    #expect(buffer.lines == ["/漢字"])
    #expect(buffer.cursor?.column == 5)
  }

  @Test("A dialog starts on Cancel; Enter alone, however often, never confirms")
  func startsOnCancel() {
    for name in [nil, "000006.wal"] {
      var dialog = Dialog(title: "Plan", body: ["Cut?"], actions: ["Apply"], typedName: name)
      #expect(dialog.focus == 0)
      #expect(dialog.handle(.enter) == .cancelled)
      #expect(dialog.handle(.escape) == .cancelled)
      #expect(dialog.handle(.character("d")) == .open)
      #expect(dialog.handle(.character("y")) == .open)
      #expect(dialog.handle(.enter) == .cancelled)
    }
  }

  @Test("Without a name the action has to be gone to")
  func choosing() {
    var dialog = Dialog(title: "Leave?", body: [], actions: ["Stop", "Wait"])
    #expect(dialog.handle(.tab) == .open)
    #expect(dialog.handle(.enter) == .chosen(0))
    #expect(dialog.handle(.right) == .open)
    #expect(dialog.handle(.enter) == .chosen(1))
    #expect(dialog.handle(.tab) == .open)
    #expect(dialog.handle(.enter) == .cancelled)
  }

  @Test("With a name nothing can be chosen until exactly that name is typed")
  func typedName() {
    var dialog = Dialog(title: "Plan", body: ["Cut?"], actions: ["Apply"], typedName: "a.wal")
    for character in "a.wa" { #expect(dialog.handle(.character(character)) == .open) }
    #expect(dialog.handle(.tab) == .open)
    #expect(dialog.focus == 0 && !dialog.isUnlocked)
    #expect(dialog.handle(.enter) == .cancelled)
    _ = dialog.handle(.character("l"))
    #expect(dialog.isUnlocked && dialog.focus == 1)
    _ = dialog.handle(.character("l"))
    #expect(!dialog.isUnlocked && dialog.focus == 0)
    #expect(dialog.handle(.enter) == .cancelled)
    _ = dialog.handle(.backspace)
    #expect(dialog.handle(.enter) == .chosen(0))
  }

  @Test("A name is compared by its bytes; one that cannot be typed is typed as it is shown")
  func unusualNames() {
    var composed = Dialog(title: "", body: [], actions: ["Apply"], typedName: "\u{e9}")
    _ = composed.handle(.character("e\u{301}"))
    #expect(!composed.isUnlocked)
    var hostile = Dialog(title: "", body: [], actions: ["Apply"], typedName: "\u{1b}")
    for character in #"\x1b"# { _ = hostile.handle(.character(character)) }
    #expect(hostile.isUnlocked)
    let empty = Dialog(title: "", body: [], actions: ["Apply"], typedName: "")
    #expect(!empty.isUnlocked)
  }

  @Test("A dialog shows its text, its field and its buttons, also on the smallest screen")
  func drawing() {
    var dialog = Dialog(
      title: "Plan", body: [StyledText(String(repeating: "long text ", count: 30))],
      actions: ["Apply"], typedName: "a.wal")
    _ = dialog.handle(.character("a"))
    var buffer = CellBuffer(rows: 10, columns: 40)
    dialog.draw(into: &buffer, in: buffer.bounds)
    let text = buffer.lines.joined(separator: "\n")
    #expect(text.contains("┌ Plan ─"))
    #expect(text.contains("Type a.wal to go on:"))
    #expect(text.contains("[ Cancel ]  [ Apply ]"))
    #expect(text.contains("1-3/"))
    #expect(buffer.cursor != nil)
    let row = buffer.lines.firstIndex { $0.contains("Cancel") } ?? 0
    let cancel = buffer.lines[row].prefix { $0 != "[" }.count
    #expect(buffer.style(row: row, column: cancel) == Style(.selected))
  }
}
