import Dispatch
import Synchronization

/// Watches and stops work that runs on another thread.
public final class ScanControl: Sendable {
  private let cancelled = Atomic<Bool>(false)
  private let done = Atomic<UInt64>(0)
  private let total = Atomic<UInt64>(0)
  private let snapshot = Mutex<PartialScan?>(nil)
  private let news = DispatchSemaphore(value: 0)

  public init() {}

  public func cancel() { cancelled.store(true, ordering: .relaxed) }
  public var isCancelled: Bool { cancelled.load(ordering: .relaxed) }

  /// Bytes behind the scan, holes that cost nothing included.
  public var bytesDone: UInt64 { done.load(ordering: .relaxed) }
  /// Bytes of all files that are to be scanned; 0 while that is not known.
  public var bytesTotal: UInt64 { total.load(ordering: .relaxed) }

  /// Counts bytes that the work has passed.
  public func advance(by bytes: UInt64) { done.wrappingAdd(bytes, ordering: .relaxed) }
  func expect(_ bytes: UInt64) { total.wrappingAdd(bytes, ordering: .relaxed) }

  /// What is known so far of a segment whose scan is under way.
  public var partial: PartialScan? { snapshot.withLock { $0 } }
  func publish(_ partial: PartialScan) {
    snapshot.withLock { $0 = partial }
    wake()
  }

  /// Ends the wait of whoever waits for what is known to grow.
  func wake() { news.signal() }
  /// Waits until more is known than at the last wait, a millisecond at most.
  func waitForNews() { _ = news.wait(timeout: .now() + .milliseconds(1)) }
}

/// The part of a segment that a scan has passed, with what is needed to list its records.
public struct PartialScan: Sendable {
  /// Index of the records passed so far.
  public var index: RecordIndex
  /// Bytes passed, from the start of the file.
  public var offset: UInt64
}
