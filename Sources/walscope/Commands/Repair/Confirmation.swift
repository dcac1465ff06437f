import Glibc
import LogFiles
import TerminalUI

/// The name that is typed before anything is changed (safety rule S23).
enum Confirmation {
  /// Whether somebody is there who can type.
  static var canAsk: Bool { isatty(0) == 1 && isatty(2) == 1 }

  /// Asks for a name on the terminal; true when exactly it was typed.
  static func isGiven(for name: FileName, _ context: CommandContext) -> Bool {
    let shown = DisplayText.escape(name.bytes, ascii: context.command.has(.ascii))
    context.output.flush()
    context.diagnostics.stream.write("Type the name \(shown) to do it: ")
    context.diagnostics.stream.flush()
    guard let typed = readLine(strippingNewline: true), !Interruption.isRequested else {
      return false
    }
    // A name that cannot be typed is typed as it is shown.
    let accepted = [name.bytes, Array(DisplayText.escape(name.bytes).utf8), Array(shown.utf8)]
    return accepted.contains(Array(typed.utf8)) && !typed.isEmpty
  }
}
