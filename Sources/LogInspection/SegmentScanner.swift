import LogFiles
public import LogFormats

/// Scans one segment: walks it as its format does, and explains what it finds behind the end.
///
/// Only bytes below the horizon are judged; every one of them belongs to exactly one range.
struct SegmentScanner: ~Copyable {
  private let file: OpenFile
  private let end: UInt64
  private let control: ScanControl
  private let publishes: Bool
  private var walker: any SegmentWalker
  private var tally = WalkTally()
  private var ranges: [ByteRange] = []
  private var report: SegmentReport
  private var evidence = VerdictEvidence()

  /// Ranges beyond this number are not told apart.
  static let rangeLimit = 10_000

  init(
    _ file: consuming OpenFile, segment: SegmentFile, status: FileStatus,
    walker: any SegmentWalker, control: ScanControl, publishes: Bool
  ) {
    self.file = file
    self.walker = walker
    self.control = control
    self.publishes = publishes
    end = status.size
    report = SegmentReport(file: segment, status: status, verdict: .empty)
  }

  /// Scans the segment.
  ///
  /// - Parameter kinds: the format's kinds, by the walker's numbers.
  consuming func scan(kinds: [String]) throws(FileError) -> ScannedSegment {
    var window = FileWindow(capacity: 1 << 18)
    if end == 0 {
      evidence.isEmpty = true
    } else {
      try window.load(file, at: 0, end: end)
      switch walker.begin(window.bytes, fileSize: end) {
      case .records(let first): try scanRecords(&window, from: first)
      case .unreadable(let offset, let reason): try judgeUnreadable(&window, at: offset, reason)
      }
    }
    return finish(kinds: kinds, window)
  }

  private consuming func finish(kinds: [String], _ window: borrowing FileWindow)
    -> ScannedSegment
  {
    let known = ranges.last?.end ?? 0
    // A scan that was stopped leaves a rest that nobody has looked at.
    if known < end { append(ByteRange(.unknown, offset: known, length: end - known)) }
    report.verdict = VerdictTable.verdict(evidence)
    report.ranges = ranges
    report.kinds = kinds.enumerated().compactMap { number, kind in
      let records = tally.count(ofKind: number)
      return records > 0 ? (kind, records) : nil
    }
    report.observations = walker.observations
    report.facts = walker.facts
    report.bytesRead = window.bytesRead
    report.bytesSkipped = window.bytesSkipped
    report.isInterrupted = control.isCancelled
    report.wasTruncatedWhileReading = window.sawShrink
    return ScannedSegment(
      report: report, index: RecordIndex(ranges: ranges, checkpoints: tally.checkpoints))
  }

  // MARK: The format's own walk

  private mutating func scanRecords(_ window: inout FileWindow, from first: UInt64)
    throws(FileError)
  {
    if first > 0 { append(ByteRange(.header, offset: 0, length: min(first, end))) }
    let stop = try walk(&window, from: first)
    report.logicalEnd = tally.acceptedEnd(stop: stop.offset)
    report.records = tally.records
    if let (offset, fault) = tally.firstFault {
      evidence.hasFault = true
      evidence.hasUnreachedRecords = offset < report.logicalEnd
      report.firstInvalid = FirstInvalid(
        offset: offset + fault.offset, fault: fault,
        bitFlip: try bitFlip(&window, at: offset, fault))
    }
    appendRecords(from: first, to: stop.offset, frames: tally.frames, records: tally.records)
    switch stop.cause {
    case .endOfFile:
      break
    case .regularEnd(let reason):
      try judgeRegularEnd(&window, at: stop.offset, reason)
    case .invalid(let fault):
      try judgeFault(&window, at: stop.offset, fault)
    }
  }

  /// Walks from `first` until the walk ends by itself or the scan is cancelled.
  private mutating func walk(_ window: inout FileWindow, from first: UInt64) throws(FileError)
    -> Stop
  {
    var offset = first
    while !control.isCancelled {
      try window.load(file, at: offset, end: end)
      let behind = window.offset + UInt64(window.count)
      let step = walker.walk(window.bytes, base: offset, end: end, tally: &tally)
      switch step {
      case .stopped(let stop):
        control.advance(by: stop.offset - min(stop.offset, offset))
        return stop
      case .paused(let place):
        return Stop(offset: place, cause: .endOfFile)
      case .more(let place, _) where place > offset:
        control.advance(by: place - offset)
        offset = place
      case .more(_, let needed):
        // The record starts where the window does, and still is not whole in it.
        guard behind < end, needed > UInt64(window.count) else {
          return Stop(offset: offset, cause: .invalid(Fault(.incomplete, claimedLength: needed)))
        }
        if let stop = try walkLarge(at: &offset) { return stop }
      }
      publish(upTo: offset, first: first)
    }
    return Stop(offset: offset, cause: .endOfFile)
  }

