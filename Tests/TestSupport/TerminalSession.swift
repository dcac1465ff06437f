public import Glibc

/// A program on a terminal of its own, whose screen a test can read and whose keys it can press.
///
/// Every reading waits for a condition with a deadline; none waits for a time.
public final class TerminalSession {
  /// How a program ended.
  public enum Exit: Equatable, Sendable {
    /// With a status.
    case status(Int32)
    /// By a signal.
    case signal(Int32)
  }

  /// How long a condition is waited for unless told otherwise: a busy disk can hold a program up.
  public static let patience = Duration.seconds(30)

  /// The program's process.
  public let process: pid_t
  /// The modes the terminal had before the program started.
  public let modesBefore: TerminalModes
  /// Everything the program wrote, byte by byte.
  public private(set) var output: [UInt8] = []
  private var terminal: PseudoTerminal?
  private let screen: VirtualScreen
  private var exit: Exit?

  /// Starts `program` with a terminal of this size as its controlling terminal.
  ///
  /// The environment holds PATH, HOME, TERM, LANG=C.UTF-8 and SWIFT_BACKTRACE=enable=no, changed by
  /// `environment`; a nil value takes one out.
  public init(
    _ program: String, _ arguments: [String] = [], environment: [String: String?] = [:],
    term: String = "xterm-256color", rows: Int = 24, columns: Int = 80
  ) throws {
    let terminal = try PseudoTerminal(rows: rows, columns: columns)
    self.terminal = terminal
    screen = VirtualScreen(rows: rows, columns: columns)
    modesBefore = try TerminalModes(descriptor: terminal.slave)
    var variables: [String: String?] = [
      "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/", "TERM": term, "LANG": "C.UTF-8",
      "SWIFT_BACKTRACE": "enable=no",
    ]
    for name in ["LD_LIBRARY_PATH", "LD_PRELOAD", "WALSCOPE_FIXTURES"] {
      variables[name] = getenv(name).map { String(cString: $0) }
    }
    variables.merge(environment) { $1 }
    process = try ProcessStart(
      arguments: ([program] + arguments).map { Array($0.utf8) },
      environment: variables.compactMap { name, value in value.map { "\(name)=\($0)" } },
      input: .terminal(terminal.slavePath), output: .sameAsBefore, messages: .sameAsBefore,
      leadsSession: true
    ).run()
  }

  deinit {
    if exit == nil {
      kill(process, SIGKILL)
      kill(process, SIGCONT)
      var status: Int32 = 0
      waitpid(process, &status, 0)
    }
  }

