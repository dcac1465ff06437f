import LogFiles
import LogFormats

@testable import LogInspection

/// Looks at the logs of a directory in every way that there is, and at what must be so of each.
struct LogExamination {
  private let directory: FuzzedDirectory
  private let repairs: Bool

  init(_ directory: FuzzedDirectory, repairs: Bool) {
    self.directory = directory
    self.repairs = repairs
  }

  /// - Parameter format: nil to look for logs by the contents.
  func examine(format: String?) throws {
    let tree = try LogTree.open(
      FileName(directory.path), format: format, fallsBackToRaw: format == nil)
    for log in tree.logs { try examine(log) }
    guard repairs else { return }
    for log in tree.logs { try RepairExamination(log, log.scan(), directory).examine() }
  }

  private func examine(_ log: Log) throws {
    let scanned = log.layout.segments.indices.map { scan(log, $0) }
    for (index, segment) in scanned.enumerated() {
      let size = try log.status(ofSegment: index).size
      try examine(segment.report, size: size)
      let faults = segment.soundnessFaults(size: Int(size))
      try require(faults.isEmpty, faults.joined(separator: "; "))
      // Its notes and compressed headers have to be whole in a window.
      if log.format.name != "tgstream" {
        try compareWithSmallWindows(log, index, segment.report)
      }
      try compareWithCounting(log, index, segment.report)
      try readRows(log, index, segment)
    }
    let report = log.judge(scanned.map(\.report))
    try examine(report)
    try compareWithSecondScan(log, report)
    if let keys = try? log.liveKeys(report) {
      try log.forEachRecord(of: keys, report, previewLimit: 64) { _, _ in true }
    }
  }

  /// One scan, without the looks for writers that may be at work.
  private func scan(
    _ log: Log, _ index: Int, windowCapacity: Int = SegmentScanner.windowCapacity,
    rangeLimit: Int = SegmentScanner.usualRangeLimit
  ) -> ScannedSegment {
    var window = FileWindow(capacity: windowCapacity)
    return log.scanOnce(
      log.layout.segments[index], control: ScanControl(), publishing: false, through: &window,
      rangeLimit: rangeLimit)
  }

  private func examine(_ segment: SegmentReport, size: UInt64) throws {
    try require(segment.logicalEnd <= size, "the log ends at \(segment.logicalEnd) of \(size)")
    // Evidence that the work is bounded, whatever the file claims.
    try require(
      segment.bytesRead <= 64 * size + (1 << 16), "\(segment.bytesRead) bytes read of \(size)")
  }

  private func examine(_ report: LogReport) throws {
    for finding in report.findings {
      try require(!finding.message.isEmpty, "a finding without words")
      guard let name = finding.file, finding.range != nil else { continue }
      let isKnown = (report.layout.segments + report.layout.strays).contains { $0.name == name }
      try require(isKnown, "a finding of \(finding.code) names a file that is not of the log")
    }
  }

  /// What the format's own walk finds does not depend on how much is held at once.
  private func compareWithSmallWindows(_ log: Log, _ index: Int, _ whole: SegmentReport) throws {
    let small = scan(log, index, windowCapacity: 512).report
    try require(
      small.logicalEnd == whole.logicalEnd && small.records == whole.records,
      "small windows find \(small.records) records to \(small.logicalEnd), large ones "
        + "\(whole.records) to \(whole.logicalEnd)")
    try require(
      small.firstInvalid?.offset == whole.firstInvalid?.offset,
      "small windows find another first damage")
  }

  /// Where not each stretch of records behind damage is told, there are as many of them.
  private func compareWithCounting(_ log: Log, _ index: Int, _ each: SegmentReport) throws {
    guard each.afterDamage.records > 0 else { return }
    let counted = scan(log, index, rangeLimit: 1).report
    try require(
      counted.afterDamage.records == each.afterDamage.records
        && counted.afterDamage.bytes == each.afterDamage.bytes,
      "\(counted.afterDamage.records) records of \(counted.afterDamage.bytes) bytes are counted, of "
        + "\(each.afterDamage.records) of \(each.afterDamage.bytes)")
    try require(
      counted.verdict == each.verdict && counted.logicalEnd == each.logicalEnd,
      "counting changes the verdict")
  }

  private func compareWithSecondScan(_ log: Log, _ first: LogReport) throws {
    let second = log.judge(first.layout.segments.indices.map { scan(log, $0).report })
    try require(second.verdict == first.verdict, "a second scan gives another verdict")
    try require(
      second.findings.map(\.message) == first.findings.map(\.message),
      "a second scan gives other findings")
    try require(
      second.forecasts.count == first.forecasts.count, "a second scan gives other forecasts")
    for (second, first) in zip(second.segments, first.segments) {
      try require(
        second.ranges == first.ranges && second.verdict == first.verdict,
        "a second scan gives other ranges")
    }
  }

  private func readRows(_ log: Log, _ index: Int, _ scanned: ScannedSegment) throws {
    let size = scanned.report.fileSize
    var reader = try RecordReader(log, segment: index, end: size, index: scanned.index)
    var rows: [Row] = []
    try reader.forEachRow(from: 0, previewLimit: 64) { row in
      rows.append(row)
      return true
    }
    try require(
      UInt64(rows.count) == scanned.index.rowCount,
      "\(rows.count) rows of \(scanned.index.rowCount)")
    var end: UInt64 = 0
    for row in rows {
      try require(row.offset == end, "rows do not tile at \(end)")
      end += row.length
    }
    try require(end == size, "rows end at \(end) of \(size)")
    for (number, row) in rows.prefix(50).enumerated() {
      try require(
        try reader.row(ofOffset: row.offset) == UInt64(number), "row \(number) is not found again")
      let description = try reader.describe(offset: row.offset, payloadLimit: 1 << 16)
      for field in description.fields.flatMap(\.leaves) {
        try require(
          field.range.upperBound <= size, "the field \(field.name) ends behind the file")
      }
      for payload in description.payloads {
        try require(
          (payload.decoded?.count ?? 0) <= 1 << 16, "more of a payload than was asked for")
      }
    }
  }
}
