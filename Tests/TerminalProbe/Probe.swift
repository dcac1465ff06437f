import Quantities
import TerminalUI

/// A small application that uses every part of the module, so that tests and pictures can show it.
struct Probe: Application {
  enum Work {
    case count, trap, trapElsewhere, abort
  }

  enum Action {
    case quit, search, remove, count, help, repaint, trap, trapElsewhere, abort, hostile
  }

  enum Context {
    case list
  }

  static let keys = KeyMap<Action, Context>([
    KeyBinding(
      [.character("/")], .search, name: "search", explanation: "Search for a text.", footerRank: 2),
    KeyBinding(
      [.character("d"), .delete], .remove, name: "plan",
      explanation: "Ask before anything is done.",
      footerRank: 3),
    KeyBinding(
      [.character("m")], .count, name: "messages",
      explanation: "Have another thread send a thousand messages.", footerRank: 5),
    KeyBinding(
      [.character("x")], .hostile, name: "foreign text",
      explanation: "Show text that would control the terminal.", footerRank: 6),
    KeyBinding(
      [.character("q"), .character("Q")], .quit, name: "quit", explanation: "Leave.",
      footerRank: 1),
    KeyBinding(
      [.character("?"), .function(1)], .help, name: "help", explanation: "Show the keys.",
      footerRank: 0),
    KeyBinding([.control("l")], .repaint, name: "redraw", explanation: "Draw everything anew."),
    KeyBinding([.character("T")], .trap, name: "trap", explanation: "Crash by a trap."),
    KeyBinding(
      [.character("B")], .trapElsewhere, name: "trap", explanation: "Crash on another thread."),
    KeyBinding([.character("A")], .abort, name: "abort", explanation: "Crash by abort."),
  ])

  private enum Overlay {
    case dialog(Dialog)
    case prompt(TextPrompt)
    case help(ScrollText)
  }

  static let hostile: [UInt8] =
    Array("\u{1b}]52;c;QUJD\u{07}\u{1b}]0;owned\u{07}\u{1b}[2J\u{1b}P$q\u{1b}\\".utf8)
    + [0x9B, 0x33, 0x31, 0x6D, 0xFF] + Array("\u{85}\u{202E}evil 漢字 e\u{301}".utf8)

  var list = ListView(count: 9_120)
  var lastEvent = "none"
  var lastMessage = "none"
  var showsHostile = false
  private var overlay: Overlay?
  private var listArea = Rect(row: 0, column: 0, rows: 0, columns: 0)

  mutating func receive(_ message: String) -> [Effect<Work>] {
    lastMessage = message
    return []
  }

  mutating func handle(_ event: Event) -> [Effect<Work>] {
    if event != .wake { lastEvent = "\(event)" }
    switch event {
    case .key(let key): return handle(key)
    case .mouse(let action, let row, _):
      switch action {
      case .click, .double:
        if let row = list.row(at: row - listArea.row) { list.select(row) }
      case .wheelUp: list.scroll(by: -3)
      case .wheelDown: list.scroll(by: 3)
      }
    case .resize, .wake, .signal: break
    }
    return []
  }

  private mutating func handle(_ key: Key) -> [Effect<Work>] {
    if overlay != nil {
      handleOverlay(key)
      return []
    }
    if let motion = Motion(key) {
      list.move(motion)
      return []
    }
    switch Self.keys.action(for: key, in: .list) {
    case .quit: return [.quit(7)]
    case .count: return [.perform(.count)]
    case .trap: return [.perform(.trap)]
    case .trapElsewhere: return [.perform(.trapElsewhere)]
    case .abort: return [.perform(.abort)]
    case .repaint: return [.repaint]
    case .search: overlay = .prompt(TextPrompt("/"))
    case .hostile: showsHostile = true
    case .help: overlay = .help(Self.help)
    case .remove: overlay = .dialog(Self.dialog)
    case .none: break
    }
    return []
  }

  private mutating func handleOverlay(_ key: Key) {
    switch overlay {
    case .dialog(var dialog):
      switch dialog.handle(key) {
      case .open: overlay = .dialog(dialog)
      case .cancelled: (overlay, lastMessage) = (nil, "cancelled")
      case .chosen(let action): (overlay, lastMessage) = (nil, "chosen \(action)")
      }
    case .prompt(var prompt):
      switch prompt.handle(key) {
      case .editing: overlay = .prompt(prompt)
      case .cancelled: (overlay, lastMessage) = (nil, "cancelled")
      case .submitted(let text): (overlay, lastMessage) = (nil, "searched \(text)")
      }
    case .help(var text):
      if let motion = Motion(key) {
        text.scroll.move(motion)
        overlay = .help(text)
      } else {
        overlay = nil
      }
    case .none: break
    }
  }

  private static let dialog = Dialog(
    title: "Plan",
    body: [
      StyledText(
        "This would cut 37 B from 000006.wal. It loses 0 complete records; the bytes are saved "
          + "first, and undo puts them back."),
      "", StyledText("! norikv (4711) has the file open", .warning),
    ], actions: ["Apply"], typedName: "000006.wal")

