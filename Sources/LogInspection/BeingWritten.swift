import Glibc
import LogFiles
import LogFormats

extension Log {
  /// A file that changed this recently may be in the middle of a write.
  static let recentNanoseconds: Int64 = 2_000_000_000
  private static let pauseMicroseconds: UInt32 = 50_000

  /// A gap this close before the logical end may be filled by one of several writers at any moment.
  private static let nearBytes: UInt64 = 1 << 20

  /// Looks again at a fault at the logical end of the active segment, which may be a record that
  /// is just being written.
  ///
  /// With a writer at work the fault is looked at twice more, and told as a note if it stays.
  /// Without one the file is given time to come to rest, and what stays is damage.
  func lookAgainWhileBeingWritten(
    _ scanned: inout ScannedSegment, rescan scan: () -> ScannedSegment
  ) {
    Self.settle(&scanned, rescan: scan)
    func rescan() -> ScannedSegment {
      var scanned = scan()
      Self.settle(&scanned, rescan: scan)
      return scanned
    }
    guard isUnsettled(scanned.report), let status = scanned.report.status else { return }
    let writer = writer(of: status)
    guard writer != nil || Self.age(of: status) < Self.recentNanoseconds else { return }
    if let writer {
      let firstEnd = scanned.report.logicalEnd
      for _ in 0..<2 where isUnsettled(scanned.report) {
        usleep(Self.pauseMicroseconds)
        scanned = rescan()
      }
      let isNew = (scanned.report.gaps?.last?.lowerBound).map { $0 >= firstEnd } ?? false
      if isNew || Self.isFaultyAtEnd(scanned.report) {
        Self.note(writer, takenSince: firstEnd, in: &scanned.report)
      } else if format.isUnsettled(scanned.report) {
        scanned.report.beingWrittenBy = writer
      }
      return
    }
    while Self.isFaultyAtEnd(scanned.report), let status = scanned.report.status,
      Self.age(of: status) < Self.recentNanoseconds, !scanned.report.isInterrupted
    {
      usleep(Self.pauseMicroseconds)
      let now = try? directory.status(of: scanned.report.file.name)
      let isAtRest = now.map { Self.age(of: $0) >= Self.recentNanoseconds } ?? false
      // A file that is gone by now is looked at once more, to be told as gone.
      if isAtRest || now?.horizon != status.horizon { scanned = rescan() }
    }
  }

  /// Looks again at damage in a file that has just changed, until it stays where it is.
  ///
  /// Records that are written between two reads of one scan look like damage with good records
  /// behind it: the scan has met the first one half written, and the later ones whole.
  private static func settle(_ scanned: inout ScannedSegment, rescan: () -> ScannedSegment) {
    // As long as it moves on it is a writer's, and only a busy machine meets it so often.
    for look in 0..<32 {
      guard scanned.report.verdict == .damagedInside, !scanned.report.isInterrupted,
        let status = scanned.report.status, age(of: status) < recentNanoseconds
      else { return }
      let place = scanned.report.firstInvalid?.offset
      // A writer may have lost the processor in the middle of a write.
      if look > 0 { usleep(pauseMicroseconds) }
      scanned = rescan()
      if look > 0, scanned.report.verdict == .damagedInside,
        scanned.report.firstInvalid?.offset == place
      {
        return
      }
    }
  }

  /// Judges the segment by the end that its owner had noted when the scan began: what stands behind
  /// it was written since.
  func noteNews(in report: inout SegmentReport) {
    report.beingWrittenBy = report.status.flatMap { writer(of: $0) } ?? 0
    report.tail?.kind = .beingWritten
    Self.judgeAgain(&report)
  }

  private static func isFaultyAtEnd(_ report: SegmentReport) -> Bool {
    let fault = report.firstInvalid.map { $0.offset - $0.fault.offset }
    if report.verdict == .tornTail, fault == report.logicalEnd { return true }
    return report.gaps?.last?.upperBound == report.logicalEnd && report.logicalEnd > 0
  }

  private func isUnsettled(_ report: SegmentReport) -> Bool {
    Self.isFaultyNearEnd(report) || format.isUnsettled(report)
  }

  private static func isFaultyNearEnd(_ report: SegmentReport) -> Bool {
    if isFaultyAtEnd(report) { return true }
    guard let gap = report.gaps?.last else { return false }
    return report.logicalEnd - min(report.logicalEnd, gap.upperBound) < nearBytes
  }

  /// The process that has the file open for writing, nil where none is seen.
  func writer(of status: FileStatus) -> Int32? {
    findHolders(of: [status.identity])[status.identity]?.holders.first { $0.isWriting }?.pid
  }

  /// Nanoseconds since the file's contents changed; a time in the future counts as long ago.
  static func age(of status: FileStatus) -> Int64 {
    let now = Timestamp.now
    let seconds = now.seconds - status.modified.seconds
    guard seconds >= 0, seconds < 60 else { return .max }
    return seconds * 1_000_000_000 + Int64(now.nanoseconds - status.modified.nanoseconds)
  }

  /// Judges the segment as if the records that are being written were not there: what touches the
  /// logical end, and the space that was taken behind `takenSince`, the end at the first look.
  private static func note(_ writer: Int32, takenSince: UInt64, in report: inout SegmentReport) {
    report.beingWrittenBy = writer
    if report.verdict == .tornTail { report.tail?.kind = .beingWritten }
    while let gap = report.gaps?.last,
      gap.upperBound == report.logicalEnd || gap.lowerBound >= takenSince
    {
      report.beingWrittenFrom = gap.lowerBound
      report.gaps?.removeLast()
    }
    judgeAgain(&report)
  }

  private static func judgeAgain(_ report: inout SegmentReport) {
    var evidence = VerdictEvidence()
    evidence.hasZeroTail = report.ranges.last?.kind == .zeroTail
    evidence.hasStaleRemains = report.tail?.kind == .stale
    if report.gaps?.total ?? 0 > 0 {
      evidence.hasUnreachedRecords = true
    } else {
      report.firstInvalid = nil
    }
    report.verdict = VerdictTable.verdict(evidence)
  }
}
