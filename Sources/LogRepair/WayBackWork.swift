import LogFiles
import LogFormats
import LogInspection
import Quantities

/// Undoes an entry of a journal, or finishes it, from the real bytes of its files.
struct WayBackWork {
  private let direction: WayBack.Direction
  private let log: Log
  private let store: RepairStore
  private let entry: JournalEntry
  private let works: [FileWork]
  /// The entry's directory, nil where nothing is kept.
  private let kept: OpenDirectory?

  /// Refuses where the journal says that there is nothing to do, or nothing to do it with.
  init(
    _ direction: WayBack.Direction, _ log: Log, _ store: RepairStore, _ entry: JournalEntry
  ) throws(RepairFailure) {
    // An undo that was killed has no other end than being undone.
    self.direction = entry.isUndoing ? .undo : direction
    self.log = log
    self.store = store
    self.entry = entry
    guard let works = FileWork.all(of: entry.plan) else {
      throw RepairFailure(.failed, .planDiffers, "the journal's steps do not go together")
    }
    self.works = works
    kept = try? store.openEntry(entry.id)
    try requireWay()
  }

  private func requireWay() throws(RepairFailure) {
    if !entry.isUnfinished {
      let isDone = entry.outcome != .applied || direction == .finish
      if isDone {
        throw RepairFailure(
          .failed, .nothingToDo,
          entry.outcome == .undone
            ? "it is undone already"
            : "there is nothing to \(direction == .undo ? "undo" : "finish")")
      }
    }
    guard entry.saved.count == works.count else {
      throw RepairFailure(.failed, .noBackup, "the journal does not tell what was saved")
    }
    if direction == .undo, !entry.isKept || kept == nil {
      throw RepairFailure(.failed, .noBackup, "the bytes that went are not kept")
    }
  }

  // MARK: Looking

  func preview() throws(RepairFailure) -> WayBack {
    let stages = try stages()
    var files: [WayBack.FileChangeBack] = []
    for (work, stage) in zip(works, stages) {
      guard needsWork(work, stage) else { continue }
      let size = (try? log.directory.status(of: work.name))?.size
      files.append(
        WayBack.FileChangeBack(
          name: work.name, what: what(work), size: size, newSize: newSize(work)))
    }
    return WayBack(
      direction: direction, entry: HistoryEntry(entry, in: store, isBusy: store.isBusy),
      files: files)
  }

  private func newSize(_ work: FileWork) -> UInt64? {
    switch (direction, work.kind) {
    case (.undo, .created), (.finish, .removed): nil
    case (.undo, _): entry.saved[work.index].size
    case (.finish, .created(let bytes)): UInt64(bytes.count)
    case (.finish, .edited): work.size(afterSteps: work.steps.count)
    }
  }

  private func what(_ work: FileWork) -> String {
    switch (direction, work.kind) {
    case (.undo, .removed): return "is there again"
    case (.undo, .created): return "is removed"
    case (.undo, .edited):
      let bytes = entry.saved[work.index].pieces.filter { $0.kind == .data }
        .reduce(UInt64(0)) { $0 + ($1.range.upperBound - $1.range.lowerBound) }
      return "gets its old bytes back: \(Quantity.count(bytes, "byte")) and what is not written"
    case (.finish, .removed): return "is removed"
    case (.finish, .created): return "is made"
    case (.finish, .edited):
      let count = work.steps.count
      return "is changed in \(count) \(count == 1 ? "step" : "steps")"
    }
  }

  /// The states of the files, all of them ours.
  private func stages() throws(RepairFailure) -> [FileStage] {
    let search = StageSearch(
      directory: log.directory, entry: kept, isUndoing: entry.isUndoing, begun: entry.stepsBegun)
    var stages: [FileStage] = []
    for work in works {
      do throws(FileError) {
        stages.append(try search.stage(of: work, entry.saved[work.index]))
      } catch {
        throw RepairFailure(error, on: work.name)
      }
      if case .foreign(let reason) = stages[stages.count - 1] {
        throw changed(work, .foreignState, reason)
      }
      if entry.outcome == .applied, !entry.isUndoing {
        try requireAsLeft(work, stages[stages.count - 1])
      }
    }
    return stages
  }

  /// After the repair nobody may have changed the file, or an undo would not restore it exactly.
  private func requireAsLeft(_ work: FileWork, _ stage: FileStage) throws(RepairFailure) {
    guard case .after(let counts) = stage, counts.contains(work.steps.count) else {
      throw changed(work, .changedSince, "it was changed after the repair")
    }
    guard work.kind == .edited, let left = entry.left[work.name], let horizon = left.horizon
    else { return }
    do throws(FileError) {
      let now = try log.directory.status(of: work.name)
      if now.modified == horizon.modified { return }
      if let digest = left.digest,
        try ContentDigest(of: log.directory.openFile(work.name), in: 0..<now.size) == digest
      {
        return
      }
    } catch {
      throw RepairFailure(error, on: work.name)
    }
    throw changed(work, .changedSince, "it was changed after the repair")
  }

