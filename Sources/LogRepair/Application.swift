import LogFiles
import LogFormats
import LogInspection

/// Carries one plan out whose steps are known to fit the log.
struct Application {
  private let plan: Plan
  private let log: Log
  private let works: [FileWork]
  private let control: RepairControl
  private var proof: WriterProof
  private var store: RepairStore?
  private var id: String
  private var stepsMade = 0

  /// Refuses before anything is written: files that are in use, or that nobody may change.
  init(_ plan: Plan, _ log: Log, _ control: RepairControl) throws(RepairFailure) {
    guard let works = FileWork.all(of: plan) else {
      throw RepairFailure(.failed, .planDiffers, "the plan's steps do not go together")
    }
    self.plan = plan
    self.log = log
    self.works = works
    self.control = control
    id = plan.id
    proof = WriterProof(log.directory, acknowledged: plan.options.acknowledgements)
    try proof.requireNoWriter(of: log)
    for work in works where work.planned.horizon != nil {
      let file = try proof.take(work.name)
      try Self.requireHorizon(work, file)
      proof.release(work.name)
    }
  }

  /// Makes backup and steps.
  mutating func run() throws(RepairFailure) {
    let store = try RepairStore.make(for: plan, log)
    self.store = store
    let journal: Journal
    do throws(RepairFailure) {
      journal = try store.openJournal()
    } catch {
      if store.isNew { store.remove() }
      throw error
    }
    var repair: Repair
    do throws(RepairFailure) {
      repair = try prepare(store, journal)
      proof = repair.proof
    } catch {
      abandon(store, journal, error)
      throw error
    }
    do throws(RepairFailure) {
      try repair.make(steps: Array(plan.steps.indices))
      stepsMade = repair.stepsMade
      try close(&repair, journal)
    } catch {
      proof = repair.proof
      proof.releaseAll()
      repair.proof.releaseAll()
      if try isUntouched(repair) {
        abandon(store, journal, error)
        var failure = error
        failure.entry = nil
        failure.backups = nil
        throw failure
      }
      journal.giveBackReserve()
      var failure = error
      failure.entry = id
      failure.backups = store.path
      throw failure
    }
  }

  // MARK: Before the first step

  private mutating func prepare(_ store: RepairStore, _ journal: Journal) throws(RepairFailure)
    -> Repair
  {
    let entry: OpenDirectory
    do throws(FileError) {
      entry = try makeEntry(in: store)
      try journal.append(JournalLine(id, .planned(plan)))
    } catch {
      if error.isNoRoom { throw .noRoom(needed: nil, available: nil) }
      throw RepairFailure(error, on: store.path)
    }
    control.enter(.saving)
    let saved = try Backup(
      plan: plan, works: works, directory: log.directory, store: store, entry: entry,
      control: control
    ).make()
    if control.isStopped { throw .stopped }
    do throws(FileError) {
      try journal.append(saved.map { JournalLine(id, .saved($0)) })
      // Two lines for each step, one for each file, and the last one.
      try journal.reserve(UInt64(4096 + 512 * plan.steps.count + 1024 * works.count))
    } catch {
      if error.isNoRoom { throw .noRoom(needed: nil, available: nil) }
      throw RepairFailure(error, on: Journal.name)
    }
    StoreList.note(store, of: log)
    try takeFiles()
    do throws(FileError) {
      try journal.append(JournalLine(id, .proof(notProven: proof.notProven)))
    } catch {
      throw RepairFailure(error, on: Journal.name)
    }
    return Repair(
      log: log, plan: plan, works: works, store: store, entry: entry, id: id, journal: journal,
      saved: saved, control: control, proof: proof)
  }

  /// A directory for the entry; another id where the plan was applied before.
  private mutating func makeEntry(in store: RepairStore) throws(FileError) -> OpenDirectory {
    var number = 1
    while true {
      do throws(FileError) {
        return try store.directory.makePrivateDirectory(FileName(id))
      } catch {
        guard error.isExisting, number < 100 else { throw error }
        number += 1
        id = "\(plan.id)-\(number)"
      }
    }
  }

  /// Takes all files and looks at them for the last time before the change, by the descriptors
  /// that will change them.
  private mutating func takeFiles() throws(RepairFailure) {
    for work in works where work.planned.horizon != nil {
      let isHeldOn = work.kind == .edited || !proof.isFull
      let file = try proof.take(work.name)
      try Self.requireHorizon(work, file)
      try requireBytes(work, file)
      if !isHeldOn { proof.release(work.name) }
    }
  }

  private static func requireHorizon(_ work: FileWork, _ file: ChangeableFile)
    throws(RepairFailure)
  {
    do throws(FileError) {
      if try file.status().horizon == work.planned.horizon { return }
    } catch {
      throw RepairFailure(error, on: work.name)
    }
    throw changed(work)
  }

  private func requireBytes(_ work: FileWork, _ file: ChangeableFile) throws(RepairFailure) {
    do throws(FileError) {
      for (number, step) in work.steps.enumerated() {
        let found = try file.reader(asIfChangedBy: Array(work.changes.prefix(number)))
        let going = try ContentDigest(of: found, in: step.planned.going) { control.isStopped }
        if control.isStopped { throw FileError(call: .read, code: 0, name: nil) }
        if going != step.planned.goingDigest { throw FileError(call: .read, code: 0, name: nil) }
        for part in step.planned.kept
        where try ContentDigest(of: found, in: part.range) != part.digest {
          throw FileError(call: .read, code: 0, name: nil)
        }
      }
    } catch {
      if control.isStopped { throw .stopped }
      if error.code == 0 { throw Self.changed(work) }
      throw RepairFailure(error, on: work.name)
    }
  }

