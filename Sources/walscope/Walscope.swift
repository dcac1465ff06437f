import Glibc
import LogFiles
import LogFormats
import LogLab

/// The program: takes the command line apart and runs what it asks for.
@main
struct Walscope {
  /// As `--version` prints it.
  static let version = "0.1.0"

  /// The main thread stays here: the inspector's event loop needs it.
  static func main() {
    // A reader that goes away is told by the write that fails.
    signal(SIGPIPE, SIG_IGN)
    guard holdStandardDescriptors() else { exit(ExitStatus.failed.rawValue) }
    returnLargeMemory()
    let words = ProcessArguments.words
    if words.first == FileName(WriterProcess.word) {
      exit(WriterProcess.serve(Array(words.dropFirst())) ? 0 : ExitStatus.failed.rawValue)
    }
    if words.first == FileName(AppendProcess.word) {
      exit(AppendProcess.serve(Array(words.dropFirst())) ? 0 : ExitStatus.failed.rawValue)
    }
    let output = OutputStream(descriptor: 1)
    let status = run(words, output: output)
    output.flush()
    guard let code = output.failure else { exit(status.rawValue) }
    Diagnostics(ascii: false).report(
      "writing the output failed: \(SystemError.text(code))",
      advice: "make room, or write elsewhere")
    exit(ExitStatus.failed.rawValue)
  }

  private static func run(_ words: [FileName], output: OutputStream) -> ExitStatus {
    do throws(UsageError) {
      return try perform(try ArgumentParser.parse(words), output: output)
    } catch {
      output.flush()
      Diagnostics(ascii: words.contains(FileName("--ascii"))).report(error)
      return .usage
    }
  }

  private static func perform(_ command: ParsedCommand, output: OutputStream) throws(UsageError)
    -> ExitStatus
  {
    if command.has(.version) {
      output.write("walscope \(version)\n")
      return .done
    }
    if command.has(.help) {
      let verb = CommandTable.syntax(of: command.verb)
      let whole = command.subcommand.flatMap { word in
        command.verb.flatMap { CommandTable.syntax(of: $0, word) }
      }
      output.write(HelpText.help(for: whole ?? verb))
      return .done
    }
    let context = try CommandContext(command, output: output)
    if command.verb == nil { return try OpenCommand(context).run() }
    Interruption.watch()
    return try perform(context)
  }

  private static func perform(_ context: CommandContext) throws(UsageError) -> ExitStatus {
    switch context.command.verb {
    case nil, .ls: return ListCommand(context).run()
    case .check: return try CheckCommand(context).run()
    case .dump: return try DumpCommand(context).run()
    case .show: return try ShowCommand(context).run()
    case .keys: return KeysCommand(context).run()
    case .extents: return ExtentsCommand(context).run()
    case .forecast: return ForecastCommand(context).run()
    case .follow: return try FollowCommand(context).run()
    case .recover, .truncate, .finalize, .deleteBefore, .repairBit:
      return try RepairCommand(context).run()
    case .compare: return CompareCommand(context).run()
    case .salvage: return SalvageCommand(context).run()
    case .copy: return CopyCommand(context).run()
    case .apply: return try ApplyCommand(context).run()
    case .history: return HistoryCommand(context).run()
    case .undo: return UndoCommand(context).run()
    case .purge: return try PurgeCommand(context).run()
    case .formats: return FormatsCommand(context).run()
    case .make: return try MakeCommand(context).run()
    case .lab: return try LabCommand(context).run()
    case .completions:
      context.output.write(
        CompletionScript.script(for: context.command.operands[0].lossyText))
      return .done
    case .help: return try HelpCommand(context).run()
    }
  }
}
