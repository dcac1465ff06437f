import Foundation

/// Which numbered records a writer has acknowledged, and which a follower has told.
///
/// The writer is held back when it is far ahead: a follower that is built without optimisation
/// would otherwise miss segments that were deleted before it came to them. It writes no more than
/// some records in each round, so that a round does not take longer and longer.
final class SoakProgress: @unchecked Sendable {
  private let condition = NSCondition()
  private var acknowledged: [Bool] = []
  private var told: [UInt8] = []
  private var acknowledgedCount = 0
  private var toldCount = 0
  private var complaints: [String] = []
  private var isReleased = false
  private var granted = lead

  /// Records that the writer may be ahead of the follower.
  private static let lead = 4_000

  /// Notes a record that is in the log, and waits while the writer is too far ahead.
  func acknowledge(_ number: UInt64) {
    condition.lock()
    defer { condition.unlock() }
    let place = Int(number)
    while acknowledged.count <= place { acknowledged.append(false) }
    acknowledged[place] = true
    acknowledgedCount += 1
    condition.broadcast()
    while !isReleased, acknowledgedCount > min(toldCount + Self.lead, granted) {
      condition.wait()
    }
  }

  /// Lets the writer go on to the next round.
  func beginRound() {
    condition.lock()
    defer { condition.unlock() }
    granted = acknowledgedCount + Self.lead
    condition.broadcast()
  }

  /// Lets the writer go on to the end of its life.
  func beginEnd() {
    condition.lock()
    defer { condition.unlock() }
    granted = .max
    condition.broadcast()
  }

  /// Notes a record that the follower told.
  func tell(_ number: UInt64) {
    condition.lock()
    defer { condition.unlock() }
    let place = Int(number)
    while told.count <= place { told.append(0) }
    if told[place] < .max { told[place] += 1 }
    toldCount += 1
    condition.broadcast()
  }

  /// Notes something that a follower of an undamaged log should not say.
  func complain(_ line: String) {
    condition.lock()
    defer { condition.unlock() }
    if complaints.count < 10 { complaints.append(line) }
  }

  /// Lets a writer that waits go on, because the follower will not.
  func release() {
    condition.lock()
    defer { condition.unlock() }
    isReleased = true
    condition.broadcast()
  }

  /// Waits until so many records more are told; false when that takes too long.
  func wait(forMore count: Int, within seconds: Double) -> Bool {
    wait(within: seconds) { [wanted = toldCount + count] in self.toldCount >= wanted }
  }

  /// Waits until everything acknowledged is told; false when that takes too long.
  func waitForAll(within seconds: Double) -> Bool {
    wait(within: seconds) { self.missing.isEmpty }
  }

  private func wait(within seconds: Double, until isReached: () -> Bool) -> Bool {
    let deadline = Date(timeIntervalSinceNow: seconds)
    condition.lock()
    defer { condition.unlock() }
    while !isReached() {
      guard condition.wait(until: deadline) else { return isReached() }
    }
    return true
  }

  private var missing: [Int] {
    guard toldCount >= acknowledgedCount || told.count >= acknowledged.count else {
      return Array(told.count..<acknowledged.count)
    }
    return acknowledged.indices.filter {
      acknowledged[$0] && ($0 >= told.count || told[$0] == 0)
    }
  }

  /// What came of it, once everything has ended.
  var outcome: (acknowledged: Int, missing: [Int], repeated: [Int], complaints: [String]) {
    condition.lock()
    defer { condition.unlock() }
    return (acknowledgedCount, missing, told.indices.filter { told[$0] > 1 }, complaints)
  }
}
