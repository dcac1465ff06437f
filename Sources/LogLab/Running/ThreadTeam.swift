import Glibc
import LogFiles

/// Threads that do the same work at the same time.
public enum ThreadTeam {
  /// Runs `body` on `count` threads, which begin together, and waits for all of them.
  ///
  /// - Returns: nanoseconds from the common beginning to the end of the last one.
  /// - Throws: `LabFailure` when the system gives no more threads; then `body` was not called.
  public static func run(
    _ count: Int, _ body: @escaping @Sendable (_ index: Int) -> Void
  ) throws(LabFailure) -> UInt64 {
    let gate = Monitor(Gate.closed)
    var threads: [pthread_t] = []
    for index in 0..<count {
      let work = Work {
        if gate.wait(for: { $0.isOpen }) { body(index) }
      }
      var thread = pthread_t()
      // Sound: the thread takes the reference over, which keeps the work until it ran.
      let code = unsafe pthread_create(
        &thread, nil,
        { argument in
          if let argument = unsafe argument {
            unsafe Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().run()
          }
          return nil
        }, Unmanaged.passRetained(work).toOpaque())
      guard code == 0 else {
        // Sound: no thread took the reference over.
        unsafe Unmanaged.passUnretained(work).release()
        gate.change { $0 = .abandoned }
        join(threads)
        throw LabFailure(
          .failed, "only \(index) of \(count) threads could be started",
          advice: "ask for fewer threads, or raise the limit (ulimit -u)")
      }
      threads.append(thread)
    }
    let start = MonotonicTime.nanoseconds
    gate.change { $0 = .open }
    join(threads)
    return MonotonicTime.nanoseconds - start
  }

  private static func join(_ threads: [pthread_t]) {
    for thread in threads { pthread_join(thread, nil) }
  }

  private enum Gate: Sendable {
    case closed, open, abandoned

    /// Nil while it is not decided.
    var isOpen: Bool? { self == .closed ? nil : self == .open }
  }

  private final class Work: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }
}