  private func changed(_ work: FileWork, _ cause: RepairFailure.Cause, _ reason: String)
    -> RepairFailure
  {
    var failure = RepairFailure(
      .refused, cause, reason, file: work.name,
      advice: "the old bytes are kept in \(RepairStore.savedName(ofFile: work.index).utf8 ?? "") "
        + "of the entry, at their offsets")
    failure.backups = FileName(store.path.bytes + [UInt8(ascii: "/")] + Array(entry.id.utf8))
    return failure
  }

  private func needsWork(_ work: FileWork, _ stage: FileStage) -> Bool {
    guard case .after(let counts) = stage else { return true }
    // Where steps change no byte, they may still have changed what the file takes on the disk.
    if direction == .finish { return counts != work.steps.count...work.steps.count }
    // A step that was begun may have changed what the bytes do not show: times, holes.
    return counts != 0...0 || entry.undoBegun.contains(work.index)
      || work.steps.contains { entry.stepsBegun.contains($0.index) }
  }

  // MARK: Doing

  func run(
    _ acknowledged: Set<Acknowledgement>, _ control: RepairControl, _ rescan: (Log) -> LogReport
  ) throws(RepairFailure) -> RepairResult {
    let all = acknowledged.union(entry.plan.options.acknowledgements.subtracting([.ownerStopped]))
    control.enter(.checking)
    // Held from here on: nobody else finishes or undoes it at the same time.
    let journal = try store.openJournal()
    let stages = try stages()
    var proof = WriterProof(log.directory, acknowledged: all)
    try proof.requireNoWriter(of: log)
    for (work, stage) in zip(works, stages) where needsWork(work, stage) {
      try take(work, all, &proof)
    }
    do throws(FileError) {
      try journal.append(JournalLine(entry.id, .proof(notProven: proof.notProven)))
    } catch {
      throw error.isNoRoom
        ? .noRoom(needed: nil, available: nil) : RepairFailure(error, on: Journal.name)
    }
    var repair = Repair(
      log: log, plan: entry.plan, works: works, store: store, entry: kept, id: entry.id,
      journal: journal, saved: entry.saved, control: control, proof: proof)
    if direction == .undo {
      let files = zip(works, stages).filter { needsWork($0, $1) }.map(\.0)
      try repair.putBack(files: files.sorted { $0.lastStep > $1.lastStep }.map(\.index))
      try end(&repair, .undone)
    } else {
      try repair.make(steps: stepsLeft(stages))
      try end(&repair, .applied)
    }
    let notProven = proof.notProven
    // A lease keeps out our own scan as well.
    proof.releaseAll()
    return RepairResult(
      entry: entry.id, canUndo: direction == .finish && entry.isKept,
      stepsMade: repair.stepsMade, notProven: notProven, of: log, store: store.path,
      promised: nil, control, rescan)
  }

  private func take(
    _ work: FileWork, _ acknowledged: Set<Acknowledgement>, _ proof: inout WriterProof
  ) throws(RepairFailure) {
    guard let status = try? log.directory.status(of: work.name),
      work.kind == .edited || direction == .finish
    else { return }
    if status.links > 1, !acknowledged.contains(.hardLinks) {
      throw RepairFailure(
        .refused, .unacknowledged([.hardLinks]), "the file has other names", file: work.name,
        advice: "add --hard-links")
    }
    if work.kind == .edited || !proof.isFull { _ = try proof.take(work.name) }
  }

  private func stepsLeft(_ stages: [FileStage]) -> [Int] {
    zip(works, stages).flatMap { work, stage -> [Int] in
      let done =
        switch stage {
        case .after(let counts): counts.lowerBound
        case .between(let number): number
        case .foreign: work.steps.count
        }
      return work.steps.dropFirst(done).map(\.index)
    }.sorted()
  }

  private func end(_ repair: inout Repair, _ outcome: JournalLine.Outcome) throws(RepairFailure) {
    var lines: [JournalLine] = []
    if outcome == .applied {
      for work in works {
        lines.append(
          JournalLine(entry.id, .left(LeftFile(work, in: log.directory, &repair.proof))))
      }
    }
    repair.proof.releaseAll()
    repair.removeLeftovers()
    lines.append(JournalLine(entry.id, .ended(outcome, reason: nil)))
    do throws(FileError) {
      try repair.journal.append(lines)
    } catch {
      var failure = RepairFailure(error, on: Journal.name)
      failure.entry = entry.id
      failure.backups = store.path
      throw failure
    }
    repair.journal.giveBackReserve()
    if outcome == .applied, !entry.plan.options.keepsBackup {
      try? repair.journal.append(JournalLine(entry.id, .purged))
      try? store.removeBackup(entry.id)
    }
  }
}
