import JSON
import LogFiles
import LogLab
import Quantities

/// `lab prepare`.
struct LabPrepareCommand {
  private let work: LabWork
  private let settings: PrepareExperiment.Settings
  private var context: CommandContext { work.context }

  init(_ context: CommandContext) throws(UsageError) {
    work = try LabWork(context)
    let command = context.command
    var settings = command.has(.full) ? PrepareExperiment.Settings.full : .init()
    let ways = command.texts(.way).compactMap(PreparationWay.init(rawValue:))
    if !ways.isEmpty { settings.ways = PreparationWay.allCases.filter(ways.contains) }
    let sizes = command.sizes(.recordSize)
    if !sizes.isEmpty { settings.recordSizes = try sizes.map(LabWork.recordSize) }
    let threads = command.counts(.threads)
    if !threads.isEmpty { settings.threads = threads.map { Int(min($0, 256)) } }
    let calls = command.texts(.syncCall).compactMap(SyncCall.init(rawValue:))
    if !calls.isEmpty { settings.syncCalls = calls }
    if command.has(.csv), settings.syncCalls.count > 1 {
      throw UsageError(
        "the published table has no column for the sync call", hint: "give one --sync-call")
    }
    self.settings = settings
  }

  func run() -> ExitStatus {
    let plan = work.plan(seconds: context.command.has(.full) ? 240 : 50)
    return work.run(PrepareExperiment(settings), plan) { report in
      if context.command.has(.csv) {
        context.output.write(PublishedTable.columns + "\n")
        for line in PublishedTable.lines(report) { context.output.write(line + "\n") }
      } else {
        print(report)
      }
    }
  }

  private func print(_ report: LabReport) {
    work.printHeading(report)
    for cell in report.cells {
      let call = cell.cell.text("syncCall") ?? ""
      context.text.line("")
      context.text.line(
        Phrase(cell.cell.title, .strong),
        Phrase(
          ", \(call), \(Quantity.count(cell.operations, "operation")) a run", .faint))
      printLatencies(cell)
      context.text.line("")
      printLayouts(cell)
      if context.command.has(.histogram) { printHistograms(cell) }
    }
    work.printConclusions(report)
  }

  private func printLatencies(_ cell: LabCellResult) {
    var table = TextTable(
      [("WAY", .left)] + Distribution.columns + [("P50 OF ROUNDS", .right), ("RATE", .right)])
    for result in cell.variants {
      if let obstacle = result.obstacle {
        table.add([Phrase(result.variant.name), Phrase(obstacle)])
        continue
      }
      let medians = result.medians.map { "\(Self.time($0.minimum))..\(Self.time($0.maximum))" }
      let rate = result.rate.map { "\(Quantity.grouped(UInt64($0.median)))/s" }
      table.add(
        [Phrase(result.variant.name)] + result.latencies.cells
          + [Phrase(medians ?? "-"), Phrase(rate ?? "-")])
    }
    table.print(to: context.text, indentation: 2)
  }

  private func printLayouts(_ cell: LabCellResult) {
    var table = TextTable(
      [("WAY", .left)]
        + [
          "PREPARE", "EXTENTS", "FRAGMENTS", "CONVERTED", "ALLOCATED", "SYNCS", "WRITES",
          "READ BACK", "CPU WAIT",
        ].map { ($0, .right) })
    for result in cell.variants where result.obstacle == nil {
      func median(_ name: String) -> Double? { result.spread { $0.measure(name) }?.median }
      func change(_ name: String, _ text: (Double) -> String) -> Phrase {
        let (before, after) = (median("\(name)Before"), median("\(name)After"))
        guard let before, let after else { return "-" }
        return Phrase("\(text(before)) > \(text(after))")
      }
      func count(_ number: Double) -> String { Quantity.grouped(UInt64(number)) }
      func size(_ number: Double) -> String { Quantity.bytes(UInt64(number)) }
      let operations = Double(max(1, cell.operations))
      table.add([
        Phrase(result.variant.name),
        Phrase(median("prepareMilliseconds").map { Self.time($0 * 1e6) } ?? "-"),
        change("extents", count), change("fragments", count),
        Phrase(median("convertedBytes").map(size) ?? "-"), change("allocatedSize", size),
        Phrase(median("syncs").map(count) ?? "-"),
        Phrase(median("deviceWrites").map { FixedPoint.text($0 / operations, digits: 2) } ?? "-"),
        Phrase(median("readBackMilliseconds").map { Self.time($0 * 1e6) } ?? "-"),
        Phrase(result.processorWaitShare.map { "\(Int(($0 * 100).rounded())) %" } ?? "-"),
      ])
    }
    table.print(to: context.text, indentation: 2)
  }

  private func printHistograms(_ cell: LabCellResult) {
    for result in cell.variants where result.obstacle == nil {
      context.text.line("")
      context.text.line("  \(result.variant.name)")
      let bars = result.latencies.bars(perOctave: 2)
      let most = bars.map(\.count).max() ?? 1
      var table = TextTable([("FROM", .right), ("COUNT", .right), ("", .left)])
      for bar in bars {
        let width = Int((Double(bar.count) / Double(max(1, most)) * 50).rounded(.up))
        table.add([
          Phrase(Self.time(Double(bar.range.lowerBound))), Phrase(Quantity.grouped(bar.count)),
          Phrase(String(repeating: "#", count: width)),
        ])
      }
      table.print(to: context.text, indentation: 4)
    }
  }

  private static func time(_ nanoseconds: Double) -> String {
    Quantity.duration(.nanoseconds(Int64(nanoseconds)))
  }
}