  /// The path of a program that was built together with the tests.
  public static func builtProgram(_ name: String) throws -> String {
    var buffer = [CChar](repeating: 0, count: 4_096)
    let count = readlink("/proc/self/exe", &buffer, buffer.count)
    let path = String(
      decoding: buffer.prefix(max(count, 0)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    guard let slash = path.lastIndex(of: "/") else {
      throw TerminalFailure("cannot tell where the tests were built")
    }
    let program = path[...slash] + name
    guard access(String(program), X_OK) == 0 else {
      throw TerminalFailure("\(program) is not built")
    }
    return String(program)
  }

  // MARK: - Looking

  /// The rows of the screen without the blanks at their ends.
  public var lines: [String] {
    pump(milliseconds: 0)
    let size = screen.size
    return (0..<size.rows).map { row in
      var line = (0..<size.columns).map { screen.cell(row: row, column: $0).text }.joined()
      while line.last == " " { line.removeLast() }
      return line
    }
  }

  /// The screen as one text.
  public var text: String { lines.joined(separator: "\n") }

  /// The cell at a place.
  public func cell(row: Int, column: Int) -> ScreenCell {
    pump(milliseconds: 0)
    return screen.cell(row: row, column: column)
  }

  /// The first row that holds a text, and the column where it starts.
  public func place(of text: String) -> (row: Int, column: Int)? {
    for (row, line) in lines.enumerated() {
      for start in line.indices where line[start...].hasPrefix(text) {
        // A wide character is one character on two columns.
        var column = 0
        var character = line.startIndex
        while character < start {
          column += 1
          if screen.cell(row: row, column: column).text.isEmpty { column += 1 }
          character = line.index(after: character)
        }
        return (row, column)
      }
    }
    return nil
  }

  /// Where the cursor is.
  public var cursor: (row: Int, column: Int) {
    pump(milliseconds: 0)
    return screen.cursor
  }

  /// Whether the cursor is shown.
  public var cursorIsVisible: Bool {
    pump(milliseconds: 0)
    return screen.state.cursorIsVisible
  }

  /// Whether the program draws on the alternate screen.
  public var isAlternateScreen: Bool {
    pump(milliseconds: 0)
    return screen.state.isAlternate
  }

  /// Whether the program has asked for the mouse: the last private mode 1000 it sent was set.
  /// libvterm reads only the first of several modes in one sequence, so the output is asked.
  public var wantsMouse: Bool {
    pump(milliseconds: 0)
    let modes = String(decoding: output, as: UTF8.self).split(separator: "\u{1b}[?")
    let mouse = modes.last { mode in
      let numbers = mode.prefix { $0.isNumber || $0 == ";" }
      return numbers.split(separator: ";").contains("1000")
    }
    return mouse?.first { !$0.isNumber && $0 != ";" } == "h"
  }

  /// Whether anything set the terminal's title or rang its bell, which no program of ours does.
  public var titleOrBell: Bool {
    pump(milliseconds: 0)
    return screen.state.titleWasSet || screen.state.bells > 0
  }

  /// The terminal's modes now.
  public func modes() throws -> TerminalModes {
    guard let terminal else { throw TerminalFailure("the terminal was hung up") }
    return try TerminalModes(descriptor: terminal.slave)
  }

  // MARK: - Waiting

  /// Waits until the screen shows `text`, and answers its rows.
  @discardableResult
  public func wait(for text: String, within patience: Duration = patience) throws -> [String] {
    try wait("the screen never showed \"\(text)\"", within: patience) {
      $0.contains { $0.contains(text) }
    }
  }

  /// Waits until the screen no longer shows `text`, and answers its rows.
  @discardableResult
  public func waitUntilGone(_ text: String, within patience: Duration = patience) throws
    -> [String]
  {
    try wait("the screen still shows \"\(text)\"", within: patience) {
      !$0.contains { $0.contains(text) }
    }
  }

  /// Waits until `condition` holds for the rows of the screen, and answers them.
  @discardableResult
  public func wait(
    _ otherwise: String = "the screen never became as wanted", within patience: Duration = patience,
    until condition: ([String]) throws -> Bool
  ) throws -> [String] {
    let deadline = ContinuousClock.now + patience
    while true {
      let lines = lines
      if try condition(lines) { return lines }
      guard .now < deadline else {
        throw TerminalFailure("\(otherwise):\n" + lines.joined(separator: "\n"))
      }
      pump(milliseconds: 20)
    }
  }

  /// Waits until the program has ended, and answers how.
  @discardableResult
  public func waitForExit(within patience: Duration = patience) throws -> Exit {
    let deadline = ContinuousClock.now + patience
    while exit == nil {
      var status: Int32 = 0
      if waitpid(process, &status, WNOHANG) == process {
        let signal = status & 0x7F
        exit = signal == 0 ? .status((status >> 8) & 0xFF) : .signal(signal)
        break
      }
      guard .now < deadline else {
        throw TerminalFailure("the program has not ended:\n\(text)")
      }
      pump(milliseconds: 5)
    }
    pump(milliseconds: 0)
    guard let exit else { throw TerminalFailure("the program has not ended") }
    return exit
  }

  // MARK: - Acting

  /// Types a text or a sequence of bytes as it is.
  public func send(_ text: String) { send(Array(text.utf8)) }

  /// Sends bytes to the program as a keyboard would.
  public func send(_ bytes: [UInt8]) {
    guard let terminal else { return }
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { write(terminal.master, $0.baseAddress, $0.count) }
      if count > 0 {
        rest = rest.dropFirst(count)
      } else if errno == EAGAIN || errno == EINTR {
        pump(milliseconds: 5)
      } else {
        return
      }
    }
  }

  /// Presses keys.
  public func press(_ keys: TerminalKey...) {
    for key in keys { send(key.rawValue) }
  }

  /// Presses and releases the left button over a cell.
  public func click(row: Int, column: Int) {
    send("\u{1b}[<0;\(column + 1);\(row + 1)M\u{1b}[<0;\(column + 1);\(row + 1)m")
  }

  /// Turns the wheel by one notch over a cell.
  public func turnWheel(up: Bool, row: Int, column: Int) {
    send("\u{1b}[<\(up ? 64 : 65);\(column + 1);\(row + 1)M")
  }

  /// Changes the terminal's size.
  public func resize(rows: Int, columns: Int) {
    pump(milliseconds: 0)
    screen.resize(rows: rows, columns: columns)
    terminal?.resize(rows: rows, columns: columns)
  }

  /// Sends the program a signal.
  public func signal(_ number: Int32) {
    if exit == nil { kill(process, number) }
  }

  /// Closes the terminal, as when its window is closed.
  public func hangUp() {
    pump(milliseconds: 0)
    terminal = nil
  }

  /// Reads what the program has written, waiting at most some milliseconds for the first of it.
  private func pump(milliseconds: Int32) {
    guard let terminal else {
      if milliseconds > 0 { usleep(UInt32(milliseconds) * 1_000) }
      return
    }
    var wait = milliseconds
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      var ready = pollfd(fd: terminal.master, events: Int16(POLLIN), revents: 0)
      guard poll(&ready, 1, wait) > 0, ready.revents & Int16(POLLIN) != 0 else { return }
      wait = 0
      let count = read(terminal.master, &buffer, buffer.count)
      guard count > 0 else { return }
      output.append(contentsOf: buffer[..<count])
      let reply = screen.write(Array(buffer[..<count]))
      if !reply.isEmpty { send(reply) }
    }
  }
}

/// Keys as xterm sends them in its keypad mode, which ncurses turns on.
public enum TerminalKey: String, Sendable {
  /// Enter, Escape, Tab and Tab with Shift.
  case enter = "\r", escape = "\u{1b}", tab = "\t", backTab = "\u{1b}[Z"
  /// The arrows.
  case up = "\u{1b}OA", down = "\u{1b}OB", right = "\u{1b}OC", left = "\u{1b}OD"
  /// The keys that move further.
  case pageUp = "\u{1b}[5~", pageDown = "\u{1b}[6~", home = "\u{1b}OH", end = "\u{1b}OF"
  /// The keys that take away.
  case backspace = "\u{7f}", delete = "\u{1b}[3~"
  /// F1 and F12.
  case f1 = "\u{1b}OP", f12 = "\u{1b}[24~"
  /// Letters with Ctrl.
  case controlC = "\u{3}", controlL = "\u{c}", controlZ = "\u{1a}", controlBackslash = "\u{1c}"
  /// An arrow with Ctrl, which most terminal descriptions do not know.
  case controlUp = "\u{1b}[1;5A"
}
