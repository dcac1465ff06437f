public import LogInspection
import Synchronization

/// Watches and stops a repair that runs on another thread.
public final class RepairControl: Sendable {
  public enum Phase: Sendable, Equatable {
    /// Scanning again and looking for writers.
    case checking
    /// Writing the backup: nothing is changed yet.
    case saving
    /// Making step `step` of `count`, counted from 1.
    case changing(step: Int, count: Int)
    /// Scanning what came of it.
    case verifying
  }

  /// For scans of the `rescan` closure; it is cancelled together with the repair.
  public let scan = ScanControl()
  private let stopped = Atomic<Bool>(false)
  private let current = Mutex<Phase>(.checking)
  private let saved = Atomic<UInt64>(0)

  public init() {}

  /// Stops before the next step: the step under way is finished and its result written, the rest
  /// is left unfinished in the journal (safety rule S24). Safe in a signal's watcher thread.
  public func stop() {
    stopped.store(true, ordering: .relaxed)
    scan.cancel()
  }

  public var isStopped: Bool { stopped.load(ordering: .relaxed) }
  public var phase: Phase { current.withLock { $0 } }
  /// Bytes of the backup that are written.
  public var bytesSaved: UInt64 { saved.load(ordering: .relaxed) }

  func enter(_ phase: Phase) { current.withLock { $0 = phase } }
  func advance(by bytes: UInt64) { saved.wrappingAdd(bytes, ordering: .relaxed) }
}
