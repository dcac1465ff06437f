import JSON
import LogFiles
import LogFormats
import LogInspection
import LogRepair

/// Makes the plans of all actions for a log, and a new log of its records. Nothing is applied.
struct RepairExamination {
  private let log: Log
  private let report: LogReport
  private let directory: FuzzedDirectory

  init(_ log: Log, _ report: LogReport, _ directory: FuzzedDirectory) {
    self.log = log
    self.report = report
    self.directory = directory
  }

  func examine() throws {
    var actions: [RepairAction] = [
      .recover(droppingUncommitted: false), .recover(droppingUncommitted: true), .finalize(nil),
      .repairBit(nil), .deleteBefore(.keeping(1)),
    ]
    if let name = log.layout.segments.last?.name {
      actions += [.truncate(name, at: .lastValid), .truncate(name, at: .record(1))]
    }
    for action in actions {
      guard let plan = try? log.plan(action, report: report, tool: "fuzz") else { continue }
      try examine(plan)
    }
    try salvage()
  }

  private func examine(_ plan: Plan) throws {
    for planned in plan.steps {
      try require(
        planned.going.lowerBound <= planned.going.upperBound, "a step takes a negative range")
    }
    let sink = TextSink()
    var json = JSONWriter(sink)
    json.object { $0.writePlan(plan) }
    let again = try Plan(json: sink.bytes)
    try require(again.steps == plan.steps, "a plan reads back with other steps")
  }

  private func salvage() throws {
    let name = "salvaged"
    defer { directory.remove(name) }
    guard let saved = try? log.salvage(report, to: FileName(directory.path(name))) else { return }
    // Data that are not taken for records are copied with what may be gaps in them.
    guard report.segments.allSatisfy(\.countsRecords) else { return }
    try require(saved.report.verdict != .damaged, "a new log of saved records is damaged")
  }
}

/// JSON in memory.
final class TextSink: JSONSink {
  var bytes: [UInt8] = []
  func write(_ bytes: [UInt8]) { self.bytes += bytes }
  func write(_ text: String) { bytes += Array(text.utf8) }
}
