import LogInspection
import TerminalUI

extension InspectorApplication {
  /// Does what the screen `id`, or the one on top, wants.
  mutating func carryOut(_ effects: [ViewEffect], from id: Int? = nil) -> [Effect<InspectorWork>] {
    effects.flatMap { carryOut($0, from: id ?? stack.last?.id ?? 0) }
  }

  private mutating func carryOut(_ effect: ViewEffect, from id: Int) -> [Effect<InspectorWork>] {
    switch effect {
    case .open(let destination): return open(destination)
    case .replace(let destination):
      if let index = stack.lastIndex(where: { $0.id == id }) {
        stopWork(of: index)
        stack.remove(at: index)
      }
      return open(destination)
    case .back:
      guard let index = stack.lastIndex(where: { $0.id == id }), index > 0 else { return [] }
      stopWork(of: index)
      stack.remove(at: index)
    case .message(let text): message = text
    case .start, .read, .rescan, .rescanAll, .lookAtExtents:
      return context.changing == nil ? begin(effect, for: id) : []
    case .stopWork:
      if let index = stack.lastIndex(where: { $0.id == id }) { stopWork(of: index) }
    }
    return []
  }

  /// Begins what reads files, which is not done while they are being changed.
  private mutating func begin(_ effect: ViewEffect, for id: Int) -> [Effect<InspectorWork>] {
    switch effect {
    case .start(let work): return start(work, for: id)
    case .read(let body): return [.perform(.read(view: id, body))]
    case .rescan(let log): return reopen(log)
    case .lookAtExtents(let log, let segment):
      guard context.logs.indices.contains(log) else { return [] }
      return [.perform(.extents(key(log), context.logs[log].log, segment: segment))]
    case .rescanAll:
      reopening = nil
      return begin()
    default: return []
    }
  }

  private mutating func open(_ destination: Destination) -> [Effect<InspectorWork>] {
    push(destination.view(context)) + prepare(destination)
  }

  /// What a screen shows is looked at first.
  private mutating func prepare(_ destination: Destination) -> [Effect<InspectorWork>] {
    guard let index = destination.log, context.logs.indices.contains(index) else { return [] }
    var effects: [Effect<InspectorWork>] = []
    let log = context.logs[index]
    if case .waiting = log.scan { effects += startScan(index) }
    if log.holders == nil { effects.append(.perform(.lookCloser(key(index), log.log))) }
    return effects + (log.holders == nil ? [] : watch(index))
  }

  mutating func push(_ view: any View) -> [Effect<InspectorWork>] {
    lastID += 1
    stack.append(Entry(id: lastID, view: view))
    return ask(stack.count - 1) { $0.appear($1) }
  }

  private mutating func start(_ work: BackgroundWork, for id: Int) -> [Effect<InspectorWork>] {
    guard let index = stack.lastIndex(where: { $0.id == id }) else { return [] }
    stopWork(of: index)
    lastID += 1
    stack[index].work = Running(number: lastID, work: work, since: context.uptime)
    let key = WorkKey(view: id, work: lastID)
    guard let log = work.changedLog else { return [.perform(.view(key, work))] }
    return [.perform(.change(key, work, log: log, first: letGo(of: log, but: index)))]
  }

  /// Has everybody let go of a log's files, because they are about to be changed.
  private mutating func letGo(of log: Int, but changing: Int) -> [@Sendable () -> Void] {
    context.changing = log
    if case .running(let control, _) = context.logs[log].scan { control.cancel() }
    stopFollow(log)
    var first: [@Sendable () -> Void] = []
    for index in stack.indices where index != changing {
      stopWork(of: index)
      first += stack[index].view.letGo(context)
    }
    return first
  }

  // MARK: Holders

  /// Who has a log open is looked at again this often at most.
  static let watchPause = Duration.seconds(2)

  /// Looks again for the holders of a log that is on a screen, unless that is under way.
  mutating func watch(_ index: Int, after pause: Duration = watchPause) -> [Effect<InspectorWork>] {
    let isShown = stack.contains { $0.view.subject(context)?.log == index }
    guard isShown, !context.logs[index].isWatched else { return [] }
    context.logs[index].isWatched = true
    return [.perform(.watch(key(index), context.logs[index].log, after: pause))]
  }

  // MARK: Scans of logs

  func key(_ index: Int) -> LogKey {
    LogKey(index: index, generation: context.logs[index].generation)
  }

  mutating func startScan(_ index: Int, readsAll: Bool = false) -> [Effect<InspectorWork>] {
    let control = ScanControl()
    context.logs[index].scan = .running(control, since: context.uptime)
    context.logs[index].isReadAnew = readsAll
    return [.perform(.scan(key(index), context.logs[index].log, control, readsAll: readsAll))]
  }

  /// Starts the next scan that waits, unless one is under way: two would only share the disk.
  mutating func startNextScan() -> [Effect<InspectorWork>] {
    guard !context.logs.contains(where: { $0.scan.isRunning }),
      let next = context.logs.firstIndex(where: {
        if case .waiting = $0.scan { true } else { false }
      })
    else { return [] }
    return startScan(next)
  }

  /// Opens the path anew, and scans that log of what is then there.
  mutating func reopen(_ index: Int) -> [Effect<InspectorWork>] {
    guard context.logs.indices.contains(index) else { return [] }
    if case .running(let control, _) = context.logs[index].scan { control.cancel() }
    reopening = ReopenedLog(index: index, log: context.logs[index].log)
    return begin()
  }
}

extension Destination {
  /// The log it is about.
  var log: Int? {
    switch self {
    case .segments(let log), .findings(let log), .forecast(let log), .history(let log): log
    case .records(let log, _, _), .extents(let log, _), .info(let log, _), .plan(let log, _): log
    case .lab, .experiment, .demo, .help: nil
    }
  }
}
