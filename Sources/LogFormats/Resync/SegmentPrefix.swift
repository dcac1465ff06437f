import LogFiles

/// The part of a segment that its format's own walk reaches, and what stands behind it: what a
/// writer needs to know before it goes on there.
///
/// It judges as a scan does, without the detail of one.
struct SegmentPrefix {
  enum Tail: Equatable {
    /// The records end with the file, or where the format's own end mark is.
    case none
    case zeros
    /// The beginning of a record, or bytes behind records, with nothing valid behind them.
    case torn
    /// Records go on at an offset behind what is no record.
    case records(at: UInt64)
    /// There is no record, and the file does not begin like one.
    case foreign
  }

  private(set) var records: UInt64 = 0
  /// Just after the last record.
  private(set) var end: UInt64 = 0
  private(set) var size: UInt64
  private(set) var tail = Tail.none

  /// A sector: where so many zeros start the damage, they tell nothing of the record behind them.
  private static let shortestZeroRange: UInt64 = 512

  /// Reads the segment of the file `name`.
  ///
  /// - Throws: `FileError` of reading.
  init(of name: FileName, walker: some SegmentWalker, in directory: OpenDirectory)
    throws(FileError)
  {
    let file = try directory.openFile(name)
    let status = try file.status()
    size = status.size
    guard size > 0 else { return }
    var walker = walker
    var window = FileWindow(capacity: ResyncSearch.windowSize)
    try window.load(file, at: 0, end: size)
    guard case .records(let first) = walker.begin(window.bytes, fileSize: size) else {
      tail = .foreign
      return
    }
    let stop = try walk(file, &window, &walker, from: first)
    end = stop.offset
    guard case .invalid(let fault) = stop.cause else { return }
    try judge(
      fault, file, &window, walker,
      ReadBudget(allocatedSize: min(status.size, status.allocated)))
  }

  private mutating func walk(
    _ file: borrowing OpenFile, _ window: inout FileWindow, _ walker: inout some SegmentWalker,
    from first: UInt64
  ) throws(FileError) -> Stop {
    var tally = WalkTally(pausingAfter: .max)
    var offset = first
    var large: UInt64 = 0
    while true {
      if window.offset != offset { try window.load(file, at: offset, end: size) }
      if window.count == 0, offset < size {
        return Stop(offset: offset, cause: .invalid(Fault(.incomplete)))
      }
      switch walker.walk(window.bytes, base: offset, end: size, tally: &tally) {
      case .stopped(let stop):
        records = tally.records + large
        return stop
      case .paused(let place), .more(let place, _):
        if place > offset {
          offset = place
          continue
        }
        switch try frameLarge(file, &walker, at: offset) {
        case .record(let length, _):
          large += 1
          offset += UInt64(length)
        case .run(let length, _, let count):
          large += count
          offset += UInt64(length)
        case .flawed(let length, _, _): offset += UInt64(length)
        case .end(let reason):
          records = tally.records + large
          return Stop(offset: offset, cause: .regularEnd(reason))
        case .stale:
          records = tally.records + large
          return Stop(offset: offset, cause: .regularEnd(.staleEntry))
        case .partial(let needed):
          records = tally.records + large
          return Stop(
            offset: offset, cause: .invalid(Fault(.incomplete, claimedLength: needed)))
        case .invalid(let fault):
          records = tally.records + large
          return Stop(offset: offset, cause: .invalid(fault))
        }
      }
    }
  }

  private func frameLarge(
    _ file: borrowing OpenFile, _ walker: inout some SegmentWalker, at offset: UInt64
  ) throws(FileError) -> Frame {
    var source = RecordSource(try file.duplicate(), end: size)
    do throws(RecordSourceError) {
      return try walker.frameLarge(&source, at: offset, verifying: true)
    } catch {
      switch error {
      case .file(let error): throw error
      case .cancelled: return .end(.unreadable)
      }
    }
  }

  private mutating func judge(
    _ fault: Fault, _ file: borrowing OpenFile, _ window: inout FileWindow,
    _ walker: some SegmentWalker, _ budget: ReadBudget
  ) throws(FileError) {
    let nonZero = try window.firstNonZero(file, from: end, end: size, isCancelled: { false })
    if nonZero == nil, !fault.countsInZeros {
      tail = .zeros
      return
    }
    let zeros = (nonZero ?? end) - end
    let startsWithZeros = walker.leadingZeroLimit != nil && zeros >= Self.shortestZeroRange
    try window.load(file, at: end, end: size)
    let resembles = walker.resemblesRecord(window.bytes)
    if walker.canResync {
      var search = try ResyncSearch(file, walker: walker, end: size, budget: budget)
      let hit = try search.next(
        in: file, window: &window, from: end + max(1, fault.offset), after: end,
        startsWithZeros ? Fault(.zeros) : fault)
      if case .records(let offset) = hit {
        tail = .records(at: offset)
        return
      }
    }
    tail = records == 0 && !resembles ? .foreign : .torn
  }
}
