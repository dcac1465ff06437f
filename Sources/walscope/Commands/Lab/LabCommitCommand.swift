import LogLab
import Quantities

/// `lab commit`.
struct LabCommitCommand {
  private let work: LabWork
  private let settings: CommitExperiment.Settings
  private var context: CommandContext { work.context }

  init(_ context: CommandContext) throws(UsageError) {
    work = try LabWork(context)
    let command = context.command
    var settings = CommitExperiment.Settings()
    settings.formats = try work.formats(of: CommitExperiment.formats)
    let sizes = command.sizes(.recordSize)
    if !sizes.isEmpty { settings.recordSizes = try sizes.map(LabWork.recordSize) }
    let threads = command.counts(.threads)
    if !threads.isEmpty { settings.threads = threads.map { Int(min($0, 256)) } }
    self.settings = settings
  }

  func run() -> ExitStatus {
    work.run(CommitExperiment(settings), work.plan(), printCell: print)
  }

  private func print(_ cell: LabCellResult) {
    context.text.line("")
    context.text.line(Phrase(cell.cell.title, .strong))
    var table = TextTable([("WRITER", .left)] + Distribution.columns + [("RATE", .right)])
    for result in cell.variants {
      guard result.obstacle == nil, result.latencies.count > 0 else {
        table.add([Phrase(result.variant.name), Phrase(result.obstacle ?? "-")])
        continue
      }
      let rate = result.rate.map { "\(Quantity.grouped(UInt64($0.median)))/s" }
      table.add([Phrase(result.variant.name)] + result.latencies.cells + [Phrase(rate ?? "-")])
    }
    table.print(to: context.text, indentation: 2)
  }
}
