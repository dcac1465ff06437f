import Testing

/// Counts what became of every flipped bit of a small log: the table of those that its format
/// cannot tell, each with the reason.
struct FlipTally {
  private let format: String
  private var flips = 0
  /// Flips that nothing tells, by the reason.
  private var unnoticed: [String: Int] = [:]
  /// Flips after which there are more records than before, noticed or not, by the reason.
  private var growing: [String: Int] = [:]

  init(_ format: String) { self.format = format }

  /// Notes a flip.
  ///
  /// - Parameter reason: why the format cannot tell, nil where it has to.
  mutating func note(
    bit: Int, of place: String, isFound: Bool, hasMoreRecords: Bool, reason: String?,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    flips += 1
    if isFound, !hasMoreRecords { return }
    guard let reason else {
      let what = isFound ? "makes records" : "is not noticed"
      Issue.record("\(format): bit \(bit) of \(place) \(what)", sourceLocation: sourceLocation)
      return
    }
    if !isFound { unnoticed[reason, default: 0] += 1 }
    if hasMoreRecords { growing[reason, default: 0] += 1 }
  }

  /// Prints the tables and compares them.
  func expect(
    unnoticed expected: [String: Int], growing expectedGrowth: [String: Int] = [:],
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let missed = unnoticed.values.reduce(0, +)
    print("\(format): \(missed) of \(flips) flipped bits are undetectable")
    for (reason, count) in unnoticed.sorted(by: { $0.key < $1.key }) {
      print("  \(count)  \(reason)")
    }
    for (reason, count) in growing.sorted(by: { $0.key < $1.key }) {
      print("  \(count) make records: \(reason)")
    }
    #expect(unnoticed == expected, sourceLocation: sourceLocation)
    #expect(growing == expectedGrowth, sourceLocation: sourceLocation)
  }
}
