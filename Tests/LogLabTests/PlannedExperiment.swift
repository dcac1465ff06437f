import LogFiles
import Synchronization

@testable import LogLab

/// An experiment whose runs do what a test wants, and note their order.
final class PlannedExperiment: LabExperiment {
  let name = "planned"
  let variants: [LabVariant]
  let cells: [LabCell]
  let settings: [LabValue] = []
  private let body: @Sendable (LabTurn) throws(LabFailure) -> UInt64
  private let made = Mutex<[String]>([])

  /// `body` answers the nanoseconds of each operation.
  init(
    _ names: [String], cells: [String] = ["one"],
    _ body: @escaping @Sendable (LabTurn) throws(LabFailure) -> UInt64
  ) {
    variants = names.map { LabVariant(name: $0, title: $0) }
    self.cells = cells.map { LabCell(title: $0, settings: [LabValue("cell", .text($0))]) }
    self.body = body
  }

  /// `cell/round/variant` of each run, in order.
  var order: [String] { made.withLock { $0 } }

  func operations(in cell: LabCell) -> ClosedRange<Int> { 4...1_000 }
  func bytesNeeded(by cell: LabCell, operations: Int) -> UInt64 { 1 << 16 }

  func run(_ turn: LabTurn) throws(LabFailure) -> LabRun {
    made.withLock { $0.append("\(turn.cell.title)/\(turn.round)/\(turn.variant.name)") }
    let each = try body(turn)
    var latencies = Distribution()
    for _ in 0..<turn.operations { latencies.record(each) }
    return LabRun(
      operations: UInt64(turn.operations), payloadBytes: 0,
      elapsed: each * UInt64(turn.operations), latencies: latencies)
  }

  func conclusions(from report: LabReport) -> [String] {
    [Conclusion(variants[0], with: variants[1], in: report.cells) { $0.medians }]
      .compactMap { $0.sentence(place: "this disk", work: "a commit") }
  }
}

extension PlannedExperiment {
  func run(
    in path: String, rounds: Int = 3, operations: LabPlan.Operations = .fixed(10),
    control: LabControl = LabControl()
  ) throws(LabFailure) -> LabReport {
    try run(
      in: FileName(path), plan: LabPlan(rounds: rounds, operations: operations), control: control)
  }
}
