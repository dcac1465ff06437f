import LogFiles
import LogLab

/// `lab EXPERIMENT`.
struct LabCommand {
  /// An experiment as it is called.
  struct Experiment: Sendable {
    let syntax: VerbSyntax
    let run: @Sendable (CommandContext) throws(UsageError) -> ExitStatus
  }

  /// Every experiment, in one line each: the parser, the help and the completions are made of it.
  static let experiments: [Experiment] = [
    Experiment(syntax: CommandTable.labPrepare) { (context) throws(UsageError) in
      try LabPrepareCommand(context).run()
    },
    Experiment(syntax: CommandTable.labAppend) { (context) throws(UsageError) in
      try LabAppendCommand(context).run()
    },
    Experiment(syntax: CommandTable.labCommit) { (context) throws(UsageError) in
      try LabCommitCommand(context).run()
    },
    Experiment(syntax: CommandTable.labScan) { (context) throws(UsageError) in
      try LabScanCommand(context).run()
    },
    Experiment(syntax: CommandTable.labDemo) { (context) throws(UsageError) in
      try LabDemoCommand(context).run()
    },
  ]

  private let context: CommandContext

  init(_ context: CommandContext) { self.context = context }

  func run() throws(UsageError) -> ExitStatus {
    let name = context.command.subcommand
    if name == nil, context.output.isTerminal {
      let directory = FileName(".")
      return context.inspect(
        directory, start: .lab(directory), instead: "name an experiment: walscope lab prepare")
    }
    guard let experiment = Self.experiments.first(where: { $0.syntax.subcommand == name }) else {
      throw UsageError("EXPERIMENT is missing", hint: "usage: \(CommandTable.lab.usage)")
    }
    return try experiment.run(context)
  }
}
