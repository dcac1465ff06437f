internal import CLinux
internal import CNcurses
internal import Glibc

/// The terminal while the program draws on it: alternate screen, keys without echo, signals as
/// events.
///
/// While it exists, SIGWINCH, SIGINT, SIGTERM, SIGHUP, SIGTSTP and SIGCONT arrive as events. They
/// have to be blocked in every thread, so it is made before any other thread is, or
/// ``ProcessSignals/block()`` is called first. When it goes, and when the process crashes, the
/// terminal has the modes it had before.
///
/// This is the only file that talks to ncurses. There is one such value at a time, used by one
/// thread.
@safe public struct Terminal: ~Copyable {
  /// Wakes the loop that waits for events.
  public let waker: Waker
  /// How styles look here.
  public let theme: Theme
  /// Rows of the terminal.
  public private(set) var rows: Int
  /// Columns of the terminal.
  public private(set) var columns: Int

  private let screen: OpaquePointer
  private let signals: Int32
  private var shown: CellBuffer?
  private var needsClearing = false
  private var pairs: [ColorPair: Int32] = [:]
  private var clicks = ClickCounter()
  private var isLost = false

  private struct ColorPair: Hashable {
    let foreground: Int?
    let background: Int?
  }

  /// A size beyond this is no real terminal's, and would only take memory.
  private static let largestSize = 2_000

  /// Opens the terminal behind standard input and output.
  ///
  /// Throws ``TerminalError`` when there is none, or none that a screen can be drawn on.
  public init(_ options: Options = Options()) throws(TerminalError) {
    let opened = try Self.open()
    waker = opened.waker
    signals = opened.signals
    unsafe screen = opened.screen
    (rows, columns) = (0, 0)
    theme = Theme(depth: Self.startColors(options.depth), background: options.background)
    cbreak()
    noecho()
    nonl()
    set_escdelay(25)
    unsafe keypad(nc_screen(), true)
    unsafe nodelay(nc_screen(), true)
    if options.mouse { nc_mouse_on() }
    armCrashHandler(options)
    updateSize()
  }

  deinit {
    endwin()
    wl_crash_disarm()
    wl_terminal_restore()
    unsafe delscreen(screen)
    close(signals)
  }

  @safe private struct Opened {
    let waker: Waker
    let signals: Int32
    let screen: OpaquePointer
  }

  private static func open() throws(TerminalError) -> Opened {
    guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1 else {
      throw TerminalError(
        code: .notATerminal,
        description: "standard input and output must be a terminal for the screen")
    }
    let waker = try Waker()
    ProcessSignals.block()
    // newterm itself changes the modes, so they are noted before it.
    let saved = wl_terminal_save(STDIN_FILENO)
    guard saved == 0 else { throw .system("cannot read the terminal's modes", code: -saved) }
    guard nc_use_utf8() != 0 else {
      throw TerminalError(
        code: .system, description: "there is no UTF-8 locale, not even C.UTF-8")
    }
    let signals = wl_signals_open()
    guard signals >= 0 else {
      throw .system("cannot read signals from a descriptor", code: -signals)
    }
    guard let screen = unsafe nc_open() else {
      close(signals)
      wl_terminal_restore()
      throw unknownTerminal()
    }
    guard unsafe nc_capability("cup") != nil else {
      endwin()
      unsafe delscreen(screen)
      close(signals)
      wl_terminal_restore()
      throw unknownTerminal()
    }
    return unsafe Opened(waker: waker, signals: signals, screen: screen)
  }

  private static func unknownTerminal() -> TerminalError {
    // Sound: the environment is not changed by this program.
    let name = unsafe getenv("TERM").map { unsafe String(cString: $0) } ?? ""
    let shown = DisplayText.escape(name)
    return TerminalError(
      code: .unknownTerminal,
      description: shown.isEmpty
        ? "TERM is not set (set it to the terminal's name, such as xterm-256color)"
        : "a screen cannot be drawn on the terminal \"\(shown)\" (TERM names an unknown or a plain"
          + " one; try TERM=xterm-256color)")
  }

  private static func startColors(_ wanted: ColorDepth?) -> ColorDepth {
    guard wanted != ColorDepth.none, has_colors(), start_color() == OK else { return .none }
    use_default_colors()
    let depth = ColorDepth(terminalColors: Int(nc_color_count()))
    return min(wanted ?? depth, depth)
  }

  private func armCrashHandler(_ options: Options) {
    var reset: [UInt8] =
      options.mouse ? Array("\u{1b}[?1006l\u{1b}[?1002l\u{1b}[?1000l".utf8) : []
    for name in ["sgr0", "op", "rmkx", "cnorm", "rmcup"] {
      // Sound: the terminal's description lives as long as the screen, and is copied at once.
      guard let text = unsafe nc_capability(name) else { continue }
      reset.append(contentsOf: Self.withoutPadding(unsafe String(cString: text)).utf8)
    }
    reset += Array(DisplayText.escape(options.crashNote).utf8.prefix(300)) + Array("\r\n".utf8)
    // Sound: the bytes are copied during the call.
    _ = unsafe wl_crash_arm(STDOUT_FILENO, reset, reset.count)
  }

