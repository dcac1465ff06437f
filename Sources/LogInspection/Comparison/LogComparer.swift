import LogFiles
import LogFormats

extension Log {
  /// Compares this log with another one of its format: which records and header fields differ.
  ///
  /// Segments are compared with those of the same name; where no name is in both logs, in their
  /// order. Records are the same when their bytes are; what stands between two of them is not
  /// compared. `body` gets each difference, and stops the comparison by answering false.
  ///
  /// - Parameter previewLimit: bytes of keys and values that records bring along.
  /// - Throws: `ComparisonFailure`.
  public func compare(
    with other: Log, previewLimit: Int, control: ScanControl = ScanControl(),
    _ body: (LogDifference) -> Bool
  ) throws(ComparisonFailure) -> LogComparison {
    guard format.name == other.format.name else {
      throw .differentFormats(format.name, other.format.name)
    }
    var comparer = LogComparer(
      first: self, second: other, previewLimit: previewLimit, control: control)
    for pair in comparer.pairs() {
      guard try comparer.compare(pair, body) else { break }
    }
    if control.isCancelled { throw .stopped }
    return comparer.result
  }
}

/// A comparison under way.
private struct LogComparer {
  let first: Log
  let second: Log
  let previewLimit: Int
  let control: ScanControl
  var result = LogComparison()

  /// Records that are looked through on both sides for one that both have.
  private static let lookAhead = 4096

  /// Segments that belong together, by their places.
  typealias Pair = (first: Int?, second: Int?)

  func pairs() -> [Pair] {
    let ours = first.layout.segments
    let theirs = second.layout.segments
    var places: [FileName: Int] = [:]
    for (index, segment) in theirs.enumerated() { places[segment.name] = index }
    if !ours.contains(where: { places[$0.name] != nil }) {
      return (0..<max(ours.count, theirs.count)).map { index in
        (index < ours.count ? index : nil, index < theirs.count ? index : nil)
      }
    }
    var pairs: [Pair] = ours.enumerated().map { ($0.offset, places[$0.element.name]) }
    let known = Set(ours.map(\.name))
    for (index, segment) in theirs.enumerated() where !known.contains(segment.name) {
      pairs.append((nil, index))
    }
    return pairs
  }

  mutating func compare(_ pair: Pair, _ body: (LogDifference) -> Bool) throws(ComparisonFailure)
    -> Bool
  {
    let ours = try pair.first.map { index throws(ComparisonFailure) in
      try scan(first, index, isInFirst: true)
    }
    let theirs = try pair.second.map { index throws(ComparisonFailure) in
      try scan(second, index, isInFirst: false)
    }
    guard let ours, let theirs, let one = pair.first, let two = pair.second else {
      guard let only = ours ?? theirs else { return true }
      return give(
        .segment(
          only.report.file.name, isInFirst: ours != nil,
          records: only.report.records + only.report.afterDamage.records), body)
    }
    let name = ours.report.file.name
    var left = try RecordCursor(
      first, segment: one, ours, isInFirst: true, previewLimit: previewLimit)
    var right = try RecordCursor(
      second, segment: two, theirs, isInFirst: false, previewLimit: previewLimit)
    let before = Self.properties(ours.report, try left.headerFields(ours.report))
    let after = Self.properties(theirs.report, try right.headerFields(theirs.report))
    for difference in Self.differences(before, after, in: name) {
      guard give(difference, body) else { return false }
    }
    return try compare(&left, &right, in: name, body)
  }

  private func scan(_ log: Log, _ index: Int, isInFirst: Bool) throws(ComparisonFailure)
    -> ScannedSegment
  {
    let scanned = log.scanSegment(index, control: control)
    if control.isCancelled { throw .stopped }
    if let failure = scanned.report.failure {
      throw .file(scanned.report.file.name, isInFirst: isInFirst, reason: failure)
    }
    return scanned
  }

  private mutating func give(_ difference: LogDifference, _ body: (LogDifference) -> Bool) -> Bool {
    result.count(difference)
    return body(difference)
  }

  // MARK: Properties

  private static func properties(_ report: SegmentReport, _ header: [Field]) -> [(
    name: String, value: FieldValue
  )] {
    var properties: [(name: String, value: FieldValue)] = [
      ("file size", .size(report.fileSize)), ("logical end", .size(report.logicalEnd)),
      ("verdict", .word(report.verdict.rawValue)),
    ]
    add(header, to: &properties)
    for fact in report.facts where !properties.contains(where: { $0.name == fact.name }) {
      properties.append((fact.name, fact.value))
    }
    return properties
  }

  /// Adds the fields that own bytes, each with the names of those that it stands in.
  private static func add(
    _ fields: [Field], to properties: inout [(name: String, value: FieldValue)],
    below: String = ""
  ) {
    for field in fields {
      let name = below + field.name
      if field.children.isEmpty {
        properties.append((name, field.value))
      } else {
        add(field.children, to: &properties, below: name + ": ")
      }
    }
  }

  private static func differences(
    _ first: [(name: String, value: FieldValue)], _ second: [(name: String, value: FieldValue)],
    in file: FileName
  ) -> [LogDifference] {
    var differences: [LogDifference] = []
    for (name, value) in first {
      let other = second.first { $0.name == name }?.value ?? .none
      if value != other {
        differences.append(.property(file, name: name, first: value, second: other))
      }
    }
    for (name, value) in second where !first.contains(where: { $0.name == name }) {
      differences.append(.property(file, name: name, first: .none, second: value))
    }
    return differences
  }

  // MARK: Records

  private mutating func compare(
    _ left: inout RecordCursor, _ right: inout RecordCursor, in name: FileName,
    _ body: (LogDifference) -> Bool
  ) throws(ComparisonFailure) -> Bool {
    while !control.isCancelled {
      let one = try left.peek(0)
      let two = try right.peek(0)
      if one == nil, two == nil { return true }
      if let one, let two, one.hash == two.hash {
        result.sharedRecords += 1
        left.pass()
        right.pass()
        continue
      }
      let next = try meeting(&left, &right)
      for _ in 0..<next.left {
        guard let record = try left.peek(0)?.record else { break }
        left.pass()
        guard give(.record(name, record, isInFirst: true), body) else { return false }
      }
      for _ in 0..<next.right {
        guard let record = try right.peek(0)?.record else { break }
        right.pass()
        guard give(.record(name, record, isInFirst: false), body) else { return false }
      }
    }
    return false
  }

  /// How many records are to be passed on each side up to the nearest one that both have; all that
  /// is looked through where there is none.
  private func meeting(_ left: inout RecordCursor, _ right: inout RecordCursor)
    throws(ComparisonFailure)
    -> (left: Int, right: Int)
  {
    var places: [[UInt8]: Int] = [:]
    var seenLeft = 0
    var seenRight = 0
    while seenRight < Self.lookAhead, let record = try right.peek(seenRight) {
      if places[record.hash] == nil { places[record.hash] = seenRight }
      seenRight += 1
    }
    var best: (left: Int, right: Int)?
    while seenLeft < min(Self.lookAhead, best.map { $0.left + $0.right } ?? .max),
      let record = try left.peek(seenLeft)
    {
      if let place = places[record.hash],
        best.map({ seenLeft + place < $0.left + $0.right }) ?? true
      {
        best = (seenLeft, place)
      }
      seenLeft += 1
    }
    return best ?? (seenLeft, seenRight)
  }
}
