import LogFiles
import LogFormats
import LogInspection
import TestSupport
import Testing

struct `Made okaywal logs` {
  private func made(
    _ damage: LogDamage? = nil, after events: [String] = [],
    _ change: (inout LogRecipe) -> Void = { _ in }
  ) throws -> (log: MadeLog, report: LogReport) {
    let directory = try TemporaryDirectory()
    let open = try directory.open()
    var recipe = LogRecipe()
    recipe.records = 600
    recipe.segmentSize = 32_768
    change(&recipe)
    var log = try OkayWAL().make(recipe, in: open) { _ in true }
    for name in events {
      let event = try #require(OkayWAL().events.first { $0.name == name })
      _ = try OkayWAL().apply(event, to: &log, in: open)
    }
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

  @Test func `have checkpointed segments, whose entries nobody wants any more`() throws {
    let (log, report) = try made(after: ["checkpoint"])
    let first = try #require(report.segments.first)
    #expect(first.file.name.utf8 == "wal-1-cp" && first.file.state == .checkpointed)
    #expect(report.verdict == .clean && report.segments.count == log.segments.count)
    let kept = report.forecasts.first { $0.mode == "propagate-errors" }?.keepsRecords
    #expect(kept == 600 - first.records)
  }

  @Test func `are recycled: new entries in front, and the old ones behind them as remains`() throws
  {
    let (_, report) = try made(after: ["checkpoint", "recycle"])
    let last = try #require(report.segments.last)
    #expect(last.file.name.utf8 == "wal-601" && last.records == 4)
    #expect(last.verdict == .staleTail && report.verdict == .clean)
    let recycled = report.ranges(of: last, .stale)
    #expect(recycled > 100)
    #expect(report.findings.contains { $0.code == .recycledRemains && $0.severity == .note })
    #expect(!report.segments.contains { $0.file.name.utf8?.hasPrefix("wal-1-") == true })
  }

  @Test func `have a backup copy beside them, which the owner reads as well`() throws {
    let (_, report) = try made(after: ["backup-copy"])
    #expect(report.findings.contains { $0.code == .duplicateSegment })
    #expect(report.verdict == .damaged)
  }

  @Test func `of one segment have none to checkpoint or to recycle`() throws {
    for event in ["checkpoint", "recycle"] {
      #expect(throws: MakeError.self) { try made(after: [event]) { $0.records = 3 } }
    }
  }
}

extension LogReport {
  /// Records of an earlier life in a segment.
  fileprivate func ranges(of segment: SegmentReport, _ kind: RangeKind) -> UInt64 {
    segment.ranges.filter { $0.kind == kind }.reduce(0) { $0 + $1.records }
  }
}
