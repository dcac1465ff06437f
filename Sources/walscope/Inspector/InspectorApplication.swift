import LogFiles
import LogInspection
import TerminalUI

/// The shell of the inspector: the stack of screens, the prompt, and what is known of the logs.
///
/// It answers the actions that mean the same everywhere (back, quit, help, search, go to, cancel,
/// redraw and those of later versions) and hands the others to the screen on top.
struct InspectorApplication: Application {
  /// A screen on the stack.
  struct Entry {
    let id: Int
    var view: any View
    var work: Running?
  }

  /// The work of a view that is under way.
  struct Running {
    let number: Int
    let work: BackgroundWork
    let since: Duration
  }

  /// What is typed at the bottom of the screen.
  enum Prompt {
    case search(TextPrompt)
    case command(TextPrompt)
  }

  var context: InspectorContext
  let clock: InspectorClock
  /// The screens, the one that is seen last; empty until the path is open.
  var stack: [Entry] = []
  var prompt: Prompt?
  /// Said in the place of the sentence until the next key.
  var message: String?
  var lastSearch: Search?
  var searchHistory: [String] = []
  var commandHistory: [String] = []
  /// Counts openings of the path; messages of another one are out of date.
  var generation = 0
  /// The screens that are to be there after a rescan of one log has opened the path anew.
  var reopening: ReopenedLog?
  var lastID = 0
  /// The signal that ends the inspector as soon as the change under way has come to a stop.
  var pendingEnd: EndingSignal?
  /// Where the screen on top was drawn, for the mouse.
  var bodyArea = Rect(row: 0, column: 0, rows: 0, columns: 0)

  /// A log whose path is being opened anew, so that files that came or went are seen.
  struct ReopenedLog {
    let index: Int
    let log: Log
  }

  /// The screen to begin with, instead of opening the path.
  private let start: Destination?

  init(
    path: FileName, options: InspectorOptions, clock: InspectorClock, start: Destination? = nil
  ) {
    context = InspectorContext(path: path, options: options, clock: clock)
    self.clock = clock
    self.start = start
  }

  /// The work with which everything begins.
  mutating func begin() -> [Effect<InspectorWork>] {
    readClock()
    if let start { return carryOut([.open(start)]) }
    generation += 1
    return [.perform(.open(generation: generation))]
  }

  /// Whether there is more to see than that the path is being opened.
  var hasFirstRows: Bool {
    !stack.isEmpty && context.logs.allSatisfy { $0.totals.sized > 0 || $0.files.isEmpty }
  }

  /// Stops whatever is under way, before the process ends.
  mutating func stopEverything() {
    for index in stack.indices { stopWork(of: index) }
    for log in context.logs {
      if case .running(let control, _) = log.scan { control.cancel() }
      log.follow?.cancel()
    }
  }

  mutating func readClock() {
    context.now = clock.now()
    context.uptime = clock.uptime()
  }

  mutating func handle(_ event: Event) -> [Effect<InspectorWork>] {
    readClock()
    switch event {
    case .key(let key):
      message = nil
      if prompt != nil { return handlePrompt(key) }
      if let top = stack.indices.last, let effects = stack[top].view.take(key, context) {
        return carryOut(effects)
      }
      return handle(key)
    case .mouse(let mouse, let row, let column):
      guard prompt == nil, bodyArea.contains(row: row, column: column) else { return [] }
      message = nil
      return askTop { $0.handle(mouse, row: row, column: column, $1) }
    case .resize, .wake, .signal: return []
    }
  }

  private mutating func handle(_ key: Key) -> [Effect<InspectorWork>] {
    let keyContext = stack.last?.view.keyContext ?? .problem
    guard let action = KeyTable.keys.action(for: key, in: keyContext) else { return [] }
    return perform(action)
  }

