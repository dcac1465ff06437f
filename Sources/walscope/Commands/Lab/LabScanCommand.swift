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
    if command.has(.valueSize) {
      throw UsageError(
        "--value-size means nothing with --resync", hint: "leave one of them out")
    }
    var settings = ResyncExperiment.Settings()
    let formats = try work.formats(of: HostileFile.formats)
    if !formats.isEmpty { settings.formats = formats }
    if let size = command.size(.logSize) { settings.logSize = min(max(1 << 20, size), 1 << 40) }
    if let threads = command.counts(.threads).first { settings.threads = Int(min(threads, 256)) }
    return settings
  }

  func run() -> ExitStatus {
    if let resync {
      let experiment = ResyncExperiment(resync)
      return work.run(experiment, work.plan()) { report in
        work.printHeading(report)
        printResync(report, experiment.variants)
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

  private func printResync(_ report: LabReport, _ variants: [LabVariant]) {
    context.text.line("")
    // Behind each way of checking, how many times as long as the floor it takes.
    let checks = variants.dropFirst()
    var table = TextTable(
      [("CONTENTS", .left), ("FLOOR", .right)]
        + checks.flatMap { [($0.name.uppercased(), .right), ("TIMES", .right)] })
    for cell in report.cells {
      func speed(_ variant: LabVariant) -> Phrase {
        let speed = cell.variant(variant.name)?.spread { $0.measure("gigabytesPerSecond") }
        return Phrase(speed.map { Self.speed($0.median) } ?? "-")
      }
      table.add(
        [Phrase(cell.cell.title)] + variants.prefix(1).map(speed)
          + checks.flatMap { variant in
            let times = ResyncExperiment.timesFloor(cell, variant)
            return [speed(variant), Phrase(times.map { FixedPoint.text($0, digits: 1) } ?? "-")]
          })
    }
    table.print(to: context.text, indentation: 2)
  }

  private static func speed(_ gigabytesPerSecond: Double) -> String {
    Quantity.rate(bytes: UInt64(gigabytesPerSecond * 1e9), in: .seconds(1))
  }
}
