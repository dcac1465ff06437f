import Dispatch
import LogFiles
public import LogFormats
import Synchronization

extension Log {
  /// Scans all segments, `threads` of them at the same time, and judges the log. Where there are more
  /// threads than segments, several of them look for records behind the damage of one.
  ///
  /// `assuming` is the owner's configuration for the forecast, by the names of the format's
  /// assumptions; the defaults stand in for what is not given. `onSegment` is called from the
  /// scanning threads as each segment is done. Segments whose reports are `known` from another
  /// time are not read.
  public func scan(
    threads: Int = 1, control: ScanControl = ScanControl(), assuming: [String: UInt64] = [:],
    known: KnownReports? = nil,
    onSegment: @escaping @Sendable (Int, SegmentReport) -> Void = { _, _ in }
  ) -> LogReport {
    let count = layout.segments.count
    let next = Atomic<Int>(0)
    let reports = Mutex(SegmentReports(of: layout.segments))
    for index in 0..<count {
      if let status = try? status(ofSegment: index) { control.expect(status.size) }
    }
    let workers = max(1, min(threads, count))
    let threadsOfEach = max(1, threads / workers)
    let work: @Sendable (Int) -> Void = { _ in
      var window = FileWindow(capacity: SegmentScanner.windowCapacity)
      while true {
        let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard index < count else { return }
        let report =
          self.recall(index, known, control)
          ?? self.scanSegment(
            index, control: control, threads: threadsOfEach, publishing: false, through: &window
          ).report
        reports.withLock { $0.set(report, at: index) }
        onSegment(index, report)
      }
    }
    if workers == 1 {
      work(0)
    } else {
      DispatchQueue.concurrentPerform(iterations: workers, execute: work)
    }
    return judge(reports.withLock { $0 }, assuming: assuming)
  }

  /// The report of a segment whose file is as it was, nil where it has to be read.
  private func recall(_ index: Int, _ known: KnownReports?, _ control: ScanControl)
    -> SegmentReport?
  {
    guard let known, !control.isCancelled, let status = try? status(ofSegment: index),
      let report = known.report(of: layout.segments[index], status, at: index)
    else { return nil }
    control.advance(by: status.size)
    return report
  }

  /// Scans one segment, with an index of its records.
  ///
  /// What cannot be read is told in the report. A file that is truncated while it is read is
  /// scanned again. When `publishing`, the index of what is scanned so far is given to `control`,
  /// for a screen that shows records before the scan is done. Up to `threads` threads look for
  /// records behind damage.
  public func scanSegment(
    _ index: Int, control: ScanControl = ScanControl(), threads: Int = 1, publishing: Bool = false
  ) -> ScannedSegment {
    var window = FileWindow(capacity: SegmentScanner.windowCapacity)
    return scanSegment(
      index, control: control, threads: threads, publishing: publishing, through: &window)
  }

  private func scanSegment(
    _ index: Int, control: ScanControl, threads: Int, publishing: Bool,
    through window: inout FileWindow
  ) -> ScannedSegment {
    let segment = layout.segments[index]
    var scanned = scanWhole(
      segment, control: control, threads: threads, publishing: publishing, through: &window)
    if segment.state == .active {
      lookAgainWhileBeingWritten(&scanned) {
        self.scanWhole(
          segment, control: control, threads: threads, publishing: false, through: &window)
      }
    }
    return scanned
  }

  /// Scans a segment, and again when it was truncated meanwhile.
  func scanWhole(
    _ segment: SegmentFile, control: ScanControl, threads: Int, publishing: Bool,
    through window: inout FileWindow
  ) -> ScannedSegment {
    func scan() -> ScannedSegment {
      scanOnce(
        segment, control: control, threads: threads, publishing: publishing, through: &window)
    }
    var scanned = scan()
    var rescans = 0
    while scanned.report.wasTruncatedWhileReading, rescans < 2, !control.isCancelled {
      rescans += 1
      scanned = scan()
    }
    scanned.report.rescans = rescans
    return scanned
  }