  /// Does what a key or a typed command asks for.
  mutating func perform(_ action: Action) -> [Effect<InspectorWork>] {
    if let reason = stack.last?.view.unavailable(context)[action] {
      message = reason
      return []
    }
    if context.changing != nil, let refusal = refusalWhileChanging(action) {
      message = refusal
      return []
    }
    switch action {
    case .quit: return [.quit()]
    case .back: return back()
    case .leave: return back(orQuit: true)
    case .redraw: return [.repaint]
    case .cancel: return cancel()
    case .help:
      guard stack.last?.view.keyContext != .help else { return back() }
      return carryOut([.open(.help)])
    case .search:
      prompt = .search(TextPrompt("/", history: searchHistory))
    case .command:
      prompt = .command(TextPrompt(":", history: commandHistory))
    case .searchNext, .searchPrevious:
      guard var search = lastSearch else {
        message = "Nothing has been searched for yet: / starts a search."
        return []
      }
      search.isRepeated = true
      search.isBackward = action == .searchPrevious
      return askTop { $0.search(search, $1) }
    case .lab where stack.last?.view.keyContext != .lab:
      return carryOut([.open(.lab(LabView.usualDirectory))])
    case .follow: return toggleFollow()
    case .pause where stack.last?.view.keyContext != .experiment: return togglePause()
    case .plan where stack.last?.view.keyContext != .plan:
      guard let subject else {
        message = "Select a log first: a plan is about one log."
        return []
      }
      return carryOut([.open(.plan(log: subject.log, segment: subject.segment))])
    case .undo where stack.last?.view.keyContext != .history:
      guard let subject else {
        message = "Select a log first: a history is that of one log."
        return []
      }
      return carryOut([.open(.history(log: subject.log))])
    default:
      return askTop { $0.handle(action, $1) }
    }
    return []
  }

  private mutating func back(orQuit: Bool = false) -> [Effect<InspectorWork>] {
    if let top = stack.indices.last, let effects = stack[top].view.goBack(context) {
      return carryOut(effects)
    }
    guard stack.count > 1 else { return orQuit ? [.quit()] : [] }
    stopWork(of: stack.count - 1)
    stack.removeLast()
    return askTop { $0.update($1) }
  }

  /// Stops the work of the screen on top, else the scan of what it shows; both keep what they have.
  private mutating func cancel() -> [Effect<InspectorWork>] {
    if let top = stack.indices.last, stack[top].view.cancel(context) { return [] }
    if let top = stack.last, top.work != nil {
      stopWork(of: stack.count - 1)
      return []
    }
    var stopped = false
    for index in context.logs.indices {
      switch context.logs[index].scan {
      case .running(let control, _):
        control.cancel()
        stopped = true
      case .waiting:
        context.logs[index].scan = .ended(took: .zero, wasStopped: true)
        stopped = true
      case .ended: break
      }
    }
    if stopped { message = "The scan was stopped; what it has found stays. r scans anew." }
    return []
  }

  /// Has the screen on top answer something and carries out what it wants.
  mutating func askTop(
    _ question: (inout any View, InspectorContext) -> [ViewEffect]
  ) -> [Effect<InspectorWork>] {
    guard !stack.isEmpty else { return [] }
    return ask(stack.count - 1, question)
  }

  mutating func ask(
    _ index: Int, _ question: (inout any View, InspectorContext) -> [ViewEffect]
  ) -> [Effect<InspectorWork>] {
    carryOut(question(&stack[index].view, context), from: stack[index].id)
  }

  mutating func stopWork(of index: Int) {
    stack[index].work?.work.stop()
  }

  /// What the screen on top is about, or else the one below it.
  var subject: Subject? {
    stack.reversed().lazy.compactMap { $0.view.subject(context) }.first
  }

  // MARK: While a log is being changed

  /// Why an action has to wait; nil for what may be done. Whoever wants to leave has the change
  /// stopped.
  private mutating func refusalWhileChanging(_ action: Action) -> String? {
    switch action {
    case .move, .redraw: return nil
    case .cancel, .quit, .back, .leave:
      stopChange()
      return "Stopping after the step under way; what is done and what is not will be told here."
    default: return "A change is under way. Esc stops it after the step that it is at."
    }
  }

  private mutating func stopChange() {
    for index in stack.indices where stack[index].work?.work.changedLog != nil {
      stopWork(of: index)
    }
  }

  /// A change comes to the end of its step first, and to a line in the journal that says so.
  mutating func shouldEnd(for signal: EndingSignal) -> Bool {
    guard context.changing != nil else { return true }
    pendingEnd = signal
    stopChange()
    return false
  }
}
