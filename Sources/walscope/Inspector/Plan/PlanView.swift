import LogFiles
import LogFormats
import LogInspection
import LogRepair
import TerminalUI

/// What can be done to a log and one of its segments: each choice with its consequence in numbers,
/// the selected one's plan in full, and the way from there to doing it.
struct PlanView: View {
  let logIndex: Int
  /// The segment that was selected where the pane was opened, by its file.
  private(set) var segment: FileName?
  private(set) var states: [PlanChoice: PlanState] = [:]
  var list = ListView(count: PlanChoice.allCases.count)
  /// How far the plan in full, or a result, is scrolled.
  var scroll = ScrollPosition()
  var detailHasKeys = false
  private(set) var options = PlanOptions()
  /// What is asked over the pane.
  var question: PlanQuestion?
  /// What is being done, or was done last.
  private(set) var run: PlanRun?
  /// Where the list was drawn, for the mouse, and each of its rows where they take several lines.
  var listArea = Rect(row: 0, column: 0, rows: 0, columns: 0)
  var rowsOfChoices: [Rect] = []
  /// The log that the plans are about, and whether they were begun.
  private var log: Log?
  private(set) var isPlanning = false
  private let firstSegment: Int?

  init(log: Int, segment: Int?) {
    logIndex = log
    firstSegment = segment
  }

  var keyContext: KeyContext {
    question != nil ? .dialog : run != nil ? .result : .plan
  }

  /// The choice that is selected.
  var choice: PlanChoice { PlanChoice.allCases[list.selected] }

  func subject(_ context: InspectorContext) -> Subject? {
    let segments = context.logs[logIndex].log.layout.segments
    return Subject(log: logIndex, segment: segments.firstIndex { $0.name == segment })
  }

  func unavailable(_ context: InspectorContext) -> [Action: String] {
    guard run == nil else { return [:] }
    var reasons: [Action: String] = [:]
    switch states[choice] ?? .waiting {
    case .waiting: reasons[.open] = "The plan is not made yet."
    case .refused(let refusal): reasons[.open] = refusal.reason.wholeSentence
    case .planned where context.logs[logIndex].unfinished != nil:
      reasons[.open] = "A repair was interrupted: u finishes or undoes it first."
    case .planned, .salvageable, .copyable: break
    }
    if states[choice]?.plan == nil {
      reasons[.save] = reasons[.open] ?? "It runs at once: there is no plan to save."
    }
    return reasons
  }

  // MARK: Planning

  mutating func appear(_ context: InspectorContext) -> [ViewEffect] {
    let state = context.logs[logIndex]
    let segments = state.log.layout.segments
    // Without a selected segment it is about the one where something is wrong, or the newest one.
    let wrong = state.findings.lazy.filter { $0.severity > .note }.compactMap(\.file)
      .first { state.log.segment(named: $0) != nil }
    let index = firstSegment ?? state.log.activeSegment ?? segments.indices.last
    segment = firstSegment == nil && wrong != nil ? wrong : index.map { segments[$0].name }
    return update(context)
  }

  mutating func update(_ context: InspectorContext) -> [ViewEffect] {
    let state = context.logs[logIndex]
    if state.log !== log {
      log = state.log
      states = [:]
      isPlanning = false
    }
    guard !isPlanning, run == nil, let report = state.report, state.isFinal else { return [] }
    isPlanning = true
    return [plan(report, context)]
  }

  private func plan(_ report: LogReport, _ context: InspectorContext) -> ViewEffect {
    .start(
      .planning(
        context.logs[logIndex].log, segment: segment, report: report, options: options,
        assuming: context.options.assume))
  }

  mutating func receive(_ news: any Sendable, _ context: InspectorContext) -> [ViewEffect] {
    switch news {
    case let news as PlanNews: states[news.choice] = news.state
    case let outcome as PlanRun.Outcome:
      run?.end(outcome)
      scroll = ScrollPosition()
      if let failure = run?.failure, let job = run?.job {
        question = .after(failure, of: job)
      }
    default: break
    }
    return []
  }

  mutating func workEnded(wasCancelled: Bool, _ context: InspectorContext) -> [ViewEffect] {
    guard run == nil, wasCancelled else { return [] }
    for choice in PlanChoice.allCases where states[choice] == nil {
      states[choice] = .refused(
        PlanRefusal(reason: "planning was stopped", advice: "r scans and plans anew"))
    }
    return []
  }

  // MARK: Actions

  mutating func handle(_ action: Action, _ context: InspectorContext) -> [ViewEffect] {
    if let run {
      if case .move(let motion) = action { scroll.move(motion) }
      return action == .open && run.isOver ? leaveResult(context) : []
    }
    switch action {
    case .move(let motion): move(motion)
    case .nextPane: detailHasKeys.toggle()
    case .open: ask(context)
    case .save:
      if let plan = states[choice]?.plan {
        let explanation =
          "The plan goes into a new file, outside of the log's directory. Type its path:"
        question = .path(PathQuestion("save plan", explanation), .savePlan(plan))
      }
    case .reallocate: return toggleReallocation(context)
    case .plan: return [.back]
    case .findings: return [.open(.findings(log: logIndex))]
    case .forecast: return [.open(.forecast(log: logIndex))]
    case .info: return [.open(.info(log: logIndex, segment: subject(context)?.segment))]
    case .rescan: return [.rescan(log: logIndex)]
    default: break
    }
    return []
  }

