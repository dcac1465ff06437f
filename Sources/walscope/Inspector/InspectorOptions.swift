import LogInspection
import TerminalUI

/// What the user may choose for the inspector.
struct InspectorOptions: Sendable {
  /// Takes the path for a log of this format whatever is in it; nil recognises it.
  var format: String?
  /// At most this many colours; nil for as many as the terminal has.
  var color: ColorDepth?
  var background = Background.dark
  /// Draws and shows foreign text in pure ASCII.
  var ascii = false
  /// Hides keys and values everywhere.
  var redact = false
  var mouse = true
  /// Segments that are scanned at the same time.
  var threads = 1
  /// Keeps what was scanned for the next opening; nil keeps and asks nothing.
  var cache: ScanCache?
  /// The owner's configuration for the forecast, by the names of the format's assumptions.
  var assume: [String: UInt64] = [:]
}
