public import LogFiles

/// Damage that can be done on purpose to a log that was just made, to look at and to practise on.
public enum LogDamage: String, Sendable, CaseIterable {
  case tornTail = "torn-tail"
  case tornHeader = "torn-header"
  case tornSealedSegment = "torn-sealed-segment"
  case bitFlip = "bit-flip"
  case firstRecord = "first-record"
  case wrongLength = "wrong-length"
  case hugeLength = "huge-length"
  case zeroTail = "zero-tail"
  case garbageTail = "garbage-tail"
  case missingSegment = "missing-segment"
  case zeroHole = "zero-hole"
  case recordsAfterZeros = "records-after-zeros"
  case erasedMiddle = "erased-middle"

  /// What it does, as a sentence for the help.
  public var summary: String {
    switch self {
    case .tornTail: "The last record is half written, as after a crash."
    case .tornHeader: "Only the first two bytes of the last record are written."
    case .tornSealedSegment: "A segment before the last ends in the middle of its last record."
    case .bitFlip: "One bit of a record in the middle is flipped."
    case .firstRecord: "One bit of a segment's first record is flipped."
    case .wrongLength: "The length of a record in the middle is a little off."
    case .hugeLength: "The length of a record in the middle claims far more than the file has."
    case .zeroTail: "Zeros follow the last record, as in a file that grew and was not written."
    case .garbageTail: "Bytes that are no record follow the last record."
    case .missingSegment: "A segment in the middle of the sequence is removed."
    case .zeroHole: "A stretch in the middle reads as zeros, as after a lost write."
    case .recordsAfterZeros: "Zeros stand between two records."
    case .erasedMiddle: "A stretch in the middle is gone, and what followed it has moved up."
    }
  }

  /// Does the damage, each time to a segment that is whole.
  ///
  /// - Returns: what was done, and where.
  /// - Throws: `MakeError.notApplicable` when the log is too small for it, `.file` when writing
  ///   fails.
  public func apply(to log: inout MadeLog, in directory: OpenDirectory, seed: UInt64 = 1)
    throws(MakeError) -> AppliedDamage
  {
    var work = DamageWork(self, log: log, directory: directory, seed: seed)
    let applied = try work.run()
    log = work.log
    return applied
  }
}

/// What was done to a file on purpose.
public struct AppliedDamage: Sendable {
  public var damage: LogDamage
  public var file: FileName
  /// The bytes concerned, from the start of the file as it was before; the whole file when it was
  /// removed.
  public var range: Range<UInt64>
}
