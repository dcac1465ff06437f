import TerminalUI
import Testing

/// A list of texts that other threads may add to.
private struct Notes: Application {
  var list = ListView(count: 3)
  var events: [Event] = []
  var mayEnd = true

  mutating func handle(_ event: Event) -> [Effect<String>] {
    events.append(event)
    guard case .key(let key) = event else { return [] }
    if let motion = Motion(key) { list.move(motion) }
    return switch key {
    case .character("q"): [.quit(4)]
    case .character("w"): [.perform("scan"), .repaint]
    default: []
    }
  }

  mutating func receive(_ count: Int) -> [Effect<String>] {
    list.setCount(count)
    return []
  }

  mutating func draw(into buffer: inout CellBuffer) {
    list.draw(into: &buffer, in: buffer.bounds) { buffer, row, line in
      buffer.text("note \(row)", in: line)
    }
  }

  mutating func shouldEnd(for signal: EndingSignal) -> Bool { mayEnd }
}

@Suite("Applications without a terminal")
struct ScreenTests {
  @Test("Events change the state, the state draws itself")
  func playing() {
    var stage = Stage(Notes(), rows: 12, columns: 40)
    #expect(stage.lines.prefix(3) == ["note 0", "note 1", "note 2"])
    stage.type("jj")
    stage.press(.up)
    #expect(stage.application.list.selected == 1)
    #expect(stage.receive(100).isEmpty)
    #expect(stage.lines.last == "note 11")
    let effects = stage.type("w")
    #expect(effects == [.perform("scan"), .repaint])
    stage.type("q")
    #expect(stage.ending == .quit(4))
    stage.press(.down)
    #expect(stage.application.list.selected == 1, "nothing happens after the end")
  }

  @Test(
    "A screen below 40x10 says so and takes no keys but q",
    arguments: [(9, 40), (10, 39), (1, 1), (0, 0)])
  func tooSmall(rows: Int, columns: Int) {
    var stage = Stage(Notes())
    stage.handle(.resize(rows: rows, columns: columns))
    stage.press(.down, .enter)
    #expect(stage.application.list.selected == 0)
    if columns >= 39 {
      #expect(
        stage.lines.prefix(2) == [
          "This window is \(columns)x\(rows).", "At least 40x10 is needed.",
        ])
    }
    stage.handle(.resize(rows: 10, columns: 40))
    #expect(stage.lines.first == "note 0")
    stage.handle(.resize(rows: rows, columns: columns))
    stage.type("q")
    #expect(stage.ending == .quit(0))
  }

  @Test("A signal ends the application, unless it has something to finish")
  func signals() {
    var stage = Stage(Notes())
    stage.application.mayEnd = false
    stage.handle(.signal(.interrupt))
    #expect(stage.ending == nil)
    stage.application.mayEnd = true
    stage.handle(.signal(.terminate))
    #expect(stage.ending == .signal(.terminate))
    #expect(stage.ending?.status == 143)
    #expect(Ending.signal(.interrupt).status == 130)
    #expect(stage.application.events.isEmpty)
  }

  @Test("Messages from many threads arrive, each thread's in its order")
  func mailbox() async {
    let mailbox = Mailbox<(sender: Int, number: Int)>(waker: nil)
    await withTaskGroup { group in
      for sender in 0..<4 {
        group.addTask { for number in 0..<500 { mailbox.post((sender, number)) } }
      }
    }
    let messages = mailbox.collect()
    #expect(messages.count == 2_000)
    for sender in 0..<4 {
      #expect(messages.filter { $0.sender == sender }.map(\.number) == Array(0..<500))
    }
    #expect(mailbox.collect().isEmpty)
  }

  @Test("Help is wrapped and scrolls to its end and not further")
  func scrollText() {
    var text = ScrollText(
      [StyledText("Keys", .heading)] + (1...20).map { StyledText("line \($0)") })
    var buffer = CellBuffer(rows: 5, columns: 20)
    text.draw(into: &buffer, in: buffer.bounds)
    #expect(buffer.lines == ["Keys", "line 1", "line 2", "line 3", "line 4"])
    #expect(buffer.style(row: 0, column: 0) == Style(.heading))
    text.scroll.move(.pageDown)
    #expect(text.scroll.text == "5-9/21")
    text.scroll.move(.last)
    text.scroll.move(.down)
    buffer = CellBuffer(rows: 5, columns: 20)
    text.draw(into: &buffer, in: buffer.bounds)
    #expect(buffer.lines.last == "line 20" && text.scroll.text == "17-21/21")
    text.scroll.move(.first)
    text.scroll.move(.up)
    #expect(text.scroll.top == 0 && !text.scroll.fits)
  }
}