  private mutating func move(_ motion: Motion) {
    if detailHasKeys || motion == .pageUp || motion == .pageDown {
      scroll.move(motion)
    } else if list.move(motion) {
      scroll = ScrollPosition()
    }
  }

  private mutating func toggleReallocation(_ context: InspectorContext) -> [ViewEffect] {
    options.reallocates.toggle()
    let message = ViewEffect.message(
      options.reallocates
        ? "Space that a cut gives back will be preallocated again."
        : "Space that a cut gives back goes to the file system.")
    states = [:]
    guard let report = context.logs[logIndex].report, context.logs[logIndex].isFinal else {
      return [message]
    }
    return [message, plan(report, context)]
  }

  private mutating func ask(_ context: InspectorContext) {
    let name = context.logs[logIndex].log.format.name
    switch states[choice] ?? .waiting {
    case .waiting, .refused: break
    case .planned(let plan):
      question = .next(plan, left: plan.unacknowledged)
    case .salvageable:
      let explanation =
        "The records go into a new \(name) log. Type the path of a directory that does not exist:"
      question = .path(PathQuestion("salvage to", explanation), .salvage)
    case .copyable:
      let explanation =
        "The log is copied as it is now. Type the path of a directory that does not exist:"
      question = .path(PathQuestion("copy to", explanation), .copy)
    }
  }

  mutating func goBack(_ context: InspectorContext) -> [ViewEffect]? {
    if run != nil { return leaveResult(context) }
    guard detailHasKeys else { return nil }
    detailHasKeys = false
    return []
  }

  /// Goes from a result to the plans, which are made anew where the log was.
  private mutating func leaveResult(_ context: InspectorContext) -> [ViewEffect] {
    guard run?.isOver == true else { return [] }
    run = nil
    scroll = ScrollPosition()
    return update(context)
  }

  // MARK: Questions

  mutating func take(_ key: Key, _ context: InspectorContext) -> [ViewEffect]? {
    switch question {
    case nil: return nil
    case .confirm(var dialog, let step):
      if key == .control("c") { return cancelled() }
      switch dialog.handle(key) {
      case .open: question = .confirm(dialog, step)
      case .cancelled: return cancelled()
      case .chosen: return go(on: step, context)
      }
    case .path(var path, let step):
      if key == .control("c") { return cancelled() }
      switch path.prompt.handle(key) {
      case .editing: question = .path(path, step)
      case .cancelled: return cancelled()
      case .submitted(let text): return go(on: step, path: text, context)
      }
    }
    return []
  }

  private mutating func cancelled() -> [ViewEffect] {
    question = nil
    return [.message("Cancelled: nothing was done.")]
  }

  private mutating func go(on step: PlanStep, _ context: InspectorContext) -> [ViewEffect] {
    question = nil
    switch step {
    case .apply(let plan, let left): question = .next(plan, left: left)
    case .change(let job):
      let control = RepairControl()
      begin(job.title, context, job: job, control: control)
      return [
        .start(
          .repair(
            job, context.logs[logIndex].log, number: logIndex, control: control,
            options: context.options))
      ]
    case .savePlan, .saveTo, .salvage, .copy: break
    }
    return []
  }

  private mutating func go(on step: PlanStep, path text: String, _ context: InspectorContext)
    -> [ViewEffect]
  {
    guard !text.isEmpty else { return cancelled() }
    question = nil
    let state = context.logs[logIndex]
    let path = FileName(text)
    if case .saveTo = step { return keepBackups(in: path, context) }
    guard let report = state.report else { return [.message("The log is being scanned.")] }
    switch step {
    case .savePlan(let plan):
      begin("save plan", context)
      return [.start(.save(plan, of: state.log, to: path))]
    case .salvage:
      begin("salvage", context)
      return [.start(.salvage(state.log, report, to: path, assuming: context.options.assume))]
    case .copy:
      begin("copy", context)
      return [.start(.copy(state.log, to: path))]
    case .apply, .change, .saveTo: return []
    }
  }

  private mutating func keepBackups(in path: FileName, _ context: InspectorContext) -> [ViewEffect]
  {
    options.savesTo = path
    run = nil
    states = [:]
    isPlanning = false
    return [.message("Plans are made anew: backups will be kept in \(DisplayName.text(path)).")]
      + update(context)
  }

  private mutating func begin(
    _ title: String, _ context: InspectorContext, job: RepairJob? = nil,
    control: RepairControl? = nil
  ) {
    let state = context.logs[logIndex]
    run = PlanRun(
      title, source: context.place(of: state), evidence: state.log.format.evidence, job: job,
      control: control)
    scroll = ScrollPosition()
  }

  mutating func handle(
    _ mouse: MouseAction, row: Int, column: Int, _ context: InspectorContext
  ) -> [ViewEffect] {
    guard question == nil else { return [] }
    switch mouse {
    case .click, .double:
      guard run == nil, listArea.contains(row: row, column: column) else { return [] }
      let place =
        rowsOfChoices.firstIndex { $0.contains(row: row, column: column) }
        ?? (rowsOfChoices.isEmpty ? list.row(at: row - listArea.row) : nil)
      if let place, place != list.selected {
        list.select(place)
        scroll = ScrollPosition()
      }
    case .wheelUp, .wheelDown: scroll.handle(mouse)
    }
    return []
  }
}
