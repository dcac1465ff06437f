public import LogFiles
import Quantities

extension OkayWAL {
  /// What the owner does depends on what its application does with chunks.
  public func forecasts(
    for report: LogReport, in directory: OpenDirectory, assuming: [String: UInt64]
  ) -> [Forecast] {
    let preallocation =
      assuming[Self.preallocateBytes] ?? assumptions.first?.defaultValue ?? 1 << 20
    return OkayWALRecovery.Mode.allCases.map { mode in
      var open = OkayWALOpen(
        report, in: directory, mode: mode, preallocateBytes: preallocation)
      open.run()
      return OkayWALForecastText(open).forecast
    }
  }
}

/// What the owner's open does to a log, in one mode (format page, section 5).
struct OkayWALOpen {
  /// Why the open does not come to an end.
  enum Obstacle {
    case file(OpenObstacle)
    /// An error while it reads entries.
    case recovery(OkayWALRecovery.OwnerError, at: UInt64)
    /// It divides by zero.
    case crashes
  }

  /// What happens to one live segment.
  struct Recovered {
    var file: FileName
    var sizeBefore: UInt64
    var sizeAfter: UInt64
    var entries: UInt64
    var completeEntries: UInt64
    var resumeOffset: UInt64
    /// Acceptable entries in the file.
    var acceptable: UInt64
    /// The last entry that walscope finds whole ends here.
    var logicalEnd: UInt64
    /// The open fails in this file.
    var isObstacle = false

    /// Bytes by which the file grows beyond what the padding of a sound segment takes.
    var isBlownUp: Bool { resumeOffset > sizeBefore && resumeOffset - sizeBefore > 1 << 16 }
    /// New entries would be written over good ones.
    var overwrites: Bool { resumeOffset < logicalEnd && !isObstacle }
    /// Good entries are filled with zeros, because the file is shorter than it is to be.
    var erases: Bool { overwrites && sizeAfter > sizeBefore }
  }

  let report: LogReport
  let mode: OkayWALRecovery.Mode
  let preallocateBytes: UInt64
  private let directory: OpenDirectory

  private(set) var recovered: [Recovered] = []
  private(set) var obstacle: (file: FileName, what: Obstacle)?
  /// Checkpointed files whose headers are written anew.
  private(set) var reused: [(file: FileName, sizeAfter: UInt64)] = []
  /// The file that becomes active when there is no live one, and the one it is made of.
  private(set) var activated: (name: FileName, from: FileName?)?
  /// Some segment was not scanned to its end: figures are of a part.
  private(set) var isPartial = false
  private var lastID: UInt64 = 0

  init(
    _ report: LogReport, in directory: OpenDirectory, mode: OkayWALRecovery.Mode,
    preallocateBytes: UInt64
  ) {
    self.report = report
    self.directory = directory
    self.mode = mode
    self.preallocateBytes = preallocateBytes
  }

  var nextEntryID: UInt64 { lastID &+ 1 }
  var entries: UInt64 { recovered.reduce(0) { $0 + $1.entries } }
  var completeEntries: UInt64 { recovered.reduce(0) { $0 + $1.completeEntries } }

  mutating func run() {
    guard preallocateBytes > 0 else {
      if let first = report.segments.first { obstacle = (first.file.name, .crashes) }
      return
    }
    // Places: the reports themselves are large, and a log can have 100,000 of them.
    let places = Dictionary(
      report.segments.files.enumerated().lazy.map { ($1.name, $0) },
      uniquingKeysWith: { first, _ in first })
    let inTheWay = report.layout.strays.filter { $0.state != .ignored }
    let discovered = (report.layout.segments + inTheWay).sorted { ($0.id ?? 0) < ($1.id ?? 0) }
    for file in discovered {
      lastID = (file.id ?? 0) &- 1
      if let place = places[file.name] {
        let segment = report.segments[place]
        if file.isLive { recover(segment) } else { reuse(segment) }
      } else if file.kind != .regular {
        obstacle = (file.name, .file(OpenObstacle(file.kind)))
      } else {
        isPartial = true
      }
      if obstacle != nil { return }
    }
    if recovered.isEmpty { activate() }
  }

  /// A checkpointed file gets a new header, and nothing of it is read.
  private mutating func reuse(_ segment: SegmentReport) {
    reused.append((segment.file.name, size(of: segment.fileSize, paddedFor: 0)))
  }

