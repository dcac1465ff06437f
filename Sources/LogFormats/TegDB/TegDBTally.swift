import LogFiles

/// What a walk over the records of one file noticed.
struct TegDBTally: Equatable {
  /// A record that the end of the file cuts and that the owner takes all the same.
  enum AcceptedCut: Equatable {
    /// A put whose long value is not whole: the owner does not look.
    case put(end: UInt64)
    /// A commit marker with a value that would end behind the file.
    case marker(end: UInt64)
  }

  private(set) var records: UInt64 = 0
  private(set) var markers: UInt64 = 0
  /// Behind the last record.
  private(set) var recordsEnd: UInt64 = 0
  /// Behind the last commit marker, and the records up to there.
  private(set) var lastCommitEnd: UInt64 = 0
  private(set) var recordsAtLastCommit: UInt64 = 0
  /// Records that start at or behind the noted end of the data.
  private(set) var recordsBeyond: UInt64 = 0
  /// The record that the noted end of the data lies inside of.
  private(set) var recordAcrossDataEnd: UInt64?
  /// Deletes of the empty key that stand in runs, and the first run.
  private(set) var phantoms: UInt64 = 0
  private(set) var firstPhantom: UInt64 = 0
  private(set) var markersWithValue: UInt64 = 0
  private(set) var firstMarkerWithValue: UInt64 = 0
  private(set) var longestKey: UInt64 = 0
  private(set) var longestValue: UInt64 = 0
  var acceptedCut: AcceptedCut?

  init() {}

  mutating func begin(at offset: UInt64) { recordsEnd = offset }

  /// Whether those are zeros that count as deletes of a key that is not there: nothing is lost.
  var undoesOnlyZeros: Bool { phantoms == undone && firstPhantom >= lastCommitEnd }

  /// Records behind the last marker, which the owner undoes.
  var undone: UInt64 { markers == 0 ? 0 : records - recordsAtLastCommit }

  @inline(__always)
  mutating func pass(
    kind: UInt8, offset: UInt64, length: UInt64, valueLength: UInt64, dataEnd: UInt64
  ) {
    records &+= 1
    recordsEnd = offset &+ length
    if offset >= dataEnd {
      recordsBeyond &+= 1
    } else if recordsEnd > dataEnd {
      recordAcrossDataEnd = offset
    }
    longestValue = max(longestValue, valueLength)
    longestKey = max(longestKey, length &- valueLength &- 8)
    guard kind >= TegDBWalker.commit else { return }
    markers &+= 1
    lastCommitEnd = recordsEnd
    recordsAtLastCommit = records
    if valueLength > 0 {
      if markersWithValue == 0 { firstMarkerWithValue = offset }
      markersWithValue &+= 1
    }
  }

  mutating func passZeroPairs(_ pairs: UInt64, offset: UInt64, dataEnd: UInt64) {
    records &+= pairs
    recordsEnd = offset &+ pairs &* 8
    if offset >= dataEnd { recordsBeyond &+= pairs }
    guard pairs > 1 else { return }
    if phantoms == 0 { firstPhantom = offset }
    phantoms &+= pairs
  }

  // MARK: As observations

  var observations: [Observation] {
    [
      Observation(code: .phantomDeletes, records: phantoms, firstOffset: firstPhantom),
      Observation(
        code: .markerWithValue, records: markersWithValue, firstOffset: firstMarkerWithValue),
    ].filter { $0.records > 0 }
  }

  // MARK: As facts

  /// The facts of a segment from which `init(_:)` makes the tally again, as far as rows, findings
  /// and forecasts need it.
  var facts: [Attribute] {
    var facts = [
      Attribute("walkedRecords", .number(records)),
      Attribute("recordsEnd", .number(recordsEnd)),
      Attribute("commitMarkers", .number(markers)),
      Attribute("lastCommitEnd", markers > 0 ? .number(lastCommitEnd) : .none),
      Attribute("uncommittedRecords", .number(undone)),
      Attribute("recordsBeyondValidDataEnd", .number(recordsBeyond)),
      Attribute("phantomDeletes", .number(phantoms)),
      Attribute("phantomDeletesAt", phantoms > 0 ? .number(firstPhantom) : .none),
      Attribute("longestKey", .size(longestKey)),
      Attribute("longestValue", .size(longestValue)),
    ]
    if let recordAcrossDataEnd {
      facts.append(Attribute("validDataEndInsideRecordAt", .number(recordAcrossDataEnd)))
    }
    switch acceptedCut {
    case .put(let end): facts.append(Attribute("ownerAcceptsCutPutTo", .number(end)))
    case .marker(let end): facts.append(Attribute("ownerAcceptsCutMarkerTo", .number(end)))
    case nil: break
    }
    return facts
  }

  /// Nil where the facts are none of a scanned TegDB file.
  init?(_ facts: [Attribute]) {
    guard let end = facts.number("recordsEnd"), let markers = facts.number("commitMarkers") else {
      return nil
    }
    recordsEnd = end
    self.markers = markers
    lastCommitEnd = facts.number("lastCommitEnd") ?? 0
    records = facts.number("walkedRecords") ?? 0
    recordsAtLastCommit = records - min(records, facts.number("uncommittedRecords") ?? 0)
    firstPhantom = facts.number("phantomDeletesAt") ?? 0
    recordsBeyond = facts.number("recordsBeyondValidDataEnd") ?? 0
    phantoms = facts.number("phantomDeletes") ?? 0
    longestKey = facts.number("longestKey") ?? 0
    longestValue = facts.number("longestValue") ?? 0
    recordAcrossDataEnd = facts.number("validDataEndInsideRecordAt")
    if let end = facts.number("ownerAcceptsCutPutTo") { acceptedCut = .put(end: end) }
    if let end = facts.number("ownerAcceptsCutMarkerTo") { acceptedCut = .marker(end: end) }
  }
}

extension [Attribute] {
  /// The number of a fact, nil where there is none.
  func number(_ name: String) -> UInt64? {
    switch first(where: { $0.name == name })?.value {
    case .number(let value), .size(let value), .milliseconds(let value): value
    default: nil
    }
  }

  /// The word of a fact, nil where there is none.
  func word(_ name: String) -> String? {
    if case .word(let word) = first(where: { $0.name == name })?.value { word } else { nil }
  }
}
