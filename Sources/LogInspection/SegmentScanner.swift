import LogFiles
public import LogFormats

/// Scans one segment: walks it as its format does, and explains what it finds behind the end.
///
/// Only bytes below the horizon are judged; every one of them belongs to exactly one range.
struct SegmentScanner: ~Copyable {
  let file: OpenFile
  /// The horizon's size.
  private(set) var end: UInt64
  let control: ScanControl
  var walker: any SegmentWalker
  var tally = WalkTally()
  var ranges: [ByteRange] = []
  var report: SegmentReport
  var evidence = VerdictEvidence()
  private let publishes: Bool
  private var nextPublication: UInt64 = 0
  let progress: SegmentProgress
  private var stretch: Stretch?
  /// Bytes that may be read behind damage for large records that turn out to be none.
  private(set) var vainBudget: ReadBudget
  /// Bytes read beside the window.
  var bytesReadBeside: UInt64 = 0

  /// Bytes of the window that a segment is scanned through.
  static let windowCapacity = ResyncSearch.windowSize
  /// Threads that look for records behind damage.
  let threads: Int
  /// Ranges beyond this number are not told apart.
  private let rangeLimit: Int
  static let usualRangeLimit = 10_000

  /// The records that the walk is passing, until it ends and they make a range.
  private struct Stretch {
    let offset: UInt64
    let isFoundByResync: Bool
    let framesBefore: UInt64
    let recordsBefore: UInt64
    /// The end of the last record passed.
    var end: UInt64
  }

  init(
    _ file: consuming OpenFile, segment: SegmentFile, status: FileStatus,
    walker: any SegmentWalker, control: ScanControl, threads: Int = 1, publishes: Bool = false,
    rangeLimit: Int = usualRangeLimit
  ) {
    self.threads = threads
    self.rangeLimit = rangeLimit
    self.file = file
    self.walker = walker
    self.control = control
    progress = SegmentProgress(control)
    self.publishes = publishes
    end = status.size
    vainBudget = ReadBudget(allocatedSize: min(status.size, status.allocated))
    report = SegmentReport(file: segment, status: status, verdict: .empty)
  }

  /// Scans the segment, and names the kinds of its records by the walker's numbers.
  ///
  /// What cannot be read is told in the report, beside what could be. Of the window only the memory
  /// counts, not what it holds: fresh memory for each segment costs as much as reading some of it.
  consuming func scan(kinds: [String], through window: inout FileWindow) -> ScannedSegment {
    window.reset()
    do throws(FileError) {
      try judge(&window)
    } catch {
      report.failure = error.message
    }
    return finish(kinds: kinds, window)
  }

  private mutating func judge(_ window: inout FileWindow) throws(FileError) {
    guard end > 0 else {
      evidence.isEmpty = true
      report.facts = walker.facts
      return
    }
    try window.load(file, at: 0, end: end)
    try takeGrowth()
    switch walker.begin(window.bytes, fileSize: end) {
    case .records(let first):
      walker.beginScan()
      try scanRecords(&window, from: first)
    case .unreadable(let offset, let reason):
      report.facts = walker.facts
      try judgeUnreadable(&window, at: offset, reason)
    }
  }

  /// Takes the horizon anew where the file has grown: what its head tells must not be newer.
  private mutating func takeGrowth() throws(FileError) {
    let now = try file.status()
    guard now.size > end else { return }
    end = now.size
    report.status = now
  }

  private consuming func finish(kinds: [String], _ window: borrowing FileWindow)
    -> ScannedSegment
  {
    closeStretch()
    let judged = ranges.last?.end ?? 0
    if judged < end {
      report.isInterrupted = report.failure == nil && control.isCancelled
      append(
        ByteRange(
          .unknown, offset: judged, length: end - judged,
          reason: report.failure == nil ? nil : .unreadable))
    }
    report.verdict = report.failure == nil ? VerdictTable.verdict(evidence) : .unreadable
    report.ranges = ranges
    report.kinds = kinds.enumerated().compactMap { number, kind in
      let records = tally.count(ofKind: number)
      return records > 0 ? (kind, records) : nil
    }
    report.observations = walker.observations
    report.gaps = walker.gaps
    report.countsRecords = walker.countsRecords
    report.bytesRead = window.bytesRead + bytesReadBeside
    report.bytesSkipped = window.bytesSkipped
    report.wasTruncatedWhileReading = window.sawShrink || hasShrunk()
    if !report.isInterrupted { progress.reach(end) }
    return ScannedSegment(
      report: report,
      index: RecordIndex(ranges: ranges, checkpoints: tally.checkpoints, facts: report.facts),
      tally: tally)
  }

