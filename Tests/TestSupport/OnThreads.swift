import Glibc
import Synchronization

/// The same work on several threads at the same time.
public enum OnThreads {
  /// Runs `body` on `count` threads, waits for them and throws the first error.
  public static func run(
    _ count: Int, _ body: @escaping @Sendable (_ index: Int) throws -> Void
  ) throws {
    let failures = Failures()
    let threads = try (0..<count).map { index in
      let work = Work {
        do { try body(index) } catch { failures.note(error) }
      }
      var thread = pthread_t()
      let code = pthread_create(
        &thread, nil,
        { argument in
          if let argument { Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().run() }
          return nil
        }, Unmanaged.passRetained(work).toOpaque())
      guard code == 0 else { throw SetupFailure("pthread_create", code) }
      return thread
    }
    for thread in threads { pthread_join(thread, nil) }
    try failures.throwFirst()
  }

  private final class Work: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  private final class Failures: Sendable {
    private let first = Mutex<(any Error)?>(nil)
    func note(_ error: any Error) { first.withLock { $0 = $0 ?? error } }
    func throwFirst() throws { if let error = first.withLock({ $0 }) { throw error } }
  }
}

/// Something that a test turns on and off while other code asks.
public final class Switch: Sendable {
  private let state = Atomic(false)
  public init() {}
  public var isOn: Bool {
    get { state.load(ordering: .sequentiallyConsistent) }
    set { state.store(newValue, ordering: .sequentiallyConsistent) }
  }
}
