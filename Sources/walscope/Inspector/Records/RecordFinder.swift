import LogFiles
import LogFormats
import LogInspection

/// Looks for damage in the rows of a segment, from one row on to the end and then from the other end.
struct RecordFinder {
  /// Rows that are looked at in one go when the search runs backwards.
  private static let blockSize: UInt64 = 4_096

  let query: RecordQuery
  /// Called now and then with the rows looked at so far; false stops the search.
  let goesOn: (UInt64) -> Bool
  private var looked: UInt64 = 0
  private var isStopped = false

  init(_ query: RecordQuery, goesOn: @escaping (UInt64) -> Bool) {
    self.query = query
    self.goesOn = goesOn
  }

  /// Runs the search.
  mutating func run(_ reader: inout RecordReader) throws(FileError) -> RecordFinding {
    let count = reader.index.rowCount
    guard count > 0 else { return .nothing }
    let origin = min(query.origin, count - 1)
    let parts: [(range: Range<UInt64>, wrapped: Bool)] =
      query.isBackwards
      ? [(0..<origin, false), (origin..<count, true)]
      : [(origin + 1..<count, false), (0..<origin + 1, true)]
    for (range, wrapped) in parts {
      let row = try query.isBackwards ? last(in: range, &reader) : first(in: range, &reader)
      if let row { return .row(row, wrapped: wrapped) }
      if isStopped { return .stopped(nil) }
    }
    return .nothing
  }

  private mutating func last(in range: Range<UInt64>, _ reader: inout RecordReader)
    throws(FileError) -> UInt64?
  {
    var end = range.upperBound
    while end > range.lowerBound, !isStopped {
      let start = max(range.lowerBound, end - min(end, Self.blockSize))
      var found: UInt64?
      var from = start
      while let row = try first(in: from..<end, &reader) {
        found = row
        from = row + 1
      }
      if let found { return found }
      end = start
    }
    return nil
  }

  private mutating func first(in range: Range<UInt64>, _ reader: inout RecordReader)
    throws(FileError) -> UInt64?
  {
    var place = range.lowerBound
    var found: UInt64?
    guard place < range.upperBound, !isStopped else { return nil }
    var looked = looked
    var isStopped = false
    let goesOn = goesOn
    try reader.forEachRow(from: place, previewLimit: 0) { row in
      looked += 1
      if looked.isMultiple(of: 512), !goesOn(looked) { isStopped = true }
      if Self.isFlaw(row) {
        found = place
        return false
      }
      place += 1
      return place < range.upperBound && !isStopped
    }
    self.looked = looked
    self.isStopped = isStopped
    return found
  }

  private static func isFlaw(_ row: Row) -> Bool {
    switch row {
    case .record(let record, _): record.fault != nil
    case .range(let range): range.kind.isProblem
    }
  }
}

extension RangeKind {
  /// Whether a range of this kind is something to look at: neither records nor what the format
  /// keeps around them, which remains of an earlier life are too.
  var isProblem: Bool {
    switch self {
    case .damage, .padding, .unknown: true
    case .header, .records, .zeroTail, .stale: false
    }
  }
}
