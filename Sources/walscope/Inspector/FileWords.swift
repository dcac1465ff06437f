import LogFiles

/// Facts of a file in words: its mode, and points in time.
enum FileWords {
  /// As `ls` writes it, with the number: `rw-r--r-- (0644)`.
  static func mode(_ mode: UInt32) -> String {
    let letters: [Character] = ["r", "w", "x"]
    var text = ""
    for bit in (0..<9).reversed() {
      text.append(mode & (1 << UInt32(bit)) != 0 ? letters[2 - bit % 3] : "-")
    }
    let digits = String(mode & 0o7777, radix: 8)
    return "\(text) (\(String(repeating: "0", count: max(4 - digits.count, 0)))\(digits))"
  }

  /// In UTC: `2026-11-21 12:42:09`.
  static func time(_ time: Timestamp) -> String {
    let day = time.seconds.flooredQuotient(by: 86_400)
    let second = time.seconds - day * 86_400
    let (year, month, dayOfMonth) = date(ofDay: day)
    let clock = [second / 3_600, second / 60 % 60, second % 60].map(twoDigits)
    return "\(year)-\(twoDigits(month))-\(twoDigits(dayOfMonth)) \(clock.joined(separator: ":"))"
  }

  private static func twoDigits(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }

  /// The date of a day counted from 1970-01-01 in the Gregorian calendar, whose years are counted
  /// here from March on, so that the leap day is the last one.
  private static func date(ofDay day: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let shifted = day + 719_468
    let era = shifted.flooredQuotient(by: 146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra =
      (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
  }
}

extension Int64 {
  fileprivate func flooredQuotient(by divisor: Int64) -> Int64 {
    self / divisor - (self % divisor < 0 ? 1 : 0)
  }
}
