import LogFiles
import TerminalUI

/// A call without a verb: opens a path.
struct OpenCommand {
  let context: CommandContext
  init(_ context: CommandContext) { self.context = context }

  func run() throws(UsageError) -> ExitStatus {
    let path = context.command.operands.first ?? FileName(".")
    if let word = path.utf8, isNoPath(path) {
      let hint = Spelling.nearest(to: word, in: Verb.allCases.map(\.rawValue))
      throw UsageError(
        "\(word) is neither a verb nor the path of something that exists",
        hint: hint.map { "did you mean `walscope \($0)`?" } ?? "`walscope help` lists the verbs")
    }
    if context.output.isTerminal, !context.wantsJSON { return try inspect(path) }
    Interruption.watch()
    return ListCommand(context).run()
  }

  private func inspect(_ path: FileName) throws(UsageError) -> ExitStatus {
    var options = InspectorOptions()
    options.format = context.command.text(.format)
    options.color = context.text.usesColor ? nil : ColorDepth.none
    options.background = Background(colorFgBg: Environment.value("COLORFGBG"))
    options.ascii = context.text.isASCII
    options.redact = context.isRedacted
    options.mouse = !context.command.has(.noMouse)
    options.threads = context.threads
    options.assume = context.assumptions
    do throws(TerminalError) {
      return ExitStatus(rawValue: try Inspector.run(path: path, options: options)) ?? .failed
    } catch {
      context.diagnostics.report("\(error)", advice: "`walscope ls` needs no screen")
      return .failed
    }
  }

  /// Whether a word can only have been meant as a verb: there is no such file.
  private func isNoPath(_ path: FileName) -> Bool {
    guard path.isEntryName else { return false }
    do throws(FileError) {
      _ = try OpenDirectory.open(FileName(".")).status(of: path)
      return false
    } catch {
      return error.isVanished
    }
  }
}
