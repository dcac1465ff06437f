import Glibc

/// The clock that latencies are measured with.
public enum MonotonicTime {
  /// Nanoseconds since some moment in the past, never going back.
  public static var nanoseconds: UInt64 {
    var time = timespec()
    // Sound: the call fills one structure that outlives it, and cannot fail for this clock.
    _ = unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
  }
}
