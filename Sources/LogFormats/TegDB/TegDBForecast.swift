public import LogFiles
import Quantities

extension TegDB {
  public func forecasts(
    for report: LogReport, in directory: OpenDirectory, assuming: [String: UInt64]
  ) -> [Forecast] {
    guard let segment = report.segments.first, segment.status != nil,
      !TegDBNames.isLeftover(segment.file.name)
    else {
      return []
    }
    let open = TegDBOpen(segment, in: directory, assuming: TegDBAssumptions(assuming))
    return [open.forecast()] + open.olderForecasts()
  }
}

/// The owner's configuration, as far as its open depends on it.
struct TegDBAssumptions {
  var limits = TegDBLimits()
  /// The configured preallocation, 0 for none.
  var preallocation: UInt64 = 0
  /// What was said and not taken by default.
  private(set) var said: [String: UInt64] = [:]

  init(_ assuming: [String: UInt64]) {
    for assumption in TegDB().assumptions {
      guard let value = assuming[assumption.name] else { continue }
      said[assumption.name] = value
    }
    preallocation = said["preallocate-limit-bytes"] ?? 0
    limits.keyLength = min(said["max-key-bytes"] ?? limits.keyLength, UInt64(UInt32.max))
    limits.valueLength = min(said["max-value-bytes"] ?? limits.valueLength, UInt64(UInt32.max))
    limits.inlineValueLength = said["inline-value-bytes"] ?? limits.inlineValueLength
  }
}

/// What the owner's open does (format page, section 4.2).
struct TegDBOpen {
  let segment: SegmentReport
  let assumptions: TegDBAssumptions
  let status: TegDBHeader.Status
  let version: UInt64
  let validDataEnd: UInt64?
  /// What the owner's scan passes, with its limits.
  let tally: TegDBTally
  /// Well-formed records behind the end of the owner's scan, which it never reads.
  let unread: UInt64
  /// Live keys that the owner can read, or why they were not counted.
  let keys: Result<Int, LiveKeys.Failure>
  /// The same for a program that takes no record which the file cuts.
  let strictKeys: Result<Int, LiveKeys.Failure>
  private let start: UInt64

  init(
    _ segment: SegmentReport, in directory: OpenDirectory, assuming assumptions: TegDBAssumptions
  ) {
    self.segment = segment
    self.assumptions = assumptions
    let facts = segment.facts
    status =
      segment.fileSize == 0
      ? .empty : facts.word("headerStatus").flatMap(TegDBHeader.Status.init(rawValue:)) ?? .short
    version = facts.number("version") ?? 0
    validDataEnd = facts.number("validDataEnd")
    start = TegDB.firstRecord(facts)
    let scanned = TegDBTally(facts) ?? TegDBTally()
    var tally = scanned
    if assumptions.limits != TegDBLimits(), status == .ok {
      tally = (try? Self.walk(segment, in: directory, assumptions.limits)) ?? tally
    }
    self.tally = tally
    unread = Self.unread(segment, scanned, behind: tally)
    let range = Self.effectiveRange(tally, start: start)
    guard !segment.isInterrupted, segment.status != nil else {
      keys = .failure(.cancelled)
      strictKeys = keys
      return
    }
    let counted = assumptions.limits == TegDBLimits() ? facts.number(TegDB.liveKeys) : nil
    if let counted, tally.acceptedCut == nil {
      keys = .success(Int(clamping: counted))
    } else {
      keys = Self.count(segment, in: directory, range, assumptions.limits)
    }
    let whole = range.lowerBound..<max(range.lowerBound, min(range.upperBound, tally.recordsEnd))
    strictKeys =
      whole == range ? keys : Self.count(segment, in: directory, whole, assumptions.limits)
  }

  /// Well-formed records of the scan that the owner, whose limits may be others, does not reach.
  private static func unread(
    _ segment: SegmentReport, _ scanned: TegDBTally, behind tally: TegDBTally
  ) -> UInt64 {
    let passed = scanned.records - min(scanned.records, tally.records)
    return segment.ranges.reduce(passed) {
      $0 + ($1.isFoundByResync && $1.offset >= tally.recordsEnd ? $1.records : 0)
    }
  }

  /// The records that count: all of them without a marker, else those before the last one. A
  /// record that the owner takes though the file cuts it belongs to them.
  static func effectiveRange(_ tally: TegDBTally, start: UInt64) -> Range<UInt64> {
    switch tally.acceptedCut {
    case .marker: return start..<max(start, tally.recordsEnd)
    case .put(let end) where tally.markers == 0: return start..<max(start, end)
    case .put, nil:
      let end = tally.markers > 0 ? tally.lastCommitEnd : tally.recordsEnd
      return start..<max(start, end)
    }
  }

  /// The end of the data that the owner finds, and notes in the header.
  var ownerEnd: UInt64 {
    switch tally.acceptedCut {
    case .put(let end), .marker(let end): end
    case nil: max(tally.recordsEnd, TegDBHeader.length)
    }
  }

  /// Records behind the last marker, which the open undoes.
  var undone: UInt64 {
    if case .marker = tally.acceptedCut { return 0 }
    return tally.undone
  }

  /// Records that the strict scan passes and that count.
  var keptRecords: UInt64 { tally.records - undone }

  // MARK: Reading

  private static func count(
    _ segment: SegmentReport, in directory: OpenDirectory, _ range: Range<UInt64>,
    _ limits: TegDBLimits
  ) -> Result<Int, LiveKeys.Failure> {
    guard !range.isEmpty else { return .success(0) }
    var search = LiveKeySearch()
    do throws(LiveKeys.Failure) {
      try search.pass(
        segment.file.name, segment: 0, in: directory, range: range,
        walker: TegDBWalker(limits: limits))
      return .success(search.count)
    } catch {
      return .failure(error)
    }
  }

  /// The owner's walk with other limits than those of the scan.
  private static func walk(
    _ segment: SegmentReport, in directory: OpenDirectory, _ limits: TegDBLimits
  ) throws(FileError) -> TegDBTally {
    let file = try directory.openFile(segment.file.name)
    let end = segment.fileSize
    var source = RecordSource(try file.duplicate(), end: end)
    var window = FileWindow(capacity: 1 << 18)
    var walker = TegDBWalker(limits: limits)
    var tally = WalkTally()
    try window.load(file, at: 0, end: end)
    guard case .records(var offset) = walker.begin(window.bytes, fileSize: end) else {
      return walker.seen
    }
    while offset < end {
      try window.load(file, at: offset, end: end)
      switch walker.walk(window.bytes, base: offset, end: end, tally: &tally) {
      case .more(let place, _) where place > offset: offset = place
      case .more:
        guard let frame = try? walker.frameLarge(&source, at: offset, verifying: true) else {
          return walker.seen
        }
        switch frame {
        case .record(let length, _), .run(let length, _, _): offset += UInt64(length)
        default: return walker.seen
        }
      case .paused, .stopped: return walker.seen
      }
    }
    return walker.seen
  }
}
