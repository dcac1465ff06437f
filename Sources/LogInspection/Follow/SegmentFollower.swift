import LogFiles
import LogFormats

/// Follows one segment: finds what is new behind the end that it knows, without reading again what
/// it has read.
///
/// It holds the file open: renamed or deleted, it can be read to its end.
final class SegmentFollower {
  private var log: Log
  private(set) var file: SegmentFile
  private var content: OpenFile
  private(set) var status: FileStatus
  /// Nil while the file has no header that can be read.
  private var walk: GrowingWalk?
  /// Ranges before the run of records that grows, and where that run starts.
  private var closedRanges: [ByteRange] = []
  private var runStart = (offset: UInt64(0), frames: UInt64(0), records: UInt64(0))
  private var waiting: Waiting?
  private var guarded: (offset: UInt64, bytes: [UInt8])?
  private var told: SegmentExtent?
  private var writtenMark: UInt64?
  /// The file had changed just before it was read: it may have changed again at the same time, as
  /// far as its clock tells.
  private var wasFresh = false

  /// Something that is not a whole record yet.
  private struct Waiting {
    var offset: UInt64
    /// The frame that is held back; nil where the walk goes no further.
    var frame: HeldFrame?
    var since: UInt64
    /// Frames below this were there when the waiting began.
    var seenEnd: UInt64
    var nextLook: UInt64
    var pause: UInt64
    var isTold = false
  }

  private struct HeldFrame {
    /// Nil where nothing is wrong with what is there.
    var fault: Fault?
  }

  /// What is half written for longer than this is looked at more closely.
  static let patience: UInt64 = 2_000_000_000
  /// A gap this close before the end may still be filled by one of several writers.
  private static let nearBytes: UInt64 = 1 << 20
  /// Bytes before the end that must stay as they are, else the file was written anew.
  private static let guardLength = 32
  /// File systems keep times by a clock that ticks this slowly at worst, in nanoseconds.
  private static let clockTick: Int64 = 20_000_000

  /// Opens a segment; nothing of it is passed yet.
  ///
  /// - Throws: `FileError` when it cannot be opened.
  init(_ log: Log, _ file: SegmentFile) throws(FileError) {
    self.log = log
    self.file = file
    content = try log.directory.openFile(file.name)
    status = try content.status()
  }

  /// The file has the same life in the log as it is now, where it may have another name or state.
  func move(to file: SegmentFile, of log: Log) {
    self.file = file
    // The old one holds the names of all files that there were.
    self.log = log
  }

  /// Opens the file anew where its name tells of another state than the open file does: file
  /// systems with layers, and those of other machines, leave an open file as it was.
  func reopenIfStale() {
    guard let named = try? log.directory.status(of: file.name), let held = try? content.status(),
      named.identity != held.identity || named.horizon != held.horizon,
      // A smaller file of another identity took its place, and is told as that.
      named.identity == held.identity || named.size >= held.size,
      let opened = try? log.directory.openFile(file.name)
    else { return }
    content = opened
  }

  /// Whether something in it waits to become a record.
  var isWaiting: Bool { waiting != nil }

  var extent: SegmentExtent {
    SegmentExtent(
      logicalEnd: walk?.offset ?? 0, fileSize: status.size, allocatedSize: status.allocated,
      records: walk?.tally.records ?? 0)
  }

  // MARK: What is there by now

  /// Passes what is there already, and tells nothing of it.
  ///
  /// - Throws: `FileError` when the file cannot be read.
  func passSilently(now: UInt64) throws(FileError) {
    status = try content.status()
    let isAtRest = Log.age(of: status) >= Log.recentNanoseconds
    let overdue = isAtRest ? .max : status.size - min(status.size, Self.nearBytes)
    try step(now: now, overdue: overdue)
    if isAtRest, waiting != nil { adoptScan() }
    walk?.settledFaults = []
    told = extent
  }

  /// How far the records were told or passed over.
  var passed: PassedRecords {
    PassedRecords(
      end: walk?.offset ?? 0, frames: walk?.tally.frames ?? 0, records: walk?.tally.records ?? 0)
  }

