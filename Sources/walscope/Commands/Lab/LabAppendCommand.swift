import JSON
import LogLab
import Quantities

/// `lab append`.
struct LabAppendCommand {
  private let work: LabWork
  private let settings: AppendExperiment.Settings
  private var context: CommandContext { work.context }

  init(_ context: CommandContext) throws(UsageError) {
    work = try LabWork(context)
    let command = context.command
    var settings = AppendExperiment.Settings()
    let strategies = command.texts(.strategy).compactMap(AppendStrategy.init(rawValue:))
    if !strategies.isEmpty {
      settings.strategies = AppendStrategy.allCases.filter(strategies.contains)
    }
    let sizes = command.sizes(.recordSize)
    if !sizes.isEmpty { settings.sizes = try sizes.map(Self.size) }
    if let processes = command.count(.processes) {
      guard processes <= AppendExperiment.mostProcesses else {
        throw UsageError(
          "\(processes) processes cannot be told apart",
          hint: "at most \(AppendExperiment.mostProcesses)")
      }
      settings.processes = Int(processes)
    }
    settings.operations = command.count(.operations).map {
      Int(min($0, UInt64(AppendExperiment.mostOperations)))
    }
    self.settings = settings
  }

  private static func size(_ size: UInt64) throws(UsageError) -> Int {
    guard (1...(1 << 20)).contains(size) else {
      throw UsageError("\(size) bytes are no size of an append", hint: "1 to 1M")
    }
    return Int(size)
  }

  func run() -> ExitStatus {
    // The experiment knows how many appends belong to each size.
    let plan = LabPlan(
      rounds: work.rounds, operations: .within(nanoseconds: 0), room: work.room)
    return work.run(AppendExperiment(settings), plan, printCell: print)
  }

  private func print(_ cell: LabCellResult) {
    let (processes, operations) = (
      cell.cell.integer("processes"), cell.cell.integer("operationsPerProcess")
    )
    context.text.line("")
    context.text.line(
      Phrase(cell.cell.title, .strong),
      Phrase(
        ", \(Quantity.count(processes, "process", "processes")) with "
          + "\(Quantity.count(operations, "append")) each", .faint))
    var table = TextTable(
      [("STRATEGY", .left)]
        + ["TOTAL", "MIN", "MAX", "US/CALL", "MB/S", "LOST", "PUBLISHED"].map { ($0, .right) })
    for variant in cell.variants {
      guard variant.obstacle == nil, let result = AppendResult(variant, in: cell.cell) else {
        table.add([Phrase(variant.variant.name), Phrase(variant.obstacle ?? "-")])
        continue
      }
      let times = [
        result.nanoseconds.median, result.nanoseconds.minimum, result.nanoseconds.maximum,
      ]
      table.add(
        [Phrase(variant.variant.name)]
          + times.map { Phrase("\(FixedPoint.text($0 / 1e6, digits: 1)) ms") }
          + [
            Phrase(FixedPoint.text(result.microsecondsPerCall, digits: 3)),
            Phrase(FixedPoint.text(result.megabytesPerSecond, digits: 1)),
            Phrase(Quantity.grouped(result.bytesLost)),
            Phrase(result.published.map { FixedPoint.text($0, digits: 2) } ?? "-"),
          ])
    }
    table.print(to: context.text, indentation: 2)
  }
}
