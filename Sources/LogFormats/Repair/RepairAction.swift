public import LogFiles

/// What can be done to a log through a plan.
public enum RepairAction: Sendable, Equatable {
  /// Brings the log to a state that its owner opens without loss or complaint, losing the least.
  /// Records that were never committed stay where the format has such, unless they are dropped.
  case recover(droppingUncommitted: Bool)
  /// Cuts one segment.
  case truncate(FileName, at: CutPoint)
  /// Gives the slack behind the logical end back: of one segment, or of all that have some.
  case finalize(FileName?)
  /// Removes whole segments from the log's old end.
  case deleteBefore(DeletePoint)
  /// Flips one bit back where exactly one bit explains a wrong checksum: in one segment, or in all.
  case repairBit(FileName?)

  /// The word of the command line.
  public var verb: String {
    switch self {
    case .recover: "recover"
    case .truncate: "truncate"
    case .finalize: "finalize"
    case .deleteBefore: "delete-before"
    case .repairBit: "repair-bit"
    }
  }
}

/// Where a segment is to end.
public enum CutPoint: Sendable, Equatable {
  /// Behind the last record that the format's own walk reaches.
  case lastValid
  /// At this offset from the start of the file.
  case offset(UInt64)
  /// Where the record of this number starts; the first one of the segment is number 0.
  case record(UInt64)
}

/// Below which point segments are removed.
public enum DeletePoint: Sendable, Equatable {
  /// Segments below this one, which stays.
  case segment(FileName)
  /// Segments of which nothing stands at or behind a position: those with smaller ids.
  case id(UInt64)
  /// All but so many of the newest segments.
  case keeping(UInt64)
  /// Segments that nobody has changed since.
  case unchangedSince(Timestamp)
}
