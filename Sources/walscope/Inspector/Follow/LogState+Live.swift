import LogFiles
import LogFormats
import LogInspection

extension LogState {
  /// What is known of a segment by following it; nil for one that is not followed.
  func live(_ index: Int) -> LiveSegment? {
    guard let follow, log.layout.segments.indices.contains(index) else { return nil }
    return follow.segments[log.layout.segments[index].name]
  }

  /// Takes the figures of a segment that has grown into its report.
  mutating func note(_ live: LiveSegment, of name: FileName) {
    if let index = place(of: name) { note(live, at: index) }
  }

  mutating func note(_ live: LiveSegment, at index: Int) {
    // Bytes of no known format have no records that could be added.
    guard !isRaw else { return }
    var report =
      reports.report(at: index)
      ?? SegmentReport(file: log.layout.segments[index], status: nil, verdict: .clean)
    // A scan of this very state of the file tells more.
    if let scanned = report.status {
      if scanned.horizon != live.status.horizon {
        noteChange()
      } else if report.logicalEnd == live.extent.logicalEnd {
        return
      }
    }
    let isSound = Self.changing.contains(report.verdict)
    report.status = live.status
    report.records = live.extent.records
    report.logicalEnd = live.extent.logicalEnd
    report.ranges = live.ranges
    if isSound {
      report.verdict =
        live.extent.fileSize == 0
        ? .empty : live.extent.fileSize > live.extent.logicalEnd ? .preallocatedTail : .clean
      report.firstInvalid = nil
      report.beingWrittenBy = nil
      report.tail =
        report.verdict == .preallocatedTail
        ? Tail(
          kind: .zeros, offset: live.extent.logicalEnd,
          length: live.extent.fileSize - live.extent.logicalEnd) : nil
    }
    replace(report, at: index)
  }

  /// Verdicts that follow from where the records and the file end, as long as it is written.
  private static let changing: Set<SegmentVerdict> = [.clean, .preallocatedTail, .empty]
}
