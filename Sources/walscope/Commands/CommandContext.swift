import JSON
import Glibc
import LogFiles
import LogFormats
import LogInspection

/// What every command needs: the call, where output goes, and how it is to look.
struct CommandContext {
  let command: ParsedCommand
  let output: OutputStream
  let text: TextOutput
  let diagnostics: Diagnostics
  /// Numbers that stand in for the owner's configuration, by name.
  let assumptions: [String: UInt64]

  /// - Throws: `UsageError` for a format or an assumption that nobody knows.
  init(_ command: ParsedCommand, output: OutputStream) throws(UsageError) {
    self.command = command
    self.output = output
    let isASCII = command.has(.ascii)
    text = TextOutput(
      stream: output, usesColor: Self.usesColor(command, output), isASCII: isASCII)
    diagnostics = Diagnostics(ascii: isASCII)
    assumptions = try Self.assumptions(command.texts(.assume))
    if let name = command.text(.format) { try Self.requireFormat(name) }
  }

  var wantsJSON: Bool { command.has(.json) }
  var isRedacted: Bool { command.has(.redact) }
  var json: JSONWriter { JSONWriter(output, ascii: command.has(.ascii)) }

  /// Columns into which sentences are broken; nil where the output goes into a file or a pipe.
  var textColumns: Int? { output.columns.map { min($0, 100) } }

  /// Segments that are read at the same time.
  var threads: Int {
    if let asked = command.count(.threads) { return Int(min(asked, 256)) }
    return max(1, min(8, sysconf(Int32(_SC_NPROCESSORS_ONLN))))
  }

  /// A line on standard error for long work; none where the output itself goes to the terminal as
  /// it is made.
  func progressLine(streamsOutput: Bool = false) -> ProgressLine {
    ProgressLine(
      diagnostics.stream,
      isShown: !command.has(.quiet) && !(streamsOutput && output.isTerminal))
  }

  // MARK: Opening

  /// The logs under a path; nil after it was said why there are none.
  func open(_ path: FileName, fallsBackToRaw: Bool = false) -> LogTree? {
    do throws(OpenFailure) {
      let tree = try LogTree.open(
        path, format: command.text(.format), fallsBackToRaw: fallsBackToRaw)
      for problem in tree.problems {
        diagnostics.report(path.appending(problem.place), problem.error)
      }
      if tree.isTruncated {
        diagnostics.report(
          path, "there are too many directories below it; some were not looked at",
          advice: "name a directory further down")
      }
      if let only = tree.logs.first, isOtherwiseUsed(only) {
        diagnostics.report(
          path, "no file in it is named like a segment of \(only.format.name)",
          advice: "check the path and --format; `walscope formats` lists the formats")
        return nil
      }
      tellUnfinished(tree, path)
      return tree
    } catch {
      let failure = OpeningFailureText(error, path: path)
      diagnostics.report(path, failure.message, advice: failure.advice)
      return nil
    }
  }

  /// Whether a directory that was asked for as a log of some format has files, and none of them
  /// belongs to such a log. An empty one is a log that was not started yet.
  private func isOtherwiseUsed(_ log: Log) -> Bool {
    let layout = log.layout
    guard layout.confidence == .forced, layout.segments.isEmpty, layout.strays.isEmpty else {
      return false
    }
    let entries = (try? log.directory.entries()) ?? []
    return entries.contains { $0.kind == .regular && $0.name.bytes.first != UInt8(ascii: ".") }
  }

  // MARK: Checking the call

  private static func usesColor(_ command: ParsedCommand, _ output: OutputStream) -> Bool {
    switch command.text(.color) {
    case "always": return true
    case "never": return false
    default:
      let noColor = Environment.value("NO_COLOR").map { !$0.isEmpty } ?? false
      return output.isTerminal && !noColor && Environment.value("TERM") != "dumb"
    }
  }

  private static func requireFormat(_ name: String) throws(UsageError) {
    guard FormatRegistry.format(named: name) == nil else { return }
    let names = FormatRegistry.formats.map(\.name)
    throw UsageError(
      "there is no format \(name)",
      hint: Spelling.nearest(to: name, in: names).map { "did you mean \($0)?" }
        ?? "`walscope formats` lists them")
  }

  private static func assumptions(_ texts: [String]) throws(UsageError) -> [String: UInt64] {
    let known = FormatRegistry.formats.flatMap(\.assumptions).map(\.name)
    var result: [String: UInt64] = [:]
    for text in texts {
      let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, let number = UInt64(parts[1]) else {
        throw UsageError("--assume \(text) is not understood", hint: "write --assume KEY=NUMBER")
      }
      let name = String(parts[0])
      guard known.contains(name) else {
        throw UsageError(
          "no format has the assumption \(name)",
          hint: Spelling.nearest(to: name, in: known).map { "did you mean \($0)?" }
            ?? (known.isEmpty ? "there is none yet" : "one of \(known.joined(separator: ", "))"))
      }
      result[name] = number
    }
    return result
  }
}

/// The environment of the process.
enum Environment {
  static func value(_ name: String) -> String? {
    // Sound: nothing in this process changes the environment, and the text is copied at once.
    unsafe getenv(name).map { unsafe String(cString: $0) }
  }
}
