import Synchronization

extension LabTurn {
  /// Has threads make operations at the same time, and notes how long each took.
  ///
  /// - Parameters:
  ///   - threads: how many; each makes every so-many-th operation.
  ///   - operations: how many, of all threads together.
  ///   - payload: bytes of each operation.
  ///   - buffer: bytes of which each thread has its own copy.
  ///   - prepare: fills the buffer for the operation of a number; not measured.
  ///   - perform: makes the operation; answers where the log ends then, in bytes, 0 if that is of
  ///     no interest.
  /// - Returns: the operations, and nanoseconds without those of a pause.
  /// - Throws: `LabFailure` of the first operation that failed, or when the experiment is to end.
  func measure(
    threads: Int, operations: Int, payload: Int, buffer: [UInt8],
    prepare: @escaping @Sendable (_ operation: Int, inout [UInt8]) -> Void,
    perform: @escaping @Sendable ([UInt8]) throws(LabFailure) -> UInt64
  ) throws(LabFailure) -> LabRun {
    let sum = ThreadSum()
    let elapsed = try ThreadTeam.run(threads) { thread in
      var recorder = LatencyRecorder(reporter)
      var mine = ThreadSum.Part()
      var buffer = buffer
      for operation in stride(from: thread, to: operations, by: threads) {
        guard let pause = control.proceed() else { break }
        mine.paused += pause
        prepare(operation, &buffer)
        let start = MonotonicTime.nanoseconds
        do throws(LabFailure) {
          let end = try perform(buffer)
          recorder.record(
            from: start, to: MonotonicTime.nanoseconds, payload: payload, logicalEnd: end)
        } catch {
          mine.failure = error
          break
        }
      }
      recorder.finish()
      mine.latencies = recorder.latencies
      sum.add(mine)
    }
    let all = sum.all
    if let failure = all.failure { throw failure }
    if control.isStopped { throw .stopped }
    return LabRun(
      operations: all.latencies.count, payloadBytes: all.latencies.count * UInt64(payload),
      elapsed: elapsed - min(elapsed, all.paused), latencies: all.latencies)
  }
}

/// What several threads came to.
private final class ThreadSum: Sendable {
  struct Part: Sendable {
    var latencies = Distribution()
    /// The longest pause of a thread, in nanoseconds: they pause together.
    var paused: UInt64 = 0
    var failure: LabFailure?
  }

  private let sum = Mutex(Part())

  var all: Part { sum.withLock { $0 } }

  func add(_ part: Part) {
    sum.withLock { sum in
      sum.latencies.add(part.latencies)
      sum.paused = max(sum.paused, part.paused)
      sum.failure = sum.failure ?? part.failure
    }
  }
}
