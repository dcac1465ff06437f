import Glibc
import TestSupport
import Testing

@Suite("A real terminal")
struct TerminalTests {
  private func start(
    _ arguments: [String] = [], environment: [String: String?] = [:],
    term: String = "xterm-256color", rows: Int = 24, columns: Int = 80
  ) throws -> TerminalSession {
    try TerminalSession(
      try TerminalSession.builtProgram("TerminalProbe"), arguments, environment: environment,
      term: term, rows: rows, columns: columns)
  }

  @Test("Keys move the selection, and q leaves the terminal as it was")
  func keys() throws {
    let session = try start()
    try session.wait(for: "1/9,120")
    #expect(session.isAlternateScreen && !session.cursorIsVisible && session.wantsMouse)
    let modes = try session.modes()
    #expect(!modes.isCooked)
    session.press(.down, .down)
    try session.wait(for: "3/9,120")
    try session.wait { _ in
      session.cell(row: 4, column: 1).isReversed && !session.cell(row: 3, column: 1).isReversed
    }
    session.press(.end)
    try session.wait(for: "9,120/9,120")
    session.press(.pageUp, .home)
    session.send("jj\u{6}\u{2}k")
    try session.wait(for: "2/9,120")
    session.send("q")
    #expect(try session.waitForExit() == .status(7))
    #expect(try session.modes() == session.modesBefore)
    #expect(!session.isAlternateScreen && session.cursorIsVisible && !session.wantsMouse)
  }

  @Test(
    "Terminals of every age show the screen, its frames and the selection",
    arguments: [
      "xterm", "xterm-256color", "screen-256color", "tmux-256color", "linux", "vt100",
    ])
  func terminals(term: String) throws {
    let session = try start(term: term)
    try session.wait(for: "1/9,120")
    try session.wait { _ in session.cell(row: 2, column: 1).isReversed }
    try session.wait(for: "██▒░")
    session.send("?")
    try session.wait(for: "┌ Help ─")
    session.send("q")
    try session.waitUntilGone("┌ Help ─")
    session.send("q")
    #expect(try session.waitForExit() == .status(7))
    #expect(try session.modes() == session.modesBefore)
  }

  @Test("Without a UTF-8 locale the frames are the same")
  func plainLocale() throws {
    let session = try start(environment: ["LANG": "C", "LC_ALL": "POSIX"])
    try session.wait(for: "██▒░")
  }

  @Test("With --ascii and without colours nothing but ASCII and no colour is sent")
  func asciiAndMonochrome() throws {
    let session = try start(["--ascii", "--color=none"])
    try session.wait(for: "##+...")
    session.send("x?")
    try session.wait(for: "+ Help -")
    #expect(session.output.allSatisfy { $0 < 0x80 })
    for row in 0..<24 {
      for column in 0..<80 {
        let cell = session.cell(row: row, column: column)
        #expect(cell.foreground == .standard && cell.background == .standard)
      }
    }
  }

  @Test(
    "Damage has the colour of the theme, and is a word as well",
    arguments: [
      ([], .indexed(210)), (["--light"], .indexed(160)), (["--color=16"], .indexed(9)),
      (["--color=16", "--light"], .indexed(1)), (["--color=none"], .standard),
    ] as [([String], ScreenColor)])
  func colors(arguments: [String], color: ScreenColor) throws {
    let session = try start(arguments)
    try session.wait { _ in
      guard let place = session.place(of: "damaged inside") else { return false }
      return session.cell(row: place.row, column: place.column).foreground == color
    }
  }

  @Test("Escape alone arrives within 100 ms, and unknown sequences are swallowed whole")
  func escape() throws {
    let session = try start()
    try session.wait(for: "Ready")
    // The fastest of a few, because the machine may be busy with something else.
    var fastest = Duration.seconds(60)
    for attempt in 1...5 {
      session.send("/abc\(attempt)")
      try session.wait(for: "/abc\(attempt)")
      let before = ContinuousClock.now
      session.press(.escape)
      try session.wait { _ in !session.cursorIsVisible }
      fastest = min(fastest, .now - before)
    }
    #expect(fastest < .milliseconds(100))
    try session.wait(for: "message: cancelled")
    // If their letters acted as keys, the list would move or the program would end.
    session.send("\u{1b}[1;99q\u{1b}[99~\u{1b}Oq\u{1b}[>0;1;2c")
    session.press(.controlUp, .down)
    try session.wait(for: "2/9,120")
  }

  @Test("A prompt shows the cursor where typing goes on and takes characters of any kind")
  func typing() throws {
    let session = try start()
    try session.wait(for: "Ready")
    session.send("/né漢")
    try session.wait { _ in session.cursor == (row: 23, column: 5) && session.cursorIsVisible }
    session.press(.backspace, .enter)
    try session.wait(for: "message: searched né")
    #expect(!session.cursorIsVisible)
  }

