import JSON
import LogLab
import Quantities

/// `lab scan`.
struct LabScanCommand {
  private let work: LabWork
  private let settings: ScanExperiment.Settings
  private let resync: ResyncExperiment.Settings?
  private var context: CommandContext { work.context }

  init(_ context: CommandContext) throws(UsageError) {
    work = try LabWork(context)
    let command = context.command
    if command.has(.resync) {
      resync = try Self.resyncSettings(work)
      settings = ScanExperiment.Settings()
      return
    }
    resync = nil
    var settings = ScanExperiment.Settings()
    let formats = try work.formats(of: ScanExperiment.formats)
    if !formats.isEmpty { settings.formats = formats }
    let sizes = command.sizes(.valueSize)
    if !sizes.isEmpty { settings.valueSizes = try sizes.map(LabWork.recordSize) }
    if let size = command.size(.logSize) { settings.logSize = max(1 << 20, size) }
    if let threads = command.counts(.threads).first { settings.threads = Int(min(threads, 256)) }
    self.settings = settings
  }

  private static func resyncSettings(_ work: LabWork) throws(UsageError)
    -> ResyncExperiment.Settings
  {
    let command = work.context.command
    for option in [OptionName.valueSize, .threads] where command.has(option) {
      throw UsageError(
        "--\(option.rawValue) means nothing with --resync", hint: "leave one of them out")
    }
    var settings = ResyncExperiment.Settings()
    let formats = try work.formats(of: HostileFile.formats)
    if !formats.isEmpty { settings.formats = formats }
    if let size = command.size(.logSize) { settings.logSize = min(max(1 << 20, size), 1 << 40) }
    return settings
  }

  func run() -> ExitStatus {
    if let resync {
      return work.run(ResyncExperiment(resync), work.plan()) { report in
        work.printHeading(report)
        printResync(report)
        work.printConclusions(report)
      }
    }
    return work.run(ScanExperiment(settings), work.plan(), printCell: print)
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

  private func printResync(_ report: LabReport) {
    context.text.line("")
    var table = TextTable(
      [("CONTENTS", .left), ("FLOOR", .right), ("CHECK", .right), ("TIMES THE FLOOR", .right)])
    for cell in report.cells {
      let speeds = cell.variants.map { $0.spread { $0.measure("gigabytesPerSecond") }?.median }
      table.add(
        [Phrase(cell.cell.title)] + speeds.map { Phrase($0.map(Self.speed) ?? "-") }
          + [
            Phrase(
              ResyncExperiment.timesFloor(cell).map { FixedPoint.text($0, digits: 1) } ?? "-")
          ])
    }
    table.print(to: context.text, indentation: 2)
  }

  private static func speed(_ gigabytesPerSecond: Double) -> String {
    Quantity.rate(bytes: UInt64(gigabytesPerSecond * 1e9), in: .seconds(1))
  }
}
