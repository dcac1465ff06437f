import LogFiles
public import LogFormats
public import LogInspection

extension Log {
  /// Makes the plan of an action. Nothing is changed.
  ///
  /// - Parameters:
  ///   - report: what a scan of the log said.
  ///   - tool: name and version of the program, for the plan.
  ///   - assuming: the owner's configuration for the forecasts.
  /// - Throws: `PlanFailure`; where the log is already so, it is refused as `nothingToDo`.
  public func plan(
    _ action: RepairAction, options: PlanOptions = PlanOptions(), report: LogReport, tool: String,
    assuming: [String: UInt64] = [:], control: ScanControl = ScanControl()
  ) throws(PlanFailure) -> Plan {
    let planner = Planner(
      log: self, report: report, options: options, assuming: assuming, control: control)
    return try planner.plan(action, tool: tool)
  }
}

/// Makes one plan.
struct Planner {
  let log: Log
  let report: LogReport
  let options: PlanOptions
  let assuming: [String: UInt64]
  let control: ScanControl

  func plan(_ action: RepairAction, tool: String) throws(PlanFailure) -> Plan {
    try requireWholeScan()
    let steps = try steps(of: action)
    let files = try plannedFiles(of: steps)
    let planned = try planned(steps)
    let prospect = try prospect(of: planned, files: files)
    try requireNoChange(files)
    let now = Timestamp.now
    return Plan(
      id: Self.newID(at: now), tool: tool, created: now, action: action, options: options,
      format: log.format.name, evidence: log.format.evidence,
      directory: try directoryPath(), primary: log.layout.primary, files: files, steps: planned,
      needed: needed(for: action, planned, files, prospect), prospect: prospect)
  }

  /// In doubt nothing is planned: what could not be read may hold anything.
  private func requireWholeScan() throws(PlanFailure) {
    for segment in report.segments {
      if segment.isInterrupted || control.isCancelled { throw .stopped }
      if segment.isGone { throw .changing(segment.file.name, pid: nil) }
      if let failure = segment.failure { throw .unreadable(segment.file.name, reason: failure) }
      if segment.wasTruncatedWhileReading || segment.beingWrittenBy != nil {
        let pid = segment.beingWrittenBy.flatMap { $0 == 0 ? nil : $0 }
        throw .changing(segment.file.name, pid: pid)
      }
    }
  }

  private func directoryPath() throws(PlanFailure) -> FileName {
    do throws(FileError) {
      return try log.directory.realPath()
    } catch {
      throw .file(FileName(log.directory.path), error)
    }
  }

  // MARK: Steps

  private func steps(of action: RepairAction) throws(PlanFailure) -> [RepairStep] {
    let resolved = try resolve(action)
    do throws(RepairRefusal) {
      let steps = try log.format.repair(resolved, of: report, in: log.directory)
      if steps.isEmpty { throw RepairRefusal(.nothingToDo, "there is nothing to change") }
      return options.reallocates ? preallocatingAgain(steps) : steps
    } catch {
      throw .refused(error)
    }
  }

  /// Replaces the number of a record by its offset.
  private func resolve(_ action: RepairAction) throws(PlanFailure) -> RepairAction {
    guard case .truncate(let file, .record(let number)) = action else { return action }
    do throws(FileError) {
      if let offset = try offset(ofRecord: number, in: file) {
        return .truncate(file, at: .offset(offset))
      }
    } catch {
      throw .file(file, error)
    }
    throw .refused(RepairRefusal(.impossible, "the segment has no record of that number"))
  }

  private func offset(ofRecord number: UInt64, in file: FileName) throws(FileError) -> UInt64? {
    guard let segment = log.segment(named: file) else { return nil }
    let scanned = log.scanSegment(segment, control: control)
    guard let row = scanned.index.row(ofFrame: number) else { return nil }
    var reader = try RecordReader(
      log, segment: segment, end: scanned.report.fileSize, index: scanned.index)
    return try reader.rows(from: row, count: 1, previewLimit: 0).first?.offset
  }

  /// Follows each cut by the preallocation of what it gave back.
  private func preallocatingAgain(_ steps: [RepairStep]) -> [RepairStep] {
    steps.flatMap { step in
      guard case .cut(let end) = step.change,
        let size = report.segments.first(where: { $0.file.name == step.file })?.fileSize,
        size > end
      else { return [step] }
      return [
        step, RepairStep(step.file, .preallocate(to: size), "takes the space again as zeros"),
      ]
    }
  }

