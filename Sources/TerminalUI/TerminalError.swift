internal import Glibc

/// Why the screen could not be opened.
public struct TerminalError: Error, Equatable, CustomStringConvertible {
  /// The kinds of reasons.
  public enum Code: Sendable {
    /// Standard input or output is no terminal.
    case notATerminal
    /// TERM names no terminal that a screen can be drawn on.
    case unknownTerminal
    /// A system call failed.
    case system
  }

  /// The kind of reason.
  public let code: Code
  /// What happened and what to do, in one line.
  public let description: String

  static func system(_ what: String, code: Int32) -> TerminalError {
    // Sound: strerror answers a string that nobody frees; it is copied at once.
    let reason = unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
    return TerminalError(code: .system, description: "\(what): \(reason)")
  }
}
