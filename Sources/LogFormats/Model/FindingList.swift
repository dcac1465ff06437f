import Quantities

/// Findings as they come, of which only so many of one sort are told one by one: 100,000 torn
/// segments must not become 100,000 sentences.
public struct FindingList: Sendable {
  /// Those that are told, and behind each sort that has more of them how many these are.
  public var all: [Finding] {
    told
      + more.sorted { $0.key < $1.key }.map { sort, count in
        var others = Finding(
          sort.severity, sort.code, "\(Quantity.grouped(count)) more: \(sort.code.title)",
          explanation: "Only \(Quantity.grouped(Self.limit)) findings of one sort are told one "
            + "by one. The verdicts of the segments tell where the others are.")
        others.count = count
        return others
      }
  }

  private var told: [Finding] = []
  private var counts: [Sort: Int] = [:]
  private var more: [Sort: Int] = [:]

  /// Findings of one sort that are told one by one.
  public static let limit = 1000

  private struct Sort: Hashable, Comparable {
    let severity: Severity
    let code: FindingCode

    static func < (left: Sort, right: Sort) -> Bool {
      (right.severity, left.code.rawValue) < (left.severity, right.code.rawValue)
    }
  }

  public init() {}

  public mutating func add(_ findings: [Finding]) {
    for finding in findings { add(finding) }
  }

  public mutating func add(_ finding: Finding) {
    let sort = Sort(severity: finding.severity, code: finding.code)
    // What counts others is no finding about one place.
    guard finding.file == nil || counts[sort, default: 0] < Self.limit else {
      more[sort, default: 0] += 1
      return
    }
    if finding.file != nil { counts[sort, default: 0] += 1 }
    told.append(finding)
  }
}
