/// An application and the size of its screen, without a terminal.
///
/// The runner plays it on a terminal; a test gives it events and reads ``lines``.
public struct Stage<App: Application> {
  /// The smallest screen that applications draw on.
  public static var minimumRows: Int { 10 }
  /// The smallest screen that applications draw on.
  public static var minimumColumns: Int { 40 }

  /// The application.
  public var application: App
  /// Rows of the screen.
  public private(set) var rows: Int
  /// Columns of the screen.
  public private(set) var columns: Int
  /// The characters to draw with.
  public let glyphs: Glyphs
  /// How the application ended, nil while it runs.
  public private(set) var ending: Ending?

  /// An application on a screen of some size.
  public init(
    _ application: App, rows: Int = 24, columns: Int = 80, glyphs: Glyphs = Glyphs(ascii: false)
  ) {
    self.application = application
    self.rows = rows
    self.columns = columns
    self.glyphs = glyphs
  }

  /// Whether the screen is too small to draw on.
  public var isTooSmall: Bool { rows < Self.minimumRows || columns < Self.minimumColumns }

  /// Gives the application an event and answers what its runner has to do.
  ///
  /// On a screen that is too small nothing can be seen, so keys do nothing there but `q` and `Q`.
  @discardableResult
  public mutating func handle(_ event: Event) -> [Effect<App.Work>] {
    guard ending == nil else { return [] }
    switch event {
    case .signal(let signal):
      return application.shouldEnd(for: signal) ? note([.end(.signal(signal))]) : []
    case .key(.character("q")) where isTooSmall, .key(.character("Q")) where isTooSmall:
      return note([.quit()])
    case .key where isTooSmall, .mouse where isTooSmall: return []
    case .resize(let newRows, let newColumns):
      rows = newRows
      columns = newColumns
    case .key, .mouse, .wake: break
    }
    return note(application.handle(event))
  }

  /// Gives the application a message and answers what its runner has to do.
  @discardableResult
  public mutating func receive(_ message: App.Message) -> [Effect<App.Work>] {
    ending == nil ? note(application.receive(message)) : []
  }

  /// Presses keys one after the other.
  @discardableResult
  public mutating func press(_ keys: Key...) -> [Effect<App.Work>] {
    keys.flatMap { handle(.key($0)) }
  }

  /// Types a text.
  @discardableResult
  public mutating func type(_ text: String) -> [Effect<App.Work>] {
    text.flatMap { handle(.key(.character($0))) }
  }

  /// The screen as the application draws it now.
  public mutating func draw() -> CellBuffer {
    var buffer = CellBuffer(rows: rows, columns: columns, glyphs: glyphs)
    if isTooSmall {
      drawTooSmall(into: &buffer)
    } else {
      application.draw(into: &buffer)
    }
    return buffer
  }

  /// The text of the screen, row by row, without blanks at the ends.
  public var lines: [String] {
    mutating get { draw().lines }
  }

  private mutating func note(_ effects: [Effect<App.Work>]) -> [Effect<App.Work>] {
    for case .end(let ending) in effects where self.ending == nil {
      self.ending = ending
    }
    return effects
  }

  private func drawTooSmall(into buffer: inout CellBuffer) {
    var area = buffer.bounds
    let texts = [
      "This window is \(columns)x\(rows).",
      "At least \(Self.minimumColumns)x\(Self.minimumRows) is needed.",
      "q quits",
    ]
    for text in texts { buffer.text(text, in: area.takeTop()) }
  }
}