@Suite("Key tables")
struct KeyMapTests {
  private enum Action {
    case open, back, find, help, cut
  }

  private enum Place {
    case segments, records
  }

  private let map = KeyMap<Action, Place>([
    KeyBinding(
      [.enter, .right, .character("l")], .open, name: "records", explanation: "Open.",
      contexts: [.segments], footerRank: 1),
    KeyBinding([.character("q")], .back, name: "back", explanation: "Go back.", footerRank: 2),
    KeyBinding([.character("/")], .find, name: "search", explanation: "Search.", footerRank: 3),
    KeyBinding(
      [.character("d"), .delete], .cut, name: "plan", explanation: "Plan.", footerRank: 4),
    KeyBinding(
      [.character("?"), .function(1)], .help, name: "help", explanation: "Show this.",
      footerRank: 0),
    KeyBinding(
      [.character("d")], .find, name: "", explanation: "", contexts: [.records]),
  ])

  @Test("A key does what its row says, where it says so; a row for one place goes first")
  func lookup() {
    #expect(map.action(for: .character("l"), in: .segments) == .open)
    #expect(map.action(for: .character("l"), in: .records) == nil)
    #expect(map.action(for: .function(1), in: .records) == .help)
    #expect(map.action(for: .character("d"), in: .segments) == .cut)
    #expect(map.action(for: .character("d"), in: .records) == .find)
    #expect(map.conflicts(in: .records).isEmpty)
    #expect(KeyMap<Action, Place>(map.bindings + map.bindings).conflicts(in: .records).count == 7)
  }

  @Test("The footer names what works here, and on a narrow screen what matters most")
  func footer() {
    func text(_ columns: Int, _ place: Place = .segments) -> String {
      map.footer(in: place, columns: columns, glyphs: Glyphs(ascii: false))
        .map { String(decoding: $0.bytes, as: UTF8.self) }.joined()
    }
    #expect(text(80) == "Enter records  q back  / search  d plan  ? help")
    #expect(text(80, .records) == "q back  / search  d plan  ? help")
    #expect(text(30) == "Enter records  q back  ? help")
    #expect(text(8) == "? help")
    #expect(text(3) == "")
    let dim = map.footer(
      in: .segments, columns: 80, glyphs: Glyphs(ascii: false), unavailable: [.cut])
    #expect(dim.contains(StyledText(" plan", .dim)) && dim.contains(StyledText("q", .key)))
    let help = map.help(in: .segments, glyphs: Glyphs(ascii: true))
    #expect(help.first?.keys == "Enter, Right, l" && help.first?.text == "Open.")
  }
}

@Suite("Looks")
struct ThemeTests {
  @Test("Without colours no role has one, and what matters differs by attributes")
  func monochrome() {
    let theme = Theme(depth: .none)
    for role in Role.allCases {
      let look = theme.look(Style(role))
      #expect(look.foreground == nil && look.background == nil)
    }
    let plain = theme.look(.normal)
    for role in [Role.error, .warning, .selected, .selectedIdle, .highlight, .heading, .found] {
      #expect(theme.look(Style(role)) != plain)
    }
  }

  @Test("No theme uses a colour its terminal does not have, and selection is never colour alone")
  func depths() {
    for depth in ColorDepth.allCases {
      for background in [Background.dark, .light] {
        let theme = Theme(depth: depth, background: background)
        for role in Role.allCases {
          let look = theme.look(Style(role))
          for color in [look.foreground, look.background].compactMap(\.self) {
            #expect(color >= 0 && color < depth.rawValue)
          }
        }
        #expect(theme.look(Style(.selected)).attributes.contains(.reverse))
        #expect(theme.look(Style(.normal, .bold)).attributes == .bold)
      }
    }
  }

  @Test("The terminal's colours and background are recognised")
  func recognition() {
    #expect(ColorDepth(terminalColors: 256) == .palette)
    #expect(ColorDepth(terminalColors: 88) == .sixteen)
    #expect(ColorDepth(terminalColors: 8) == .eight)
    #expect(ColorDepth(terminalColors: -1) == .none)
    #expect(Background(colorFgBg: "0;15") == .light)
    #expect(Background(colorFgBg: "15;default;0") == .dark)
    #expect(Background(colorFgBg: nil) == .dark)
  }
}
