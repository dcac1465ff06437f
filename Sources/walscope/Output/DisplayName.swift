import LogFiles
import TerminalUI

/// File names in lines for people.
enum DisplayName {
  /// The name with everything escaped that a terminal must not see.
  static func text(_ name: FileName) -> String { DisplayText.escape(name.bytes) }
}
