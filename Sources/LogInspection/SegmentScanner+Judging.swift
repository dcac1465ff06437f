import LogFiles
import LogFormats

/// What stands where the format's own walk does not get to.
extension SegmentScanner {
  mutating func judgeUnreadable(
    _ window: inout FileWindow, at offset: UInt64, _ reason: Reason
  ) throws(FileError) {
    let nonZero = try firstNonZero(&window, from: 0)
    if control.isCancelled { return }
    report.firstInvalid = FirstInvalid(offset: offset, fault: Fault(reason))
    if nonZero == nil {
      evidence.isEmpty = true
      append(ByteRange(.zeroTail, offset: 0, length: end, reason: .zeros))
    } else {
      evidence.isForeign = true
      append(ByteRange(.unknown, offset: 0, length: end, reason: reason))
    }
  }

  mutating func judgeRegularEnd(
    _ window: inout FileWindow, at offset: UInt64, _ reason: Reason
  ) throws(FileError) {
    let nonZero = try firstNonZero(&window, from: offset)
    if control.isCancelled { return }
    if nonZero == nil {
      appendZeroTail(from: offset)
    } else {
      evidence.hasStaleRemains = true
      report.tail = Tail(kind: .stale, offset: offset, length: end - offset)
      try resync(&window, from: offset, after: offset, Fault(reason), unreached: .stale)
      if control.isCancelled { return }
      if report.afterDamage.records > 0 { try judgeHiddenRecords(&window, behind: offset, reason) }
    }
  }

  /// Records behind a regular end: what stands before them should not be there.
  private mutating func judgeHiddenRecords(
    _ window: inout FileWindow, behind offset: UInt64, _ reason: Reason
  ) throws(FileError) {
    try blame(Fault(reason), at: offset, &window)
    let lastRecords = ranges.lastIndex { $0.kind == .records } ?? 0
    for index in ranges[..<lastRecords].indices
    where ranges[index].offset >= offset && ranges[index].kind == .stale
      && ranges[index].reason != .staleEntry
    {
      ranges[index].kind = .damage
    }
    judgeTail(isTorn: false)
  }

  /// Explains what stands at `offset` instead of a record, and looks for records behind it.
  mutating func judgeFault(_ window: inout FileWindow, at offset: UInt64, _ fault: Fault)
    throws(FileError)
  {
    let nonZero = try firstNonZero(&window, from: offset)
    if control.isCancelled { return }
    if nonZero == nil, !fault.countsInZeros { return appendZeroTail(from: offset) }
    evidence.hasFault = true
    let zeros = (nonZero ?? offset) - offset
    let startsWithZeros = walker.leadingZeroLimit != nil && zeros >= Self.shortestZeroRange
    let firstFault = startsWithZeros ? Fault(.zeros) : fault
    try blame(firstFault, at: offset, &window)
    let resembles = try resemblesRecord(&window, at: offset)
    try resync(
      &window, from: Self.searchStart(offset, fault), after: offset, firstFault, unreached: .damage)
    if control.isCancelled { return }
    // A header that could be read has said what the file is.
    let hasHeader = ranges.first?.kind == .header
    if !hasHeader, report.records == 0, report.afterDamage.records == 0, !resembles {
      evidence.isForeign = true
    }
    judgeTail(isTorn: resembles)
  }

  /// Makes the fault of the record at `offset` the first invalid thing, unless there is one.
  mutating func blame(_ fault: Fault, at offset: UInt64, _ window: inout FileWindow)
    throws(FileError)
  {
    guard report.firstInvalid == nil else { return }
    report.firstInvalid = FirstInvalid(offset: offset + fault.offset, fault: fault)
    let flip = try bitFlip(&window, at: offset, fault)
    report.firstInvalid?.bitFlip = flip
  }

  /// Walks the records behind the end of the format's own walk, again and again, to the end of
  /// the file. What lies between them is of the kind `unreached`, or stale records.
  ///
  /// `first` is where the search starts, `offset` where the format's own walk ended.
  private mutating func resync(
    _ window: inout FileWindow, from first: UInt64, after offset: UInt64, _ fault: Fault,
    unreached: RangeKind
  ) throws(FileError) {
    guard walker.canResync else {
      return try appendUnreached(
        &window, from: offset, to: end, as: unreached, reason: fault.reason)
    }
    let watched = control
    let progress = progress
    var search = try ResyncSearch(
      file, walker: walker, end: end, budget: vainBudget, threads: threads,
      isCancelled: { watched.isCancelled }, reached: progress.reach)
    defer {
      bytesReadBeside += search.bytesRead
      report.searchWasLimited = search.wasLimited
      take(search.counted)
    }
    var place = offset
    var start = first
    var current = fault
    while place < end {
      // Where stretches are not told apart any more nothing is known of each of them.
      search.onlyCounts = report.rangesAreTruncated
      let hit = try search.next(
        in: file, window: &window, from: start, after: place, current)
      if control.isCancelled { return }
      let found: UInt64
      switch hit {
      case nil: found = end
      case .stale(let offset, _), .records(let offset): found = offset
      }
      try appendUnreached(&window, from: place, to: found, as: unreached, reason: current.reason)
      if case .stale(_, let length) = hit {
        appendStale(at: found, length: length)
        (place, start, current) = (found + length, found + length, Fault(.staleEntry))
        continue
      }
      guard hit != nil else { return }
      evidence.hasUnreachedRecords = true
      guard let stop = try walk(&window, from: found, isFoundByResync: true) else { return }
      place = stop.offset
      switch stop.cause {
      case .invalid(let fault): (current, start) = (fault, Self.searchStart(place, fault))
      case .regularEnd(let reason):
        (current, start) = (Fault(reason), place > found ? place : place + 1)
      case .endOfFile: return
      }
    }
  }