  /// A capability without its `$<5>` delays.
  private static func withoutPadding(_ capability: String) -> String {
    var result = ""
    var rest = Substring(capability)
    while let character = rest.popFirst() {
      if character == "$", rest.first == "<", let end = rest.firstIndex(of: ">") {
        rest = rest[rest.index(after: end)...]
      } else {
        result.append(character)
      }
    }
    return result
  }

  // MARK: - Size

  /// Takes over the terminal's present size; ncurses would believe LINES and COLUMNS instead.
  private mutating func updateSize() {
    var newRows: Int32 = 0
    var newColumns: Int32 = 0
    // Sound: both pointers are only used during the call.
    let status = unsafe wl_terminal_size(STDOUT_FILENO, &newRows, &newColumns)
    if status == 0, newRows > 0, newColumns > 0 {
      resizeterm(
        min(newRows, Int32(Self.largestSize)), min(newColumns, Int32(Self.largestSize)))
    }
    rows = Int(unsafe getmaxy(nc_screen()))
    columns = Int(unsafe getmaxx(nc_screen()))
    repaint()
  }

  // MARK: - Drawing

  /// Draws everything anew at the next flush, in case something else wrote on the terminal.
  public mutating func repaint() {
    shown = nil
    needsClearing = true
  }

  /// Makes the terminal show `buffer`; only cells that changed are sent.
  public mutating func show(_ buffer: CellBuffer) {
    if needsClearing {
      unsafe wclear(nc_screen())
      unsafe clearok(nc_physical_screen(), true)
      needsClearing = false
    }
    for row in 0..<min(buffer.rows, rows) {
      for column in 0..<min(buffer.columns, columns) {
        let cell = buffer[row, column]
        if let shown, shown.rows == buffer.rows, shown.columns == buffer.columns,
          shown[row, column] == cell
        {
          continue
        }
        put(cell, row: row, column: column)
      }
    }
    if let cursor = buffer.cursor {
      unsafe wmove(nc_screen(), Int32(cursor.row), Int32(cursor.column))
      curs_set(1)
    } else {
      curs_set(0)
    }
    unsafe wrefresh(nc_screen())
    shown = buffer
  }

  private mutating func put(_ cell: Cell, row: Int, column: Int) {
    guard cell.columns > 0 else { return }
    let look = theme.look(cell.style)
    var text = cell.text.unicodeScalars.map { wchar_t($0.value) }
    // ncurses places cells by the C library's widths. Where that disagrees with our table, the
    // neighbours would move, so the character is not shown.
    if let first = text.first, first >= 0x7F, Int(nc_width(first)) != cell.columns {
      text = [0x3F]
      if cell.columns == 2 { write([0x3F], look, row: row, column: column + 1) }
    }
    write(text, look, row: row, column: column)
  }

  private mutating func write(_ text: [wchar_t], _ look: Theme.Look, row: Int, column: Int) {
    var attributes: UInt32 = 0
    if look.attributes.contains(.bold) { attributes |= nc_bold() }
    if look.attributes.contains(.dim) { attributes |= nc_dim() }
    if look.attributes.contains(.reverse) { attributes |= nc_reverse() }
    if look.attributes.contains(.underline) { attributes |= nc_underline() }
    // Sound: the text ends in 0 and is only read during the call.
    unsafe nc_put(Int32(row), Int32(column), text + [0], attributes, pair(for: look))
  }

  private mutating func pair(for look: Theme.Look) -> Int32 {
    let colors = ColorPair(foreground: look.foreground, background: look.background)
    guard colors.foreground != nil || colors.background != nil else { return 0 }
    if let known = pairs[colors] { return known }
    let number = Int32(pairs.count + 1)
    guard number < nc_pair_count(),
      init_extended_pair(
        number, Int32(colors.foreground ?? -1), Int32(colors.background ?? -1)) == OK
    else { return 0 }
    pairs[colors] = number
    return number
  }

  // MARK: - Events

