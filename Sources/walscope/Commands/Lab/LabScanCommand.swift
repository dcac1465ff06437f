import LogLab
import Quantities

/// `lab scan`.
struct LabScanCommand {
  private let work: LabWork
  private let settings: ScanExperiment.Settings
  private var context: CommandContext { work.context }

  init(_ context: CommandContext) throws(UsageError) {
    work = try LabWork(context)
    let command = context.command
    var settings = ScanExperiment.Settings()
    let formats = try work.formats(of: ScanExperiment.formats)
    if !formats.isEmpty { settings.formats = formats }
    let sizes = command.sizes(.valueSize)
    if !sizes.isEmpty { settings.valueSizes = try sizes.map(LabWork.recordSize) }
    if let size = command.size(.logSize) { settings.logSize = max(1 << 20, size) }
    if let threads = command.counts(.threads).first { settings.threads = Int(min(threads, 256)) }
    self.settings = settings
  }

  func run() -> ExitStatus {
    work.run(ScanExperiment(settings), work.plan(), printCell: print)
  }

  private func print(_ cell: LabCellResult) {
    context.text.line("")
    context.text.line(Phrase(cell.cell.title, .strong))
    var table = TextTable(
      [("READER", .left), ("SPEED", .right), ("FROM", .right), ("TO", .right), ("RECORDS", .right)])
    for result in cell.variants {
      guard result.obstacle == nil, let speed = result.spread({ $0.measure("gigabytesPerSecond") })
      else {
        table.add([Phrase(result.variant.name), Phrase(result.obstacle ?? "-")])
        continue
      }
      let records = result.rate.map { $0.median } ?? 0
      table.add(
        [Phrase(result.variant.name)]
          + [speed.median, speed.minimum, speed.maximum].map { Phrase(Self.speed($0)) }
          + [Phrase(records > 0 ? "\(Quantity.grouped(UInt64(records)))/s" : "-")])
    }
    table.print(to: context.text, indentation: 2)
  }

  private static func speed(_ gigabytesPerSecond: Double) -> String {
    Quantity.rate(bytes: UInt64(gigabytesPerSecond * 1e9), in: .seconds(1))
  }
}