  /// The report with the ranges of each segment told apart that has more of them than a report
  /// usually keeps: a salvage needs them all.
  ///
  /// Such segments are scanned once more. Even here memory must not grow with the damage: what is
  /// still too much is said in the segment's report.
  public func tellingRangesApart(in report: LogReport, control: ScanControl = ScanControl())
    -> LogReport
  {
    var report = report
    var window = FileWindow(capacity: SegmentScanner.windowCapacity)
    for index in report.segments.indices where report.segments[index].rangesAreTruncated {
      report.segments[index] =
        scanOnce(
          report.segments[index].file, control: control, publishing: false, through: &window,
          rangeLimit: Self.salvageRangeLimit
        ).report
    }
    return report
  }

  /// Tens of megabytes of ranges.
  private static let salvageRangeLimit = 1_000_000

  /// Scans a segment without a second look for somebody who may be writing to it.
  func scanOnce(
    _ segment: SegmentFile, control: ScanControl, threads: Int = 1, publishing: Bool,
    through window: inout FileWindow, rangeLimit: Int = SegmentScanner.usualRangeLimit
  ) -> ScannedSegment {
    var status: FileStatus?
    do throws(FileError) {
      let file = try directory.openFile(segment.name)
      // What a walker reads beside the segment must not be newer than the segment's size.
      let mark = format.writtenMark(of: segment, in: directory)
      let walker = format.walker(for: segment, in: directory)
      let found = try file.status()
      status = found
      let scanner = SegmentScanner(
        file, segment: segment, status: found, walker: walker, control: control,
        threads: threads, publishes: publishing, rangeLimit: rangeLimit)
      var scanned = scanner.scan(kinds: format.kinds, through: &window)
      if scanned.report.tail?.kind == .stale, let mark,
        mark != format.writtenMark(of: segment, in: directory)
      {
        noteNews(in: &scanned.report)
      }
      return scanned
    } catch {
      var report = SegmentReport(file: segment, status: status, verdict: .unreadable)
      report.failure = error.message
      report.isGone = error.isVanished
      return ScannedSegment(report: report, index: RecordIndex())
    }
  }

  /// Puts the reports of the segments together: findings, forecasts, verdict.
  public func judge(_ segments: some Collection<SegmentReport>, assuming: [String: UInt64] = [:])
    -> LogReport
  {
    var report = LogReport(layout: layout, segments: segments)
    var findings = FindingList()
    let damage = DamageFindings(format: format)
    for segment in report.segments { findings.add(damage.findings(for: segment)) }
    findings.add(format.findings(for: report, in: directory))
    report.findings = Self.worstFirst(findings.all, in: report.segments)
    report.forecasts = format.forecasts(for: report, in: directory, assuming: assuming)
    report.verdict = VerdictTable.verdict(of: report.findings)
    return report
  }

  /// Orders findings by severity, then by segment, then by offset.
  private static func worstFirst(_ findings: [Finding], in segments: SegmentReports) -> [Finding] {
    let named = Set(findings.lazy.compactMap(\.file))
    var places: [FileName: Int] = [:]
    for (index, file) in segments.files.enumerated() where named.contains(file.name) {
      places[file.name] = index
    }
    func key(_ finding: Finding) -> (Severity, Int, UInt64) {
      let place = finding.file.flatMap { places[$0] } ?? segments.count
      return (finding.severity, place, finding.range?.lowerBound ?? 0)
    }
    return findings.enumerated().sorted { left, right in
      let (a, b) = (key(left.element), key(right.element))
      if a.0 != b.0 { return a.0 > b.0 }
      if a.1 != b.1 { return a.1 < b.1 }
      if a.2 != b.2 { return a.2 < b.2 }
      return left.offset < right.offset
    }.map(\.element)
  }
}
