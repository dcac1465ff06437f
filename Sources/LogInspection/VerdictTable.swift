public import LogFormats

/// What the verdict on a segment is decided from.
public struct VerdictEvidence: Sendable, Equatable {
  /// The file has no bytes, or only zeros where the format has a header.
  public var isEmpty = false
  /// The header cannot be read, or no record is anywhere and nothing looks like the start of one.
  public var isForeign = false
  /// Acceptable records that the format's own walk does not reach, or that follow a bad one.
  public var hasUnreachedRecords = false
  /// A bad or cut record, or garbage.
  public var hasFault = false
  /// Remains of an earlier life of the file after the end.
  public var hasStaleRemains = false
  /// Zeros after the last record.
  public var hasZeroTail = false

  public init() {}
}

/// The one table that decides verdicts.
public enum VerdictTable {
  /// The first row whose evidence is there decides.
  static let rows: [(evidence: @Sendable (VerdictEvidence) -> Bool, verdict: SegmentVerdict)] = [
    ({ $0.isEmpty }, .empty),
    ({ $0.isForeign }, .foreign),
    ({ $0.hasUnreachedRecords }, .damagedInside),
    ({ $0.hasFault }, .tornTail),
    ({ $0.hasStaleRemains }, .staleTail),
    ({ $0.hasZeroTail }, .preallocatedTail),
    ({ _ in true }, .clean),
  ]

  /// The verdict on a segment.
  public static func verdict(_ evidence: VerdictEvidence) -> SegmentVerdict {
    rows.first { $0.evidence(evidence) }?.verdict ?? .clean
  }

  /// The verdict on a log: the worst of its findings decides.
  public static func verdict(of findings: [Finding]) -> LogVerdict {
    switch findings.map(\.severity).max() {
    case .error: .damaged
    case .warning: .attention
    case .note, nil: .clean
    }
  }
}
