import LogFormats
import Testing

@testable import LogInspection

@Suite struct `The verdict table` {
  /// The design's rows, from the top: what decides each, and the verdict.
  private static var design: [(WritableKeyPath<VerdictEvidence, Bool>, SegmentVerdict)] {
    [
      (\.isEmpty, .empty),
      (\.isForeign, .foreign),
      (\.hasUnreachedRecords, .damagedInside),
      (\.hasFault, .tornTail),
      (\.hasStaleRemains, .staleTail),
      (\.hasZeroTail, .preallocatedTail),
    ]
  }

  @Test func `gives every combination of evidence the verdict of its first row that fits`() {
    for combination in 0..<(1 << Self.design.count) {
      var evidence = VerdictEvidence()
      for (row, entry) in Self.design.enumerated() {
        evidence[keyPath: entry.0] = combination & 1 << row != 0
      }
      let expected = Self.design.first { evidence[keyPath: $0.0] }?.1 ?? .clean
      #expect(VerdictTable.verdict(evidence) == expected)
      let hit = VerdictTable.rows.indices.filter { VerdictTable.rows[$0].evidence(evidence) }
      #expect(hit.last == VerdictTable.rows.count - 1, "the last row takes what no other does")
    }
  }

  @Test func `has each verdict on bytes in one row, in the order of the design`() {
    #expect(VerdictTable.rows.map(\.verdict) == Self.design.map(\.1) + [.clean])
    #expect(
      Set(VerdictTable.rows.map(\.verdict))
        == Set(SegmentVerdict.allCases).subtracting([.unreadable])
    )
  }

  @Test func `judges a log by its worst finding`() {
    let note = Finding(.note, .zeroTail, "")
    let warning = Finding(.warning, .tornRecord, "")
    let error = Finding(.error, .damagedInside, "")
    #expect(VerdictTable.verdict(of: []) == .clean)
    #expect(VerdictTable.verdict(of: [note]) == .clean)
    #expect(VerdictTable.verdict(of: [note, warning]) == .attention)
    #expect(VerdictTable.verdict(of: [error, note, warning]) == .damaged)
  }
}
