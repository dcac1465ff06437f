import Glibc

/// Time for telling how long something took, and when something is due.
public enum MonotonicClock {
  /// Nanoseconds since some moment before the program started; never goes back.
  @Sendable public static func nanoseconds() -> UInt64 {
    var time = timespec()
    // Sound: the call fills one structure that outlives it.
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }

  /// Waits so long, or until a signal comes.
  public static func pause(nanoseconds: UInt64) {
    var time = timespec(
      tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
    // Sound: the call reads one structure that outlives it.
    unsafe nanosleep(&time, nil)
  }
}
