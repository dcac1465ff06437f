public import LogFiles
public import LogFormats
import LogInspection

/// How the log of the demonstration is at one moment.
public struct DemoLook: Sendable {
  /// Its only segment.
  public let file: FileName
  /// `st_size` and `st_blocks * 512`.
  public let size: UInt64
  public let allocated: UInt64
  public let extents: ExtentMap
  public let report: SegmentReport
  /// What the owner would do on opening it now.
  public let forecast: Forecast?

  /// Looks at a log of one segment.
  ///
  /// - Throws: `LabFailure`.
  init(_ log: Log) throws(LabFailure) {
    let scanned = log.scan()
    guard let segment = scanned.segments.first else {
      throw LabFailure(.failed, "the log has gone")
    }
    let status = try inLab { () throws(FileError) in try log.status(ofSegment: 0) }
    file = segment.file.name
    size = status.size
    allocated = status.allocated
    extents = try inLab { () throws(FileError) in try log.extents(ofSegment: 0) }
    report = segment
    forecast = scanned.forecasts.first
  }

  public var logicalEnd: UInt64 { report.logicalEnd }
  public var records: UInt64 { report.records }
  public var verdict: SegmentVerdict { report.verdict }

  /// Bytes behind the last record up to the last one that is not zero.
  public var torn: UInt64 {
    report.ranges.filter { $0.kind == .damage || $0.kind == .unknown }
      .reduce(0) { $0 + $1.length }
  }

  /// How many extents the file has, where that is known.
  public var extentCount: Int? {
    if case .mapped(let extents, _) = extents { extents.count } else { nil }
  }

  /// Bytes that are allocated and were never written, as far as the file system tells.
  public var unwritten: UInt64? {
    guard case .mapped(let extents, _) = extents else { return nil }
    return extents.filter { $0.flags.contains(.unwritten) }.reduce(0) { $0 + $1.length }
  }
}

/// A step that was made.
public struct DemoScene: Sendable {
  public let step: DemoStep
  /// The log before it; nil where there was none.
  public let before: DemoLook?
  public let after: DemoLook
  /// What is to be seen, as sentences that follow from the figures.
  public let sentences: [String]
}