  private func hasShrunk() -> Bool {
    guard let now = try? file.status() else { return false }
    return now.size < end
  }

  // MARK: The format's own walk

  private mutating func scanRecords(_ window: inout FileWindow, from first: UInt64)
    throws(FileError)
  {
    if first > 0 { append(ByteRange(.header, offset: 0, length: min(first, end))) }
    let stop = try walk(&window, from: first, isFoundByResync: false)
    // What is found behind damage is no part of the segment's facts.
    report.facts = walker.facts
    report.flawedRecords = tally.flawed
    report.damagedRecords = tally.damaged
    report.damage = tally.faults
    if let (offset, fault) = tally.faults.first {
      evidence.hasFault = true
      evidence.hasUnreachedRecords = offset < report.logicalEnd
      try blame(fault, at: offset, &window)
    }
    guard let stop else { return }
    switch stop.cause {
    case .endOfFile: break
    case .regularEnd(let reason): try judgeRegularEnd(&window, at: stop.offset, reason)
    case .invalid(let fault): try judgeFault(&window, at: stop.offset, fault)
    }
    if let claimedEnd = walker.claimedEnd, claimedEnd > end { judgeMissing(claimedEnd - end) }
  }

  /// Notes that the data should go on behind the end of the file.
  private mutating func judgeMissing(_ bytes: UInt64) {
    evidence.hasFault = true
    report.tail = Tail(kind: .torn, offset: end, length: 0)
    guard report.firstInvalid == nil else { return }
    report.firstInvalid = FirstInvalid(
      offset: end, fault: Fault(.beyondFile, claimedLength: bytes))
  }

  /// Walks from `first` until the walk ends by itself, and makes a range of what it passed.
  ///
  /// Nil when the scan was cancelled before.
  mutating func walk(
    _ window: inout FileWindow, from first: UInt64, isFoundByResync: Bool
  ) throws(FileError) -> Stop? {
    stretch = Stretch(
      offset: first, isFoundByResync: isFoundByResync, framesBefore: tally.frames,
      recordsBefore: tally.records, end: first)
    var offset = first
    while !control.isCancelled {
      if !window.holds(offset..<offset + 1) { try window.load(file, at: offset, end: end) }
      switch step(window, from: offset) {
      case .stopped(let stop):
        pass(to: stop.offset)
        closeStretch()
        return stop
      case .paused(let place), .more(let place, _):
        if place > offset {
          pass(to: place)
          offset = place
          // The record at `offset` is not whole in the window.
          if window.holds(offset..<offset + 1) { try window.load(file, at: offset, end: end) }
        } else if window.offset < offset {
          try window.load(file, at: offset, end: end)
        } else if let stop = try walkLarge(at: &offset) {
          closeStretch()
          return stop
        } else {
          pass(to: offset)
        }
      }
      publish(upTo: offset)
    }
    return nil
  }

  /// Walks the records of the window from `offset` on.
  private mutating func step(_ window: borrowing FileWindow, from offset: UInt64) -> WalkStep {
    let start = Int(offset - window.offset)
    guard let bytes = window.bytes.slice(start, window.count - start) else {
      // The file has shrunk: nothing could be loaded.
      return .stopped(Stop(offset: offset, cause: .invalid(Fault(.incomplete))))
    }
    return walker.walk(bytes, base: offset, end: end, tally: &tally)
  }

