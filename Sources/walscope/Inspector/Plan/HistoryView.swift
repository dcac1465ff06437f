import LogFiles
import LogFormats
import LogInspection
import LogRepair
import Quantities
import TerminalUI

/// What was done to a log through plans, the newest first, and the ways back.
struct HistoryView: View {
  /// What another thread has read.
  enum News: Sendable {
    case entries(Result<[HistoryEntry], RepairFailure>)
    /// What undoing and finishing an entry would do.
    case ways(HistoryEntry, undo: Result<WayBack, RepairFailure>, finish: WayBack?)
  }

  let logIndex: Int
  var list = ListView()
  /// How far the entry in full, or a result, is scrolled.
  var scroll = ScrollPosition()
  /// The entries, nil until they have been read.
  private(set) var entries: [HistoryEntry]?
  /// Why they could not be read.
  private(set) var failure: RepairFailure?
  /// What is asked over the screen, and what each of its buttons does.
  private(set) var dialog: Dialog?
  private var jobs: [RepairJob] = []
  /// What is being done, or was done last.
  private(set) var run: PlanRun?
  var listArea = Rect(row: 0, column: 0, rows: 0, columns: 0)
  private var log: Log?

  init(log: Int) {
    logIndex = log
  }

  var keyContext: KeyContext { dialog != nil ? .dialog : run != nil ? .result : .history }

  func subject(_ context: InspectorContext) -> Subject? { Subject(log: logIndex) }

  var selected: HistoryEntry? {
    guard let entries, entries.indices.contains(list.selected) else { return nil }
    return entries[list.selected]
  }

  func unavailable(_ context: InspectorContext) -> [Action: String] {
    guard run == nil else { return [:] }
    guard let entry = selected else {
      let reason =
        entries == nil ? "The journal is being read." : "There is nothing to go back to."
      return [.open: reason, .purge: reason]
    }
    var reasons: [Action: String] = [:]
    if !entry.canUndo, !entry.needsAttention {
      reasons[.open] = "It cannot be undone: \(HistoryText.state(entry).endingSentence)"
    }
    if !entry.isKept {
      reasons[.purge] = "Nothing is kept of it that could be removed."
    } else if entry.needsAttention || entry.state == .running {
      reasons[.purge] = "It is not at its end: what is saved is still needed."
    }
    return reasons
  }

  // MARK: Reading

  mutating func appear(_ context: InspectorContext) -> [ViewEffect] { update(context) }

  mutating func update(_ context: InspectorContext) -> [ViewEffect] {
    guard log !== context.logs[logIndex].log, context.changing == nil else { return [] }
    let log = context.logs[logIndex].log
    self.log = log
    return [
      .read { post in
        let result = Result { () throws(RepairFailure) in try RepairHistory(of: log).entries() }
        post(News.entries(result))
      }
    ]
  }

  mutating func receive(_ news: any Sendable, _ context: InspectorContext) -> [ViewEffect] {
    switch news {
    case News.entries(.success(let found)):
      entries = found
      failure = nil
      list.setCount(found.count)
    case News.entries(.failure(let failure)):
      entries = []
      self.failure = failure
      list.setCount(0)
    case News.ways(let entry, let undo, let finish):
      ask(entry, undo: undo, finish: finish, context)
    case let outcome as PlanRun.Outcome:
      run?.end(outcome)
      scroll = ScrollPosition()
      askWhetherStopped()
    default: break
    }
    return []
  }

  // MARK: Actions

  mutating func handle(_ action: Action, _ context: InspectorContext) -> [ViewEffect] {
    if let run {
      if case .move(let motion) = action { scroll.move(motion) }
      return (action == .open || action == .undo) && run.isOver ? leaveResult(context) : []
    }
    switch action {
    case .move(.pageUp): scroll.move(.pageUp)
    case .move(.pageDown): scroll.move(.pageDown)
    case .move(let motion): if list.move(motion) { scroll = ScrollPosition() }
    case .open: return look(context)
    case .purge: askToPurge()
    case .undo: return [.back]
    case .findings: return [.open(.findings(log: logIndex))]
    case .forecast: return [.open(.forecast(log: logIndex))]
    case .info: return [.open(.info(log: logIndex, segment: nil))]
    case .rescan: return [.rescan(log: logIndex)]
    default: break
    }
    return []
  }

  mutating func goBack(_ context: InspectorContext) -> [ViewEffect]? {
    run == nil ? nil : leaveResult(context)
  }

