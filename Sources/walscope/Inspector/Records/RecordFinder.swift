import LogFiles
import LogFormats
import LogInspection

/// Searches the rows of a segment, from one row on to the end and then from the other end.
struct RecordFinder {
  /// Bytes of a key or value that a row brings along; the rest is read piece by piece.
  private static let previewLimit = 1 << 16
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
      if isStopped { return .stopped }
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
    var row = range.lowerBound
    while row < range.upperBound, !isStopped {
      switch try walk(row..<range.upperBound, &reader) {
      case .fits(let place): return place
      case .large(let record, let place):
        if try valueFits(record, &reader) { return place }
        row = place + 1
      case .end: return nil
      }
    }
    return nil
  }

  private enum Step {
    case fits(UInt64)
    /// The row's value has more bytes than the row brought along.
    case large(Record, UInt64)
    case end
  }

  private mutating func walk(_ range: Range<UInt64>, _ reader: inout RecordReader)
    throws(FileError) -> Step
  {
    guard !range.isEmpty else { return .end }
    var place = range.lowerBound
    var step = Step.end
    let target = query.target
    var looked = looked
    var isStopped = false
    let goesOn = goesOn
    try reader.forEachRow(from: range.lowerBound, previewLimit: Self.previewLimit(for: target)) {
      row in
      looked += 1
      if looked.isMultiple(of: 512), !goesOn(looked) { isStopped = true }
      switch Self.judge(row, target) {
      case true?: step = .fits(place)
      case nil:
        if case .record(let record, _) = row { step = .large(record, place) }
      case false?:
        place += 1
        return place < range.upperBound && !isStopped
      }
      return false
    }
    self.looked = looked
    self.isStopped = isStopped
    return step
  }

  private static func previewLimit(for target: RecordQuery.Target) -> Int {
    switch target {
    case .pattern: previewLimit
    case .key(let key): key.count
    case .flaw: 0
    }
  }

  /// Whether a row fits; nil when that cannot be told without the rest of its value.
  private static func judge(_ row: Row, _ target: RecordQuery.Target) -> Bool? {
    switch (row, target) {
    case (.record(let record, _), .flaw): return record.fault != nil
    case (.range(let range), .flaw): return range.kind.isProblem
    case (.record(let record, _), .key(let key)):
      guard let found = record.key else { return false }
      return found.total == UInt64(key.count) && found.bytes == key
    case (.record(let record, _), .pattern(let pattern)):
      if let key = record.key, pattern.occurs(in: key.bytes) { return true }
      guard let value = record.value else { return false }
      if pattern.occurs(in: value.bytes) { return true }
      return value.total > UInt64(value.bytes.count) ? nil : false
    case (.range, _): return false
    }
  }

  /// Looks through a value that is too long for a row, as far as it is decoded.
  private mutating func valueFits(_ record: Record, _ reader: inout RecordReader)
    throws(FileError) -> Bool
  {
    guard case .pattern(let pattern) = query.target else { return false }
    let description = try reader.describe(
      offset: record.offset, payloadLimit: Self.decodedLimit)
    guard let value = description.payloads.last(where: { $0.name == "value" }) else { return false }
    if let decoded = value.decoded { return pattern.occurs(in: decoded) }
    var offset = value.stored.lowerBound
    let overlap = UInt64(pattern.bytes.count - 1)
    while offset < value.stored.upperBound {
      let end = min(value.stored.upperBound, offset + UInt64(Self.decodedLimit) + overlap)
      if pattern.occurs(in: try reader.bytes(at: offset, limit: Int(end - offset))) { return true }
      looked += 1
      if !goesOn(looked) {
        isStopped = true
        return false
      }
      offset += UInt64(Self.decodedLimit)
    }
    return false
  }

  /// Bytes of a long value that are held at once.
  private static let decodedLimit = 1 << 20
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