  // MARK: What the steps find

  private func plannedFiles(of steps: [RepairStep]) throws(PlanFailure) -> [PlannedFile] {
    var files: [PlannedFile] = []
    var seen: Set<FileName> = []
    for step in steps where seen.insert(step.file).inserted {
      if case .create = step.change {
        files.append(
          PlannedFile(
            name: step.file, horizon: nil, mode: 0, owner: 0, group: 0, links: 0,
            allocated: 0))
        continue
      }
      do throws(FileError) {
        let status = try log.directory.status(of: step.file)
        files.append(
          PlannedFile(
            name: step.file, horizon: status.horizon, mode: status.mode, owner: status.owner,
            group: status.group, links: status.links, allocated: status.allocated))
      } catch {
        throw .file(step.file, error)
      }
    }
    return files
  }

  /// Adds to each step what it finds, read as the steps before it leave the file.
  private func planned(_ steps: [RepairStep]) throws(PlanFailure) -> [PlannedStep] {
    var planned: [PlannedStep] = []
    var made: [FileName: [FileChange]] = [:]
    for step in steps {
      let found: PlannedStep?
      do throws(FileError) {
        let directory = try log.directory.asIfChanged(
          by: (made[step.file] ?? []).map { (step.file, $0) })
        found = try PlannedStep(step, in: directory) { control.isCancelled }
      } catch {
        throw .file(step.file, error)
      }
      guard let found else { throw .stopped }
      planned.append(found)
      made[step.file, default: []].append(step.change)
    }
    return planned
  }

  /// What was scanned must still be there: a plan is about bytes, not about names.
  private func requireNoChange(_ files: [PlannedFile]) throws(PlanFailure) {
    let scans = Dictionary(
      report.segments.map { ($0.file.name, $0.status?.horizon) },
      uniquingKeysWith: { first, _ in first })
    for file in files {
      guard let horizon = file.horizon else { continue }
      let scanned = scans[file.name] ?? nil
      let now = (try? log.directory.status(of: file.name))?.horizon
      if now != horizon || (scanned != nil && scanned != horizon) {
        throw .changing(file.name, pid: nil)
      }
    }
  }

  // MARK: What they come to

  private func prospect(of planned: [PlannedStep], files: [PlannedFile]) throws(PlanFailure)
    -> Prospect
  {
    let after: LogReport
    do throws(FileError) {
      let directory = try log.directory.asIfChanged(
        by: planned.map { ($0.step.file, $0.step.change) })
      after = try reportAfter(in: directory, changed: Set(files.map(\.name)))
    } catch {
      throw .file(FileName(log.directory.path), error)
    }
    if control.isCancelled { throw .stopped }
    for segment in after.segments where files.contains(where: { $0.name == segment.file.name }) {
      if let failure = segment.failure { throw .unreadable(segment.file.name, reason: failure) }
    }
    let removed = Set(
      planned.compactMap { $0.step.change == .remove ? $0.step.file : nil })
    let staying = report.segments.filter { !removed.contains($0.file.name) }
    let going = report.segments.filter { removed.contains($0.file.name) }
    return Prospect(
      before: report, after: after, recordsBefore: staying.acceptableRecords,
      recordsAfter: after.segments.acceptableRecords, recordsRemoved: going.acceptableRecords,
      backupSize: options.keepsBackup ? backupSize(of: planned) : 0,
      freed: freed(by: planned), isFreedByPurge: options.keepsBackup && !removed.isEmpty,
      preallocationLost: preallocationLost(by: planned))
  }

  /// The log as it would be: only the changed files are scanned again, and all of them where a file
  /// changes that tells of the others.
  private func reportAfter(in directory: OpenDirectory, changed: Set<FileName>) throws(FileError)
    -> LogReport
  {
    guard let after = try log.foundAgain(in: directory) else {
      var layout = report.layout
      layout.segments = []
      return LogReport(layout: layout, segments: [])
    }
    let known = Dictionary(
      report.segments.map { ($0.file.name, $0) }, uniquingKeysWith: { first, _ in first })
    let tellsOfOthers = after.layout.segments.contains {
      $0.state == .metadata && changed.contains($0.name)
    }
    let segments = after.layout.segments.enumerated().map { index, segment in
      if !tellsOfOthers, !changed.contains(segment.name), var report = known[segment.name] {
        report.file = segment
        return report
      }
      return after.scanSegment(index, control: control).report
    }
    return after.judge(segments, assuming: assuming)
  }

