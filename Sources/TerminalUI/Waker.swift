internal import CLinux
internal import Glibc

/// Wakes the event loop from any thread.
public final class Waker: Sendable {
  let descriptor: Int32

  /// A waker of its own; throws ``TerminalError`` when the process has no descriptor left.
  public init() throws(TerminalError) {
    descriptor = wl_event_open()
    guard descriptor >= 0 else {
      throw .system("cannot make an event descriptor", code: -descriptor)
    }
  }

  deinit {
    close(descriptor)
  }

  /// Makes the loop answer ``Event/wake`` soon; calls before it does count as one.
  public func wake() {
    // It fails only for a descriptor that is no event counter.
    _ = wl_event_set(descriptor)
  }

  func clear() {
    _ = wl_event_clear(descriptor)
  }
}
