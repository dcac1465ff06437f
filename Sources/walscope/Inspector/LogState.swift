import LogFiles
import LogFormats
import LogInspection
import LogRepair

/// What is known of one log so far. It grows while work on other threads reports.
struct LogState {
  private(set) var log: Log
  /// Which opening of the path this belongs to: what another one reports is out of date.
  let generation: Int
  /// Sizes and times of the segments' files, nil until they have been looked at.
  private(set) var files: [FileFacts?]
  /// The same for the stray files.
  private(set) var strayFiles: [FileFacts?]
  /// Reports of the segments, nil until they have been scanned.
  private(set) var reports: SegmentReports
  /// Findings, forecasts and verdict, nil until the scan has ended or was stopped.
  private(set) var report: LogReport?
  /// When the scan began that has judged the log.
  private(set) var judgedFrom = Timestamp(seconds: 0, nanoseconds: 0)
  /// Whether the log is known to have changed since that scan looked at it.
  private var isOutdated = false
  private(set) var totals = LogTotals()
  /// In how many pieces the segments lie on disk, nil until known or where that is not told.
  private(set) var extentCounts: [Int?]
  /// Where one segment lies: the one that was asked for last, with the number of the answer.
  private(set) var extents: (segment: Int, map: ExtentMap, answer: Int)?
  var scan = ScanState.waiting
  /// Whether what is known of the files from another time does not count: they were to be read.
  var isReadAnew = false
  /// What follows it, nil while nothing does.
  var follow: FollowState?
  /// The repair that was stopped or killed half way, nil where none was seen.
  var unfinished: HistoryEntry?
  /// Whether holders are looked for again and again.
  var isWatched = false
  /// Who has which segment open; nil until that has been looked at.
  var holders: LogHolders?

  /// Finds segments by name; made when it is first needed, which a log that stays as it is never does.
  private lazy var names = SegmentNames(log.layout.segments)
  /// The log before files came or went, of which work that began then still tells, and where its
  /// segments are by now.
  private var earlier: (log: Log, places: [Int?])?

  init(_ log: Log, generation: Int) {
    self.log = log
    self.generation = generation
    files = Array(repeating: nil, count: log.layout.segments.count)
    strayFiles = Array(repeating: nil, count: log.layout.strays.count)
    reports = SegmentReports(of: log.layout.segments)
    extentCounts = Array(repeating: nil, count: log.layout.segments.count)
  }

  /// Everything worth telling, worst first; empty until the log is judged.
  var findings: [Finding] { report?.findings ?? [] }

  /// Whether findings and forecasts are older than the figures, which following has told since.
  var isJudgementOfThePast: Bool { report != nil && isOutdated }

  /// Whether the files are shown as bytes because no format knows them: nothing can be wrong then.
  var isRaw: Bool { log.format.name == RawBytes.formatName }

  /// Whether all figures are final: the scan has ended and was not stopped.
  var isFinal: Bool {
    if case .ended(_, wasStopped: false) = scan { return true }
    return false
  }

  /// Where the segment of this name is by now, nil where there is none.
  mutating func place(of name: FileName) -> Int? { names.place(of: name) }

  /// Where a segment of `other` is by now: of this log, or of it before files came or went. Nil
  /// where it is gone.
  private mutating func place(of index: Int, in other: Log) -> Int? {
    if other === log { return index }
    if earlier?.log !== other {
      earlier = (other, names.places(of: other.layout.segments))
    }
    return earlier?.places[index]
  }

  mutating func note(_ facts: FileFacts, ofSegment index: Int, in looked: Log) {
    // What following tells of a file is newer.
    guard let index = place(of: index, in: looked), live(index) == nil else { return }
    note(facts, at: index)
  }

  private mutating func note(_ facts: FileFacts, at index: Int) {
    if files[index] == nil { totals.add(facts) }
    files[index] = facts
  }

  mutating func note(_ facts: FileFacts, ofStray index: Int, in looked: Log) {
    if looked === log { strayFiles[index] = facts }
  }

  mutating func note(extentCounts counts: [Int?], from start: Int, in looked: Log) {
    for (index, count) in counts.enumerated() {
      if let place = place(of: start + index, in: looked) { extentCounts[place] = count }
    }
  }

  mutating func note(extentCount count: Int?, of name: FileName) {
    if let index = place(of: name) { extentCounts[index] = count }
  }

  mutating func note(_ map: ExtentMap, ofSegment index: Int, in looked: Log) {
    guard let index = place(of: index, in: looked) else { return }
    extents = (index, map, (extents?.answer ?? 0) + 1)
    if case .mapped(let found, isComplete: true) = map { extentCounts[index] = found.count }
  }

  mutating func note(_ report: SegmentReport, ofSegment index: Int, in scanned: Log) {
    // One that comes after the judgement is out of date.
    guard self.report == nil, let index = place(of: index, in: scanned) else { return }
    var report = report
    report.file = log.layout.segments[index]
    if let old = reports.figures(at: index) { totals.remove(old) }
    totals.add(report.figures)
    reports.set(report, at: index)
    if let status = report.status { note(FileFacts(status), at: index) }
    if let live = live(index) { note(live, at: index) }
  }

