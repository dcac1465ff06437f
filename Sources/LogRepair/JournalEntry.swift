import LogFiles

/// What the journal says of one repair.
struct JournalEntry: Sendable {
  var id: String
  var plan: Plan
  var begun: Timestamp
  /// By the order of the plan's files, as far as the backup came.
  var saved: [SavedFile] = []
  /// Why it is not proven that nobody wrote; nil where it is, or where it did not come to that.
  var notProven: String?
  var stepsBegun: Set<Int> = []
  var stepsDone: Set<Int> = []
  var undoBegun: Set<Int> = []
  var undoDone: Set<Int> = []
  var left: [FileName: LeftFile] = [:]
  var outcome: JournalLine.Outcome?
  var failure: String?
  var isPurged = false

  /// Whether a step may have been made, and neither all of them nor none is certain.
  var isUnfinished: Bool {
    if isPurged { return false }
    if isUndoing { return true }
    return outcome == nil && !stepsBegun.isEmpty
  }

  /// Whether an undo has begun and not ended.
  var isUndoing: Bool { outcome != .undone && !undoBegun.isEmpty }

  /// Whether everything is kept that an undo needs.
  var isKept: Bool {
    !isPurged && saved.count == plan.files.count && !saved.contains { $0.way == .unsaved }
      && plan.options.keepsBackup
  }

  /// The entries that lines tell of, in their order.
  static func entries(of lines: [JournalLine]) -> [JournalEntry] {
    var entries: [JournalEntry] = []
    var places: [String: Int] = [:]
    for line in lines {
      if case .planned(let plan) = line.event, places[line.entry] == nil {
        places[line.entry] = entries.count
        entries.append(JournalEntry(id: line.entry, plan: plan, begun: line.time))
      } else if let place = places[line.entry] {
        entries[place].add(line.event)
      }
    }
    return entries
  }

  private mutating func add(_ event: JournalLine.Event) {
    switch event {
    case .planned: break
    case .saved(let file): saved.append(file)
    case .proof(let reason): notProven = reason
    case .begins(.apply, let index): stepsBegun.insert(index)
    case .done(.apply, let index): stepsDone.insert(index)
    case .begins(.undo, let index): undoBegun.insert(index)
    case .done(.undo, let index): undoDone.insert(index)
    case .left(let file): left[file.name] = file
    case .ended(let ended, let reason):
      outcome = ended
      failure = reason
    case .purged: isPurged = true
    }
  }
}
