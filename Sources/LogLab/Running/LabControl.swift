import Glibc
import Synchronization

/// Watches, pauses and stops an experiment that runs on other threads.
public final class LabControl: Sendable {
  private let stopped = Atomic<Bool>(false)
  private let paused = Atomic<Bool>(false)
  private let state = Mutex(LabProgress())

  public init() {}

  /// Ends the experiment after the operations under way; what is known so far is reported.
  public func stop() { stopped.store(true, ordering: .relaxed) }
  public var isStopped: Bool { stopped.load(ordering: .relaxed) }

  /// Holds the experiment before its next operation; the time until `resume` is not counted.
  public func pause() { paused.store(true, ordering: .relaxed) }
  public func resume() { paused.store(false, ordering: .relaxed) }
  public var isPaused: Bool { paused.load(ordering: .relaxed) }

  /// How far the experiment is. Costs a lock and some copies: ask a few times a second.
  public var progress: LabProgress { state.withLock { $0 } }

  func change(_ body: (inout LabProgress) -> Void) { state.withLock { body(&$0) } }

  /// Called between two operations, outside of what is measured: waits while there is a pause.
  ///
  /// - Returns: nanoseconds of the pause, which do not count; nil when the experiment is to end.
  public func proceed() -> UInt64? {
    if isStopped { return nil }
    guard isPaused else { return 0 }
    let start = MonotonicTime.nanoseconds
    while isPaused {
      if isStopped { return nil }
      usleep(5_000)
    }
    return MonotonicTime.nanoseconds - start
  }

  /// As `proceed`, between two larger pieces of work.
  ///
  /// - Throws: `LabFailure.stopped` when the experiment is to end.
  public func checkpoint() throws(LabFailure) {
    if proceed() == nil { throw .stopped }
  }
}
