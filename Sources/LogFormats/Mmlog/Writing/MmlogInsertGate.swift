import Glibc
import Synchronization

/// Lets the inserts of this process's threads go on together, or one thing alone.
final class MmlogInsertGate: Sendable {
  /// How many are inside, and a bit far above for who wants to be alone.
  private let state = Atomic<Int>(0)
  private static let alone = 1 << 62

  /// Waits while somebody is alone.
  @inline(__always)
  func enter() {
    if state.add(1, ordering: .acquiring).newValue < Self.alone { return }
    enterLater()
  }

  @inline(never)
  private func enterLater() {
    var pause = MmlogPause()
    repeat {
      state.subtract(1, ordering: .relaxed)
      while state.load(ordering: .relaxed) >= Self.alone { pause.wait() }
    } while state.add(1, ordering: .acquiring).newValue >= Self.alone
  }

  @inline(__always)
  func leave() { state.subtract(1, ordering: .releasing) }

  /// Does `body` when all are out, and keeps them out meanwhile.
  func alone<Result>(_ body: () -> Result) -> Result {
    var pause = MmlogPause()
    var now = state.load(ordering: .relaxed)
    while true {
      if now >= Self.alone {
        pause.wait()
        now = state.load(ordering: .relaxed)
        continue
      }
      let (isTaken, found) = state.weakCompareExchange(
        expected: now, desired: now | Self.alone, ordering: .relaxed)
      if isTaken { break }
      now = found
    }
    while state.load(ordering: .acquiring) != Self.alone { pause.wait() }
    defer { state.subtract(Self.alone, ordering: .releasing) }
    return body()
  }
}

/// How somebody waits for what takes a moment: first others get a turn, then it sleeps, at most a
/// millisecond at a time.
struct MmlogPause {
  private var turns: UInt32 = 0

  mutating func wait() {
    turns += 1
    if turns <= 20 {
      sched_yield()
    } else {
      usleep(min(1000, (turns - 20) * 20))
    }
  }
}

/// For how long somebody waits at most.
struct MmlogPatience {
  private let end: ContinuousClock.Instant
  private var pause = MmlogPause()

  init(_ duration: Duration) { end = ContinuousClock.now + duration }

  /// Waits a moment; false when it has been long enough.
  mutating func wait() -> Bool {
    pause.wait()
    return ContinuousClock.now < end
  }
}
