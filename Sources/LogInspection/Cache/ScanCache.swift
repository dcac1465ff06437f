public import LogFiles
public import LogFormats

/// Keeps what scans have found for the next opening of the same log, in a directory of the user's
/// own; never beside the log.
///
/// An entry holds for one state of a file: device, inode, size, time of the last change of its
/// bytes and of its properties. What changed a moment ago may change again without another time,
/// so it is not kept. Bytes that go bad on the disk change no time: whoever wants to know whether
/// a log is sound reads it, and asks no cache.
public struct ScanCache: Sendable {
  private let store: CacheStore
  private let version: String

  /// A cache in `directory`; `version` is that of the program, whose results may differ from those
  /// of another one.
  public init(in directory: FileName, version: String) {
    store = CacheStore(directory)
    self.version = version
  }

  /// A file's times within this many seconds of a scan's start may hide a later change.
  private static let racySeconds: Int64 = 2
  /// Smaller segments are read faster than their index.
  private static let indexedSize: UInt64 = 8 << 20

  // MARK: A log

  /// What is known of the segments of a log; nil where nothing is.
  public func reports(of log: Log) -> KnownReports? {
    guard let name = name(of: log, segment: nil), let bytes = store.bytes(of: name) else {
      return nil
    }
    return PackedScan(bytes, key: key(log, nil)).map { KnownReports($0) }
  }

  /// Keeps the reports of a log whose scan began at `start`.
  public func keep(_ reports: SegmentReports, of log: Log, scannedFrom start: Timestamp) {
    guard let name = name(of: log, segment: nil) else { return }
    let bytes = PackedScan.bytes(of: reports, key: key(log, nil)) { Self.isSettled($0, start) }
    if let bytes { store.keep(bytes, as: name) }
  }

  // MARK: One segment

  /// The scan of one segment with the index of its records, nil where it has to be read.
  public func scan(of log: Log, segment: Int) -> ScannedSegment? {
    guard let name = name(of: log, segment: segment),
      let status = try? log.status(ofSegment: segment), status.size >= Self.indexedSize,
      let bytes = store.bytes(of: name),
      let packed = PackedScan(bytes, key: key(log, segment)), packed.count == 1
    else { return nil }
    var place = 0
    guard let report = packed.report(of: log.layout.segments[segment], status, at: &place),
      Self.fit(packed.checkpoints, report)
    else { return nil }
    let index = RecordIndex(
      ranges: report.ranges, checkpoints: packed.checkpoints, facts: report.facts)
    return ScannedSegment(report: report, index: index)
  }

  /// Keeps the scan of one segment, which began at `start`.
  public func keep(
    _ scanned: ScannedSegment, of log: Log, segment: Int, scannedFrom start: Timestamp
  ) {
    guard scanned.report.fileSize >= Self.indexedSize, let name = name(of: log, segment: segment)
    else { return }
    let bytes = PackedScan.bytes(
      of: SegmentReports([scanned.report]), checkpoints: scanned.index.checkpoints,
      key: key(log, segment)
    ) { Self.isSettled($0, start) }
    if let bytes { store.keep(bytes, as: name) }
  }

  /// Whether checkpoints are in order and lie in the file.
  private static func fit(_ checkpoints: [Checkpoint], _ report: SegmentReport) -> Bool {
    let size = report.fileSize
    return checkpoints.count <= WalkTally.checkpointLimit
      && checkpoints.allSatisfy { $0.offset <= size && $0.frame <= size }
      && zip(checkpoints, checkpoints.dropFirst()).allSatisfy {
        $0.frame < $1.frame && $0.offset < $1.offset
      }
  }

  // MARK: Keys

  /// Whether the file had been left alone for a while when the scan began.
  static func isSettled(_ report: SegmentReport, _ start: Timestamp) -> Bool {
    guard let status = report.status else { return false }
    return [status.modified, status.changed].allSatisfy {
      $0.seconds < start.seconds - racySeconds
    }
  }

  /// What must be the same for an entry to mean anything.
  private func key(_ log: Log, _ segment: Int?) -> String {
    "walscope \(version) \(log.format.name) \(segment == nil ? "log" : "segment")"
  }

  /// The name of the file in the cache, by the identity of the log's directory; nil where nothing
  /// is kept of such a log.
  private func name(of log: Log, segment: Int?) -> FileName? {
    guard log.format.reportsCanBeKept, let status = try? log.directory.status() else { return nil }
    let file = segment.map { log.layout.segments[$0].name.bytes } ?? log.layout.primary?.bytes ?? []
    let words = "\(status.device) \(status.inode) \(key(log, segment)) "
    return FileName(ContentDigest(of: Array(words.utf8) + file).hexadecimal)
  }
}