  private mutating func take(_ counted: CountedRecords) {
    guard counted.records > 0 else { return }
    evidence.hasUnreachedRecords = true
    tally.pass(counted)
    report.afterDamage.records += counted.records
    report.afterDamage.bytes += counted.bytes
  }

  /// Where records may stand behind a bad one at `offset`: what its framing passed before the fault
  /// is its own, also where it looks like a record.
  private static func searchStart(_ offset: UInt64, _ fault: Fault) -> UInt64 {
    offset + max(1, fault.offset)
  }

  /// Tells zeros apart from damage in a stretch without records.
  private mutating func appendUnreached(
    _ window: inout FileWindow, from start: UInt64, to stop: UInt64, as kind: RangeKind,
    reason: Reason
  ) throws(FileError) {
    // Mostly no zero stands before what follows, and there may be millions of such stretches.
    if let last = window.byte(before: stop), last != 0, stop > start {
      return append(ByteRange(kind, offset: start, length: stop - start, reason: reason))
    }
    let watched = control
    var zeros = try window.zeros(
      before: stop, notBelow: start, in: file, isCancelled: { watched.isCancelled })
    // A few zeros behind damage tell nothing.
    if zeros > start, stop - zeros < Self.shortestZeroRange { zeros = stop }
    if zeros > start {
      append(ByteRange(kind, offset: start, length: zeros - start, reason: reason))
    }
    if zeros < stop {
      append(
        ByteRange(
          stop == end ? .zeroTail : .padding, offset: zeros, length: stop - zeros, reason: .zeros))
    }
  }

  /// A sector: shorter runs of zeros belong to the damage around them.
  private static var shortestZeroRange: UInt64 { 512 }

  /// Appends a stale record, to the stale records before it where it follows them at once.
  private mutating func appendStale(at offset: UInt64, length: UInt64) {
    evidence.hasStaleRemains = true
    if let last = ranges.indices.last, ranges[last].kind == .stale, ranges[last].records > 0,
      ranges[last].end == offset
    {
      ranges[last].length += length
      ranges[last].records += 1
    } else {
      append(
        ByteRange(
          .stale, offset: offset, length: length, records: 1, frames: 0, reason: .staleEntry))
    }
  }

  private mutating func judgeTail(isTorn: Bool) {
    guard let last = ranges.last, last.kind != .records else { return }
    if last.kind == .stale {
      report.tail = Tail(kind: .stale, offset: last.offset, length: last.length)
      return
    }
    if last.kind == .zeroTail, report.afterDamage.records > 0 {
      report.tail = Tail(kind: .zeros, offset: last.offset, length: last.length)
      return
    }
    let lastRecords = ranges.last { $0.kind == .records }
    let offset = lastRecords?.end ?? report.logicalEnd
    let kind: TailKind =
      report.afterDamage.records > 0 ? .damage : isTorn ? .torn : .garbage
    report.tail = Tail(kind: kind, offset: offset, length: end - offset)
  }

  private mutating func resemblesRecord(_ window: inout FileWindow, at offset: UInt64)
    throws(FileError) -> Bool
  {
    try window.load(file, at: offset, end: end)
    return walker.resemblesRecord(window.bytes)
  }

  private mutating func bitFlip(_ window: inout FileWindow, at offset: UInt64, _ fault: Fault)
    throws(FileError) -> BitFlip?
  {
    // Without checksums many a flip would do, and none of them explains anything.
    guard fault.reason != .zeros, walker.canResync, !walker.needsProof else { return nil }
    return try BitFlipSearch(walker: walker, end: end).search(
      in: file, window: &window, offset: offset, fault: fault)
  }

  private mutating func firstNonZero(_ window: inout FileWindow, from offset: UInt64)
    throws(FileError) -> UInt64?
  {
    let watched = control
    return try window.firstNonZero(
      file, from: offset, end: end, isCancelled: { watched.isCancelled })
  }

  private mutating func appendZeroTail(from offset: UInt64) {
    evidence.hasZeroTail = true
    report.tail = Tail(kind: .zeros, offset: offset, length: end - offset)
    append(ByteRange(.zeroTail, offset: offset, length: end - offset, reason: .zeros))
  }
}
