import Synchronization

/// How long threads that could go on had to wait until a processor was free for them: time that
/// latencies hold, and that neither the disk nor the way of writing has to do with.
final class ProcessorWait: Sendable {
  /// The measure of a run.
  static let measure = "processorWaitMilliseconds"
  /// The share of the measured time from which on sameness is not concluded any more.
  static let disturbingShare = 0.2

  private let sum = Mutex<UInt64?>(nil)

  /// Nanoseconds of all threads that told theirs; nil when none could.
  var nanoseconds: UInt64? { sum.withLock { $0 } }

  func add(_ nanoseconds: UInt64) { sum.withLock { $0 = ($0 ?? 0) + nanoseconds } }

  /// Nanoseconds that the calling thread has waited since it began (`/proc/PID/schedstat`, second
  /// column); nil where the kernel does not tell.
  static var ofThisThread: UInt64? {
    SystemText.read("/proc/thread-self/schedstat").flatMap { parse($0) }
  }

  static func parse(_ text: String) -> UInt64? {
    let columns = text.split(separator: " ")
    return columns.count >= 2 ? UInt64(columns[1]) : nil
  }
}

extension LabVariantResult {
  /// The share of the measured time, from 0 to 1, during which its threads waited for a processor;
  /// nil where that is not known.
  public var processorWaitShare: Double? { Self.share(of: runs) }

  static func share(of runs: [LabRun]) -> Double? {
    var waited = 0.0
    var measured = 0.0
    for run in runs {
      guard let wait = run.measure(ProcessorWait.measure) else { continue }
      waited += wait * 1e6
      measured += run.latencies.average * Double(run.latencies.count)
    }
    return measured > 0 ? min(1, waited / measured) : nil
  }
}

extension LabReport {
  /// What is to be said of figures that were taken while other programs were busy; nil when they
  /// were not.
  var warning: String? {
    let runs = cells.flatMap(\.variants).flatMap(\.runs)
    guard let share = LabVariantResult.share(of: runs), share >= ProcessorWait.disturbingShare
    else {
      return machine.warning
    }
    return "Threads waited for a processor during \(Int((share * 100).rounded())) % of the measured"
      + " time, since other programs were busy, and smaller differences drown in that. Measure again"
      + " on a quiet machine."
  }
}
