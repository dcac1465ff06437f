public import LogFiles

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
