/// Lengths of time as people write them.
enum TimeSpan {
  /// Seconds in `90s`, `45m`, `12h`, `30d`; nil for anything else.
  static func seconds(_ text: String) -> UInt64? {
    let units: [Character: UInt64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
    guard let unit = text.last.flatMap({ units[$0] }), let number = UInt64(text.dropLast()) else {
      return nil
    }
    let (seconds, overflow) = number.multipliedReportingOverflow(by: unit)
    return overflow || seconds > UInt64(Int64.max) ? nil : seconds
  }
}
