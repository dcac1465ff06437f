import LogFiles

/// `help [VERB]`.
struct HelpCommand {
  let context: CommandContext
  init(_ context: CommandContext) { self.context = context }

  func run() -> ExitStatus {
    let verb = context.command.operands.first?.utf8.flatMap(Verb.init(rawValue:))
    context.output.write(HelpText.help(for: CommandTable.syntax(of: verb)))
    return .done
  }
}