  private func backupSize(of planned: [PlannedStep]) -> UInt64 {
    planned.reduce(0) { sum, step in
      // A removed file is renamed into the backup, unless that is somewhere else.
      if step.step.change == .remove, options.savesTo == nil { return sum }
      guard let file = try? log.directory.openFile(step.step.file) else { return sum }
      return sum + file.dataBytes(in: step.going)
    }
  }

  private func freed(by planned: [PlannedStep]) -> UInt64 {
    planned.reduce(0) { sum, step in
      switch step.step.change {
      case .cut, .remove:
        guard let file = try? log.directory.openFile(step.step.file) else { return sum }
        return sum + file.allocatedAlone(in: step.going)
      case .preallocate, .write, .zero, .create: return sum
      }
    }
  }

  private func preallocationLost(by planned: [PlannedStep]) -> UInt64 {
    if options.reallocates { return 0 }
    return planned.reduce(0) { sum, step in
      guard case .cut = step.step.change,
        let segment = report.segments.first(where: { $0.file.name == step.step.file })
      else { return sum }
      return segment.ranges.filter { $0.kind == .zeroTail }.reduce(sum) { sum, range in
        let lost = (range.offset..<range.end).clamped(to: step.going)
        return sum + UInt64(lost.count)
      }
    }
  }

  private func needed(
    for action: RepairAction, _ steps: [PlannedStep], _ files: [PlannedFile], _ prospect: Prospect
  ) -> [Acknowledgement] {
    var needed: [Acknowledgement] = []
    if files.contains(where: { $0.links > 1 }) { needed.append(.hardLinks) }
    // Dropping what was never committed is asked for by its own option.
    if prospect.recordsLost > 0, action != .recover(droppingUncommitted: true) {
      needed.append(.lose(prospect.recordsLost))
    }
    let cuts = steps.contains { if case .cut = $0.step.change { true } else { false } }
    if cuts, log.format.evidence != .checksum { needed.append(.wellFormedOnly) }
    return needed
  }

  /// The time, and four digits that tell apart what is planned in one second.
  private static func newID(at time: Timestamp) -> String {
    let digits = String(UInt16.random(in: 0x1000...0xFFFF), radix: 16)
    return time.text.filter { $0 != "-" && $0 != ":" } + "-" + digits
  }
}

extension PlannedStep {
  /// Bytes beside a change that are looked at again before it is made.
  static let keptLength: UInt64 = 1 << 16

  /// The step with what it finds in `directory`; nil after `isCancelled` said true.
  init?(_ step: RepairStep, in directory: OpenDirectory, isCancelled: () -> Bool)
    throws(FileError)
  {
    if case .create = step.change {
      self.init(step: step, going: 0..<0, goingDigest: ContentDigest(of: []), kept: [])
      return
    }
    let file = try directory.openFile(step.file)
    let size = try file.status().size
    let going = step.change.going(from: size)
    guard let digest = try ContentDigest(of: file, in: going, isCancelled: isCancelled) else {
      return nil
    }
    var kept: [KeptPart] = []
    let before =
      going.lowerBound - min(going.lowerBound, Self.keptLength)..<going.lowerBound
    let behind = going.upperBound..<min(size, going.upperBound + Self.keptLength)
    for range in [before, behind] where !range.isEmpty {
      guard let digest = try ContentDigest(of: file, in: range, isCancelled: isCancelled) else {
        return nil
      }
      kept.append(KeptPart(range: range, digest: digest))
    }
    self.init(step: step, going: going, goingDigest: digest, kept: kept)
  }
}

extension FileChange {
  /// The bytes of a file of `size` bytes that go or are written over.
  func going(from size: UInt64) -> Range<UInt64> {
    switch self {
    case .cut(let end): min(end, size)..<size
    case .preallocate: size..<size
    case .write(let bytes, let offset):
      min(offset, size)..<min(size, offset &+ UInt64(bytes.count))
    case .zero(let range): range.clamped(to: 0..<size)
    case .remove: 0..<size
    case .create: 0..<0
    }
  }
}
