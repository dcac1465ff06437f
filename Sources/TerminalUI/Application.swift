/// A program with a screen: events and messages change a state, the state draws itself.
///
/// Nothing in it touches the terminal, so a test can run it; see ``Stage``.
public protocol Application {
  /// What other threads tell it.
  associatedtype Message: Sendable
  /// What it wants done that is not its own to do, such as a scan.
  associatedtype Work = Never

  /// Answers an event. Signals arrive in ``shouldEnd(for:)`` instead.
  mutating func handle(_ event: Event) -> [Effect<Work>]

  /// Takes a message from another thread.
  mutating func receive(_ message: Message) -> [Effect<Work>]

  /// Draws the state. The buffer is empty and has the terminal's size. It may change only what
  /// depends on the size, such as how many rows a list shows.
  mutating func draw(into buffer: inout CellBuffer)

  /// Whether the program may end at once; if not, it has to answer ``Effect/end(_:)`` later.
  mutating func shouldEnd(for signal: EndingSignal) -> Bool
}

extension Application {
  /// A signal ends the program at once.
  public mutating func shouldEnd(for signal: EndingSignal) -> Bool { true }
}

/// What an application wants its runner to do.
public enum Effect<Work> {
  /// Leave the loop.
  case end(Ending)
  /// Draw every cell anew, because something else may have written on the terminal.
  case repaint
  /// Do some work.
  case perform(Work)

  /// Leaves the loop with an exit status.
  public static func quit(_ status: Int32 = 0) -> Effect { .end(.quit(status)) }
}

extension Effect: Equatable where Work: Equatable {}
extension Effect: Sendable where Work: Sendable {}

/// How an application ended.
public enum Ending: Equatable, Sendable {
  /// By itself, with an exit status.
  case quit(Int32)
  /// Because a signal asked for it.
  case signal(EndingSignal)

  /// The status a shell reports: the exit status, or 128 and the signal's number.
  public var status: Int32 {
    switch self {
    case .quit(let status): status
    case .signal(let signal): 128 + signal.rawValue
    }
  }
}