  /// Passes one record that is larger than the window; the stop, if it is none.
  private mutating func walkLarge(at offset: inout UInt64) throws(FileError) -> Stop? {
    let watched = control
    var source = RecordSource(try file.duplicate(), end: end) { watched.isCancelled }
    defer { bytesReadBeside += source.bytesRead }
    do {
      let claimed = try claimedLength(at: offset, &source)
      guard claimed <= vainBudget.left else {
        return Stop(offset: offset, cause: .invalid(Fault(.notARecord)))
      }
      switch try walker.frameLarge(&source, at: offset, verifying: true) {
      case .record(let length, let kind):
        tally.passLarge(kind: kind, at: offset, carry: walker.carry)
        offset += UInt64(length)
        return nil
      case .run(let length, let kind, let records):
        tally.passLargeRun(kind: kind, records: records, at: offset, carry: walker.carry)
        offset += UInt64(length)
        return nil
      case .flawed(let length, _, let fault):
        tally.passFlawed(at: offset, fault: fault)
        offset += UInt64(length)
        return nil
      case .partial(let needed):
        return Stop(offset: offset, cause: .invalid(Fault(.incomplete, claimedLength: needed)))
      case .stale: return Stop(offset: offset, cause: .regularEnd(.staleEntry))
      case .end(let reason): return Stop(offset: offset, cause: .regularEnd(reason))
      case .invalid(let fault):
        _ = vainBudget.spend(claimed)
        return Stop(offset: offset, cause: .invalid(fault))
      }
    } catch RecordSourceError.file(let error) {
      throw error
    } catch {
      // Cancelled: the walk looks at that itself.
      return nil
    }
  }

  /// The length that a large record behind damage claims; 0 for one that the format's own walk
  /// comes to, which is read whatever it claims.
  private mutating func claimedLength(at offset: UInt64, _ source: inout RecordSource)
    throws(RecordSourceError) -> UInt64
  {
    guard stretch?.isFoundByResync ?? false,
      case .record(let length, _) = try walker.frameLarge(&source, at: offset, verifying: false)
    else { return 0 }
    return UInt64(length)
  }

  private mutating func pass(to offset: UInt64) {
    stretch?.end = offset
    progress.reach(offset)
  }

  /// Makes a range of the records that the walk has passed.
  private mutating func closeStretch() {
    guard let range = openRange else { return }
    if range.isFoundByResync {
      report.afterDamage.records += range.records
      report.afterDamage.bytes += range.length
    } else {
      let isWhole = walker.claimedEnd.map { range.end >= min($0, end) } ?? false
      report.logicalEnd = isWhole ? range.end : tally.acceptedEnd(stop: range.end)
      report.records = range.records
    }
    append(range)
    stretch = nil
  }

  private var openRange: ByteRange? {
    guard let stretch else { return nil }
    return ByteRange(
      .records, offset: stretch.offset, length: stretch.end - stretch.offset,
      records: tally.records - stretch.recordsBefore, frames: tally.frames - stretch.framesBefore,
      isFoundByResync: stretch.isFoundByResync)
  }

  // MARK: Progress

  /// Publishes what is known so far; at first often, then each time that an eighth more is scanned, so
  /// that a thread which searches what is published is never far behind.
  private mutating func publish(upTo offset: UInt64) {
    guard publishes, offset >= nextPublication else { return }
    nextPublication = offset + min(max(offset / 8, 1 << 18), 32 << 20)
    var known = ranges
    if let range = openRange, range.length > 0 { known.append(range) }
    control.publish(
      PartialScan(index: RecordIndex(ranges: known, checkpoints: tally.checkpoints), offset: offset)
    )
  }

  // MARK: Ranges

  mutating func append(_ range: ByteRange) {
    guard range.length > 0 else { return }
    if ranges.count >= rangeLimit, let last = ranges.indices.last {
      let start = ranges[last].offset
      ranges[last] = ByteRange(.unknown, offset: start, length: range.end - start)
      report.rangesAreTruncated = true
    } else {
      ranges.append(range)
    }
  }
}

/// How far the scan of a segment is, for who watches the scan of the log.
final class SegmentProgress {
  private let control: ScanControl
  /// Bytes behind it, from the start of the file.
  private var offset: UInt64 = 0

  init(_ control: ScanControl) { self.control = control }

  /// All before `place` is scanned.
  func reach(_ place: UInt64) {
    guard place > offset else { return }
    control.advance(by: place - offset)
    offset = place
  }
}

/// A scanned segment and the index of its records.
public struct ScannedSegment: Sendable {
  public var report: SegmentReport
  public var index: RecordIndex
  /// What the walk passed, with which another one can go on.
  var tally = WalkTally()
}