  private mutating func leaveResult(_ context: InspectorContext) -> [ViewEffect] {
    guard run?.isOver == true else { return [] }
    run = nil
    scroll = ScrollPosition()
    // The log was opened anew, so the entries are read anew.
    return update(context)
  }

  /// Looks what the ways out of the selected entry would do, before anything is asked.
  private func look(_ context: InspectorContext) -> [ViewEffect] {
    guard let entry = selected else { return [] }
    let log = context.logs[logIndex].log
    return [
      .read { post in
        let history = RepairHistory(of: log)
        let undo = Result { () throws(RepairFailure) in try history.previewUndo(entry.id) }
        let finish = entry.needsAttention ? try? history.previewFinish(entry.id) : nil
        post(News.ways(entry, undo: undo, finish: finish))
      }
    ]
  }

  private mutating func ask(
    _ entry: HistoryEntry, undo: Result<WayBack, RepairFailure>, finish: WayBack?,
    _ context: InspectorContext
  ) {
    guard run == nil, dialog == nil else { return }
    var body = [StyledText(HistoryText.summary(entry).endingSentence)]
    var actions: [String] = []
    jobs = []
    switch undo {
    case .success(let way):
      body += ["", StyledText("Undo", .heading)] + Self.words(way)
      actions.append("Undo")
      jobs.append(.undo(id: entry.id, []))
    case .failure(let failure):
      body += ["", StyledText("Undo is refused: \(failure.reason.endingSentence)", .warning)]
      if let file = failure.file { body.append(StyledText(bytes: file.bytes, Style(.accent))) }
    }
    if let finish {
      body += ["", StyledText("Finish", .heading)] + Self.words(finish)
      actions.append("Finish")
      jobs.append(.finish(id: entry.id, []))
    }
    dialog = Dialog(title: entry.plan.action.verb, body: body, actions: actions)
  }

  private static func words(_ way: WayBack) -> [StyledText] {
    if way.files.isEmpty { return ["no file is changed any more"] }
    return way.files.prefix(8).map {
      StyledText(bytes: $0.name.bytes + Array(" \($0.words)".utf8))
    } + (way.files.count > 8 ? [StyledText("and \(way.files.count - 8) more files")] : [])
  }

  private mutating func askToPurge() {
    guard let entry = selected else { return }
    jobs = [.purge(id: entry.id)]
    dialog = Dialog(
      title: "purge",
      body: [
        StyledText(HistoryText.summary(entry).endingSentence), "",
        StyledText(
          "\(Quantity.bytes(entry.backupSize)) come back. It cannot be undone any more.",
          .warning),
      ], actions: ["Purge"])
  }

  private mutating func askWhetherStopped() {
    guard let failure = run?.failure, let job = run?.job,
      case .confirm(let question, .change(let again)) = PlanQuestion.after(failure, of: job)
    else { return }
    dialog = question
    jobs = [again]
  }

  mutating func take(_ key: Key, _ context: InspectorContext) -> [ViewEffect]? {
    guard var asked = dialog else { return nil }
    if key == .control("c") {
      dialog = nil
      return [.message("Cancelled: nothing was done.")]
    }
    switch asked.handle(key) {
    case .open: dialog = asked
    case .cancelled:
      dialog = nil
      return [.message("Cancelled: nothing was done.")]
    case .chosen(let number):
      dialog = nil
      guard jobs.indices.contains(number) else { return [] }
      return begin(jobs[number], context)
    }
    return []
  }

  private mutating func begin(_ job: RepairJob, _ context: InspectorContext) -> [ViewEffect] {
    let state = context.logs[logIndex]
    let control = RepairControl()
    run = PlanRun(
      job.title, source: context.place(of: state), evidence: state.log.format.evidence, job: job,
      control: control)
    scroll = ScrollPosition()
    return [
      .start(
        .repair(job, state.log, number: logIndex, control: control, options: context.options))
    ]
  }

  mutating func handle(
    _ mouse: MouseAction, row: Int, column: Int, _ context: InspectorContext
  ) -> [ViewEffect] {
    guard dialog == nil else { return [] }
    switch mouse {
    case .click, .double:
      guard run == nil, listArea.contains(row: row, column: column),
        let place = list.row(at: row - listArea.row)
      else { return [] }
      list.select(place)
    case .wheelUp, .wheelDown: scroll.handle(mouse)
    }
    return []
  }

  mutating func drawDialog(into buffer: inout CellBuffer, in area: Rect) {
    dialog?.draw(into: &buffer, in: area)
  }
}
