package import LogFiles

/// Looks for records behind damage, by the rule of the formats: an acceptable record counts when
/// another one follows it at once, or when the data end with it (a chance hit has neither), when
/// its kind stands by itself, or when it stands where the damaged one before it claims to end.
///
/// The work grows with the file, not with its square, whatever lengths the file claims: the
/// checksum of any part of a window costs the same, what leads nowhere is gone after once, and
/// reading beyond a window has a budget.
package struct ResyncSearch: ~Copyable {
  var source: RecordSource
  var walker: any SegmentWalker
  /// What the walker tells of its format, asked for once.
  let needsProof: Bool
  private let leadingZeroLimit: Int?
  let end: UInt64
  let isCancelled: @Sendable () -> Bool
  /// Is told, window by window, the offset below which all is searched.
  private let reached: (UInt64) -> Void
  var checksums = WindowChecksums()
  /// What could stand at the offsets that are looked at, inside a damaged record, and at a single one.
  var notes = PlaceNotes()
  var notesInside = PlaceNotes()
  private var singleNote = PlaceNotes()
  /// The offset in the file below which a search noted last, and the offsets that it wanted to note at
  /// once there.
  private var noted: UInt64 = 0
  private var notedAtOnce = 0
  /// The threads that may search, and the windows that they make ahead.
  private let threads: Int
  private var ahead: WindowsAhead?
  /// The bytes whose checksums are prepared.
  private var prepared: Range<UInt64> = 0..<0
  /// Bytes that may still be read to see whether what looks like a large record is one.
  var guessBudget: ReadBudget
  /// Bytes that may still be read to see what follows a record that was found.
  var followBudget: ReadBudget
  /// The last zero region that was measured: from its first byte asked for, to its end.
  var knownZeros: Range<UInt64> = 0..<0
  /// Some of the places from which records lead to nothing.
  var deadEnds = DeadEnds()
  /// Whether records that are found may be passed and counted as far as that is quick, so that a hit
  /// is where it was not.
  package var onlyCounts = false
  /// The records that were only counted.
  package private(set) var counted = CountedRecords()

  /// Bytes of a window that suit a search: what is known of each of them has to fit the caches too.
  package static let windowSize = WindowChecksums.mostBytes

  /// A search in the bytes of `file` below `end`, by `threads` threads. Now and then `reached` is told
  /// the offset below which all is searched.
  ///
  /// - Throws: `FileError` when no descriptor is free.
  package init(
    _ file: borrowing OpenFile, walker: any SegmentWalker, end: UInt64, budget: ReadBudget,
    threads: Int = 1, isCancelled: @escaping @Sendable () -> Bool = { false },
    reached: @escaping (UInt64) -> Void = { _ in }
  ) throws(FileError) {
    self.walker = walker
    needsProof = walker.needsProof
    leadingZeroLimit = walker.leadingZeroLimit
    self.end = end
    self.isCancelled = isCancelled
    self.reached = reached
    source = RecordSource(try file.duplicate(), end: end, isCancelled: isCancelled)
    guessBudget = budget
    followBudget = budget
    // What nothing proves is struck out where it is noted, within the budget of the search.
    let usesThreads = walker.notesByThreads && !walker.needsProof
    self.threads = usesThreads ? min(threads, WindowsAhead.mostThreads) : 1
  }

  deinit { ahead?.stop() }

  /// Bytes read beside the window.
  package var bytesRead: UInt64 { source.bytesRead }

  /// Whether a budget came to its end, so that a record may have been passed over.
  package var wasLimited: Bool { guessBudget.wasRefused || followBudget.wasRefused }

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
      let ends = goesOn ? false : try endsData(boundary, fault, window)
      if goesOn || ends {
        if let first = try swallowed(in: file, window: &window, from: place + 1, to: boundary) {
          return first
        }
        return goesOn ? try countedOn(from: boundary, in: file, window: &window) : nil
      }
    }
    return try firstHit(in: file, window: &window, from: start)
  }

  // MARK: Search

  /// The first hit from `from` on.
  mutating func firstHit(
    in file: borrowing OpenFile, window: inout FileWindow, from: UInt64
  ) throws(FileError) -> Hit? {
    var offset = from
    while offset < end, !isCancelled() {
      if !canSearch(window, from: offset), try !loadAhead(&window, file, at: offset) {
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
      reached(offset)
    }
    return nil
  }

  /// Offsets of the window below this are searched in it; what starts behind is left to the next
  /// window, which holds more of it.
  private func searchable(_ window: borrowing FileWindow) -> Int {
    WindowsAhead.searchable(window.count, of: window.capacity, isLast: window.stop >= end)
  }

  private func canSearch(_ window: borrowing FileWindow, from offset: UInt64) -> Bool {
    offset >= window.offset && offset < window.stop
      && Int(offset - window.offset) < searchable(window)
  }

  /// Goes on with the next window where others may have made it: a search that has come far may have
  /// far to go. False where nobody has, and before many zeros, over which it is quicker to skip.
  private mutating func loadAhead(
    _ window: inout FileWindow, _ file: borrowing OpenFile, at offset: UInt64
  ) throws(FileError) -> Bool {
    guard threads > 1, notedAtOnce == Self.largestPart, goesOn(from: offset) else { return false }
    if ahead == nil {
      ahead = WindowsAhead(
        try file.duplicate(), walker: walker, end: end, capacity: window.capacity, threads: threads)
    }
    guard let ahead, let next = ahead.take(at: offset) else { return false }
    defer { ahead.giveBack(next) }
    // A file that was cut meanwhile has less of the window than it had.
    guard !next.startsWithZeros, canSearch(next.window, from: offset) else {
      ahead.stop()
      return false
    }
    window.exchange(with: &next.window)
    swap(&checksums, &next.checksums)
    swap(&notes, &next.notes)
    prepared = window.offset..<window.stop
    noted = window.offset + UInt64(notes.part.upperBound)
    return true
  }

  /// Has a window around `offset` with its checksums prepared.
  private mutating func ready(
    _ window: inout FileWindow, _ file: borrowing OpenFile, at offset: UInt64
  ) throws(FileError) {
    if !canSearch(window, from: offset), try !loadAhead(&window, file, at: offset) {
      try window.load(file, at: offset, end: end)
    }
    prepare(window)
  }

  mutating func prepare(_ window: borrowing FileWindow) {
    guard prepared != window.offset..<window.stop else { return }
    checksums.forget()
    notes.begin(0..<0)
    prepared = window.offset..<window.stop
  }

  /// Offsets that are noted at once: few at first, for the records that go on just behind damage,
  /// more where the search goes on.
  private static let firstPart = 1 << 8
  private static let largestPart = 1 << 16

  /// Whether `offset` is not far behind what was noted last.
  private func goesOn(from offset: UInt64) -> Bool {
    offset >= noted && offset - noted < UInt64(notedAtOnce)
  }

  private mutating func partSize(from offset: UInt64) -> Int {
    notedAtOnce = goesOn(from: offset) ? min(notedAtOnce * 4, Self.largestPart) : Self.firstPart
    return notedAtOnce
  }

  /// Looks at the offsets of the window from `start` on, below `stop`.
  private mutating func search(_ window: borrowing FileWindow, from start: Int, upTo stop: Int)
    throws(FileError) -> Hit?
  {
    var start = start
    while start < stop {
      if !notes.part.contains(start) {
        if let limit = leadingZeroLimit {
          // A long run of zeros holds no record, and no record starts with more than a few.
          let bytes = window.bytes
          let next = bytes.firstNonZero(from: start) ?? bytes.byteCount
          start = max(start, next - limit)
          if start >= stop { break }
        }
        note(start..<min(stop, start + partSize(from: window.offset + UInt64(start))), of: window)
        if needsProof { strikeUnproven(window) }
      }
      if let hit = try firstHit(window, from: start) { return hit }
      start = notes.part.upperBound
    }
    return nil
  }

  /// Strikes out what nothing can prove.
  private mutating func strikeUnproven(_ window: borrowing FileWindow) {
    if guessBudget.allows(Self.step) {
      notes.strikeUnfollowed(window.bytes)
    } else {
      notes.strikeRecords()
    }
  }

  /// The first hit among the places that are noted, from `start` on.
  private mutating func firstHit(_ window: borrowing FileWindow, from start: Int)
    throws(FileError) -> Hit?
  {
    var from = start
    while true {
      lookAtLarge()
      guard let place = notes.nextFollowed(window.bytes, from: from) else { return nil }
      from = place + 1
      guard let hit = try hit(window, at: place) else { continue }
      guard onlyCounts, case .records = hit else { return hit }
      counted.isWalked = false
      switch countRecords(window, from: place) {
      case .records(let place): return .records(at: window.offset + UInt64(place))
      case .search(let place): from = place
      }
    }
  }

  /// Without a budget for a glance nothing comes of what the window does not hold whole.
  private mutating func lookAtLarge() {
    notes.looksAtLarge = guessBudget.allows(Self.glance)
    notes.followsLarge = followBudget.allows(Self.glance)
  }

  /// Counts records of the window from the one at `place` on.
  private mutating func countRecords(_ window: borrowing FileWindow, from place: Int)
    -> CountingStop
  {
    walker.countRecords(
      window.bytes, remaining: end - window.offset, checksums: checksums, notes: notes,
      from: place, &followBudget, into: &counted)
  }

  /// The hit at `boundary`, where a damaged record ends; where records are only counted and those
  /// are noted, the next one behind them.
  private mutating func countedOn(
    from boundary: UInt64, in file: borrowing OpenFile, window: inout FileWindow
  ) throws(FileError) -> Hit? {
    guard onlyCounts, window.holds(boundary..<boundary + 1),
      notes.part.contains(Int(boundary - window.offset)),
      !guessBudget.wouldRefuseFirst(Self.glance), !followBudget.wouldRefuseFirst(Self.glance)
    else { return .records(at: boundary) }
    lookAtLarge()
    counted.isWalked = true
    switch countRecords(window, from: Int(boundary - window.offset)) {
    case .records(let place): return .records(at: window.offset + UInt64(place))
    case .search(let place):
      return try firstHit(in: file, window: &window, from: window.offset + UInt64(place))
    }
  }

  /// The hit at `place`, of which something is noted; nil where it does not count.
  private mutating func hit(_ window: borrowing FileWindow, at place: Int) throws(FileError)
    -> Hit?
  {
    let offset = window.offset + UInt64(place)
    if case .record(let length) = notes[place] {
      return try goesOn(from: offset, length, window) ? .records(at: offset) : nil
    }
    if notes[place] == .unknown, isAmidZeros(place, window) { return nil }
    let frame = walker.frame(
      window.bytes, at: place, remaining: end - offset, checksums: checksums)
    if case .partial(let needed) = frame {
      return try largeHit(at: offset, needed: needed, window)
    }
    return try hit(at: offset, frame, window)
  }

  /// Whether the noted record of `length` bytes at `offset` counts by what follows it.
  private mutating func goesOn(
    from offset: UInt64, _ length: Int, _ window: borrowing FileWindow
  ) throws(FileError) -> Bool {
    let next = Int(offset - window.offset) + length
    guard mayGoOn(at: next, window) else { return false }
    guard !needsProof else { return try leadsToProof(from: offset, length, window) }
    return try isFollowed(offset + UInt64(length), window)
  }

  /// Whether more zeros start at `place` than a record can start with.
  private func isAmidZeros(_ place: Int, _ window: borrowing FileWindow) -> Bool {
    guard let limit = leadingZeroLimit else { return false }
    return window.bytes.slice(place, limit + 1)?.isZero ?? false
  }

  /// Notes what could stand at the offsets in `part` of the window.
  private mutating func note(_ part: Range<Int>, of window: borrowing FileWindow) {
    noted = window.offset + UInt64(part.upperBound)
    notes.begin(part)
    walker.note(
      window.bytes, remaining: end - window.offset, checksums: checksums, in: &notes)
  }

  /// Whether a record, or the end of the data, can be at `next`, where another one ends.
  private mutating func mayGoOn(at next: Int, _ window: borrowing FileWindow) -> Bool {
    let bytes = window.bytes
    guard let word = bytes.le(UInt32.self, at: next), word != 0 else { return true }
    if notes.part.contains(next) { return notes[next] != .noRecord }
    singleNote.begin(next..<next + 1)
    walker.note(
      bytes, remaining: end - window.offset, checksums: checksums, in: &singleNote)
    return singleNote[next] != .noRecord
  }

  private func skipZeros(
    in file: borrowing OpenFile, window: inout FileWindow, from offset: UInt64
  ) throws(FileError) -> UInt64 {
    guard let limit = leadingZeroLimit else { return offset }
    let next = try window.firstNonZero(
      file, from: offset, end: end, isCancelled: isCancelled)
    guard let next else { return end }
    return max(offset, next - min(next, UInt64(limit)))
  }
}
