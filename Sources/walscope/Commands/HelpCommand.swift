import LogFiles

/// `help [VERB [SUBCOMMAND]]`.
struct HelpCommand {
  let context: CommandContext
  init(_ context: CommandContext) { self.context = context }

  func run() throws(UsageError) -> ExitStatus {
    let verb = context.command.operands.first?.utf8.flatMap(Verb.init(rawValue:))
    var syntax = CommandTable.syntax(of: verb)
    if context.command.operands.count > 1, let verb {
      let word = context.command.operands[1].lossyText
      guard let found = CommandTable.syntax(of: verb, word) else {
        throw UsageError.unknownSubcommand(word, of: syntax)
      }
      syntax = found
    }
    context.output.write(HelpText.help(for: syntax))
    return .done
  }
}
