import Dispatch
import LogFiles
import LogFormats
import LogInspection
import LogRepair
import Synchronization
import TerminalUI

/// Does the inspector's work on other threads and posts what comes of it.
final class BackgroundRunner: Sendable {
  private let path: FileName
  private let options: InspectorOptions
  private let mailbox: Mailbox<InspectorMessage>
  /// Work with progress that is under way.
  private let underWay = Atomic<Int>(0)
  private let isTicking = Atomic<Bool>(false)
  private let news = DispatchSemaphore(value: 0)
  /// Work under way that may have files open: of each log by its number, and what the views read.
  private let readers = Mutex<[Int?: DispatchGroup]>([:])
  /// Work that the end of the program has to wait for.
  private let ending = DispatchGroup()
  /// How often progress is drawn while something is under way.
  private static let tickMilliseconds = 100
  /// Files whose size is told in one message; the first ones are to be on screen at once.
  private static let firstBatch = 64
  private static let batch = 4_096

  init(path: FileName, options: InspectorOptions, mailbox: Mailbox<InspectorMessage>) {
    self.path = path
    self.options = options
    self.mailbox = mailbox
  }

  /// Starts work and returns at once.
  func perform(_ work: InspectorWork) {
    let hasProgress =
      switch work {
      case .scan, .view, .change: true
      case .open, .look, .lookCloser, .watch, .extents, .follow, .remind, .judge, .read: false
      }
    if hasProgress { underWay.wrappingAdd(1, ordering: .sequentiallyConsistent) }
    let pause = Self.pause(before: work)
    let group = group(of: work)
    let mustEnd = if case .view(_, let work) = work { work.mustEnd } else { false }
    group?.enter()
    if mustEnd { ending.enter() }
    onOwnThread(after: pause) {
      self.run(work)
      group?.leave()
      if mustEnd { self.ending.leave() }
      if hasProgress { self.underWay.wrappingSubtract(1, ordering: .sequentiallyConsistent) }
    }
    if hasProgress, !isTicking.exchange(true, ordering: .sequentiallyConsistent) { tick() }
  }

  /// Whatever looks at every file of a large log leaves the processors to its first screen.
  private static func pause(before work: InspectorWork) -> DispatchTimeInterval {
    switch work {
    case .watch(_, _, let pause), .remind(_, _, let pause):
      .milliseconds(Int(pause / .milliseconds(1)))
    case .scan(_, let log, _, _), .lookCloser(_, let log):
      log.layout.segments.count > batch ? firstScreenPause : .nanoseconds(0)
    default: .nanoseconds(0)
    }
  }

  private static let firstScreenPause = DispatchTimeInterval.milliseconds(100)

  /// The work that a change of the same files has to wait for; nil for what opens none.
  private func group(of work: InspectorWork) -> DispatchGroup? {
    switch work {
    case .open, .watch, .remind, .change: nil
    case .look(let key, _), .lookCloser(let key, _), .extents(let key, _, _),
      .scan(let key, _, _, _), .judge(let key, _, _, _, _, _),
      .follow(let key, _, _, _):
      group(ofLog: key.index)
    case .view, .read: group(ofLog: nil)
    }
  }

  private func group(ofLog log: Int?) -> DispatchGroup {
    readers.withLock { readers in
      if let group = readers[log] { return group }
      let group = DispatchGroup()
      readers[log] = group
      return group
    }
  }

  /// Waits for the end of work that would leave something behind; it has been told to stop.
  func waitForEnds() { ending.wait() }

  /// Waits until something has been found out about the path or its files, for a short while.
  func waitForNews(milliseconds: Int) {
    _ = news.wait(timeout: .now() + .milliseconds(milliseconds))
  }

  /// Has progress drawn now and then until nothing is under way.
  private func tick() {
    let pause = DispatchTimeInterval.milliseconds(Self.tickMilliseconds)
    onOwnThread(after: pause) {
      self.mailbox.post(.tick)
      if self.underWay.load(ordering: .sequentiallyConsistent) == 0 {
        self.isTicking.store(false, ordering: .sequentiallyConsistent)
        // What was started meanwhile has seen the old value.
        guard self.underWay.load(ordering: .sequentiallyConsistent) > 0,
          !self.isTicking.exchange(true, ordering: .sequentiallyConsistent)
        else { return }
      }
      self.tick()
    }
  }

