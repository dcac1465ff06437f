import LogFiles

/// What a damaged record whose length may be right, or may have swallowed others, leads to.
extension ResyncSearch {
  /// Whether records go on at `boundary`, where a damaged one claims to end.
  ///
  /// Where its checksum was looked at, the lengths led there: what has a checksum of its own at this
  /// one place needs nothing behind it, and may stand alone between two damaged records.
  mutating func continues(
    at boundary: UInt64, behind fault: Fault, _ window: borrowing FileWindow
  ) throws(FileError) -> Bool {
    guard boundary < end, fault.stored != nil, !needsProof else {
      return try holdsRecord(at: boundary, window)
    }
    return try acceptedRecord(at: boundary, window) != nil
  }

  /// Whether the data end at `boundary`, where a damaged record claims to end.
  mutating func endsData(
    _ boundary: UInt64, _ fault: Fault, _ window: borrowing FileWindow
  ) throws(FileError) -> Bool {
    if boundary == end { return true }
    // Behind a wrong length that ends amid zeros there is no checksum, but zeros.
    guard let stored = fault.stored, stored != 0 else { return false }
    return try onlyZeros(from: boundary, window)
  }

  /// The first of the records that end exactly at `boundary`, nil where none does.
  ///
  /// A damaged length can swallow whole records; then they lead to the place where the damaged one
  /// claims to end. Records inside a value do not: a checksum follows the value.
  mutating func swallowed(
    in file: borrowing OpenFile, window: inout FileWindow, from: UInt64, to boundary: UInt64
  ) throws(FileError) -> Hit? {
    guard from < boundary else { return nil }
    let length = min(boundary - from, UInt64(window.capacity))
    let start = boundary - length
    guard followBudget.spend(length) else {
      return try firstHit(in: file, window: &window, from: from)
    }
    if !window.holds(start..<boundary) { try window.load(file, at: start, end: end) }
    guard window.holds(start..<boundary) else { return nil }
    prepare(window)
    let first = Int(start - window.offset)
    guard let found = firstLeading(to: Int(boundary - window.offset), in: window, from: first)
    else {
      return nil
    }
    return start == from
      ? .records(at: found) : try firstHit(in: file, window: &window, from: from)
  }

  /// The first offset at or behind `first` in the window from which records lead to its byte
  /// `stop`.
  private mutating func firstLeading(
    to stop: Int, in window: borrowing FileWindow, from first: Int
  ) -> UInt64? {
    notesInside.begin(first..<stop)
    walker.note(
      window.bytes, remaining: end - window.offset, checksums: checksums, in: &notesInside)
    var leadsThere = [Bool](repeating: false, count: stop - first)
    var isProven = leadsThere
    var found: UInt64?
    for place in notesInside.places().reversed() {
      switch notesInside[place] {
      case .noRecord, .large: continue
      case .record(let length):
        let next = place + length
        guard next == stop || next < stop && leadsThere[next - first] else { continue }
      case .unknown: break
      }
      let offset = window.offset + UInt64(place)
      let frame = walker.frame(
        window.bytes, at: place, remaining: end - offset, checksums: checksums)
      guard let record = accepted(frame), record.length <= UInt64(stop - place) else { continue }
      let next = place + Int(record.length) - first
      guard next == stop - first || leadsThere[next] else { continue }
      leadsThere[place - first] = true
      isProven[place - first] =
        !needsProof || record.standsAlone || next < stop - first && isProven[next]
      if isProven[place - first] { found = offset }
    }
    return found
  }
}