  private static func changed(_ work: FileWork) -> RepairFailure {
    RepairFailure(
      .refused, .changed, "it has changed since the plan was made", file: work.name,
      advice: "make a new plan")
  }

  // MARK: Ends

  /// Whether all files are as they were, after a step has failed.
  private func isUntouched(_ repair: Repair) throws(RepairFailure) -> Bool {
    let search = StageSearch(
      directory: log.directory, entry: repair.entry, isUndoing: false, begun: [])
    for work in works {
      guard let stage = try? search.stage(of: work, repair.saved[work.index]),
        case .after(let counts) = stage, counts.contains(0)
      else { return false }
    }
    return true
  }

  /// Takes away what was made for an entry that changed nothing. What cannot be taken away does no
  /// harm: an entry without steps counts for nothing.
  private func abandon(_ store: RepairStore, _ journal: Journal, _ failure: RepairFailure) {
    journal.giveBackReserve()
    try? store.removeBackup(id)
    let others = (try? store.entries())?.contains { $0.id != id } ?? true
    if others {
      try? journal.append(JournalLine(id, .ended(.abandoned, reason: failure.reason)))
    } else {
      store.remove()
    }
  }

  private mutating func close(_ repair: inout Repair, _ journal: Journal) throws(RepairFailure) {
    var lines: [JournalLine] = []
    for work in works {
      lines.append(JournalLine(id, .left(LeftFile(work, in: log.directory, &repair.proof))))
    }
    repair.proof.releaseAll()
    proof = repair.proof
    lines.append(JournalLine(id, .ended(.applied, reason: nil)))
    do throws(FileError) {
      try journal.append(lines)
    } catch {
      throw RepairFailure(error, on: Journal.name)
    }
    journal.giveBackReserve()
    if !plan.options.keepsBackup, let store {
      try? journal.append(JournalLine(id, .purged))
      try? store.removeBackup(id)
    }
  }

  /// Scans what came of it, and compares it with what was promised (safety rule S22).
  func result(
    promised: Prospect?, _ control: RepairControl, _ rescan: (Log) -> LogReport
  ) throws(RepairFailure) -> RepairResult {
    RepairResult(
      entry: id, canUndo: plan.options.keepsBackup, stepsMade: stepsMade,
      notProven: proof.notProven, of: log, store: store?.path ?? FileName(""),
      promised: promised?.after, control, rescan)
  }
}

extension LeftFile {
  /// Data that is read for the digest of a whole file, at most.
  static let digestLimit: UInt64 = 64 << 20

  init(_ work: FileWork, in directory: OpenDirectory, _ proof: inout WriterProof) {
    self.init(name: work.name, horizon: nil, digest: nil)
    if work.kind == .removed { return }
    horizon = (try? directory.status(of: work.name))?.horizon
    guard let size = horizon?.size, work.kind == .edited,
      let file = try? proof.take(work.name).reader(),
      file.dataBytes(in: 0..<size) <= Self.digestLimit
    else { return }
    digest = try? ContentDigest(of: file, in: 0..<size)
  }
}

extension RepairResult {
  init(
    entry: String, canUndo: Bool, stepsMade: Int, notProven: String?, of log: Log,
    store: FileName, promised: LogReport?, _ control: RepairControl, _ rescan: (Log) -> LogReport
  ) {
    control.enter(.verifying)
    let found = (try? log.foundAgain(in: log.directory)) ?? nil
    self.init(
      entry: entry, canUndo: canUndo, stepsMade: stepsMade, notProven: notProven, log: found,
      report: nil, differences: [], store: store, notes: [])
    if let notProven { notes.append("not proven that nobody wrote: \(notProven)") }
    if control.isStopped {
      notes.append("stopped before the result was scanned")
      return
    }
    guard let found else {
      if promised?.segments.isEmpty == false { differences = ["no file of the log is left"] }
      return
    }
    let scanned = rescan(found)
    if control.isStopped { return }
    report = scanned
    if let promised { differences = scanned.differences(from: promised) }
  }
}

extension LogReport {
  /// Where this scan is not what a plan promised.
  func differences(from promised: LogReport) -> [String] {
    var differences: [String] = []
    if verdict != promised.verdict {
      differences.append(
        "the log is \(verdict.rawValue), and \(promised.verdict.rawValue) was promised")
    }
    if segments.count != promised.segments.count {
      differences.append(
        "the log has \(segments.count) segments, and \(promised.segments.count) were promised")
      return differences
    }
    for (found, wanted) in zip(segments, promised.segments) {
      let id = found.file.id.map { "segment \($0)" } ?? "a segment"
      func compare<Value: Equatable>(_ what: String, _ value: (SegmentReport) -> Value) {
        if value(found) == value(wanted) { return }
        differences.append("\(id): \(what) is \(value(found)), and \(value(wanted)) was promised")
      }
      compare("its size") { $0.fileSize }
      compare("its verdict") { $0.verdict.rawValue }
      compare("its logical end") { $0.logicalEnd }
      compare("its number of records") { $0.records }
      compare("the number of records behind damage") { $0.afterDamage.records }
    }
    return differences
  }
}
