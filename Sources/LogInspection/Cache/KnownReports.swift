import LogFiles
import LogFormats
import Synchronization

/// Reports that an earlier scan of a log has left, for those of its files that are still as they
/// were then.
public final class KnownReports: Sendable {
  private let packed: PackedScan
  /// Segments come in order, almost: where the next one is looked for.
  private let place = Mutex(0)
  private let found = Atomic<Int>(0)

  init(_ packed: PackedScan) { self.packed = packed }

  /// Segments that have not been read because of it.
  public var used: Int { found.load(ordering: .relaxed) }

  func report(of file: SegmentFile, _ status: FileStatus) -> SegmentReport? {
    let report = place.withLock { place in
      // Threads take segments in order and ask a little out of it.
      var start = max(0, place - Self.slip)
      let report = packed.report(of: file, status, at: &start)
      place = max(place, start)
      return report
    }
    if report != nil { found.wrappingAdd(1, ordering: .relaxed) }
    return report
  }

  private static let slip = 16
}
