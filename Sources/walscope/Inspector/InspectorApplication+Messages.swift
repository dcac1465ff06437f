import LogFiles
import LogFormats
import LogInspection
import TerminalUI

extension InspectorApplication {
  mutating func receive(_ message: InspectorMessage) -> [Effect<InspectorWork>] {
    readClock()
    switch message {
    case .opened(let tree, let generation):
      return generation == self.generation ? opened(tree) : []
    case .openFailed(let failure, let generation):
      return generation == self.generation ? openFailed(failure) : []
    case .news(let key, let news):
      guard let index = place(of: key) else { return [] }
      return ask(index) { $0.receive(news, $1) }
    case .workEnded(let key):
      guard let index = place(of: key), let running = stack[index].work else { return [] }
      stack[index].work = nil
      let changed = running.work.changedLog
      if changed != nil { context.changing = nil }
      let wasCancelled = running.work.control.isCancelled
      let effects = ask(index) { $0.workEnded(wasCancelled: wasCancelled, $1) }
      if changed != nil, let pendingEnd { return effects + [.end(.signal(pendingEnd))] }
      return effects + (changed.map { reopen($0) } ?? [])
    case .readings(let view, let news):
      guard let index = stack.firstIndex(where: { $0.id == view }) else { return [] }
      return ask(index) { $0.receive(news, $1) }
    case .tick: return updateViews()
    case .followed(let key, let news): return isCurrent(key) ? followed(key, news) : []
    case .judgementDue(let key, let number): return isCurrent(key) ? judge(key, number) : []
    case .judgedAgain(let key, let log, let report, let start, let took, let number):
      return isCurrent(key)
        ? judgedAgain(key.index, report, of: log, from: start, took: took, number) : []
    default: return note(message)
    }
  }

  /// The screen whose work this is, as long as it has not begun another.
  private func place(of key: WorkKey) -> Int? {
    stack.firstIndex { $0.id == key.view && $0.work?.number == key.work }
  }

  /// Takes what is new about a log.
  private mutating func note(_ message: InspectorMessage) -> [Effect<InspectorWork>] {
    var effects: [Effect<InspectorWork>] = []
    switch message {
    case .files(let key, let log, let start, let facts):
      guard isCurrent(key) else { return [] }
      for (index, fact) in facts.enumerated() {
        if let fact { context.logs[key.index].note(fact, ofSegment: start + index, in: log) }
      }
    case .strayFiles(let key, let log, let facts):
      guard isCurrent(key) else { return [] }
      for (index, fact) in facts.enumerated() {
        if let fact { context.logs[key.index].note(fact, ofStray: index, in: log) }
      }
    case .segments(let key, let log, let arriving):
      let reports = arriving.take()
      guard isCurrent(key) else { return [] }
      for (index, report) in reports {
        context.logs[key.index].note(report, ofSegment: index, in: log)
      }
    case .judged(let key, let log, let report, let start, let took, let wasStopped):
      guard isCurrent(key) else { return startNextScan() }
      context.logs[key.index].note(report, of: log, from: start)
      context.logs[key.index].scan = .ended(took: took, wasStopped: wasStopped)
      effects = startNextScan() + judgeLater(key.index)
    case .holders(let key, let holders):
      guard isCurrent(key) else { return [] }
      context.logs[key.index].holders = holders
      effects = watch(key.index)
    case .watched(let key, let holders, let took):
      guard isCurrent(key) else { return [] }
      context.logs[key.index].holders = holders
      context.logs[key.index].isWatched = false
      effects = watch(key.index, after: max(Self.watchPause, took * 20))
    case .unfinished(let key, let entry):
      guard isCurrent(key) else { return [] }
      context.logs[key.index].unfinished = entry
    case .extentCounts(let key, let log, let start, let counts):
      guard isCurrent(key) else { return [] }
      context.logs[key.index].note(extentCounts: counts, from: start, in: log)
    case .extents(let key, let log, let segment, let map):
      guard isCurrent(key) else { return [] }
      context.logs[key.index].note(map, ofSegment: segment, in: log)
    case .opened, .openFailed, .news, .workEnded, .readings, .followed, .tick, .judgementDue,
      .judgedAgain:
      return []
    }
    return effects + updateViews()
  }

  private func isCurrent(_ key: LogKey) -> Bool {
    context.logs.indices.contains(key.index) && context.logs[key.index].generation == key.generation
  }

  mutating func updateViews() -> [Effect<InspectorWork>] {
    stack.indices.reversed().flatMap { index in ask(index) { $0.update($1) } }
  }

  // MARK: Opening

  private mutating func opened(_ tree: LogTree) -> [Effect<InspectorWork>] {
    context.problems = tree.problems
    context.isTruncated = tree.isTruncated
    context.isFile = tree.namedFile != nil
    if let reopening {
      self.reopening = nil
      return reopened(reopening, in: tree)
    }
    stopEverything()
    context.logs = tree.logs.map { LogState($0, generation: generation) }
    stack = []
    var effects = context.logs.indices.map {
      Effect<InspectorWork>.perform(.look(key($0), context.logs[$0].log))
    }
    if context.logs.count == 1 {
      effects += carryOut([.open(.segments(log: 0))])
    } else {
      effects += push(LogListView())
      effects += startNextScan()
    }
    return effects
  }

  /// Puts the log that was opened anew in its old place. The others stay as they are.
  private mutating func reopened(_ old: ReopenedLog, in tree: LogTree) -> [Effect<InspectorWork>] {
    let match = tree.logs.first {
      $0.place == old.log.place && $0.format.name == old.log.format.name
        && $0.layout.primary == old.log.layout.primary
    }
    guard let match, context.logs.indices.contains(old.index) else {
      message = "The log is no longer there. What is shown is what it was."
      return []
    }
    // Until it is looked again, those who were seen count as holders: the title never forgets them.
    let holders = context.logs[old.index].holders
    let wasFollowed = context.logs[old.index].follow != nil
    stopFollow(old.index)
    context.logs[old.index] = LogState(match, generation: generation)
    context.logs[old.index].holders = holders
    return [
      .perform(.look(key(old.index), match)),
      .perform(.lookCloser(key(old.index), match)),
    ] + startScan(old.index, readsAll: true) + (wasFollowed ? startFollow(old.index) : [])
      + updateViews()
  }

  private mutating func openFailed(_ failure: OpenFailure) -> [Effect<InspectorWork>] {
    if reopening != nil {
      reopening = nil
      message = "It could not be opened again: \(ProblemView(failure).headline)"
      return []
    }
    stopEverything()
    context.logs = []
    stack = []
    return push(ProblemView(failure))
  }
}