  /// Waits until something happens, at most `milliseconds` (for ever when nil), and answers what.
  ///
  /// Being stopped by Ctrl-Z and continued happens inside; it is told as a resize.
  public mutating func waitForEvents(milliseconds: Int32? = nil) -> [Event] {
    var waiting = [
      // poll skips what is negative; a lost terminal would never stop being ready.
      pollfd(fd: isLost ? -1 : STDIN_FILENO, events: Int16(POLLIN), revents: 0),
      pollfd(fd: waker.descriptor, events: Int16(POLLIN), revents: 0),
      pollfd(fd: signals, events: Int16(POLLIN), revents: 0),
    ]
    // Sound: poll writes only into the array it is given.
    let ready = unsafe poll(&waiting, nfds_t(waiting.count), milliseconds ?? -1)
    guard ready > 0 else { return [] }
    var events: [Event] = []
    if waiting[2].revents != 0 { readSignals(into: &events) }
    if waiting[0].revents != 0 {
      readKeys(into: &events)
      let gone = Int16(POLLHUP | POLLERR | POLLNVAL)
      if waiting[0].revents & gone != 0 {
        isLost = true
        events.append(.signal(.hangup))
      }
    }
    if waiting[1].revents != 0 {
      waker.clear()
      events.append(.wake)
    }
    return events
  }

  private mutating func readSignals(into events: inout [Event]) {
    var sizeChanged = false
    while case let signal = wl_signals_next(signals), signal > 0 {
      switch signal {
      case SIGWINCH: sizeChanged = true
      case SIGTSTP:
        suspend()
        sizeChanged = true
      case SIGCONT:
        // When something else than Ctrl-Z stopped the process, nothing was given back, and what
        // happened to the terminal meanwhile is not known.
        if !isendwin() { endwin() }
        sizeChanged = true
      default:
        if let ending = EndingSignal(rawValue: signal) { events.append(.signal(ending)) }
      }
    }
    if sizeChanged {
      updateSize()
      events.append(.resize(rows: rows, columns: columns))
    }
  }

  /// Gives the terminal back, stops the process as Ctrl-Z does, and takes the terminal again when
  /// it is continued. A resize is to be expected after it.
  private mutating func suspend() {
    endwin()
    wl_terminal_restore()
    wl_stop_self()
    // The shell may have changed the modes meanwhile.
    _ = wl_terminal_save(STDIN_FILENO)
    repaint()
  }

  private mutating func readKeys(into events: inout [Event]) {
    while let (status, value) = nextKey() {
      if status == KEY_CODE_YES {
        if value == KEY_MOUSE {
          if let event = mouseEvent() { events.append(event) }
        } else if let key = Key(ncursesCode: value) {
          events.append(.key(key))
        }
      } else if value == 0x1B {
        readEscape(into: &events)
      } else if let key = Key(typed: value) {
        events.append(.key(key))
      }
    }
  }

  private func nextKey() -> (status: Int32, value: Int32)? {
    var value: UInt32 = 0
    // Sound: the pointer is only used during the call.
    let status = unsafe nc_read_key(&value)
    return status == ERR ? nil : (status, Int32(bitPattern: value))
  }

  /// Escape alone, or the start of a sequence that ncurses does not know: such a sequence is
  /// swallowed, or its letters would act as keys.
  private mutating func readEscape(into events: inout [Event]) {
    guard let (status, value) = nextKey() else {
      events.append(.key(.escape))
      return
    }
    guard status == OK, value == 0x5B || value == 0x4F else {
      events.append(.key(.escape))
      if status == OK, value != 0x1B, let key = Key(typed: value) { events.append(.key(key)) }
      return
    }
    while let (status, value) = nextKey(), status == OK, value < 0x40 || value > 0x7E {}
  }

  private mutating func mouseEvent() -> Event? {
    var row: Int32 = 0
    var column: Int32 = 0
    // Sound: both pointers are only used during the call.
    let kind = unsafe nc_mouse_next(&row, &column)
    switch UInt32(kind) {
    case NC_MOUSE_PRESS.rawValue:
      let action = clicks.press(row: Int(row), column: Int(column), at: .now)
      return .mouse(action, row: Int(row), column: Int(column))
    case NC_MOUSE_WHEEL_UP.rawValue: return .mouse(.wheelUp, row: Int(row), column: Int(column))
    case NC_MOUSE_WHEEL_DOWN.rawValue:
      return .mouse(.wheelDown, row: Int(row), column: Int(column))
    default: return nil
    }
  }
}

extension Key {
  /// A key code of ncurses; nil for those without a meaning here.
  fileprivate init?(ncursesCode code: Int32) {
    switch code {
    case KEY_UP: self = .up
    case KEY_DOWN: self = .down
    case KEY_LEFT: self = .left
    case KEY_RIGHT: self = .right
    case KEY_PPAGE: self = .pageUp
    case KEY_NPAGE: self = .pageDown
    case KEY_HOME: self = .home
    case KEY_END: self = .end
    case KEY_BTAB: self = .backTab
    case KEY_BACKSPACE: self = .backspace
    case KEY_DC: self = .delete
    case KEY_ENTER: self = .enter
    case (KEY_F0 + 1)...(KEY_F0 + 63): self = .function(Int(code - KEY_F0))
    default: return nil
    }
  }
}