  private static var help: ScrollText {
    ScrollText(
      [StyledText("Keys", .heading)]
        + keys.help(glyphs: Glyphs(ascii: true)).map { StyledText("  \($0.keys): \($0.text)") })
  }
}

extension Probe {
  private static let columns = [
    TableColumn("", minimum: 1),
    TableColumn("segment", minimum: 10),
    TableColumn("state", minimum: 6, priority: 3),
    TableColumn("verdict", minimum: 12, ideal: 18, priority: 1, isFlexible: true),
    TableColumn("records", .right, minimum: 7, priority: 4),
    TableColumn("file", .right, minimum: 8, priority: 2),
  ]

  private static let states: [(sign: String, state: String, verdict: String, role: Role)] = [
    (" ", "sealed", "clean", .good), ("!", "sealed", "damaged inside", .error),
    ("=", "missing", "gap in the sequence", .warning), ("~", "sealed", "torn tail", .warning),
    ("0", "active", "preallocated tail", .note), (" ", "sealed", "empty", .dim),
  ]

  mutating func draw(into buffer: inout CellBuffer) {
    var area = buffer.bounds
    drawTitle(into: &buffer, in: area.takeTop())
    drawFooter(into: &buffer, in: area.takeBottom())
    drawSentence(into: &buffer, in: area.takeBottom(2))
    drawBar(into: &buffer, in: area.takeBottom(min(4, area.rows / 3)))
    let layout = TableLayout(Self.columns, width: area.columns - 2)
    layout.drawHeadings(into: &buffer, in: area.takeTop().inset(columns: 1))
    listArea = area
    list.draw(into: &buffer, in: area) { buffer, row, line in
      let (sign, state, verdict, role) = Self.states[row % Self.states.count]
      let id = String(row)
      let size = Quantity.bytes(UInt64(row) * 10_481)
      layout.drawRow(
        [
          StyledText(sign, role, .bold),
          StyledText(String(repeating: "0", count: 6 - id.count) + id + ".wal"), StyledText(state),
          StyledText(verdict, role), StyledText(Quantity.grouped(row * 17), .dim), StyledText(size),
        ], into: &buffer, in: line.inset(columns: 1))
    }
    switch overlay {
    case .dialog(var dialog): dialog.draw(into: &buffer, in: buffer.bounds)
    case .prompt(let prompt):
      let line = buffer.bounds.line(buffer.rows - 1)
      buffer.fill(line)
      prompt.draw(into: &buffer, in: line)
    case .help(var text):
      let frame = buffer.bounds.inset(rows: 1, columns: 2)
      text.draw(into: &buffer, in: buffer.box(frame, title: "Help").inset(columns: 1))
      overlay = .help(text)
    case .none: break
    }
  }

  private func drawTitle(into buffer: inout CellBuffer, in line: Rect) {
    buffer.fill(line, style: Style(.title))
    var room = line.inset(columns: 1)
    let right = room.takeRight(list.position.count)
    buffer.text(list.position, in: right, style: Style(.title), alignment: .right)
    buffer.text(
      [
        StyledText("probe  ", .title, .bold), StyledText("/srv/nori/wal", .title),
        StyledText("  Ready", .title),
      ], in: room)
  }

  private func drawBar(into buffer: inout CellBuffer, in area: Rect) {
    guard area.rows >= 4 else { return }
    let bar = Bar([
      Bar.Segment(3_100_000, .full, .accent), Bar.Segment(1_100_000, .medium, .note),
      Bar.Segment(123_800_000, .light, .dim),
    ])
    let line = area.line(1).inset(columns: 2)
    bar.draw(into: &buffer, in: line)
    var mark = area.line(2).inset(columns: 2)
    _ = mark.takeLeft(bar.column(of: 3_100_000, columns: line.columns))
    buffer.text(
      [
        StyledText(buffer.glyphs.mark, .marker), StyledText(" log ends at "),
        StyledText(Quantity.offset(3_100_000), .dim),
      ], in: mark)
    Sparkline([1, 2, 7, 8, 5, 2, 1, 1, 0, 1, 1]).draw(
      into: &buffer, in: area.line(3).inset(columns: 2))
  }

  private func drawSentence(into buffer: inout CellBuffer, in area: Rect) {
    if showsHostile {
      buffer.text(Self.hostile, in: area.line(0).inset(columns: 1))
    } else {
      buffer.text("event: \(lastEvent)", in: area.line(0).inset(columns: 1))
    }
    buffer.text(
      [StyledText("message: "), StyledText(lastMessage, .found)],
      in: area.line(1).inset(columns: 1))
  }

  private func drawFooter(into buffer: inout CellBuffer, in line: Rect) {
    let room = line.inset(columns: 1)
    buffer.text(
      Self.keys.footer(
        in: .list, columns: room.columns, glyphs: buffer.glyphs, unavailable: [.remove]), in: room)
  }
}
