import LogFiles
import LogFormats
import LogInspection

/// One repair under way: an entry of a journal, its plan, and what is kept for it.
///
/// The order on disk is that of safety rule S20: a line of the journal, the change, the file, the
/// directory, the line of the result.
struct Repair {
  let log: Log
  let plan: Plan
  let works: [FileWork]
  let store: RepairStore
  /// The entry's directory, nil where nothing is kept.
  let entry: OpenDirectory?
  let id: String
  let journal: Journal
  /// By the order of the plan's files.
  let saved: [SavedFile]
  let control: RepairControl
  var proof: WriterProof
  /// Steps that were made.
  private(set) var stepsMade = 0

  private var directory: OpenDirectory { log.directory }

  init(
    log: Log, plan: Plan, works: [FileWork], store: RepairStore, entry: OpenDirectory?,
    id: String, journal: Journal, saved: [SavedFile], control: RepairControl, proof: WriterProof
  ) {
    self.log = log
    self.plan = plan
    self.works = works
    self.store = store
    self.entry = entry
    self.id = id
    self.journal = journal
    self.saved = saved
    self.control = control
    self.proof = proof
  }

  // MARK: Steps

  /// Makes the steps of these numbers, in their order. Stops before the next one when it is told
  /// to; the rest is left unfinished.
  mutating func make(steps: [Int]) throws(RepairFailure) {
    var left: [Int: Int] = [:]
    var places: [Int: Int] = [:]
    for work in works {
      for step in work.steps { places[step.index] = work.index }
    }
    for step in steps { left[places[step] ?? 0, default: 0] += 1 }
    for step in steps {
      guard let place = places[step] else { continue }
      if control.isStopped { throw stopped() }
      control.enter(.changing(step: step + 1, count: plan.steps.count))
      try make(step: step, of: works[place])
      left[place, default: 0] -= 1
      if left[place] == 0, works[place].kind == .removed { proof.release(works[place].name) }
    }
  }

  private mutating func make(step: Int, of work: FileWork) throws(RepairFailure) {
    let change = plan.steps[step].step.change
    var file: ChangeableFile?
    if work.kind == .edited || work.kind == .removed {
      let taken = try proof.take(work.name)
      do throws(RepairFailure) {
        try proof.requireWhole(taken, canWait: stepsMade > 0)
      } catch {
        var failure = error
        failure.entry = id
        failure.backups = store.path
        throw failure
      }
      try requireName(work, taken)
      file = taken
    }
    do throws(FileError) {
      try journal.append(JournalLine(id, .begins(.apply, index: step)))
    } catch {
      throw failed(error, Journal.name)
    }
    do throws(FileError) {
      if let file, work.kind == .edited {
        try file.make(change)
      } else if let file {
        try remove(work, file)
      } else if case .created(let bytes) = work.kind {
        try create(work, bytes)
      }
    } catch {
      if let file, work.kind == .edited, error.call != .sync { takeBack(step, of: work, file) }
      throw failed(error, work.name)
    }
    if let file, work.kind == .edited { try requireName(work, file) }
    do throws(FileError) {
      try journal.append(JournalLine(id, .done(.apply, index: step)))
    } catch {
      throw failed(error, Journal.name)
    }
    stepsMade += 1
  }

  /// A lease does not keep others from renaming: the name must lead to the file that is changed.
  private func requireName(_ work: FileWork, _ file: ChangeableFile) throws(RepairFailure) {
    do throws(FileError) {
      if try directory.status(of: work.name).identity == file.identity,
        file.identity == saved[work.index].identity
      {
        return
      }
    } catch {
      guard error.isVanished else { throw failed(error, work.name) }
    }
    throw replaced(work.name)
  }

  private func remove(_ work: FileWork, _ file: ChangeableFile) throws(FileError) {
    let keptName = RepairStore.savedName(ofFile: work.index)
    if saved[work.index].way == .renamed, let entry {
      try directory.rename(work.name, to: keptName, in: entry)
      if try entry.status(of: keptName).identity != file.identity {
        try entry.rename(keptName, to: work.name, in: directory)
        throw FileError(call: .rename, code: 0, name: work.name)
      }
      try entry.sync()
    } else {
      try directory.remove(work.name, identity: file.identity)
    }
    try directory.sync()
  }

  /// The new file appears under its name only when all of it is on the disk.
  private func create(_ work: FileWork, _ bytes: [UInt8]) throws(FileError) {
    let model = log.layout.segments.compactMap { try? directory.status(of: $0.name) }.first
    try place(work) { (file) throws(FileError) in
      try file.write(bytes, at: 0)
      if let model {
        if try file.status().owner != model.owner {
          try file.setOwner(model.owner, group: model.group)
        }
        try file.setMode(model.mode)
      }
    }
  }