  /// Does work on the calling thread.
  func run(_ work: InspectorWork) {
    switch work {
    case .open(let generation): open(generation)
    case .look(let key, let log): look(key, log)
    case .lookCloser(let key, let log): lookCloser(key, log)
    case .extents(let key, let log, let segment):
      let map = (try? log.extents(ofSegment: segment)) ?? .unavailable(reason: "it is gone")
      mailbox.post(.extents(key, log, segment: segment, map))
    case .scan(let key, let log, let control, let readsAll): scan(key, log, control, readsAll)
    case .follow(let key, let log, let control, let number):
      let mailbox = mailbox
      var work = FollowWork(log, number: number)
      work.run(control) { mailbox.post(.followed(key, $0)) }
    case .remind(let key, let number, _): mailbox.post(.judgementDue(key, number: number))
    case .judge(let key, let log, let control, let number, let known, let start):
      let known = KnownReports(known, of: log, scannedFrom: start)
      judgeAgain(key, log, control, number: number, known)
    case .read(let view, let body):
      let mailbox = mailbox
      body { mailbox.post(.readings(view: view, $0)) }
    case .watch(let key, let log, _):
      let start = ContinuousClock.now
      let holders = log.holders()
      mailbox.post(.watched(key, holders, took: .now - start))
    case .change(let key, let work, let log, let first):
      for step in first { step() }
      group(ofLog: log).wait()
      group(ofLog: nil).wait()
      run(.view(key, work))
    case .view(let key, let work):
      let mailbox = mailbox
      work.body(work.control) { mailbox.post(.news(key, $0)) }
      mailbox.post(.workEnded(key))
    }
  }

  private func open(_ generation: Int) {
    do throws(OpenFailure) {
      let tree = try LogTree.open(path, format: options.format, fallsBackToRaw: true)
      mailbox.post(.opened(tree, generation: generation))
    } catch {
      mailbox.post(.openFailed(error, generation: generation))
    }
    news.signal()
  }

  private func look(_ key: LogKey, _ log: Log) {
    let segments = log.layout.segments
    var start = 0
    while start < segments.count {
      let end = min(start + (start == 0 ? Self.firstBatch : Self.batch), segments.count)
      mailbox.post(.files(key, log, from: start, facts(segments[start..<end], of: log)))
      news.signal()
      start = end
    }
    mailbox.post(.strayFiles(key, log, facts(log.layout.strays[...], of: log)))
  }

  private func lookCloser(_ key: LogKey, _ log: Log) {
    mailbox.post(.unfinished(key, (try? RepairHistory(of: log).unfinished()) ?? nil))
    mailbox.post(.holders(key, log.holders()))
    let count = log.layout.segments.count
    var start = 0
    while start < count {
      let end = min(start + (start == 0 ? Self.firstBatch : Self.batch), count)
      let counts = log.layout.segments[start..<end].map { log.extentCount(of: $0.name) }
      mailbox.post(.extentCounts(key, log, from: start, counts))
      start = end
    }
  }

  private func facts(_ files: ArraySlice<SegmentFile>, of log: Log) -> [FileFacts?] {
    files.map { file in (try? log.directory.status(of: file.name)).map { FileFacts($0) } }
  }

  private func scan(_ key: LogKey, _ log: Log, _ control: ScanControl, _ readsAll: Bool) {
    let start = ContinuousClock.now
    let moment = Timestamp.now
    let (report, isNew) = scanned(key, log, control, readsAll)
    mailbox.post(
      .judged(
        key, log, report, from: moment, took: .now - start, wasStopped: control.isCancelled))
    if !control.isCancelled, isNew {
      options.cache?.keep(report.segments, of: log, scannedFrom: moment)
    }
  }

  private func judgeAgain(
    _ key: LogKey, _ log: Log, _ control: ScanControl, number: Int, _ known: KnownReports?
  ) {
    let start = ContinuousClock.now
    let moment = Timestamp.now
    let report = log.scan(control: control, assuming: options.assume, known: known)
    guard !control.isCancelled else { return }
    mailbox.post(
      .judgedAgain(key, log, report, from: moment, took: .now - start, number: number))
  }

  /// The judgement of a log, and whether some of it was not known from another time. What was known
  /// is not held any longer than this takes: it is as large as what is to be kept.
  private func scanned(_ key: LogKey, _ log: Log, _ control: ScanControl, _ readsAll: Bool)
    -> (report: LogReport, isNew: Bool)
  {
    let known = readsAll ? nil : options.cache?.reports(of: log)
    let mailbox = mailbox
    let arriving = ArrivingReports()
    let report = log.scan(
      threads: options.threads, control: control, assuming: options.assume, known: known
    ) { index, report in
      if arriving.add(report, at: index) { mailbox.post(.segments(key, log, arriving)) }
    }
    return (report, known?.used ?? 0 < report.segments.count)
  }
}