  /// Takes the place of a log whose files came or went: what is known of the others stays.
  mutating func move(to newLog: Log) {
    let segments = newLog.layout.segments
    let places = names.places(of: segments)
    let strays = log.layout.strays
    isOutdated = true
    log = newLog
    names = SegmentNames(segments)
    earlier = nil
    files = places.map { $0.flatMap { files[$0] } }
    extentCounts = places.map { $0.flatMap { extentCounts[$0] } }
    reports = reports.moved(to: segments, from: places)
    strayFiles = SegmentNames(strays).places(of: newLog.layout.strays)
      .map { $0.flatMap { strayFiles[$0] } }
    extents = extents.flatMap { known in
      places.firstIndex(of: known.segment).map { ($0, known.map, known.answer) }
    }
    addUp()
  }

  /// Notes that the log has changed since it was judged.
  mutating func noteChange() { isOutdated = true }

  /// Puts a newer report in the place of another one, or of none.
  mutating func replace(_ report: SegmentReport, at index: Int) {
    if let old = reports.figures(at: index) { totals.remove(old) }
    if let facts = files[index] { totals.remove(facts) }
    totals.add(report.figures)
    reports.set(report, at: index)
    files[index] = report.status.map { FileFacts($0) }
    if let facts = files[index] { totals.add(facts) }
  }

  /// Takes the judgement; the reports in it replace those that came one by one.
  mutating func note(_ judged: LogReport, of scanned: Log, from start: Timestamp) {
    report = judged
    judgedFrom = start
    isOutdated = scanned !== log
    let known = reports
    reports = judged.segments
    if scanned !== log {
      let places = SegmentNames(judged.segments.files).places(of: known.files)
      reports = judged.segments.moved(to: known.files, from: places)
      for index in places.indices where places[index] == nil {
        if let report = known.report(at: index) { reports.set(report, at: index) }
      }
    }
    for index in reports.indices {
      if let status = reports.status(at: index) { files[index] = FileFacts(status) }
    }
    addUp()
    for name in follow?.touched ?? [] {
      if let live = follow?.segments[name] { note(live, of: name) }
    }
  }

  private mutating func addUp() {
    totals = LogTotals()
    for index in files.indices {
      if let figures = reports.figures(at: index) { totals.add(figures) }
      if let facts = files[index] { totals.add(facts) }
    }
  }
}

/// What a list shows of a file, without the rest of its status: a log may have 100,000 of them.
struct FileFacts: Equatable, Sendable {
  var size: UInt64
  var allocated: UInt64
  var modified: Timestamp

  init(_ status: FileStatus) {
    size = status.size
    allocated = status.allocated
    modified = status.modified
  }
}

/// Sums over the segments of a log that are known so far.
struct LogTotals: Equatable, Sendable {
  /// Segments whose size is known, and those that have been scanned.
  var sized = 0
  var scanned = 0
  var size: UInt64 = 0
  var allocated: UInt64 = 0
  /// Bytes up to the logical ends.
  var logical: UInt64 = 0
  var records: UInt64 = 0
  /// Whether the number of records means something: bytes without framing have none.
  var countsRecords: Bool { scanned == 0 || hasCounted }
  private var hasCounted = false
  /// Records behind damage.
  var unreached: UInt64 = 0
  /// When the newest file was last changed.
  var modified: Timestamp?

  fileprivate mutating func add(_ facts: FileFacts) {
    sized += 1
    size.addUpToMaximum(facts.size)
    allocated.addUpToMaximum(facts.allocated)
    modified = modified.map { max($0, facts.modified) } ?? facts.modified
  }

  fileprivate mutating func add(_ report: SegmentFigures) {
    scanned += 1
    logical.addUpToMaximum(report.logicalEnd)
    if report.countsRecords {
      hasCounted = true
      records.addUpToMaximum(report.records)
    }
    unreached.addUpToMaximum(report.afterDamage.records)
  }

  fileprivate mutating func remove(_ facts: FileFacts) {
    sized -= 1
    size -= min(size, facts.size)
    allocated -= min(allocated, facts.allocated)
  }

  fileprivate mutating func remove(_ report: SegmentFigures) {
    scanned -= 1
    logical -= min(logical, report.logicalEnd)
    if report.countsRecords { records -= min(records, report.records) }
    unreached -= min(unreached, report.afterDamage.records)
  }
}

extension UInt64 {
  /// Adds, and stays at the maximum where the sum does not fit: sparse files can claim any size.
  fileprivate mutating func addUpToMaximum(_ other: UInt64) {
    let (sum, overflow) = addingReportingOverflow(other)
    self = overflow ? .max : sum
  }
}

/// How far the scan of a log is.
enum ScanState {
  /// Not begun: another log's scan goes before it.
  case waiting
  case running(ScanControl, since: Duration)
  case ended(took: Duration, wasStopped: Bool)

  var isRunning: Bool {
    if case .running = self { true } else { false }
  }

  var wasStopped: Bool {
    if case .ended(_, wasStopped: true) = self { true } else { false }
  }
}
