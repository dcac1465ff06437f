public import LogFiles
public import LogFormats

/// One thing in which two logs differ.
public enum LogDifference: Sendable {
  /// A segment that only one of them has, with its records.
  case segment(FileName, isInFirst: Bool, records: UInt64)
  /// A property of a segment: its size, its logical end, its verdict, a field of its header.
  case property(FileName, name: String, first: FieldValue, second: FieldValue)
  /// A record that only one of them has, in the segment of this name.
  case record(FileName, Record, isInFirst: Bool)
}

/// What a comparison comes to.
public struct LogComparison: Sendable {
  /// Records that both logs have, in the same order.
  public var sharedRecords: UInt64 = 0
  public var recordsOnlyInFirst: UInt64 = 0
  public var recordsOnlyInSecond: UInt64 = 0
  /// Segments and properties that differ.
  public var otherDifferences: UInt64 = 0

  public var isEqual: Bool {
    recordsOnlyInFirst == 0 && recordsOnlyInSecond == 0 && otherDifferences == 0
  }

  mutating func count(_ difference: LogDifference) {
    switch difference {
    case .segment(_, let isInFirst, let records):
      otherDifferences += 1
      if isInFirst { recordsOnlyInFirst += records } else { recordsOnlyInSecond += records }
    case .property: otherDifferences += 1
    case .record(_, _, true): recordsOnlyInFirst += 1
    case .record(_, _, false): recordsOnlyInSecond += 1
    }
  }
}

/// Why two logs could not be compared.
public enum ComparisonFailure: Error, Sendable {
  case differentFormats(String, String)
  /// A segment could not be read.
  case file(FileName, isInFirst: Bool, reason: String)
  case stopped
}
