import LogFiles
import LogFormats
import LogInspection
import TestSupport
import Testing

struct `Made okaywal logs` {
  private func made(
    _ damage: LogDamage? = nil, _ change: (inout LogRecipe) -> Void = { _ in }
  ) throws -> (log: MadeLog, report: LogReport) {
    let directory = try TemporaryDirectory()
    let open = try directory.open()
    var recipe = LogRecipe()
    recipe.records = 600
    recipe.segmentSize = 32_768
    change(&recipe)
    var log = try OkayWAL().make(recipe, in: open) { _ in true }
    if let damage { _ = try damage.apply(to: &log, in: open) }
    let tree = try LogTree.open(FileName(directory.path), format: "okaywal")
    return (log, tree.logs[0].scan())
  }

  @Test(arguments: [Preallocation.none, .allocate, .setLength])
  func `hold the entries of the recipe in segments that are named by them`(
    preallocation: Preallocation
  ) throws {
    let (log, report) = try made { $0.preallocation = preallocation }
    #expect(report.verdict == .clean, "\(report.findings.map(\.message))")
    #expect(report.segments.reduce(0) { $0 + $1.records } == 600)
    #expect(report.segments.count > 2 && report.segments.count == log.segments.count)
    var next: UInt64 = 1
    for segment in report.segments {
      #expect(segment.file.id == next && segment.fileSize >= 32_768)
      next += segment.records
    }
    #expect(report.forecasts.first { $0.mode == "propagate-errors" }?.keepsRecords == 600)
  }

  @Test func `end with an aborted entry after a crash`() throws {
    let (_, report) = try made { $0.closesCleanly = false }
    #expect(report.segments.last?.flawedRecords == 1 && report.verdict == .clean)
    #expect(report.findings.contains { $0.code == .abortedRecords })
  }

  @Test(arguments: [
    LogDamage.tornTail, .bitFlip, .firstRecord, .wrongLength, .hugeLength, .zeroHole,
    .missingSegment, .erasedMiddle, .recordsAfterZeros, .tornSealedSegment,
  ])
  func `show the damage that was done to them`(damage: LogDamage) throws {
    let (_, report) = try made(damage) { $0.kinds = ["entry"] }
    #expect(report.verdict != .clean)
  }
}
