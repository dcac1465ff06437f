import LogFiles

/// What the framing of a record tells, before its checksums are looked at.
public struct RecordOutline: Sendable {
  /// Bytes of the whole record.
  public var length: Int
  public var kind: UInt8
  /// What the walker wants to know of the record when it takes note of it.
  public var id: UInt64

  public init(length: Int, kind: UInt8, id: UInt64 = 0) {
    self.length = length
    self.kind = kind
    self.id = id
  }
}

/// A walker that frames most records without their checksums: those of many short records are then
/// looked at together.
///
/// The outlines behind a record that does not match mean nothing. So they must come about without
/// a change of the walker, which only takes note of records that are right.
public protocol BatchFraming: RecordFraming {
  /// The record at `start`, right if its `parts` match; nil where that does not decide it, or where
  /// it is not whole in `bytes`: such a record is framed by itself.
  func outline(
    _ bytes: RawSpan, at start: Int, remaining: UInt64, parts: borrowing CheckedParts
  ) -> RecordOutline?

  /// Takes note of a record whose parts match, at an offset from the start of the file.
  mutating func note(_ outline: RecordOutline, at offset: UInt64)
}

extension BatchFraming {
  @inline(__always)
  public mutating func note(_ outline: RecordOutline, at offset: UInt64) {}

  public mutating func walk(
    _ bytes: RawSpan, base: UInt64, end: UInt64, tally: inout WalkTally
  ) -> WalkStep {
    var batch = RecordBatch()
    var start = 0
    while true {
      // What ends a batch: the end of the walk, or a record that takes more than a checksum.
      if let step = walkOne(bytes, at: &start, base: base, end: end, tally: &tally) {
        return step
      }
      batch.begin()
      while passBatch(&batch, bytes, from: &start, base: base, end: end, tally: &tally) {
        batch.grow()
      }
    }
  }

  /// Passes the records of a batch that are right; false where one has to be framed by itself.
  @inline(__always)
  private mutating func passBatch(
    _ batch: inout RecordBatch, _ bytes: RawSpan, from start: inout Int, base: UInt64,
    end: UInt64, tally: inout WalkTally
  ) -> Bool {
    batch.clear()
    var place = start
    var goesOn = true
    while goesOn {
      let offset = base &+ UInt64(truncatingIfNeeded: place)
      guard offset < end,
        let outline = outline(bytes, at: place, remaining: end &- offset, parts: batch.parts)
      else { break }
      goesOn = batch.add(outline)
      place &+= outline.length
    }
    let right = batch.countRight(bytes)
    for index in 0..<right {
      let outline = batch.outline(index)
      let offset = base &+ UInt64(truncatingIfNeeded: start)
      if tally.pauses(before: offset, carry: carry) { return false }
      note(outline, at: offset)
      tally.pass(kind: outline.kind)
      start &+= outline.length
    }
    return right == batch.limit
  }
}

/// Outlines of records one after the other, and the parts that decide whether they are right.
@safe struct RecordBatch: ~Copyable {
  private struct Entry {
    var outline: RecordOutline
    /// Parts of this record and of those before it.
    var parts: Int
  }

  let parts = CheckedParts()
  /// Room for as many as are added at most.
  private let entries: UnsafeMutablePointer<Entry>
  private var count = 0
  /// Records that make a batch whole. What is outlined behind a record that does not match is
  /// work for nothing, so that there is never much more of it than of the rest.
  private(set) var limit = RecordBatch.smallest

  private static let smallest = 4
  private static let largest = CheckedParts.capacity
  /// Longer records gain nothing from others beside them.
  private static let longestRecord = 8192

  init() { unsafe entries = .allocate(capacity: Self.largest) }

  deinit { unsafe entries.deallocate() }

  mutating func begin() { limit = Self.smallest }
  mutating func grow() { limit = min(2 * limit, Self.largest) }

  @inline(__always)
  mutating func clear() {
    count = 0
    parts.keep(0)
  }

  /// Adds a record whose parts were just noted; false when no other one is to follow it.
  @inline(__always)
  mutating func add(_ outline: RecordOutline) -> Bool {
    guard count < limit, !parts.isOverfull, outline.length <= Self.longestRecord,
      outline.length > 0
    else { return false }
    // Sound: `count` is below the limit, and so below the room.
    unsafe (entries + count).initialize(to: Entry(outline: outline, parts: parts.count))
    count &+= 1
    return count < limit
  }

  /// How many of the first records are right; `bytes` are those in which they were outlined.
  mutating func countRight(_ bytes: RawSpan) -> Int {
    // What was noted for a record that was not added does not count.
    // Sound: this many entries are there.
    parts.keep(count > 0 ? unsafe entries[count &- 1].parts : 0)
    let matching = parts.countMatching(bytes)
    if matching == parts.count { return count }
    var right = 0
    while right < count, unsafe entries[right].parts <= matching { right += 1 }
    return right
  }

  /// One of the records that are right.
  @inline(__always)
  func outline(_ index: Int) -> RecordOutline {
    // An index that is none of an entry would be our own mistake.
    precondition(index >= 0 && index < count)
    return unsafe entries[index].outline
  }
}