  /// Passes one record that is larger than the window; the stop, if it is none.
  private mutating func walkLarge(at offset: inout UInt64) throws(FileError) -> Stop? {
    let cancelled = control
    var source = RecordSource(try file.duplicate(), end: end) { cancelled.isCancelled }
    do {
      switch try walker.frameLarge(&source, at: offset, verifying: true) {
      case .record(let length, let kind):
        tally.passLarge(kind: kind, at: offset, carry: walker.carry)
        control.advance(by: UInt64(length))
        offset += UInt64(length)
        return nil
      case .flawed(let length, _, let fault):
        tally.passFlawed(at: offset, fault: fault)
        offset += UInt64(length)
        return nil
      case .partial(let needed):
        return Stop(offset: offset, cause: .invalid(Fault(.incomplete, claimedLength: needed)))
      case .end(let reason): return Stop(offset: offset, cause: .regularEnd(reason))
      case .invalid(let fault): return Stop(offset: offset, cause: .invalid(fault))
      }
    } catch RecordSourceError.file(let error) {
      throw error
    } catch {
      return Stop(offset: offset, cause: .endOfFile)
    }
  }

  private func publish(upTo offset: UInt64, first: UInt64) {
    guard publishes else { return }
    var known = ranges
    let already = known.reduce(0) { $0 + $1.frames }
    if offset > first {
      known.append(
        ByteRange(
          .records, offset: first, length: offset - first, records: tally.frames - already))
    }
    control.publish(
      PartialScan(index: RecordIndex(ranges: known, checkpoints: tally.checkpoints), offset: offset)
    )
  }

  // MARK: What follows the end

  private mutating func judgeUnreadable(
    _ window: inout FileWindow, at offset: UInt64, _ reason: Reason
  ) throws(FileError) {
    if try firstNonZero(&window, from: 0) == nil {
      evidence.isEmpty = true
      append(ByteRange(.zeroTail, offset: 0, length: end))
    } else {
      evidence.isForeign = true
      report.firstInvalid = FirstInvalid(offset: offset, fault: Fault(reason))
      append(ByteRange(.unknown, offset: 0, length: end, reason: reason))
    }
  }

  private mutating func judgeRegularEnd(
    _ window: inout FileWindow, at offset: UInt64, _ reason: Reason
  ) throws(FileError) {
    if try firstNonZero(&window, from: offset) == nil {
      appendZeroTail(from: offset)
    } else {
      evidence.hasStaleRemains = true
      report.tail = Tail(kind: .stale, offset: offset, length: end - offset)
      try resync(&window, after: offset, Fault(reason), unreached: .stale)
    }
  }

  /// Explains what stands at `offset` instead of a record, and looks for records behind it.
  private mutating func judgeFault(_ window: inout FileWindow, at offset: UInt64, _ fault: Fault)
    throws(FileError)
  {
    guard let nonZero = try firstNonZero(&window, from: offset) else {
      return appendZeroTail(from: offset)
    }
    evidence.hasFault = true
    let startsWithZeros = walker.leadingZeroLimit.map { nonZero - offset > UInt64($0) } ?? false
    let firstFault = startsWithZeros ? Fault(.zeros) : fault
    if report.firstInvalid == nil {
      report.firstInvalid = FirstInvalid(
        offset: offset + firstFault.offset, fault: firstFault,
        bitFlip: try bitFlip(&window, at: offset, firstFault))
    }
    try resync(&window, after: offset, firstFault, unreached: .damage)
    let resembles = try resemblesRecord(&window, at: offset)
    if report.records == 0, report.afterDamage.records == 0, !resembles {
      evidence.isForeign = true
    }
    judgeTail(isTorn: resembles)
  }

