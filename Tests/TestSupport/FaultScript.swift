public import LogFiles
import Synchronization

/// Counts the system calls of a test and makes chosen ones fail.
public final class FaultScript: Sendable {
  private let counts = Mutex<[SystemCalls.Name: Int]>([:])
  private let total = Atomic<Int>(0)
  private let fault: @Sendable (_ call: SystemCalls.Name, _ number: Int) -> SystemCalls.Fault?

  /// Counts only.
  public init() { fault = { _, _ in nil } }

  /// Asks `fault` for each call; `number` counts the calls of that name from 0.
  public init(
    _ fault: @escaping @Sendable (_ call: SystemCalls.Name, _ number: Int) -> SystemCalls.Fault?
  ) {
    self.fault = fault
  }

  /// The calls to hand to what is tested.
  public var calls: SystemCalls {
    SystemCalls { [self] call in
      total.add(1, ordering: .relaxed)
      let number = counts.withLock { counts in
        counts[call, default: 0] += 1
        return counts[call, default: 0] - 1
      }
      return fault(call, number)
    }
  }

  /// How many calls of this name there were.
  public func count(_ call: SystemCalls.Name) -> Int { counts.withLock { $0[call] ?? 0 } }

  /// How many calls there were in all.
  public var totalCount: Int { total.load(ordering: .relaxed) }
}
