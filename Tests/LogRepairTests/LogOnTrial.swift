import Glibc
import LogFiles
import LogFormats
import LogInspection
import LogRepair
import TestSupport
import Testing

/// A log that is scanned, planned for and looked at as it would be afterwards.
struct LogOnTrial {
  let log: Log
  let assuming: [String: UInt64]
  let report: LogReport
  /// Kept as long as the log, where it is a made one.
  private let directory: TemporaryDirectory?

  init(
    _ path: String, format: String, assuming: [String: UInt64] = [:],
    in directory: TemporaryDirectory? = nil
  ) throws {
    log = try #require(try LogTree.open(FileName(path), format: format).logs.first)
    self.assuming = assuming
    self.directory = directory
    report = log.scan(assuming: assuming)
  }

  /// A made log with damage of this kind; nil where the log is not one for it.
  init?(
    _ format: any LogFormat, _ recipe: LogRecipe, _ damage: LogDamage?, seed: UInt64 = 1,
    assuming: [String: UInt64] = [:]
  ) throws {
    let directory = try TemporaryDirectory()
    let open = try directory.open()
    var made = try format.make(recipe, in: open) { _ in true }
    do {
      _ = try damage?.apply(to: &made, in: open, seed: seed)
    } catch MakeError.notApplicable {
      return nil
    }
    try Self.age(open)
    try self.init(directory.path, format: format.name, assuming: assuming, in: directory)
  }

  /// A log of these files.
  init(
    _ files: [String: [UInt8]], format: String, assuming: [String: UInt64] = [:]
  ) throws {
    let directory = try TemporaryDirectory()
    for (name, bytes) in files { try directory.write(bytes, to: name) }
    try Self.age(try directory.open())
    try self.init(directory.path, format: format, assuming: assuming, in: directory)
  }

  /// Makes the files old, so that nobody waits for a writer.
  private static func age(_ directory: OpenDirectory) throws {
    let longAgo = [
      timespec(tv_sec: 1_000_000, tv_nsec: 0), timespec(tv_sec: 1_000_000, tv_nsec: 0),
    ]
    for entry in try directory.entries() {
      let path = "\(directory.path)/\(String(decoding: entry.name.bytes, as: UTF8.self))"
      guard utimensat(AT_FDCWD, path, longAgo, 0) == 0 else {
        throw SetupFailure("utimensat", errno)
      }
    }
  }

  // MARK: Plans

  /// The plan of an action, or why there is none.
  func plan(_ action: RepairAction) throws -> Result<Plan, RepairRefusal> {
    do {
      return .success(try log.plan(action, report: report, tool: "test", assuming: assuming))
    } catch PlanFailure.refused(let refusal) {
      return .failure(refusal)
    }
  }

  func refusal(of action: RepairAction) throws -> RepairRefusal? {
    if case .failure(let refusal) = try plan(action) { refusal } else { nil }
  }

  /// The log as it would be after some changes; nil where none is left.
  func after(_ steps: [RepairStep]) throws -> LogOnTrial? {
    let changed = try log.directory.asIfChanged(by: steps.map { ($0.file, $0.change) })
    guard let found = try log.foundAgain(in: changed) else { return nil }
    return LogOnTrial(found, assuming: assuming, directory: directory)
  }

  private init(_ log: Log, assuming: [String: UInt64], directory: TemporaryDirectory?) {
    self.log = log
    self.assuming = assuming
    self.directory = directory
    report = log.scan(assuming: assuming)
  }

  // MARK: Salvage

  /// The new log of a salvage, written into a directory of its own.
  func salvaged() throws -> (log: LogOnTrial, salvage: Salvage) {
    let salvage = try log.format.salvage(report, in: log.directory)
    var files: [String: [UInt8]] = [:]
    for file in salvage.files {
      var bytes: [UInt8] = []
      for piece in file.pieces {
        switch piece {
        case .bytes(let new): bytes += new
        case .copy(let name, let range): bytes += try self.bytes(of: name, in: range)
        }
      }
      files[try #require(file.name.utf8)] = bytes
    }
    #expect(files.count == salvage.files.count, "no name twice")
    return (try LogOnTrial(files, format: log.format.name, assuming: assuming), salvage)
  }

  private func bytes(of name: FileName, in range: Range<UInt64>) throws -> [UInt8] {
    let file = try log.directory.openFile(name)
    var bytes = [UInt8](repeating: 0, count: range.count)
    var span = bytes.mutableSpan
    var room = span.mutableBytes
    #expect(try file.read(into: &room, at: range.lowerBound) == range.count)
    return bytes
  }

  // MARK: Records

  /// The bytes of every acceptable record, on both sides of damage, in order.
  func records(where isWanted: (SegmentFile) -> Bool = { _ in true }) throws -> [[UInt8]] {
    var records: [[UInt8]] = []
    for (index, segment) in log.layout.segments.enumerated() where isWanted(segment) {
      let scanned = log.scanSegment(index)
      guard scanned.report.fileSize > 0 else { continue }
      var reader = try RecordReader(
        log, segment: index, end: scanned.report.fileSize, index: scanned.index)
      var places: [Range<UInt64>] = []
      try reader.forEachRow(from: 0, previewLimit: 0) { row in
        if case .record(let record, _) = row, record.fault == nil, !record.isFlawed {
          places.append(record.offset..<record.offset + record.length)
        }
        return true
      }
      for place in places { records.append(try bytes(of: segment.name, in: place)) }
    }
    return records
  }

  /// Acceptable records by the report.
  var acceptable: UInt64 {
    report.segments.reduce(0) { $0 + $1.records + $1.afterDamage.records }
  }

  /// The forecasts of the modes in which the owner reads what it is given.
  var forecasts: [Forecast] { report.forecasts.filter { $0.mode != "never-reads-chunks" } }

  /// What a repaired log must be.
  func expectRepaired(_ what: Comment, sourceLocation: SourceLocation = #_sourceLocation) {
    // What a newer version may have meant, and ids that nothing protects, no repair can set right.
    let faults = report.findings.filter {
      $0.severity > .note && $0.code != .reservedFlagBits && $0.code != .idsOutOfOrder
    }
    #expect(faults.isEmpty, "\(what): \(faults.map(\.message))", sourceLocation: sourceLocation)
    for forecast in forecasts {
      #expect(forecast.opens, "\(what): \(forecast.message)", sourceLocation: sourceLocation)
      #expect(
        forecast.losesRecords == 0, "\(what): \(forecast.message)", sourceLocation: sourceLocation)
      #expect(
        [.clean, .cuts, .rewrites].contains(forecast.outcome), "\(what): \(forecast.message)",
        sourceLocation: sourceLocation)
    }
  }
}