  /// Walks the records behind the end of the format's own walk, again and again, to the end of
  /// the file. What lies between them is of the kind `unreached`.
  private mutating func resync(
    _ window: inout FileWindow, after offset: UInt64, _ fault: Fault, unreached: RangeKind
  ) throws(FileError) {
    var search = try ResyncSearch(file, walker: walker, from: offset, end: end, control: control)
    var checksums = WindowChecksums()
    var place = offset
    var current = fault
    while place < end, !control.isCancelled {
      let claimed = current.claimedLength.flatMap { length in
        length <= end - place ? place + length : nil
      }
      let found = try search.next(
        in: file, window: &window, checksums: &checksums, from: place + 1, claimedEnd: claimed,
        control: control)
      try appendUnreached(
        &window, from: place, to: found ?? end, as: unreached, reason: current.reason)
      guard let found else { return }
      let frames = tally.frames
      let records = tally.records
      let stop = try walk(&window, from: found)
      appendRecords(
        from: found, to: stop.offset, frames: tally.frames - frames,
        records: tally.records - records, isFoundByResync: true)
      evidence.hasUnreachedRecords = true
      report.afterDamage.records += tally.records - records
      report.afterDamage.bytes += stop.offset - found
      place = stop.offset
      switch stop.cause {
      case .invalid(let fault): current = fault
      case .regularEnd(let reason): current = Fault(reason)
      case .endOfFile: return
      }
    }
  }

  /// Tells zeros apart from damage in a stretch without records.
  private mutating func appendUnreached(
    _ window: inout FileWindow, from start: UInt64, to stop: UInt64, as kind: RangeKind,
    reason: Reason
  ) throws(FileError) {
    let lastZeros = try zerosBefore(&window, stop, notBelow: start)
    if lastZeros > start {
      append(ByteRange(kind, offset: start, length: lastZeros - start, reason: reason))
    }
    if lastZeros < stop {
      append(
        ByteRange(
          stop == end ? .zeroTail : .padding, offset: lastZeros, length: stop - lastZeros,
          reason: .zeros))
    }
  }

  /// Where the zeros start that end at `stop`; `stop` itself where there are fewer than a sector.
  private mutating func zerosBefore(
    _ window: inout FileWindow, _ stop: UInt64, notBelow start: UInt64
  ) throws(FileError)
    -> UInt64
  {
    var zerosFrom = stop
    var offset = stop
    while offset > start {
      let from = max(start, offset > 1 << 18 ? offset - 1 << 18 : 0)
      try window.load(file, at: from, end: offset)
      guard window.count > 0 else { break }
      if let last = window.bytes.lastNonZero() {
        zerosFrom = from + UInt64(last) + 1
        break
      }
      zerosFrom = from
      offset = from
    }
    return stop - zerosFrom >= 512 || zerosFrom == start ? zerosFrom : stop
  }

  private mutating func judgeTail(isTorn: Bool) {
    guard let last = ranges.last, last.kind != .records else { return }
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
    try window.load(file, at: offset, end: min(end, offset + 64))
    return walker.resemblesRecord(window.bytes)
  }

  private mutating func bitFlip(_ window: inout FileWindow, at offset: UInt64, _ fault: Fault)
    throws(FileError) -> BitFlip?
  {
    guard fault.reason != .zeros else { return nil }
    return try BitFlipSearch(walker: walker, end: end).search(
      in: file, window: &window, offset: offset, fault: fault)
  }

  // MARK: Ranges

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

  private mutating func appendRecords(
    from first: UInt64, to stop: UInt64, frames: UInt64, records: UInt64,
    isFoundByResync: Bool = false
  ) {
    guard stop > first else { return }
    append(
      ByteRange(
        .records, offset: first, length: stop - first, records: records, frames: frames,
        isFoundByResync: isFoundByResync))
  }

  private mutating func append(_ range: ByteRange) {
    guard range.length > 0 else { return }
    if ranges.count >= Self.rangeLimit, let last = ranges.indices.last {
      ranges[last].length += range.length
      ranges[last].kind = .unknown
      report.rangesAreTruncated = true
    } else {
      ranges.append(range)
    }
  }
}

/// A scanned segment and the index of its records.
public struct ScannedSegment: Sendable {
  public var report: SegmentReport
  public var index: RecordIndex
}
