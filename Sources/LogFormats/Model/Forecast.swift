public import LogFiles

/// What the owner would do if it opened the log as it is.
public struct Forecast: Sendable {
  /// One of the owner's ways to open: the format's word.
  public var mode: String
  public var opens: Bool
  /// Whether the owner could open the log again after what is forecast.
  public var opensAgain = true
  public var outcome: ForecastOutcome
  /// Records that the owner would hand to its application.
  public var keepsRecords: UInt64?
  /// Acceptable records that are in the files and that the owner would not hand over.
  public var losesRecords: UInt64?
  /// Bytes that the owner would cut off, preallocation included.
  public var cutsBytes: UInt64?
  /// Size in bytes of each segment afterwards, in the order of the segments.
  public var sizesAfter: [(file: FileName, size: UInt64)]?
  /// The error that the owner would report, as it words it.
  public var ownerError: String?
  /// What will happen, as sentences without foreign bytes.
  public var message: String
  /// The format's own numbers, such as the next entry id.
  public var attributes: [Attribute]
  /// Configuration of the owner that the forecast takes for granted.
  public var assumes: [String: UInt64]
  /// What happens to single segments, those with something to tell.
  public var steps: [SegmentStep]
  /// Segments about which there is something to tell that is not in `steps`.
  public var stepsLeftOut = 0

  /// What the owner does to one segment.
  public struct SegmentStep: Sendable {
    public var file: FileName
    public var message: String

    public init(file: FileName, message: String) {
      self.file = file
      self.message = message
    }
  }

  public init(
    mode: String, opens: Bool, outcome: ForecastOutcome, keepsRecords: UInt64? = nil,
    losesRecords: UInt64? = nil, cutsBytes: UInt64? = nil,
    sizesAfter: [(file: FileName, size: UInt64)]? = nil, ownerError: String? = nil,
    message: String, attributes: [Attribute] = [], assumes: [String: UInt64] = [:],
    steps: [SegmentStep] = []
  ) {
    self.mode = mode
    self.opens = opens
    self.outcome = outcome
    self.keepsRecords = keepsRecords
    self.losesRecords = losesRecords
    self.cutsBytes = cutsBytes
    self.sizesAfter = sizesAfter
    self.ownerError = ownerError
    self.message = message
    self.attributes = attributes
    self.assumes = assumes
    self.steps = steps
  }
}