  @Test("A dialog needs the name to be typed; the key that opened it and Enter cancel")
  func dialog() throws {
    let session = try start()
    try session.wait(for: "Ready")
    session.send("d")
    try session.wait(for: "[ Cancel ]")
    session.send("d\r")
    try session.wait(for: "message: cancelled")
    session.send("d000006.wal")
    try session.wait { lines in
      guard let place = session.place(of: "[ Apply ]") else { return false }
      return session.cell(row: place.row, column: place.column).isReversed
    }
    session.press(.enter)
    try session.wait(for: "message: chosen 0")
  }

  @Test("The mouse selects and scrolls, and --no-mouse leaves it to the terminal")
  func mouse() throws {
    let session = try start()
    try session.wait(for: "Ready")
    session.click(row: 5, column: 10)
    try session.wait(for: "mouse(TerminalUI.MouseAction.click, row: 5, column: 10)")
    try session.wait(for: "4/9,120")
    session.click(row: 5, column: 10)
    try session.wait(for: "MouseAction.double")
    session.turnWheel(up: false, row: 5, column: 10)
    try session.wait(for: "000017.wal")
    let without = try start(["--no-mouse"])
    try without.wait(for: "Ready")
    #expect(!without.wantsMouse)
  }

  @Test("Every size is drawn for, and the selection survives; below 40x10 the screen says so")
  func resizing() throws {
    let session = try start()
    try session.wait(for: "Ready")
    session.press(.down, .down, .down)
    try session.wait(for: "4/9,120")
    session.resize(rows: 10, columns: 40)
    try session.wait { $0.count == 10 && $0[0].hasSuffix("4/9,120") && $0[9].contains("? help") }
    session.resize(rows: 9, columns: 39)
    try session.wait(for: "At least 40x10 is needed.")
    try session.wait(for: "This window is 39x9.")
    session.resize(rows: 100, columns: 300)
    try session.wait {
      $0.count == 100 && $0[0].hasSuffix("4/9,120") && $0[0].count == 299
        && $0[99].contains("? help")
    }
    session.resize(rows: 24, columns: 80)
    try session.wait { $0.count == 24 && $0[0].hasSuffix("4/9,120") }
    session.send("q")
    #expect(try session.waitForExit() == .status(7))
  }

  @Test("LINES and COLUMNS of the environment do not overrule the terminal's true size")
  func environmentSize() throws {
    let session = try start(environment: ["LINES": "60", "COLUMNS": "200"])
    try session.wait { $0[23].contains("? help") && $0[0].hasSuffix("1/9,120") }
  }

  @Test("Messages of another thread are shown without a key, and the last one is")
  func messages() throws {
    let session = try start()
    try session.wait(for: "Ready")
    session.send("m")
    try session.wait(for: "message: message 1000")
  }

