public import LogFiles
import Quantities

/// One thing worth telling about a log.
public struct Finding: Sendable {
  public var severity: Severity
  public var code: FindingCode
  /// The file it is about, nil for the log as a whole.
  public var file: FileName?
  /// Bytes from the start of the file, nil where no bytes are meant.
  public var range: Range<UInt64>?
  /// What is the case, as one sentence without foreign bytes.
  public var message: String
  /// Why it is so, and what it means.
  public var explanation: String?
  /// What to do about it.
  public var advice: String?
  /// Findings that it stands for: more than one where it only counts others of its sort.
  public var count = 1

  public init(
    _ severity: Severity, _ code: FindingCode, file: FileName? = nil,
    range: Range<UInt64>? = nil, _ message: String, explanation: String? = nil,
    advice: String? = nil
  ) {
    self.severity = severity
    self.code = code
    self.file = file
    self.range = range
    self.message = message
    self.explanation = explanation
    self.advice = advice
  }
}

extension Sequence<Finding> {
  /// How many findings there are, those that are only counted included.
  public var countOfAll: Int { reduce(0) { $0 + $1.count } }
}

extension Finding {
  /// Findings of one kind that are told one by one; the rest is told as a number.
  private static let limit = 1000

  /// One finding for each item, up to a limit, and one more that counts the rest: a directory of
  /// 100,000 segments must not become 100,000 sentences.
  static func each<Item>(
    _ items: [Item], _ severity: Severity, _ code: FindingCode, _ rest: String,
    _ finding: (Item) -> Finding
  ) -> [Finding] {
    var findings = items.prefix(limit).map(finding)
    if items.count > limit {
      var others = Finding(severity, code, "\(Quantity.grouped(items.count - limit)) \(rest)")
      others.count = items.count - limit
      findings.append(others)
    }
    return findings
  }
}