  private mutating func recover(_ segment: SegmentReport) {
    guard segment.failure == nil, segment.verdict != .unreadable else {
      obstacle = (segment.file.name, .file(.unreadableHere))
      return
    }
    if segment.isInterrupted {
      isPartial = true
      return
    }
    let header: OkayWALHeader
    do {
      header = try OkayWAL.header(of: segment.file.name, in: directory)
    } catch let failure as OkayWALHeader.Failure {
      obstacle = (segment.file.name, Self.obstacle(failure, size: segment.fileSize))
      return
    } catch {
      obstacle = (segment.file.name, .file(.unreadableHere))
      return
    }
    var recovery = OkayWALRecovery(
      mode, fileID: segment.file.id ?? segment.number("firstEntryId") ?? 0,
      firstEntry: UInt64(header.length), end: segment.fileSize)
    if mode != .neverReadsChunks { passWhatIsKnown(of: segment, &recovery) }
    guard run(&recovery, segment) else {
      obstacle = (segment.file.name, .file(.unreadableHere))
      return
    }
    note(recovery, of: segment)
  }

  private static func obstacle(_ failure: OkayWALHeader.Failure, size: UInt64) -> Obstacle {
    let reason =
      size == 0
      ? "the file has no bytes"
      : failure.reason == .unknownVersion
        ? "its header names another version" : "its header cannot be read"
    return .file(.error(failure.ownerError, because: reason))
  }

  /// The scan has checked every chunk: where none is wrong, an application that reads chunks comes
  /// to the same place.
  private func passWhatIsKnown(of segment: SegmentReport, _ recovery: inout OkayWALRecovery) {
    guard segment.damagedRecords == 0, segment.beingWrittenBy == nil,
      let resume = segment.number(OkayWAL.resumeOffset)
    else { return }
    recovery.pass(
      entries: segment.records + segment.flawedRecords, complete: segment.records,
      lastID: segment.number("lastEntryId"), to: resume)
  }

  private func run(_ recovery: inout OkayWALRecovery, _ segment: SegmentReport) -> Bool {
    do {
      var source = RecordSource(
        try directory.openFile(segment.file.name), end: segment.fileSize)
      try recovery.run(&source)
      return true
    } catch {
      return false
    }
  }

  private mutating func note(_ recovery: OkayWALRecovery, of segment: SegmentReport) {
    if let id = recovery.lastID { lastID = id }
    if let error = recovery.error {
      obstacle = (segment.file.name, .recovery(error, at: recovery.errorOffset ?? 0))
    }
    recovered.append(
      Recovered(
        file: segment.file.name, sizeBefore: segment.fileSize,
        // Where the open fails the owner has not come to filling the file up.
        sizeAfter: recovery.error == nil
          ? size(of: segment.fileSize, paddedFor: recovery.resumeOffset) : segment.fileSize,
        entries: recovery.entries, completeEntries: recovery.completeEntries,
        resumeOffset: recovery.resumeOffset,
        acceptable: segment.records + segment.afterDamage.records,
        logicalEnd: segment.logicalEnd, isObstacle: recovery.error != nil))
  }

  /// The size of a file after the owner has filled it up for writing at `resume`.
  private func size(of size: UInt64, paddedFor resume: UInt64) -> UInt64 {
    let units = max(1, resume / preallocateBytes + (resume % preallocateBytes == 0 ? 0 : 1))
    let (padded, overflow) = units.multipliedReportingOverflow(by: preallocateBytes)
    guard !overflow else { return .max }
    guard padded > size else { return size }
    // It writes as many zeros as are missing, but from where it goes on.
    let (written, wraps) = resume.addingReportingOverflow(padded - size)
    return wraps ? .max : max(padded, written)
  }

  /// Without a live file the first checkpointed one gets a new name, or a new file is made.
  private mutating func activate() {
    let name = OkayWALNames.canonical(nextEntryID)
    activated = (name, reused.first?.file)
  }

  /// The size of each segment afterwards, in the order of the report.
  var sizesAfter: [(file: FileName, size: UInt64)] {
    let after = Dictionary(
      recovered.map { ($0.file, $0.sizeAfter) } + reused.map { ($0.file, $0.sizeAfter) },
      uniquingKeysWith: { first, _ in first })
    var sizes = report.segments.map { segment in
      let name = segment.file.name
      let isRenamed = activated?.from == name
      return (
        file: isRenamed ? activated?.name ?? name : name, size: after[name] ?? segment.fileSize
      )
    }
    if let activated, activated.from == nil {
      sizes.append((activated.name, size(of: 0, paddedFor: 0)))
    }
    return sizes
  }
}