  /// What has come since another follower of the same file was closed.
  func changes(since before: PassedRecords) -> [SegmentChange] {
    guard let walk, walk.tally.frames > before.frames else { return [] }
    return [
      .added(
        AddedRecords(
          range: max(before.end, runStart.offset)..<walk.offset, firstNumber: before.frames,
          frames: walk.tally.frames - before.frames,
          records: walk.tally.records - before.records))
    ]
  }

  /// Tells all that happened to the file's contents since the last time.
  ///
  /// - Throws: `FileError` when the file cannot be read.
  func changes(now: UInt64) throws(FileError) -> [SegmentChange] {
    let before = status
    status = try content.status()
    let mark = log.format.writtenMark(of: file, in: log.directory)
    defer { writtenMark = mark }
    let isUnchanged = status.horizon == before.horizon && mark == writtenMark
    if isUnchanged, told != nil, waiting == nil, !wasFresh { return [] }
    if try wasWrittenAnew() {
      let old = extent.logicalEnd
      walk = nil
      waiting = nil
      try passSilently(now: now)
      return [.truncated(from: old, to: extent.logicalEnd), .moved(extent)]
    }
    var changes: [SegmentChange] = []
    let (start, frames, records) = (walk?.offset, walk?.tally.frames ?? 0, extent.records)
    let isOverdue = waiting.map { now - $0.since > Self.patience } ?? false
    try step(now: now, overdue: isOverdue ? waiting?.seenEnd ?? 0 : 0)
    if let walk, walk.tally.frames > frames {
      changes.append(
        .added(
          AddedRecords(
            range: (start ?? runStart.offset)..<walk.offset, firstNumber: frames,
            frames: walk.tally.frames - frames, records: walk.tally.records - records)))
      for (offset, fault) in walk.settledFaults { changes.append(.damaged(offset: offset, fault)) }
      self.walk?.settledFaults = []
    }
    if status.size < before.size, status.size == extent.logicalEnd {
      changes.append(.finalized(from: before.size, to: status.size))
    }
    changes += lookCloser(now: now)
    if extent != told {
      told = extent
      changes.append(.moved(extent))
    }
    return changes
  }

  /// Goes on with the walk, and notes what waits.
  private func step(now: UInt64, overdue: UInt64) throws(FileError) {
    var walker = log.format.walker(for: file, in: log.directory)
    // What a walker reads beside the segment must not be newer than the segment's size.
    status = try content.status()
    wasFresh = Log.age(of: status) < Self.clockTick
    var head = FileWindow(capacity: 1 << 18)
    try head.load(content, at: 0, end: status.size)
    guard status.size > 0,
      case .records(let first) = walker.begin(head.bytes, fileSize: status.size)
    else { return }
    if walk == nil {
      walk = GrowingWalk(from: first)
      closedRanges = first > 0 ? [ByteRange(.header, offset: 0, length: first)] : []
      runStart = (first, 0, 0)
    }
    let size = status.size
    guard
      let ending = try walk?.advance(content, &walker, end: size, overdue: overdue)
    else { return }
    note(ending, now: now)
    try guardEnd()
  }

  private func note(_ ending: GrowingWalk.Ending, now: UInt64) {
    guard let offset = ending.held?.offset ?? (ending.stop == nil ? nil : ending.offset) else {
      waiting = nil
      return
    }
    if waiting?.offset == offset { return }
    waiting = Waiting(
      offset: offset, frame: ending.held.map { HeldFrame(fault: $0.fault) }, since: now,
      seenEnd: ending.offset,
      nextLook: now + Self.patience, pause: Self.patience)
  }

  // MARK: What does not become a record

