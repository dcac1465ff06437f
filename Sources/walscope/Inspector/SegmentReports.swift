import LogFormats

/// The reports of a log's segments as they come in.
///
/// A report is large and a log may have 100,000 of them: none takes room before it is there, and
/// the judged ones are those of the log's report, not copies.
struct SegmentReports {
  private enum Storage {
    /// The place of each segment's report in a list, -1 while there is none.
    case arriving(places: [Int32], reports: [SegmentReport])
    case complete([SegmentReport])
  }

  private var storage: Storage

  init(count: Int) {
    storage = .arriving(places: Array(repeating: -1, count: count), reports: [])
  }

  /// The reports of all segments.
  init(complete reports: [SegmentReport]) {
    storage = .complete(reports)
  }

  /// The report of a segment, nil until it has been scanned.
  subscript(index: Int) -> SegmentReport? {
    switch storage {
    case .complete(let reports): reports.indices.contains(index) ? reports[index] : nil
    case .arriving(let places, let reports):
      places.indices.contains(index) && places[index] >= 0 ? reports[Int(places[index])] : nil
    }
  }

  /// Puts a newer report in the place of another one, whether the log is judged or not.
  mutating func replace(_ report: SegmentReport, at index: Int) {
    guard case .complete(var reports) = storage, reports.indices.contains(index) else {
      return set(report, at: index)
    }
    storage = .complete([])
    reports[index] = report
    storage = .complete(reports)
  }

  /// Takes a report; one that comes after the judgement is out of date.
  mutating func set(_ report: SegmentReport, at index: Int) {
    guard case .arriving(var places, var reports) = storage, places.indices.contains(index)
    else { return }
    // While the storage is taken apart nothing else may hold the arrays, or they would be copied.
    storage = .complete([])
    if places[index] >= 0 {
      reports[Int(places[index])] = report
    } else {
      places[index] = Int32(reports.count)
      reports.append(report)
    }
    storage = .arriving(places: places, reports: reports)
  }
}
