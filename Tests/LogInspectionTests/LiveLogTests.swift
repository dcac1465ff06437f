import Glibc
import LogFiles
import LogFormats
import LogInspection
import TestSupport
import Testing

@Suite(.serialized) struct `A log that its owner writes to` {
  private static let harmless: Set<SegmentVerdict> = [.clean, .preallocatedTail, .empty]

  @Test func `is never called damaged, and a record left torn is`() throws {
    let directory = try TemporaryDirectory()
    let program = try TerminalSession.builtProgram("LogWriterProbe")
    let writer = try ChildProcess([program, "--in-pieces", directory.path])
    #expect(writer.readLine() == "writing")
    var records: UInt64 = 0
    let clock = ContinuousClock()
    let deadline = clock.now + .seconds(3)
    while clock.now < deadline {
      let log = try #require(try LogTree.open(FileName(directory.path)).logs.first)
      let report = log.scan(threads: 2)
      for segment in report.segments where !segment.isGone {
        let fault =
          "\(segment.verdict) \(String(describing: segment.firstInvalid))"
        #expect(Self.harmless.contains(segment.verdict), "\(fault)")
        records += segment.records
      }
      let told = report.findings.filter { $0.severity > .note && $0.code != .missingSegment }
      #expect(told.isEmpty, "\(told.map(\.message))")
    }
    #expect(records > 0)
    writer.closeInput()
    #expect(writer.wait() == 0)
    let log = try #require(try LogTree.open(FileName(directory.path)).logs.first)
    let last = try #require(log.scan().segments.last)
    #expect(last.verdict == .tornTail)
    #expect(last.beingWrittenBy == nil)
  }
}

@Suite struct `A scan that is stopped` {
  @Test func `keeps what it has passed, and says so`() throws {
    let story = try LogStory().write(records: 30_000, valueSize: 100).damage(record: 20_000)
    let control = ScanControl()
    control.cancel()
    let none = try story.scan(control: control)
    #expect(none.report.isInterrupted)
    #expect(none.report.records == 0)
    #expect(none.report.ranges.map(\.kind) == [.unknown])
    #expect(none.report.bytesRead <= 1 << 18)
    #expect(try story.judge().verdict == .attention || story.judge().verdict == .damaged)
  }

  /// Stopped at some moment of the scan: whatever it has, it is right, and the rest is unknown.
  @Test func `at any moment leaves ranges that tile the file`() async throws {
    let story = try LogStory().write(records: 60_000, valueSize: 100).damage(record: 20_000)
    try story.save()
    let size = UInt64(story.bytes.count)
    let whole = story.scanFile()
    for part in 1...6 {
      let control = ScanControl()
      let limit = size * UInt64(part) / 8
      let stopper = Task.detached {
        while control.bytesDone < limit { await Task.yield() }
        control.cancel()
      }
      let scanned = story.scanFile(control: control)
      await stopper.value
      let report = scanned.report
      #expect(report.ranges.last?.end == size)
      #expect(report.records + report.afterDamage.records <= 59_999)
      #expect(scanned.index.rowCount <= whole.index.rowCount + 1)
      #expect(report.isInterrupted == (report.ranges.last?.kind == .unknown))
      if report.isInterrupted { #expect(report.bytesRead < limit + (2 << 20)) }
    }
  }

  @Test func `by an error keeps the records before it`() throws {
    let story = try LogStory().write(records: 30_000, valueSize: 100)
    try story.save()
    let script = FaultScript { call, number in
      call == .read && number >= 4 ? .error(5) : nil
    }
    let tree = try LogTree.open(
      FileName(story.directory.path(story.fileName)), format: "nori-wal", calls: script.calls)
    let scanned = tree.logs[0].scanSegment(0)
    #expect(scanned.report.verdict == .unreadable)
    #expect(scanned.report.failure?.contains("reading it failed") == true)
    #expect(scanned.report.records > 1000)
    #expect(scanned.report.ranges.map(\.kind) == [.records, .unknown])
    #expect(scanned.report.ranges.last?.end == UInt64(story.bytes.count))
  }

  @Test func `by the file being cut under it is made again`() throws {
    let story = try LogStory().write(records: 10_000, valueSize: 100)
    try story.save()
    let path = FileName(story.directory.path(story.fileName))
    let half = story.records[5000].upperBound
    let writer = try FileWriter(story.directory.path(story.fileName))
    let script = FaultScript { call, number in
      if call == .read, number == 3 { try? writer.truncate(half) }
      return nil
    }
    let tree = try LogTree.open(path, format: "nori-wal", calls: script.calls)
    let report = tree.logs[0].scanSegment(0).report
    #expect(report.verdict == .clean)
    #expect(report.records == 5001)
    #expect(report.rescans == 1)
    #expect(!report.wasTruncatedWhileReading)
    let log = tree.logs[0].judge([report])
    #expect(log.verdict == .clean)
    #expect(log.findings.map(\.code) == [.truncatedWhileReading])
  }

  @Test func `because the file is gone is no damage`() throws {
    let directory = try TemporaryDirectory()
    try directory.write(LogStory.record(key: [1], value: [2]), to: "000000.wal")
    let path = try directory.write(LogStory.record(key: [1], value: [2]), to: "000001.wal")
    let log = try #require(try LogTree.open(FileName(directory.path)).logs.first)
    try #require(unlink(path) == 0)
    let report = log.scan()
    #expect(report.segments.map(\.isGone) == [false, true])
    #expect(report.findings.allSatisfy { $0.severity == .note })
    #expect(report.findings.contains { $0.code == .vanishedSegment })
  }
}
