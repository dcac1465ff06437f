import LogFiles
import LogFormats
import Synchronization

/// Reports that an earlier scan of a log has left, for those of its files that are still as they
/// were then.
public final class KnownReports: Sendable {
  private let packed: PackedScan
  /// How many places a report stands behind that of its segment, for those looked for last: files
  /// have come and gone since.
  private let shift = Mutex(0)
  private let found = Atomic<Int>(0)

  init(_ packed: PackedScan) { self.packed = packed }

  /// Segments that have not been read because of it.
  public var used: Int { found.load(ordering: .relaxed) }

  /// The report of the segment at `index` of its log. They are asked for in order, almost: one
  /// thread may wait while another one goes on.
  func report(of file: SegmentFile, _ status: FileStatus, at index: Int) -> SegmentReport? {
    var place = max(0, index + shift.withLock { $0 } - Self.slip)
    guard let report = packed.report(of: file, status, at: &place) else { return nil }
    shift.withLock { $0 = place - 1 - index }
    found.wrappingAdd(1, ordering: .relaxed)
    return report
  }

  private static let slip = 16
}
