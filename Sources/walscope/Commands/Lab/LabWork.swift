import JSON
import LogFiles
import LogLab
import Quantities

/// An experiment, made with progress, and what all experiments say of themselves.
struct LabWork {
  let context: CommandContext
  /// The directory below which it works.
  let directory: FileName

  /// - Throws: `UsageError` when the directory is named twice.
  init(_ context: CommandContext) throws(UsageError) {
    self.context = context
    let command = context.command
    if let operand = command.operands.first, command.has(.dir) {
      throw UsageError(
        "the directory is named twice, as \(operand.lossyText) and with --dir", hint: "name it once"
      )
    }
    directory = command.operands.first ?? command.bytes(.dir) ?? FileName(".")
  }

  /// The formats that the options name, in the order of `known`; empty where they name none.
  func formats(of known: [String]) throws(UsageError) -> [String] {
    let named = context.command.texts(.logFormat)
    if let other = named.first(where: { !known.contains($0) }) {
      throw UsageError(
        "the lab has nothing to measure for the format \(other)",
        hint: "it has for \(known.joined(separator: ", "))")
    }
    return known.filter(named.contains)
  }

  /// A size in bytes that can be measured.
  static func recordSize(_ size: UInt64) throws(UsageError) -> Int {
    guard (8...(64 << 20)).contains(size) else {
      throw UsageError("\(size) bytes are no size to measure with", hint: "8 to 64M")
    }
    return Int(size)
  }

  /// How much room the options leave to it.
  var room: LabRoom { context.command.size(.maxBytes).map(LabRoom.init(limit:)) ?? .standard }

  /// Rounds as the options say.
  var rounds: Int { Int(min(context.command.count(.rounds) ?? 5, 1_000)) }

  /// Rounds and operations as the options say, else `operations`, or as many as fit into `seconds`.
  func plan(seconds: UInt64 = 50, operations: Int? = nil) -> LabPlan {
    let command = context.command
    let time = min(command.count(.seconds) ?? seconds, 1_000_000) * 1_000_000_000
    let fixed = command.count(.operations).map { Int(min($0, 100_000_000)) } ?? operations
    return LabPlan(
      rounds: rounds, operations: fixed.map { .fixed($0) } ?? .within(nanoseconds: time), room: room
    )
  }

  /// Makes the experiment, and prints its report: as JSON where that is asked for, else what all
  /// experiments say of themselves, with each combination of settings by `printCell` in between.
  func run(
    _ experiment: some LabExperiment, _ plan: LabPlan, printCell: (LabCellResult) -> Void
  ) -> ExitStatus {
    run(experiment, plan) { report in
      printHeading(report)
      for cell in report.cells { printCell(cell) }
      printConclusions(report)
    }
  }

  /// Makes the experiment, and prints its report: as JSON where that is asked for, else by `print`.
  func run(
    _ experiment: some LabExperiment, _ plan: LabPlan, print: (LabReport) -> Void
  ) -> ExitStatus {
    Interruption.watchEverything()
    tellAbandoned()
    let control = LabControl()
    let directory = directory
    let work = WatchedWork(control: control, progress: context.progressLine())
    let result = work.run { () -> Result<LabReport, LabFailure> in
      Result { () throws(LabFailure) in
        try experiment.run(in: directory, plan: plan, control: control)
      }
    }
    switch result {
    case .failure(let failure): return report(failure)
    case .success(let report):
      if context.wantsJSON {
        var json = context.json
        report.write(to: &json, by: experiment)
        json.endLine()
      } else {
        print(report)
      }
      return finish(report)
    }
  }

  private func tellAbandoned() {
    guard let parent = try? OpenDirectory.open(directory),
      let names = try? Laboratory.abandoned(below: parent)
    else { return }
    for name in names {
      context.diagnostics.report(
        directory.appending(name), "an experiment that was killed has left it", advice: "remove it")
    }
  }

  /// Says why an experiment came to nothing.
  func report(_ failure: LabFailure) -> ExitStatus {
    let path = failure.file.map { directory.appending($0) } ?? directory
    context.diagnostics.report(path, failure.message, advice: failure.advice)
    switch failure.kind {
    case .refused: return .refused
    case .stopped: return .interrupted
    case .failed, .unsupported: return .failed
    }
  }

  private func finish(_ report: LabReport) -> ExitStatus {
    if let leftover = report.leftover {
      context.diagnostics.report(
        directory,
        "what the experiment made could not be removed: \(leftover.whatHappened)",
        advice: "remove \(Laboratory.prefix)* there")
    }
    if report.isInterrupted {
      context.output.flush()
      context.diagnostics.report(
        "interrupted: \(Quantity.count(report.cells.flatMap(\.variants).flatMap(\.runs).count, "run"))"
          + " made, the figures are of those; the files are removed")
      return .interrupted
    }
    return report.leftover == nil ? .done : .failed
  }

  // MARK: Text that experiments have in common

  /// The machine, and how the rounds were made.
  func printHeading(_ report: LabReport) {
    context.text.line(
      Phrase("lab \(report.experiment)", .strong),
      Phrase("  \(DisplayName.text(report.directory))  \(report.machine.words)"))
    context.text.line(
      Phrase(
        "\(Quantity.count(report.rounds, "round")), the variants taking turns, after a warm-up;"
          + " \(Quantity.duration(.nanoseconds(Int64(clamping: report.elapsed)))) in all", .faint))
  }

  /// The sentences at the end.
  func printConclusions(_ report: LabReport) {
    context.text.line("")
    for sentence in report.conclusions {
      context.text.paragraph(
        sentence, indentation: 2, first: "- ", columns: context.textColumns)
    }
  }
}

extension Distribution {
  /// Average, least, most, standard deviation, share of outliers, and three percentiles, as cells of
  /// a table.
  var cells: [Phrase] {
    func time(_ nanoseconds: Double) -> Phrase {
      Phrase(Quantity.duration(.nanoseconds(Int64(nanoseconds))))
    }
    guard count > 0 else { return Array(repeating: Phrase("-"), count: 8) }
    return [
      time(average), time(Double(minimum)), time(Double(maximum)), time(standardDeviation),
      Phrase(FixedPoint.text(outlierShare * 100, digits: 1)),
    ] + [0.5, 0.99, 0.999].map { time(Double(percentile($0))) }
  }

  /// The headings of these cells.
  static let columns: [(title: String, alignment: TextTable.Alignment)] = [
    "AVG", "MIN", "MAX", "STDDEV", "OUT%", "P50", "P99", "P99.9",
  ].map { ($0, .right) }
}
