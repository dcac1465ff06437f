import Glibc
import LogFiles
import LogFormats
import LogInspection
import TestSupport
import Testing

@testable import walscope

@Suite("What is known of a log whose files come and go")
struct LogStateTests {
  private static let record = LogStory.record(key: [0x6b], value: [0x76])

  private static func name(_ number: Int) -> String { "00000\(number).wal" }

  /// A log of the segments 1 to 4, each with ten times so many records, its scan, and the same log
  /// without 1 and 2, but with 0.
  private func log() throws -> (old: Log, scan: LogReport, new: Log, directory: TemporaryDirectory)
  {
    let directory = try TemporaryDirectory()
    func write(_ number: Int, records: Int) throws {
      let bytes = Array(repeating: Self.record, count: records).flatMap { $0 }
      try directory.write(bytes, to: Self.name(number))
    }
    for number in 1...4 { try write(number, records: number * 10) }
    let old = try LogTree.open(FileName(directory.path)).logs[0]
    let scan = old.scan()
    for number in 1...2 { try #require(unlink(directory.path(Self.name(number))) == 0) }
    try write(0, records: 7)
    let new = try #require(try old.foundAgain(in: old.directory))
    return (old, scan, new, directory)
  }

  private func facts(_ number: Int, in log: Log) throws -> FileFacts {
    FileFacts(try log.directory.status(of: FileName(Self.name(number))))
  }

  @Test("stays known of the files that are still there")
  func moving() throws {
    let (old, scan, new, directory) = try log()
    defer { withExtendedLifetime(directory) {} }
    var state = LogState(old, generation: 0)
    state.note(scan, of: old, from: .now)
    state.note(extentCounts: [1, 2, 3, 4], from: 0, in: old)
    state.note(.mapped([], isComplete: true), ofSegment: 3, in: old)
    state.move(to: new)
    #expect(state.reports.map(\.file) == new.layout.segments)
    #expect(state.reports.indices.map { state.reports.figures(at: $0)?.records } == [nil, 30, 40])
    #expect(try state.files == [nil, facts(3, in: new), facts(4, in: new)])
    #expect(state.extentCounts == [nil, 3, 0])
    #expect(state.extents?.segment == 2)
    #expect(state.totals.records == 70 && state.totals.scanned == 2 && state.totals.sized == 2)
    #expect(state.totals.size == UInt64(70 * Self.record.count))
    state.move(to: old)
    #expect(state.reports.known == 2 && state.totals.records == 70)
  }

  @Test("is told by a scan that began before, each file under its name")
  func lateScan() throws {
    let (old, scan, new, directory) = try log()
    defer { withExtendedLifetime(directory) {} }
    var state = LogState(old, generation: 0)
    state.note(scan.segments[0], ofSegment: 0, in: old)
    state.move(to: new)
    for index in scan.segments.indices {
      let report = scan.segments[index]
      state.note(report, ofSegment: index, in: old)
      let facts = try #require(report.status.map { FileFacts($0) })
      state.note(facts, ofSegment: index, in: old)
    }
    state.note(extentCounts: [1, 2, 3, 4], from: 0, in: old)
    state.note(.mapped([], isComplete: true), ofSegment: 2, in: old)
    #expect(state.reports.map(\.file) == new.layout.segments)
    #expect(state.reports.indices.map { state.reports.figures(at: $0)?.records } == [nil, 30, 40])
    #expect(state.totals.records == 70 && state.totals.scanned == 2 && state.totals.sized == 2)
    #expect(state.extentCounts == [nil, 0, 4])
    #expect(state.extents?.segment == 1)
    // What following has told of a file that the scan does not know stays.
    var live = scan.segments[0]
    live.file = new.layout.segments[0]
    live.records = 7
    state.replace(live, at: 0)
    state.note(scan, of: old, from: .now)
    #expect(state.reports.map(\.file) == new.layout.segments)
    #expect(state.reports.map(\.records) == [7, 30, 40])
    #expect(state.totals.records == 77 && state.totals.scanned == 3 && state.totals.sized == 3)
    #expect(state.isFinal == false && state.report?.segments.count == 4)
  }

  @Test("keeps what following tells of a file when an older scan comes in")
  func liveFigures() throws {
    let (_, _, log, directory) = try log()
    let scan = log.scan()
    let bytes = Array(repeating: Self.record, count: 50).flatMap { $0 }
    try directory.write(bytes, to: Self.name(4))
    var state = LogState(log, generation: 0)
    let control = ScanControl()
    var work = FollowWork(log, number: 1)
    state.follow = FollowState(control, number: 1)
    _ = state.follow?.take(work.begin(control))
    state.note(scan.segments[2], ofSegment: 2, in: log)
    #expect(state.reports.figures(at: 2)?.records == 50)
    state.note(scan, of: log, from: .now)
    #expect(state.reports.map(\.records) == [7, 30, 50])
    #expect(state.totals.records == 87)
    #expect(state.files[2]?.size == UInt64(bytes.count))
  }
}
