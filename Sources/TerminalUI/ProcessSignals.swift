internal import CLinux

/// The signals that a program with a screen reads as events.
public enum ProcessSignals {
  /// Keeps SIGWINCH, SIGINT, SIGTERM, SIGHUP, SIGTSTP and SIGCONT from this thread and from all
  /// threads it starts; ``Terminal`` reads them. To be called before the first thread is started.
  public static func block() {
    // It fails only for a wrong argument.
    _ = wl_signals_block()
  }

  /// Lets them act again as they do by default, for programs that stay without a screen.
  public static func unblock() {
    _ = wl_signals_unblock()
  }

  /// Ends the process by `signal`, so that its parent sees the true reason (a shell reports 130 for
  /// an interrupt). The terminal must have been given back before.
  public static func end(by signal: EndingSignal) {
    wl_end_self(signal.rawValue)
  }
}
