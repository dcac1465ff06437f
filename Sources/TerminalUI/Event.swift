/// A key of the keyboard.
public enum Key: Hashable, Sendable {
  /// A character, as typed; the space bar is one.
  case character(Character)
  /// A letter held with Ctrl, in lower case. Ctrl-H, I, J and M arrive as the keys they stand for.
  case control(Character)
  /// A function key, from 1.
  case function(Int)
  /// Enter or Return; Escape alone.
  case enter, escape
  /// The arrows.
  case up, down, left, right
  /// The keys that move further.
  case pageUp, pageDown, home, end
  /// Tab, and Tab with Shift.
  case tab, backTab
  /// The keys that take away.
  case backspace, delete
}

/// What a mouse did.
public enum MouseAction: Sendable {
  /// The left button went down; the second time at the same place arrives as `double`.
  case click, double
  /// The wheel turned by one notch.
  case wheelUp, wheelDown
}

/// A signal that asks the process to end.
public enum EndingSignal: Int32, Sendable {
  /// The terminal is gone (SIGHUP).
  case hangup = 1
  /// Ctrl-C (SIGINT).
  case interrupt = 2
  /// SIGTERM.
  case terminate = 15
}

/// Something that happened to the program.
public enum Event: Hashable, Sendable {
  /// A key was pressed.
  case key(Key)
  /// The mouse was used over a cell.
  case mouse(MouseAction, row: Int, column: Int)
  /// The terminal has a new size, or has to be drawn anew in its old one.
  case resize(rows: Int, columns: Int)
  /// Another thread called ``Waker/wake()``.
  case wake
  /// The process is asked to end.
  case signal(EndingSignal)
}
