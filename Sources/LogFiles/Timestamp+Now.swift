import Glibc

extension Timestamp {
  /// The system's clock now.
  public static var now: Timestamp {
    var time = timespec()
    // Sound: the call fills one structure that outlives it, and cannot fail for this clock.
    _ = unsafe clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(seconds: Int64(time.tv_sec), nanoseconds: Int32(time.tv_nsec))
  }
}
