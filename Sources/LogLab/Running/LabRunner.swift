public import LogFiles

/// How often and how long an experiment measures.
public struct LabPlan: Sendable, Equatable {
  public enum Operations: Sendable, Equatable {
    /// So many for each run.
    case fixed(Int)
    /// As many as let the whole experiment end in about this many nanoseconds, by how long they
    /// take in the warm-up.
    case within(nanoseconds: UInt64)
  }
  /// Rounds that count; there is a warm-up round before them.
  public var rounds: Int
  public var operations: Operations
  public var room: LabRoom

  public init(rounds: Int = 5, operations: Operations, room: LabRoom = .standard) {
    self.rounds = max(1, rounds)
    self.operations = operations
    self.room = room
  }
}

extension LabExperiment {
  /// Makes the experiment in a laboratory of its own below a directory: for each cell a warm-up
  /// round, then the rounds, each with all variants one after the other (A B C A B C), so that what
  /// changes on the machine meanwhile meets all of them.
  ///
  /// When it is stopped, the report says so and has what is known so far. The laboratory is gone at
  /// the end, whatever that is.
  ///
  /// - Throws: `LabFailure` when it could not begin or go on.
  public func run(in path: FileName, plan: LabPlan, control: LabControl)
    throws(LabFailure) -> LabReport
  {
    let parent = try openLabDirectory(path)
    let machine = try inLab { () throws(FileError) in try Machine.describe(parent) }
    let fewest = cells.map { bytesNeeded(by: $0, operations: operations(in: $0).lowerBound) }
    let laboratory = try Laboratory.make(
      below: parent, for: fewest.max() ?? 0, room: plan.room)
    var report = LabReport(
      experiment: name, directory: path, machine: machine, settings: settings, rounds: plan.rounds)
    let start = MonotonicTime.nanoseconds
    var runner = LabRunner(
      experiment: self, laboratory: laboratory, plan: plan, control: control)
    do throws(LabFailure) {
      try runner.runAll()
    } catch {
      guard error.kind == .stopped else {
        _ = runner.end()
        throw error
      }
      report.isInterrupted = true
    }
    report.cells = runner.results
    report.elapsed = MonotonicTime.nanoseconds - start
    report.leftover = runner.end()
    report.conclusions = conclusions(from: report) + [report.warning].compactMap { $0 }
    return report
  }
}

/// Makes the rounds of an experiment.
struct LabRunner<Experiment: LabExperiment> {
  let experiment: Experiment
  let laboratory: Laboratory
  let plan: LabPlan
  let control: LabControl
  private(set) var results: [LabCellResult] = []

  init(experiment: Experiment, laboratory: Laboratory, plan: LabPlan, control: LabControl) {
    self.experiment = experiment
    self.laboratory = laboratory
    self.plan = plan
    self.control = control
  }

  mutating func runAll() throws(LabFailure) {
    let cells = experiment.cells
    control.change {
      $0 = LabProgress()
      $0.experiment = experiment.name
      $0.cells = cells.count
      $0.rounds = plan.rounds
      $0.runsTotal = cells.count * experiment.variants.count * (plan.rounds + 1)
    }
    for (index, cell) in cells.enumerated() { try run(cell, index) }
  }

  /// Removes the laboratory.
  ///
  /// - Returns: why something of it is still there.
  func end() -> FileError? {
    letGoOfFiles { $0.isFinished = true }
    return laboratory.close()
  }

  /// Space comes back only when nobody has the removed files open.
  private func letGoOfFiles(_ more: (inout LabProgress) -> Void = { _ in }) {
    control.change { progress in
      for index in progress.variants.indices { progress.variants[index].file = nil }
      more(&progress)
    }
  }

  private mutating func run(_ cell: LabCell, _ index: Int) throws(LabFailure) {
    control.change {
      $0.cell = index
      $0.cellTitle = cell.title
      $0.round = 0
      $0.variants = experiment.variants.map { VariantProgress(variant: $0) }
    }
    let limits = experiment.operations(in: cell)
    let warmUp =
      switch plan.operations {
      case .fixed(let count): min(count, limits.lowerBound)
      case .within: limits.lowerBound
      }
    var result = LabCellResult(
      cell: cell, operations: warmUp,
      variants: experiment.variants.map { LabVariantResult(variant: $0) })
    try round(0, warmUp, cell, &result)
    let operations = operationCount(within: limits, after: result, of: cell)
    try laboratory.requireRoom(for: experiment.bytesNeeded(by: cell, operations: operations))
    result = LabCellResult(
      cell: cell, operations: operations,
      variants: result.variants.map {
        LabVariantResult(variant: $0.variant, obstacle: $0.obstacle)
      })
    defer {
      if result.variants.contains(where: { !$0.runs.isEmpty || $0.obstacle != nil }) {
        results.append(result)
        let finished = results
        control.change { $0.finished = finished }
      }
    }
    for number in 1...plan.rounds { try round(number, operations, cell, &result) }
    letGoOfFiles()
    for entry in try inLab(laboratory.directory.entries) { try laboratory.remove(entry.name) }
  }

  private func round(
    _ number: Int, _ operations: Int, _ cell: LabCell, _ result: inout LabCellResult
  ) throws(LabFailure) {
    control.change { progress in
      progress.round = number
      for index in progress.variants.indices {
        if case .unavailable = progress.variants[index].state { continue }
        progress.variants[index].state = .waiting
      }
    }
    for index in result.variants.indices where result.variants[index].obstacle == nil {
      try control.checkpoint()
      let reporter = LabReporter(control: control, variant: index, counts: number > 0)
      let turn = LabTurn(
        cell: cell, variant: result.variants[index].variant, round: number, operations: operations,
        laboratory: laboratory, reporter: reporter)
      do throws(LabFailure) {
        var run = try experiment.run(turn)
        if let waited = reporter.processorWait.nanoseconds {
          run.measures.append(LabValue(ProcessorWait.measure, .real(Double(waited) / 1e6)))
        }
        result.variants[index].runs.append(run)
        let elapsed = run.elapsed
        reporter.update {
          $0.state = .done
          if number > 0 { $0.elapsed += elapsed }
        }
      } catch {
        guard error.kind == .unsupported else { throw error }
        result.variants[index].obstacle = error.message
        result.variants[index].runs = []
        reporter.enter(.unavailable(error.message))
      }
      control.change { $0.runsDone += 1 }
    }
  }

  /// How many operations each run of a cell makes: the same for all variants, so that they write
  /// the same bytes.
  private func operationCount(
    within limits: ClosedRange<Int>, after warmUp: LabCellResult, of cell: LabCell
  ) -> Int {
    switch plan.operations {
    case .fixed(let count): return max(1, count)
    case .within(let nanoseconds):
      let runs = experiment.cells.count * experiment.variants.count * (plan.rounds + 1)
      // Half of the time goes into making the files and looking at what came of them.
      let share = Double(nanoseconds) / Double(max(1, runs)) / 2
      let slowest = warmUp.variants.compactMap { $0.timePerOperation?.median }.max() ?? 0
      guard slowest > 0 else { return limits.lowerBound }
      let count = Int(min(share / slowest, 1e9))
      return fitted(max(limits.lowerBound, min(limits.upperBound, count)), to: cell)
    }
  }

  /// Fewer operations where the room does not suffice for so many.
  private func fitted(_ count: Int, to cell: LabCell) -> Int {
    let fewest = experiment.operations(in: cell).lowerBound
    var count = count
    while count > fewest, experiment.bytesNeeded(by: cell, operations: count) > plan.room.limit {
      count = max(fewest, count / 2)
    }
    return count
  }
}
