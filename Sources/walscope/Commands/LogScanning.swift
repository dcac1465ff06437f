import Dispatch
import LogFiles
import LogFormats
import LogInspection
import LogLab
import LogRepair
import Quantities
import Synchronization

/// Work on another thread, while this one shows how far it is and watches for Ctrl-C.
struct WatchedWork {
  private let progress: ProgressLine
  private let stop: () -> Void
  private let show: (ProgressLine) -> Void

  /// Work that reads, and is cancelled by its control.
  init(control: ScanControl, progress: ProgressLine) {
    self.progress = progress
    stop = { control.cancel() }
    show = { $0.update(done: control.bytesDone, total: control.bytesTotal) }
  }

  /// Work that changes a log, and ends after the step under way.
  init(control: RepairControl, progress: ProgressLine) {
    self.progress = progress
    stop = { control.stop() }
    show = { $0.update(control.words) }
  }

  /// An experiment, which ends after the operations under way.
  init(control: LabControl, progress: ProgressLine) {
    self.progress = progress
    stop = { control.stop() }
    show = { $0.update(control.progress.words) }
  }

  /// Runs `work` to its end; Ctrl-C stops it by its control.
  func run<Result: Sendable>(_ work: @escaping @Sendable () -> Result) -> Result {
    let result = Mutex<Result?>(nil)
    let box = Box(result)
    let isDone = DispatchSemaphore(value: 0)
    onOwnThread {
      let made = work()
      box.value.withLock { $0 = made }
      isDone.signal()
    }
    while isDone.wait(timeout: .now() + .milliseconds(50)) == .timedOut {
      if Interruption.isRequested { stop() }
      show(progress)
    }
    progress.erase()
    guard let made = box.value.withLock({ $0 }) else {
      preconditionFailure("the work signals its end after it has left its result")
    }
    return made
  }

  private final class Box<Value: ~Copyable & Sendable>: Sendable {
    let value: Value
    init(_ value: consuming Value) { self.value = value }
  }
}

extension RepairControl {
  /// What a repair is doing.
  var words: String {
    switch phase {
    case .checking: "looking at the log again"
    case .saving: "saving what will change: \(Quantity.bytes(bytesSaved))"
    case .changing(let step, let count): "step \(step) of \(count)"
    case .verifying: "looking at what came of it"
    }
  }
}

extension LabProgress {
  /// What an experiment is doing.
  var words: String {
    let part = round == 0 ? "warming up" : "round \(round) of \(rounds)"
    let busy = variants.first { [.preparing, .running, .looking].contains($0.state) }
    return "run \(min(runsDone + 1, runsTotal)) of \(runsTotal): \(cellTitle), \(part)"
      + (busy.map { ", \($0.variant.title)" } ?? "")
  }
}

extension CommandContext {
  /// Scans a log and judges it, with progress; nil after it was interrupted and that was told.
  func scan(_ log: Log, at path: FileName) -> LogReport? {
    let control = ScanControl()
    let (threads, assumptions) = (threads, assumptions)
    let report = WatchedWork(control: control, progress: progressLine()).run {
      log.scan(threads: threads, control: control, assuming: assumptions)
    }
    guard Interruption.isRequested else { return report }
    diagnostics.report(path, InterruptionText.known(report, control: control))
    return nil
  }

  /// Status of a command that has looked at these logs.
  func status(of report: LogReport) -> ExitStatus {
    report.segments.figures.contains(where: \.isUnread) ? .failed : .done
  }
}

extension SegmentFigures {
  /// Whether a part of the segment was not read, so that nothing is known of it.
  var isUnread: Bool { hasFailure || verdict == .unreadable }
}
