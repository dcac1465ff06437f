import LogFiles
import LogFormats
import TestSupport
import Testing

@testable import LogInspection
@testable import LogLab

/// Files that are made to keep the search for records behind damage busy.
@Suite struct `A hostile file` {
  /// The work is counted in bytes that are read: how long they take is measured by `lab scan
  /// --resync`, which a test could not do on a busy machine.
  @Test(arguments: HostileFile.formats, HostileContents.allCases)
  func `is checked by reading it a few times at most`(
    format: String, contents: HostileContents
  ) throws {
    let size = 4 << 20
    guard HostileFile.contents(of: format).contains(contents) else { return }
    let file = try #require(HostileFile(format: format, contents, size: size))
    let directory = try TemporaryDirectory()
    let bytes = file.bytes
    let path = try directory.write(bytes, to: file.name)
    if let (name, bytes) = file.companion(ofSize: UInt64(bytes.count)) {
      _ = try directory.write(bytes, to: name)
    }
    let log = try #require(try LogTree.open(FileName(path), format: format).logs.first)
    let report = withExtendedLifetime(directory) { log.scan() }
    let segment = try #require(report.segments.first { $0.file.name == FileName(file.name) })
    #expect(segment.failure == nil && !segment.isInterrupted)
    #expect(segment.ranges.count <= 10_001)
    guard file.isSearched else {
      // What one window does not hold whole is read once more.
      #expect(segment.bytesRead <= UInt64(3 * bytes.count))
      #expect(segment.logicalEnd == UInt64(bytes.count))
      return
    }
    // Both budgets, the scan itself, and what the search for a flipped bit reads.
    let limit = UInt64(12 * bytes.count) + 2 * (64 << 20) + (4 << 20)
    #expect(segment.bytesRead <= limit, "\(segment.bytesRead) of \(bytes.count)")
    #expect(segment.records >= UInt64(HostileFile.soundRecords))
    #expect(segment.afterDamage.records > 0)
    // What may have been passed over is told. Without checksums a record that is none may lead into
    // the midst of the sound ones; then it holds the first of them.
    let sound = try #require(segment.ranges.first { $0.kind == .records })
    #expect(
      segment.afterDamage.bytes >= sound.length
        || report.findings.contains { $0.code == .searchLimited })
  }

  /// Behind a number of stretches records are only counted, which must come to the same.
  @Test(arguments: HostileFile.formats, HostileContents.allCases)
  func `holds as many records where not each stretch of them is told`(
    format: String, contents: HostileContents
  ) throws {
    guard let file = HostileFile(format: format, contents, size: 1 << 20) else { return }
    let directory = try TemporaryDirectory()
    let path = try directory.write(file.bytes, to: file.name)
    let log = try #require(try LogTree.open(FileName(path), format: format).logs.first)
    let segment = try #require(log.layout.segments.first { $0.name == FileName(file.name) })
    func scan(rangeLimit: Int) -> SegmentReport {
      var window = FileWindow(capacity: SegmentScanner.windowCapacity)
      return log.scanOnce(
        segment, control: ScanControl(), publishing: false, through: &window, rangeLimit: rangeLimit
      ).report
    }
    let (each, counted) = withExtendedLifetime(directory) {
      (scan(rangeLimit: .max), scan(rangeLimit: 4))
    }
    #expect(counted.afterDamage.records == each.afterDamage.records)
    #expect(counted.afterDamage.bytes == each.afterDamage.bytes)
    #expect(counted.kinds.map(\.kind) == each.kinds.map(\.kind))
    #expect(counted.kinds.map(\.records) == each.kinds.map(\.records))
    #expect(counted.records == each.records && counted.logicalEnd == each.logicalEnd)
    #expect(counted.verdict == each.verdict && counted.firstInvalid == each.firstInvalid)
    #expect(counted.observations.map(\.records) == each.observations.map(\.records))
    #expect(counted.ranges.last?.end == each.ranges.last?.end)
  }

  /// One that has just changed is looked at again, after a pause: what is damaged in it may be a
  /// record that is being written.
  @Test(arguments: HostileFile.formats)
  func `is gone through once where its check is measured`(format: String) throws {
    var settings = ResyncExperiment.Settings()
    settings.formats = [format]
    settings.contents = [.text]
    let experiment = ResyncExperiment(settings)
    let directory = try TemporaryDirectory()
    let laboratory = try Laboratory.make(below: directory.open(), for: 1 << 20)
    let turn = LabTurn(
      cell: try #require(experiment.cells.first), variant: ResyncExperiment.check, round: 1,
      operations: 1, laboratory: laboratory,
      reporter: LabReporter(control: LabControl(), variant: 0, counts: false))
    let log = try ScannedLog(hostile: turn, size: 1 << 20)
    let control = ScanControl()
    let report = log.check(control)
    #expect((report.verdict == .damaged) == log.isSearched)
    #expect(control.bytesDone == log.size)
    #expect(laboratory.close() == nil)
  }

  @Test func `is the same each time, and only made where the contents mean something`() throws {
    #expect(HostileFile(format: "mmlog", .hugeLengths, size: 1 << 20) == nil)
    #expect(HostileFile(format: "tgstream", .text, size: 1 << 20) == nil)
    let one = try #require(HostileFile(format: "okaywal", .random, size: 1 << 20))
    let other = try #require(HostileFile(format: "okaywal", .random, size: 1 << 20))
    #expect(one.bytes == other.bytes && one.bytes.count > 1 << 20)
  }
}
