/// Stands in for the command, of which the tables of the command line need the syntax alone.
enum LabCommand {
  struct Experiment: Sendable {
    let syntax: VerbSyntax
  }

  static let experiments: [Experiment] = [
    Experiment(syntax: CommandTable.labPrepare), Experiment(syntax: CommandTable.labScan),
  ]
}
