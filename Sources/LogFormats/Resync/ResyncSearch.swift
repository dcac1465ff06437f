package import LogFiles

/// Looks for records behind damage, by the rule of the formats: an acceptable record counts when
/// another one follows it at once, or when the data end with it (a chance hit has neither), when
/// its kind stands by itself, or when it stands where the damaged one before it claims to end.
///
/// The work grows with the file, not with its square, whatever lengths the file claims: the
/// checksum of any part of a window costs the same, and reading beyond a window has a budget.
package struct ResyncSearch: ~Copyable {
  private var source: RecordSource
  private var walker: any SegmentWalker
  private let end: UInt64
  private let isCancelled: @Sendable () -> Bool
  private var checksums = WindowChecksums()
  /// The bytes whose checksums are prepared.
  private var prepared: Range<UInt64> = 0..<0
  /// Bytes that may still be read to see whether what looks like a large record is one.
  private var guessBudget: ReadBudget
  /// Bytes that may still be read to see what follows a record that was found.
  private var followBudget: ReadBudget
  /// The last zero region that was measured: from its first byte asked for, to its end.
  private var knownZeros: Range<UInt64> = 0..<0

  /// A search in the bytes of `file` below `end`.
  ///
  /// - Throws: `FileError` when no descriptor is free.
  package init(
    _ file: borrowing OpenFile, walker: any SegmentWalker, end: UInt64, budget: ReadBudget,
    isCancelled: @escaping @Sendable () -> Bool = { false }
  ) throws(FileError) {
    self.walker = walker
    self.end = end
    self.isCancelled = isCancelled
    source = RecordSource(try file.duplicate(), end: end, isCancelled: isCancelled)
    guessBudget = budget
    followBudget = budget
  }

  /// Bytes read beside the window.
  package var bytesRead: UInt64 { source.bytesRead }

  /// What a search comes upon.
  package enum Hit {
    /// Records go on at this offset.
    case records(at: UInt64)
    /// A whole record of an earlier life of the file.
    case stale(at: UInt64, length: UInt64)
  }

  /// The first place from `start` on at which records go on or a stale one lies, nil where none.
  ///
  /// `fault` is what is wrong at `place`. Where the record there ends as it claims to, only its
  /// contents are damaged, and nothing inside it is taken for a record.
  package mutating func next(
    in file: borrowing OpenFile, window: inout FileWindow, from start: UInt64,
    after place: UInt64, _ fault: Fault
  ) throws(FileError) -> Hit? {
    if let length = fault.claimedLength, length > 0, length <= end - place {
      let boundary = place + length
      try ready(&window, file, at: place)
      let goesOn = try continues(at: boundary, behind: fault, window)
      let ends = goesOn ? false : try endsData(boundary, fault)
      if goesOn || ends {
        if let first = try swallowed(in: file, window: &window, from: place + 1, to: boundary) {
          return first
        }
        return goesOn ? .records(at: boundary) : nil
      }
    }
    return try firstHit(in: file, window: &window, from: start)
  }

  // MARK: Inside a damaged record

  /// Whether records go on at `boundary`, where a damaged one claims to end.
  ///
  /// Where its checksum was looked at, the lengths led there: what has a checksum of its own at this
  /// one place needs nothing behind it, and may stand alone between two damaged records.
  private mutating func continues(
    at boundary: UInt64, behind fault: Fault, _ window: borrowing FileWindow
  ) throws(FileError) -> Bool {
    guard boundary < end, fault.stored != nil, !walker.needsProof else {
      return try holdsRecord(at: boundary, window)
    }
    return try acceptedRecord(at: boundary, window) != nil
  }

  /// Whether the data end at `boundary`, where a damaged record claims to end.
  private mutating func endsData(_ boundary: UInt64, _ fault: Fault) throws(FileError) -> Bool {
    if boundary == end { return true }
    // Behind a wrong length that ends amid zeros there is no checksum, but zeros.
    guard let stored = fault.stored, stored != 0 else { return false }
    return try onlyZeros(from: boundary)
  }

  /// The first of the records that end exactly at `boundary`, nil where none does.
  ///
  /// A damaged length can swallow whole records; then they lead to the place where the damaged one
  /// claims to end. Records inside a value do not: a checksum follows the value.
  private mutating func swallowed(
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
    var leadsThere = [Bool](repeating: false, count: stop - first)
    var isProven = leadsThere
    var found: UInt64?
    for place in (first..<stop).reversed() {
      let offset = window.offset + UInt64(place)
      let frame = walker.frame(
        window.bytes, at: place, remaining: end - offset, checksums: checksums)
      guard let record = Accepted(frame), record.length <= UInt64(stop - place) else { continue }
      let next = place + Int(record.length) - first
      guard next == stop - first || leadsThere[next] else { continue }
      leadsThere[place - first] = true
      isProven[place - first] =
        !walker.needsProof || walker.standsAlone(kind: record.kind)
        || next < stop - first && isProven[next]
      if isProven[place - first] { found = offset }
    }
    return found
  }

  // MARK: Search

  /// The first hit from `from` on.
  private mutating func firstHit(
    in file: borrowing OpenFile, window: inout FileWindow, from: UInt64
  ) throws(FileError) -> Hit? {
    var offset = from
    while offset < end, !isCancelled() {
      if !canSearch(window, from: offset) {
        offset = try skipZeros(in: file, window: &window, from: offset)
        guard offset < end, !isCancelled() else { return nil }
        try ready(&window, file, at: offset)
      }
      guard window.count > 0 else { return nil }
      prepare(window)
      let stop = max(searchable(window), Int(offset - window.offset) + 1)
      if let found = try search(window, from: Int(offset - window.offset), upTo: stop) {
        return found
      }
      offset = window.offset + UInt64(stop)
    }
    return nil
  }

  /// Offsets of the window below this are searched in it; what starts behind is left to the next
  /// window, which holds more of it.
  private func searchable(_ window: borrowing FileWindow) -> Int {
    window.stop >= end ? window.count : window.count - window.capacity / 4
  }

  private func canSearch(_ window: borrowing FileWindow, from offset: UInt64) -> Bool {
    offset >= window.offset && offset < window.stop
      && Int(offset - window.offset) < searchable(window)
  }

  /// Has a window around `offset` with its checksums prepared.
  private mutating func ready(
    _ window: inout FileWindow, _ file: borrowing OpenFile, at offset: UInt64
  ) throws(FileError) {
    if !canSearch(window, from: offset) { try window.load(file, at: offset, end: end) }
    prepare(window)
  }

  private mutating func prepare(_ window: borrowing FileWindow) {
    guard prepared != window.offset..<window.stop else { return }
    checksums.prepare(window.bytes)
    prepared = window.offset..<window.stop
  }

  /// Looks at the offsets of the window from `start` on, below `stop`.
  private mutating func search(_ window: borrowing FileWindow, from start: Int, upTo stop: Int)
    throws(FileError) -> Hit?
  {
    let base = window.offset
    let bytes = window.bytes
    var start = start
    while start < stop {
      if let limit = walker.leadingZeroLimit {
        // A long run of zeros holds no record, and no record starts with more than a few.
        let next = bytes.firstNonZero(from: start) ?? bytes.byteCount
        start = max(start, next - limit)
        if start >= stop { break }
      }
      let offset = base + UInt64(start)
      switch walker.frame(bytes, at: start, remaining: end - offset, checksums: checksums) {
      case .partial(let needed):
        let head = bytes.slice(start, min(64, bytes.byteCount - start))
        if let head, let hit = try largeHit(at: offset, needed: needed, head: head, window) {
          return hit
        }
      case let frame:
        if let hit = try hit(at: offset, frame, window) { return hit }
      }
      start += 1
    }
    return nil
  }

  private func skipZeros(
    in file: borrowing OpenFile, window: inout FileWindow, from offset: UInt64
  ) throws(FileError) -> UInt64 {
    guard let limit = walker.leadingZeroLimit else { return offset }
    let next = try window.firstNonZero(
      file, from: offset, end: end, isCancelled: isCancelled)
    guard let next else { return end }
    return max(offset, next - min(next, UInt64(limit)))
  }

  // MARK: One record

  /// Whether the frame at `offset` counts.
  private mutating func hit(at offset: UInt64, _ frame: Frame, _ window: borrowing FileWindow)
    throws(FileError) -> Hit?
  {
    if let record = Accepted(frame) {
      return try isContinued(at: offset, record, window) ? .records(at: offset) : nil
    }
    guard case .stale(let length, let kind) = frame, walker.standsAlone(kind: kind) else {
      return nil
    }
    return .stale(at: offset, length: UInt64(length))
  }

  /// A record that the window does not hold whole. It is read only where its header is as the
  /// owner writes it, something like a record follows it, and the budget allows it.
  private mutating func largeHit(
    at offset: UInt64, needed: UInt64, head: RawSpan, _ window: borrowing FileWindow
  ) throws(FileError) -> Hit? {
    guard walker.resemblesRecord(head), guessBudget.spend(64),
      needed <= end - offset, try isPlausible(at: offset + needed),
      guessBudget.spend(needed)
    else { return nil }
    let readBefore = source.bytesRead
    let frame = try read(at: offset)
    // How much a record of many parts takes shows only in reading it.
    let read = source.bytesRead - readBefore
    if read > needed { _ = guessBudget.spend(min(guessBudget.left, read - needed)) }
    guard let frame else { return nil }
    return try hit(at: offset, frame, window)
  }

  /// Whether a record can end or go on at `offset`: with the file, before zeros, or before
  /// something that looks like it.
  private mutating func isPlausible(at offset: UInt64) throws(FileError) -> Bool {
    if offset == end { return true }
    let head = try bytes(at: offset, limit: 64)
    return head.rawBytes.isZero || walker.resemblesContinuation(head.rawBytes)
  }

  /// Whether a record is at `offset` and another one, or the end of the data, behind it.
  private mutating func holdsRecord(at offset: UInt64, _ window: borrowing FileWindow)
    throws(FileError) -> Bool
  {
    guard offset < end, let record = try acceptedRecord(at: offset, window) else { return false }
    return try isContinued(at: offset, record, window)
  }

  /// Whether the record at `offset` is one, by itself or by what follows it.
  private mutating func isContinued(
    at offset: UInt64, _ record: Accepted, _ window: borrowing FileWindow
  ) throws(FileError) -> Bool {
    if walker.standsAlone(kind: record.kind) { return true }
    guard walker.needsProof else { return try isFollowed(offset + record.length, window) }
    return try leadsToProof(from: offset, record, window)
  }

  /// Whether records lead from the one at `offset` to one that stands alone, or to the end.
  private mutating func leadsToProof(
    from offset: UInt64, _ record: Accepted, _ window: borrowing FileWindow
  ) throws(FileError) -> Bool {
    var place = offset
    var record = record
    var passed = 0
    while !walker.standsAlone(kind: record.kind) {
      guard guessBudget.spend(64), !isCancelled() else { return false }
      passed += 1
      place += record.length
      guard place < end, let next = try acceptedRecord(at: place, window) else {
        guard passed > 1 else { return false }
        return place == end ? true : try onlyZeros(from: place)
      }
      record = next
    }
    return true
  }

  private mutating func isFollowed(_ offset: UInt64, _ window: borrowing FileWindow)
    throws(FileError) -> Bool
  {
    if offset == end { return true }
    if try acceptedRecord(at: offset, window) != nil { return true }
    return try onlyZeros(from: offset)
  }

  private struct Accepted {
    var length: UInt64
    var kind: UInt8

    init(length: UInt64, kind: UInt8) {
      self.length = length
      self.kind = kind
    }

    init?(_ frame: Frame) {
      switch frame {
      case .record(let length, let kind), .run(let length, let kind, _):
        self.init(length: UInt64(length), kind: kind)
      case .partial, .flawed, .stale, .end, .invalid: return nil
      }
    }
  }

  /// The record at `offset`, nil where there is none.
  private mutating func acceptedRecord(at offset: UInt64, _ window: borrowing FileWindow)
    throws(FileError) -> Accepted?
  {
    if window.holds(offset..<offset + 1) {
      let frame = walker.frame(
        window.bytes, at: Int(offset - window.offset), remaining: end - offset,
        checksums: checksums)
      guard case .partial = frame else { return Accepted(frame) }
    }
    let head = try bytes(at: offset, limit: 1 << 12)
    let frame = walker.frame(head.rawBytes, at: 0, remaining: end - offset)
    guard case .partial(let needed) = frame else { return Accepted(frame) }
    guard followBudget.spend(needed), let whole = try read(at: offset) else { return nil }
    return Accepted(whole)
  }

  /// The frame at `offset`, read piece by piece; nil when the search was stopped.
  private mutating func read(at offset: UInt64) throws(FileError) -> Frame? {
    do {
      return try walker.frameLarge(&source, at: offset, verifying: true)
    } catch RecordSourceError.file(let error) {
      throw error
    } catch {
      return nil
    }
  }

  private mutating func bytes(at offset: UInt64, limit: Int) throws(FileError) -> [UInt8] {
    do {
      return try source.bytes(at: offset, limit: limit)
    } catch RecordSourceError.file(let error) {
      throw error
    } catch {
      return []
    }
  }

  private mutating func onlyZeros(from offset: UInt64) throws(FileError) -> Bool {
    if !knownZeros.contains(offset) {
      guard followBudget.left > 0 else { return false }
      let readBefore = source.bytesRead
      defer { _ = followBudget.spend(min(followBudget.left, source.bytesRead - readBefore)) }
      do {
        guard let zeros = try source.zeroRun(from: offset) else { return false }
        knownZeros = zeros
      } catch RecordSourceError.file(let error) {
        throw error
      } catch {
        return false
      }
    }
    return knownZeros.contains(offset) && knownZeros.upperBound == end
  }
}