  private func temporaryName(_ work: FileWork) -> FileName {
    FileName(".walscope-\(id)-\(work.index)")
  }

  /// Removes new files that a killed process has left before they got their names.
  func removeLeftovers() {
    for work in works where work.kind != .edited {
      let name = temporaryName(work)
      guard let old = try? directory.status(of: name).identity else { continue }
      try? directory.remove(name, identity: old)
    }
  }

  private func place(_ work: FileWork, _ fill: (ChangeableFile) throws(FileError) -> Void)
    throws(FileError)
  {
    removeLeftovers()
    let name = temporaryName(work)
    let made = try directory.makePrivateFile(name).identity
    do throws(FileError) {
      let file = try directory.openForChange(name)
      try fill(file)
      try file.sync()
      try directory.rename(name, to: work.name, in: directory)
    } catch {
      try? directory.remove(name, identity: made)
      throw error
    }
    try directory.sync()
  }

  /// Leaves a file that a step could not change as it was before that step.
  private func takeBack(_ step: Int, of work: FileWork, _ file: ChangeableFile) {
    guard let number = work.steps.firstIndex(where: { $0.index == step }) else { return }
    let saved = saved[work.index]
    let name = RepairStore.savedName(ofFile: work.index)
    let going = work.steps[number].planned.going
    do throws(FileError) {
      if try file.status().size != work.size(afterSteps: number) {
        try file.setLength(work.size(afterSteps: number))
      } else if case .cut = work.changes[number] {
        return
      }
      guard let entry, saved.way == .image else {
        if number == 0 { try saved.putBackProperties(of: file) }
        return
      }
      if number == 0 { return try saved.putBack(into: file, from: try entry.openFile(name)) }
      let image = try entry.asIfChanged(by: work.changes.prefix(number).map { (name, $0) })
        .openFile(name)
      let current = try file.reader()
      if try ContentDigest(of: current, in: going) != ContentDigest(of: image, in: going) {
        try file.copy(going, of: image)
      }
      try file.sync()
    } catch {
      // The state between is told by the bytes, and finished or undone from the journal.
    }
  }

  // MARK: Putting back

  /// Puts the files of these numbers back as they were before the plan, in this order.
  mutating func putBack(files: [Int]) throws(RepairFailure) {
    for (count, index) in files.enumerated() {
      if control.isStopped { throw stopped() }
      control.enter(.changing(step: count + 1, count: files.count))
      let work = works[index]
      var file: ChangeableFile?
      if work.kind == .edited {
        let taken = try proof.take(work.name)
        try requireName(work, taken)
        file = taken
      }
      do throws(FileError) {
        try journal.append(JournalLine(id, .begins(.undo, index: index)))
        try putBack(work, file)
        try journal.append(JournalLine(id, .done(.undo, index: index)))
      } catch {
        throw failed(error, work.name)
      }
      stepsMade += 1
    }
  }

  private func putBack(_ work: FileWork, _ file: ChangeableFile?) throws(FileError) {
    let saved = saved[work.index]
    let keptName = RepairStore.savedName(ofFile: work.index)
    if let file {
      guard let entry else { return }
      return try saved.putBack(into: file, from: try entry.openFile(keptName))
    }
    switch work.kind {
    case .edited: return
    case .created:
      guard let identity = try? directory.status(of: work.name).identity else { return }
      try directory.remove(work.name, identity: identity)
      try directory.sync()
    case .removed:
      if (try? directory.status(of: work.name)) != nil { return }
      guard let entry else { return }
      if saved.way == .renamed {
        try entry.rename(keptName, to: work.name, in: directory)
        try directory.sync()
        try entry.sync()
      } else {
        let image = try entry.openFile(keptName)
        try place(work) { (file) throws(FileError) in
          try saved.putBack(into: file, from: image)
        }
      }
    }
  }

  // MARK: Ends

  private func stopped() -> RepairFailure {
    var failure = RepairFailure(
      .interrupted, .stopped, "stopped between two steps",
      advice: "finish the repair, or undo it", entry: id)
    failure.backups = store.path
    return failure
  }

  private func replaced(_ file: FileName) -> RepairFailure {
    RepairFailure(
      .refused, .changed, "the name leads to another file by now", file: file,
      advice: "make a new plan", entry: id)
  }

  private func failed(_ error: FileError, _ file: FileName) -> RepairFailure {
    if error.code == 0 { return replaced(file) }
    var failure = RepairFailure(error, on: file)
    failure.entry = id
    failure.backups = store.path
    return failure
  }
}
