import Dispatch

/// What several threads do at the same time of work that consists of many equal parts.
struct Shares {
  private let total: Int
  private let unit: Int
  let count: Int

  /// Shares of `total` parts for at most `threads` threads. Each is a multiple of `unit`, but for the
  /// last one, and more than one `unit`: less is done sooner than another thread wakes up.
  init(of total: Int, unit: Int, threads: Int) {
    self.total = total
    // Mostly one does all, of a few parts or of one.
    guard threads > 1, total > unit else {
      (count, self.unit) = (1, total)
      return
    }
    let units = (total + unit - 1) / unit
    let wanted = max(1, min(threads, units / 2))
    let each = max(1, (units + wanted - 1) / wanted)
    count = max(1, (units + each - 1) / each)
    self.unit = each * unit
  }

  subscript(index: Int) -> Range<Int> { min(total, index * unit)..<min(total, (index + 1) * unit) }

  /// Calls `body` for all shares at the same time, and returns when all are done.
  func forEach(_ body: (Range<Int>) -> Void) {
    guard count > 1 else { return body(self[0]) }
    withoutActuallyEscaping(body) { body in
      // Sound: all calls return before this one does, and no two of them have a part in common.
      nonisolated(unsafe) let body = body
      DispatchQueue.concurrentPerform(iterations: count) { unsafe body(self[$0]) }
    }
  }
}