/// Every state on the way opens in the owner no worse than the one before the first step: it keeps
/// no less where it opened, and loses no more (safety rule S20).
func expectNoWorse(
  _ before: LogOnTrial, _ steps: [RepairStep], sourceLocation: SourceLocation = #_sourceLocation
)
  throws
{
  for count in 1...max(1, steps.count) {
    guard let state = try before.after(Array(steps.prefix(count))) else { continue }
    for (old, new) in zip(before.forecasts, state.forecasts) {
      #expect(!old.opens || new.opens, "\(count): \(new.message)", sourceLocation: sourceLocation)
      guard new.opens else { continue }
      if old.opens {
        #expect(new.keepsRecords ?? 0 >= old.keepsRecords ?? 0, sourceLocation: sourceLocation)
      }
      #expect(
        new.losesRecords ?? 0 <= (old.opens ? old.losesRecords ?? 0 : 0),
        "\(count): \(new.message)", sourceLocation: sourceLocation)
    }
  }
}

/// The differential of a repair: recovered in place, or saved into a new log, the log is whole for
/// its owner, and no record that could be had is lost.
func expectRecovers(
  _ trial: LogOnTrial, _ what: Comment, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  switch try trial.plan(.recover(droppingUncommitted: false)) {
  case .success(let plan):
    let steps = plan.steps.map(\.step)
    let after = try #require(try trial.after(steps) ?? nil, what, sourceLocation: sourceLocation)
    after.expectRepaired(what, sourceLocation: sourceLocation)
    #expect(plan.prospect?.recordsLost == 0, what, sourceLocation: sourceLocation)
    #expect(
      try after.records() == trial.records(), what, sourceLocation: sourceLocation)
    try expectNoWorse(trial, steps, sourceLocation: sourceLocation)
    let again = try after.refusal(of: .recover(droppingUncommitted: false))
    #expect(again?.kind == .nothingToDo, what, sourceLocation: sourceLocation)
  case .failure(let refusal) where refusal.kind == .nothingToDo:
    for forecast in trial.forecasts {
      #expect(
        forecast.losesRecords == 0, "\(what): \(refusal.reason)", sourceLocation: sourceLocation)
    }
  case .failure(let refusal):
    #expect(refusal.advice != nil, what, sourceLocation: sourceLocation)
    try expectSalvages(trial, what, sourceLocation: sourceLocation)
  }
}

/// What a salvage of a log must come to.
func expectSalvages(
  _ trial: LogOnTrial, _ what: Comment, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  guard trial.acceptable > 0 else {
    #expect(throws: RepairRefusal.self, what, sourceLocation: sourceLocation) {
      try trial.log.format.salvage(trial.report, in: trial.log.directory)
    }
    return
  }
  let (result, salvage) = try trial.salvaged()
  result.expectRepaired(what, sourceLocation: sourceLocation)
  // Of two files for one id only one can be had.
  let left = Set(salvage.gaps.filter { $0.reason.contains("another file") }.map(\.file))
  let discarded = trial.report.liveAndDiscarded
  let wanted = try trial.records { !left.contains($0.name) && discarded.contains($0.name) }
  #expect(try result.records() == wanted, what, sourceLocation: sourceLocation)
}

extension LogReport {
  /// Segments whose records are the application's: checkpointed ones only where they are newer than
  /// every live one.
  fileprivate var liveAndDiscarded: Set<FileName> {
    let live = segments.filter { $0.file.state != .checkpointed }
    let highest = live.compactMap(\.file.id).max()
    return Set(
      segments.filter { segment in
        segment.file.state != .checkpointed
          || highest.map { segment.file.id ?? 0 > $0 } ?? true
      }.map(\.file.name))
  }
}
