import LogFiles

/// Records behind damage that nobody wants to be told one by one: so many stretches of them are
/// known already that the rest is only counted.
public struct CountedRecords: Sendable {
  public private(set) var records: UInt64 = 0
  /// Bytes that they take.
  public private(set) var bytes: UInt64 = 0
  /// By the walker's own number of the kind, which is below the number of usual kinds.
  public private(set) var kindCounts = InlineArray<4, UInt64>(repeating: 0)
  /// Whether the record with which counting goes on was come to from the end of a damaged one, and not
  /// found by a search: where it is not quick to count it is left to a walk, which may read what
  /// no window holds.
  var isWalked = false
  /// Records of other kinds are left to a walk.
  static let usualKinds: UInt8 = 4

  public init() {}

  /// Adds records of which so many are of each kind.
  mutating func add(kinds: (UInt64, UInt64, UInt64, UInt64), bytes: Int) {
    self.bytes &+= UInt64(truncatingIfNeeded: bytes)
    kindCounts[0] &+= kinds.0
    kindCounts[1] &+= kinds.1
    kindCounts[2] &+= kinds.2
    kindCounts[3] &+= kinds.3
    records &+= kinds.0 &+ kinds.1 &+ kinds.2 &+ kinds.3
  }

  fileprivate mutating func add(_ chain: Chain, bytes: Int) {
    self.bytes &+= UInt64(truncatingIfNeeded: bytes)
    for kind in kindCounts.indices {
      let count = chain.count(kind: kind)
      kindCounts[kind] &+= count
      records &+= count
    }
  }
}

/// Records one behind the other, counted apart in one word until it is known that they count: they may
/// be many, and short ones.
private struct Chain {
  private var kindCounts: UInt64 = 0
  private var left = UInt16.max

  /// Whether another one may not fit.
  var isFull: Bool { left == 0 }

  @inline(__always)
  mutating func count(_ kind: UInt8) {
    kindCounts &+= 1 << UInt64(16 &* (kind & 3))
    left &-= 1
  }

  func count(kind: Int) -> UInt64 { kindCounts >> UInt64(16 * kind) & 0xffff }
}

/// Where counting ends.
public enum CountingStop: Sendable {
  /// Records go on at this offset, by the window's first byte; only a walk can tell how far.
  case records(at: Int)
  /// All before this offset is counted, and nothing is known of what stands there.
  case search(from: Int)
}

extension SegmentWalker {
  public mutating func countRecords(
    _ bytes: RawSpan, remaining: UInt64, checksums: borrowing WindowChecksums,
    notes: borrowing PlaceNotes, from hit: Int, _ budget: inout ReadBudget,
    into counted: inout CountedRecords
  ) -> CountingStop { .records(at: hit) }
}

extension RecordFraming {
  public func countNoted(
    _ bytes: RawSpan, remaining: UInt64, notes: borrowing PlaceNotes, from hit: Int,
    _ budget: inout ReadBudget, into counted: inout CountedRecords
  ) -> CountingStop { .records(at: hit) }

  public func usualKind(_ bytes: RawSpan, at place: Int, length: Int) -> UInt8? { nil }

  public func searchStart(
    _ bytes: RawSpan, behindRecordsAt place: Int, remaining: UInt64, notes: borrowing PlaceNotes
  ) -> Int? { nil }

  public mutating func countRecords(
    _ bytes: RawSpan, remaining: UInt64, checksums: borrowing WindowChecksums,
    notes: borrowing PlaceNotes, from hit: Int, _ budget: inout ReadBudget,
    into counted: inout CountedRecords
  ) -> CountingStop {
    var hit = hit
    while true {
      switch countNoted(
        bytes, remaining: remaining, notes: notes, from: hit, &budget, into: &counted)
      {
      case .search(let place): return .search(from: place)
      case .records(let place): hit = place
      }
      if counted.isWalked { return .records(at: hit) }
      var chain = Chain()
      var place = hit
      while !chain.isFull,
        let record = notedRecord(
          bytes, at: place, remaining: remaining, checksums: checksums, notes: notes)
      {
        chain.count(record.kind)
        place &+= record.length
      }
      // Behind the notes' part the search would begin inside the last record.
      guard place > hit, place <= notes.part.upperBound,
        let start = searchStart(
          bytes, behindRecordsAt: place, remaining: remaining, notes: notes)
      else { return .records(at: hit) }
      counted.add(chain, bytes: place &- hit)
      guard let next = notes.nextFollowed(bytes, from: start) else {
        return .search(from: max(start, notes.part.upperBound))
      }
      guard
        let record = notedRecord(
          bytes, at: next, remaining: remaining, checksums: checksums, notes: notes),
        notes.holdsRecord(at: next &+ record.length) || standsAlone(kind: record.kind)
      else { return .search(from: next) }
      hit = next
    }
  }

  /// The record of a usual form at `place`, as the notes and its checksum tell; nil where there is
  /// none or a walk may tell more of it.
  @inline(__always)
  private mutating func notedRecord(
    _ bytes: RawSpan, at place: Int, remaining: UInt64, checksums: borrowing WindowChecksums,
    notes: borrowing PlaceNotes
  ) -> (length: Int, kind: UInt8)? {
    guard notes.part.contains(place) else { return nil }
    switch notes[place] {
    case .noRecord, .large: return nil
    case .record(let length):
      guard let kind = usualKind(bytes, at: place, length: length), kind < CountedRecords.usualKinds
      else { return nil }
      return (length, kind)
    case .unknown:
      let frame = frame(
        bytes, at: place, remaining: remaining &- UInt64(truncatingIfNeeded: place),
        checksums: checksums)
      guard case .record(let length, let kind) = frame, standsAlone(kind: kind),
        kind < CountedRecords.usualKinds
      else { return nil }
      return (length, kind)
    }
  }
}