  @Test("Foreign text sends the terminal nothing but itself")
  func hostileText() throws {
    let session = try start(columns: 200)
    try session.wait(for: "Ready")
    let before = session.output.count
    session.send("x")
    try session.wait(for: #"\x1b]52;c;QUJD\x07\x1b]0;owned\x07\x1b[2J\x1bP$q\x1b\\x9b31m\xff"#)
    try session.wait(for: #"\u{85}\u{202e}evil 漢字 é"#)
    try session.wait(for: "Ready")
    #expect(!session.titleOrBell)
    let sent = session.output[before...]
    for forbidden in ["\u{1b}]", "\u{1b}P", "\u{7}", "\u{1b}[2J", "\u{85}", "\u{202e}"] {
      #expect(!String(decoding: sent, as: UTF8.self).contains(forbidden))
    }
    #expect(!sent.contains(0xFF))
  }

  @Test("Ctrl-L draws over what something else wrote")
  func redraw() throws {
    let session = try start()
    try session.wait(for: "Ready")
    let before = session.output.count
    session.press(.controlL)
    try session.wait { _ in
      String(decoding: session.output[before...], as: UTF8.self).contains("Ready")
    }
  }
}

@Suite("Every way out of a real terminal")
struct TerminalExitTests {
  private func start(_ arguments: [String] = []) throws -> TerminalSession {
    let session = try TerminalSession(try TerminalSession.builtProgram("TerminalProbe"), arguments)
    try session.wait(for: "Ready")
    return session
  }

  private func expectRestored(_ session: TerminalSession) throws {
    #expect(try session.modes() == session.modesBefore)
    #expect(!session.isAlternateScreen && session.cursorIsVisible && !session.wantsMouse)
    #expect(session.lines.allSatisfy { !$0.contains("Ready") })
  }

  @Test("Signals end the program as they do by default", arguments: [SIGTERM, SIGINT, SIGHUP])
  func signals(number: Int32) throws {
    let session = try start()
    session.signal(number)
    #expect(try session.waitForExit() == .signal(number))
    try expectRestored(session)
  }

  @Test("Ctrl-C ends the program by SIGINT, which a shell reports as 130")
  func controlC() throws {
    let session = try start()
    session.press(.controlC)
    #expect(try session.waitForExit() == .signal(SIGINT))
    try expectRestored(session)
  }

  @Test("A crash gives the terminal back and ends as a crash", arguments: ["T", "B", "A"])
  func crashes(key: String) throws {
    let session = try start()
    session.send(key)
    let exit = try session.waitForExit()
    #expect(
      key == "A" ? exit == .signal(SIGABRT) : [.signal(SIGILL), .signal(SIGTRAP)].contains(exit))
    #expect(session.text.contains("Ended by an internal error."))
    try expectRestored(session)
  }

  @Test(
    "A fault from outside gives the terminal back too",
    arguments: [SIGSEGV, SIGBUS, SIGFPE, SIGQUIT, SIGABRT])
  func faults(number: Int32) throws {
    let session = try start()
    session.signal(number)
    #expect(try session.waitForExit() == .signal(number))
    try expectRestored(session)
  }

  @Test("When the terminal goes away, so does the program")
  func hangUp() throws {
    let session = try start()
    session.hangUp()
    #expect(try session.waitForExit() == .signal(SIGHUP))
  }

  @Test("In a process group that nobody could continue, Ctrl-Z does not stop it")
  func orphaned() throws {
    let session = try start()
    session.press(.controlZ)
    session.press(.down)
    try session.wait(for: "2/9,120")
    #expect(session.isAlternateScreen)
  }

  @Test("Ctrl-Z gives the terminal to the shell, fg takes it back at its present size")
  func suspending() throws {
    let session = try TerminalSession("/bin/bash", ["--norc", "--noprofile", "-i"])
    session.send("PS1='prompt: '; stty -g > /dev/null\r")
    try session.wait { $0.contains { $0.hasPrefix("prompt:") } }
    let probe = try TerminalSession.builtProgram("TerminalProbe")
    session.send(
      "a=$(stty -g); \(probe); echo status $?; [ \"$a\" = \"$(stty -g)\" ] && echo same\r")
    try session.wait(for: "Ready")
    session.press(.down)
    try session.wait(for: "2/9,120")
    session.press(.controlZ)
    try session.wait(for: "Stopped")
    #expect(!session.isAlternateScreen && session.cursorIsVisible && !session.wantsMouse)
    session.resize(rows: 30, columns: 90)
    session.send("clear; fg\r")
    try session.wait { $0.count == 30 && $0[0].hasSuffix("2/9,120") && $0[0].count == 89 }
    #expect(session.isAlternateScreen && session.wantsMouse)
    session.press(.down)
    try session.wait(for: "3/9,120")
    session.press(.controlC)
    try session.waitUntilGone("Ready")
    session.send("echo status $?; stty -a | grep -c ' echo '\r")
    try session.wait { $0.contains("status 130") }
    session.send("exit\r")
    try session.waitForExit()
  }

  @Test("After being stopped and continued from outside everything is drawn anew")
  func continued() throws {
    let session = try start()
    session.signal(SIGSTOP)
    session.signal(SIGCONT)
    let before = session.output.count
    try session.wait { _ in
      String(decoding: session.output[before...], as: UTF8.self).contains("Ready")
    }
    session.press(.down)
    try session.wait(for: "2/9,120")
    session.send("q")
    #expect(try session.waitForExit() == .status(7))
    try expectRestored(session)
  }

  @Test(
    "A terminal that no screen can be drawn on is told in one line",
    arguments: [
      ("no-such-terminal", "no-such-terminal"), ("dumb", "dumb"), ("\u{1b}[31m", #"\x1b[31m"#),
      ("", "TERM is not set"),
    ])
  func unknownTerminal(term: String, message: String) throws {
    let session = try TerminalSession(
      try TerminalSession.builtProgram("TerminalProbe"), term: term)
    #expect(try session.waitForExit() == .status(2))
    #expect(session.text.contains(message))
    #expect(!session.output.contains(0x1B))
    #expect(try session.modes() == session.modesBefore)
  }

  @Test("Without a terminal the screen is refused with a reason")
  func notATerminal() throws {
    let probe = try TerminalSession.builtProgram("TerminalProbe")
    let session = try TerminalSession("/bin/sh", ["-c", "\(probe) | cat; \(probe) < /dev/null"])
    #expect(try session.waitForExit() == .status(2))
    #expect(session.text.components("must be a terminal") == 2)
  }
}

extension String {
  /// How often a text occurs.
  fileprivate func components(_ text: String) -> Int {
    indices.count { self[$0...].hasPrefix(text) }
  }
}
