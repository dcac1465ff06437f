import LogFiles
import LogInspection
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
    if context.output.isTerminal, !context.wantsJSON {
      return context.inspect(path, instead: "`walscope ls` needs no screen")
    }
    Interruption.watch()
    return ListCommand(context).run()
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

extension ScanCache {
  /// The user's cache: `$XDG_CACHE_HOME/walscope`, else `~/.cache/walscope`; nil where neither is
  /// known.
  static var usual: ScanCache? {
    // A path that is not absolute is to be ignored (XDG Base Directory Specification).
    let base =
      Environment.value("XDG_CACHE_HOME").flatMap { $0.hasPrefix("/") ? $0 : nil }
      ?? Environment.value("HOME").flatMap { $0.hasPrefix("/") ? $0 + "/.cache" : nil }
    return base.map { ScanCache(in: FileName($0 + "/walscope"), version: Walscope.version) }
  }
}

extension CommandContext {
  /// Opens the inspector on a path, or on a screen of its own, until the user leaves it.
  ///
  /// - Parameter instead: what to do where there is no terminal to draw on.
  func inspect(_ path: FileName, start: Destination? = nil, instead: String) -> ExitStatus {
    var options = InspectorOptions()
    options.format = command.text(.format)
    options.color = text.usesColor ? nil : ColorDepth.none
    options.background = Background(colorFgBg: Environment.value("COLORFGBG"))
    options.ascii = text.isASCII
    options.redact = isRedacted
    options.mouse = !command.has(.noMouse)
    options.cache = command.has(.noCache) ? nil : ScanCache.usual
    options.threads = threads
    options.assume = assumptions
    do throws(TerminalError) {
      let status = try Inspector.run(path: path, options: options, start: start)
      return ExitStatus(rawValue: status) ?? .failed
    } catch {
      diagnostics.report("\(error)", advice: instead)
      return .failed
    }
  }
}
