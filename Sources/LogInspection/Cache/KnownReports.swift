public import LogFiles
public import LogFormats
import Synchronization

/// Reports that an earlier scan of a log has left, for those of its files that are still as they
/// were then.
public final class KnownReports: Sendable {
  private let source: Source

  private enum Source {
    case packed(PackedScan)
    case scan(SegmentReports, SegmentNames, from: Timestamp)
  }

  /// How many places a report stands behind that of its segment, for those looked for last: files
  /// have come and gone since.
  private let shift = Mutex(0)
  private let found = Atomic<Int>(0)

  init(_ packed: PackedScan) { source = .packed(packed) }

  /// The reports of a scan that began at `start`; nil where those of one segment hang on other files.
  public init?(_ reports: SegmentReports, of log: Log, scannedFrom start: Timestamp) {
    guard log.format.reportsCanBeKept else { return nil }
    source = .scan(reports, SegmentNames(reports.files), from: start)
  }

  /// Segments that have not been read because of it.
  public var used: Int { found.load(ordering: .relaxed) }

  /// The report of the segment at `index` of its log. They are asked for in order, almost: one
  /// thread may wait while another one goes on.
  func report(of file: SegmentFile, _ status: FileStatus, at index: Int) -> SegmentReport? {
    let report: SegmentReport?
    switch source {
    case .packed(let packed):
      var place = max(0, index + shift.withLock { $0 } - Self.slip)
      report = packed.report(of: file, status, at: &place)
      if report != nil { shift.withLock { $0 = place - 1 - index } }
    case .scan(let reports, let names, let start):
      report = names.place(of: file.name).flatMap { reports.report(at: $0) }.flatMap {
        $0.file == file && $0.status?.horizon == status.horizon && $0.isWhole
          && ScanCache.isSettled($0, start) ? $0 : nil
      }
    }
    if report != nil { found.wrappingAdd(1, ordering: .relaxed) }
    return report
  }

  private static let slip = 16
}
