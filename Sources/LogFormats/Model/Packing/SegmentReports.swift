public import LogFiles

/// The reports of a log's segments, in their order.
///
/// A report is a large value and a log may have 100,000 of them: here each is kept as some tens of
/// bytes, and made again when it is asked for. `report(at:)` and `figures(at:)` answer nil for a
/// segment that has none yet; as an element such a segment has a report that says nothing.
public struct SegmentReports: Sendable, RandomAccessCollection, MutableCollection {
  /// The segments' files, whether there is a report or not.
  public private(set) var files: [SegmentFile]
  /// Where the report of each segment is.
  private var places: [Place]
  private var pages: [[UInt8]] = []
  private var texts = PackedTexts()
  private var statuses = PackedStatuses()
  /// Segments that have a report.
  public private(set) var known = 0
  /// Bytes of all reports, and of those that newer ones have taken the place of.
  private var used = 0
  private var wasted = 0

  private struct Place {
    var page: UInt32 = .max
    var start: UInt32 = 0
    var end: UInt32 = 0

    var isEmpty: Bool { page == .max }
    var count: Int { Int(end - start) }
  }

  /// The first page, all that a small log needs, takes reports until it holds this much.
  private static let firstPageSize = 1 << 16
  /// The other pages are as large as pieces of memory that are given back as soon as they are free
  /// (`returnLargeMemory`): the reports that a scan makes and those on a screen do not stay longer
  /// than they are needed. What nothing was written to takes no memory.
  private static let pageSize = 1 << 20
  /// Bytes that newer reports may leave unused before all are packed anew.
  private static let waste = 1 << 20

  /// Room for the reports of these files.
  public init(of files: [SegmentFile]) {
    self.files = files
    places = Array(repeating: Place(), count: files.count)
  }

  /// These reports.
  public init(_ reports: some Collection<SegmentReport>) {
    self.init(of: reports.map(\.file))
    for (index, report) in reports.enumerated() { set(report, at: index) }
  }

  public var startIndex: Int { 0 }
  public var endIndex: Int { files.count }

  public subscript(index: Int) -> SegmentReport {
    get {
      report(at: index) ?? SegmentReport(file: files[index], status: nil, verdict: .unreadable)
    }
    set { set(newValue, at: index) }
  }

  /// The report of a segment, nil while it has none.
  public func report(at index: Int) -> SegmentReport? {
    guard var reader = reader(at: index) else { return nil }
    let status = statuses.read(&reader)
    return PackedReport.report(of: files[index], status, &reader, texts)
  }

  /// The figures of a segment's report, which cost less than all of it; nil while it has none.
  public func figures(at index: Int) -> SegmentFigures? {
    guard var reader = reader(at: index) else { return nil }
    _ = statuses.read(&reader)
    return PackedReport.figures(&reader)
  }

  /// The figures of all segments that have a report.
  public var figures: some Sequence<SegmentFigures> {
    indices.lazy.compactMap { figures(at: $0) }
  }

  /// Acceptable records of all segments, by the format's own walk or by resync.
  public var acceptableRecords: UInt64 {
    figures.reduce(0) { $0 + $1.records + $1.afterDamage.records }
  }

  /// The same, nil where no segment has records that can be counted.
  public var countedRecords: UInt64? {
    figures.contains { $0.countsRecords } ? acceptableRecords : nil
  }

  /// The status of a segment's file when it was scanned, nil where there is none.
  public func status(at index: Int) -> FileStatus? {
    guard var reader = reader(at: index) else { return nil }
    return statuses.read(&reader)
  }

  private func reader(at index: Int) -> PackedReader? {
    guard places.indices.contains(index), !places[index].isEmpty else { return nil }
    let place = places[index]
    return PackedReader(pages[Int(place.page)], Int(place.start)..<Int(place.end))
  }

  /// Takes a segment's report, in the place of an older one.
  public mutating func set(_ report: SegmentReport, at index: Int) {
    var bytes = PackedBytes()
    statuses.append(report.status, to: &bytes)
    PackedReport.append(report, to: &bytes, texts: &texts)
    if files[index] != report.file { files[index] = report.file }
    if places[index].isEmpty {
      known += 1
    } else {
      wasted += places[index].count
    }
    place(bytes.bytes, at: index)
    if wasted > Self.waste, wasted > used / 2 { self = SegmentReports(packing: self) }
  }

  private mutating func place(_ bytes: [UInt8], at index: Int) {
    let limit = pages.count == 1 ? Self.firstPageSize : Self.pageSize
    if pages.isEmpty {
      pages.append([])
    } else if pages[pages.count - 1].count + bytes.count > limit {
      pages.append([])
      pages[pages.count - 1].reserveCapacity(Swift.max(Self.pageSize, bytes.count))
    }
    let page = pages.count - 1
    let start = pages[page].count
    pages[page] += bytes
    used += bytes.count
    places[index] = Place(
      page: UInt32(page), start: UInt32(start), end: UInt32(start + bytes.count))
  }

  /// The reports of other segments of the log, each the one at its place of `places` here; those
  /// without a place, or a report there, have none.
  public func moved(to files: [SegmentFile], from places: [Int?]) -> SegmentReports {
    var moved = self
    moved.files = files
    moved.places = places.map { $0.map { self.places[$0] } ?? Place() }
    moved.known = moved.places.count { !$0.isEmpty }
    moved.wasted = used - moved.places.reduce(0) { $0 + $1.count }
    return moved
  }

  /// The same reports without what newer ones have left unused.
  private init(packing other: SegmentReports) {
    self.init(of: other.files)
    for index in other.indices {
      if let report = other.report(at: index) { set(report, at: index) }
    }
  }

  /// Bytes that the reports take, the segments' names left out.
  public var packedBytes: Int { used + places.count * MemoryLayout<Place>.stride }
}