  /// Finds out about what has waited for long.
  private func lookCloser(now: UInt64) -> [SegmentChange] {
    guard let old = waiting, now >= old.nextLook else { return [] }
    waiting?.pause = old.pause * 2
    waiting?.nextLook = now + old.pause * 2
    if let frame = old.frame {
      guard !old.isTold, let fault = frame.fault else { return [] }
      waiting?.isTold = true
      if let writer = log.writer(of: status) {
        return [.beingWritten(offset: old.offset, by: writer)]
      }
      return [.damaged(offset: old.offset, fault)]
    }
    let scanned = scan()
    let report = scanned.report
    guard report.failure == nil, report.status?.identity == status.identity else { return [] }
    let end = report.ranges.last { $0.kind == .records }?.end ?? 0
    if end > old.offset, let fault = report.firstInvalid?.fault,
      !old.isTold || end > extent.logicalEnd
    {
      let (start, frames, records) = (extent.logicalEnd, walk?.tally.frames ?? 0, extent.records)
      adopt(scanned)
      var changes: [SegmentChange] = [.damaged(offset: old.offset, fault)]
      if let walk, walk.tally.frames > frames, walk.offset > start {
        changes.append(
          .added(
            AddedRecords(
              range: start..<walk.offset, firstNumber: frames,
              frames: walk.tally.frames - frames, records: walk.tally.records - records)))
      }
      return changes
    }
    guard !old.isTold else { return [] }
    if let writer = log.writer(of: status) {
      waiting?.isTold = true
      return [.beingWritten(offset: old.offset, by: writer)]
    }
    guard Log.age(of: status) >= Log.recentNanoseconds, let invalid = report.firstInvalid else {
      waiting?.pause = Self.patience
      waiting?.nextLook = now + Self.patience / 2
      return []
    }
    waiting?.isTold = true
    return [.damaged(offset: invalid.offset, invalid.fault)]
  }

  private func scan() -> ScannedSegment {
    var window = FileWindow(capacity: SegmentScanner.windowCapacity)
    return log.scanWhole(
      file, control: ScanControl(), threads: 1, publishing: false, through: &window)
  }

  /// Goes on behind the last records that a scan finds, on the far side of damage.
  private func adoptScan() {
    let scanned = scan()
    guard scanned.report.status?.identity == status.identity else { return }
    adopt(scanned)
  }

  private func adopt(_ scanned: ScannedSegment) {
    let ranges = scanned.report.ranges
    guard let last = ranges.lastIndex(where: { $0.kind == .records }), let walk,
      ranges[last].end > walk.offset
    else { return }
    let range = ranges[last]
    closedRanges = Array(ranges[..<last])
    runStart = (
      range.offset, scanned.tally.frames - range.frames, scanned.tally.records - range.records
    )
    self.walk = GrowingWalk(from: range.end, tally: scanned.tally)
    waiting = nil
    try? guardEnd()
  }

  /// Whether the bytes before the known end are other ones than they were.
  private func wasWrittenAnew() throws(FileError) -> Bool {
    guard let walk else { return false }
    if status.size < walk.offset { return true }
    guard let guarded else { return false }
    return try bytes(at: guarded.offset, count: guarded.bytes.count) != guarded.bytes
  }

  private func guardEnd() throws(FileError) {
    guard let end = walk?.offset, end > 0 else { return }
    let count = Int(min(end, UInt64(Self.guardLength)))
    let start = end - UInt64(count)
    guarded = (start, try bytes(at: start, count: count))
  }

  private func bytes(at offset: UInt64, count: Int) throws(FileError) -> [UInt8] {
    var window = FileWindow(capacity: count)
    try window.load(content, at: offset, end: offset + UInt64(count))
    return window.bytes.copied()
  }

  // MARK: Rows

  /// The index of all records that are settled, and of what is behind them.
  var index: RecordIndex {
    guard let walk else { return RecordIndex() }
    var ranges = closedRanges
    if walk.offset > runStart.offset {
      ranges.append(
        ByteRange(
          .records, offset: runStart.offset, length: walk.offset - runStart.offset,
          records: walk.tally.records - runStart.records,
          frames: walk.tally.frames - runStart.frames))
    }
    return RecordIndex(ranges: ranges, checkpoints: walk.tally.checkpoints, facts: [])
  }

  /// A reader of the records that were added.
  ///
  /// - Throws: `FileError` when the file cannot be read.
  func reader(of added: AddedRecords) throws(FileError) -> RecordReader {
    let range = ByteRange(
      .records, offset: added.range.lowerBound,
      length: added.range.upperBound - added.range.lowerBound, records: added.records,
      frames: added.frames)
    return try RecordReader(
      log, file, file: try content.duplicate(), end: status.size,
      index: RecordIndex(ranges: [range], facts: []))
  }
}

/// How far a segment was followed before its file was closed.
struct PassedRecords {
  /// Behind the last record that was passed, from the start of the file.
  var end: UInt64
  var frames: UInt64
  var records: UInt64
}
