/// Numbers as people read them: always with their unit, digits grouped, never rounded to nothing.
public enum Quantity {
  /// Digits in groups of three: `41,120`.
  public static func grouped(_ value: some BinaryInteger) -> String {
    let digits = String(value.magnitude)
    var result = value < 0 ? "-" : ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { result.append(",") }
      result.append(digit)
    }
    return result
  }

  /// A byte count in decimal units: `37 B`, `3.1 MB`.
  public static func bytes(_ count: UInt64) -> String {
    guard count >= 1_000 else { return "\(count) B" }
    let units = ["kB", "MB", "GB", "TB", "PB", "EB"]
    var unit = 0
    var size: UInt64 = 1_000
    // Rounded to tenths, 999,950 B are 1,000.0 kB, so that is 1.0 MB.
    while unit + 1 < units.count, count >= size * 1_000 - size / 20 {
      unit += 1
      size *= 1_000
    }
    let tenths = (count / size) * 10 + ((count % size) * 10 + size / 2) / size
    return "\(grouped(tenths / 10)).\(tenths % 10) \(units[unit])"
  }

  /// An offset in a file: `0x1f40`.
  public static func offset(_ value: UInt64) -> String {
    "0x\(String(value, radix: 16))"
  }

  /// A count with its noun: `1 record`, `41,120 records`.
  public static func count(_ value: some BinaryInteger, _ one: String, _ many: String? = nil)
    -> String
  {
    "\(grouped(value)) \(value == 1 ? one : many ?? one + "s")"
  }

  /// How many of a hundred: `41 %`; `<1 %` when a part is not nothing, and never `100 %` before it
  /// is all.
  public static func percent(_ part: UInt64, of whole: UInt64) -> String {
    guard whole > 0 else { return "-" }
    guard part < whole else { return "\(grouped(UInt128(part) * 100 / UInt128(whole))) %" }
    let percent = (UInt128(part) * 100 + UInt128(whole) / 2) / UInt128(whole)
    if part > 0, percent == 0 { return "<1 %" }
    return "\(min(percent, 99)) %"
  }

  /// A time span: `850 ns`, `1.42 ms`, `11 ms`, `3.2 s`, `2 min 5 s`, `3 h 20 min`, `2 d 4 h`.
  public static func duration(_ duration: Duration) -> String {
    let (seconds, attoseconds) = duration.components
    guard seconds >= 0, attoseconds >= 0 else { return "-" + self.duration(.zero - duration) }
    if seconds >= 60 { return longDuration(UInt64(seconds)) }
    let nanoseconds = UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
    switch nanoseconds {
    case 0 where attoseconds > 0: return "<1 ns"
    case 0: return "0 s"
    case ..<1_000: return "\(nanoseconds) ns"
    case ..<1_000_000: return scaled(nanoseconds, 1_000, "µs")
    case ..<1_000_000_000: return scaled(nanoseconds, 1_000_000, "ms")
    default: return scaled(nanoseconds, 1_000_000_000, "s")
    }
  }

  /// How long something will take, which is never known better than in seconds: `3 s`, `2 min 5 s`.
  public static func estimate(seconds: Double) -> String {
    guard seconds < 1e9 else { return "very long" }
    let whole = UInt64(max(0, seconds).rounded(.up))
    return whole < 60 ? "\(whole) s" : longDuration(whole)
  }

  /// Bytes in a time as a speed: `2.1 GB/s`.
  public static func rate(bytes count: UInt64, in duration: Duration) -> String {
    guard let rate = perSecond(count, duration) else { return "-" }
    if count > 0, rate < 1 { return "<1 B/s" }
    return "\(bytes(rate < 0x1p63 ? UInt64(rate) : .max))/s"
  }

  /// A number of things in a time: `2,810/s`; `0.4/s` when it is less than ten.
  public static func rate(_ count: UInt64, in duration: Duration) -> String {
    guard let rate = perSecond(count, duration) else { return "-" }
    if count > 0, rate < 0.05 { return "<0.1/s" }
    if rate < 10, rate > 0 {
      let tenths = UInt64((rate * 10).rounded())
      return "\(tenths / 10).\(tenths % 10)/s"
    }
    return "\(grouped(rate < 0x1p63 ? UInt64(rate.rounded()) : .max))/s"
  }

  private static func perSecond(_ count: UInt64, _ duration: Duration) -> Double? {
    let seconds = duration / .seconds(1)
    return seconds > 0 ? Double(count) / seconds : nil
  }

  /// Three digits at most, two of them behind the point.
  private static func scaled(_ value: UInt64, _ size: UInt64, _ unit: String) -> String {
    if value < size * 10 {
      let hundredths = (value * 100 + size / 2) / size
      let fraction = hundredths % 100
      return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction) \(unit)"
    }
    if value < size * 100 {
      let tenths = (value * 10 + size / 2) / size
      return "\(tenths / 10).\(tenths % 10) \(unit)"
    }
    return "\((value + size / 2) / size) \(unit)"
  }

  private static func longDuration(_ seconds: UInt64) -> String {
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400)
    if days > 0 { return "\(grouped(days)) d \(hours % 24) h" }
    if hours > 0 { return "\(hours) h \(minutes % 60) min" }
    return "\(minutes) min \(seconds % 60) s"
  }
}
