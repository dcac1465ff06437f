public import LogFiles

/// One file of a log, as its name and place tell.
public struct SegmentFile: Sendable, Equatable {
  public var name: FileName
  /// The number that orders the segments, nil where the format has no numbers.
  public var id: UInt64?
  public var state: SegmentState
  public var kind: FileKind

  public init(name: FileName, id: UInt64?, state: SegmentState, kind: FileKind = .regular) {
    self.name = name
    self.id = id
    self.state = state
    self.kind = kind
  }
}

/// How sure the recognition of a format is.
public enum Confidence: Int, Sendable, Comparable {
  /// The names fit, the contents were not or could not be confirmed.
  case byName = 1
  /// The contents fit, the names do not.
  case byContent = 2
  /// Names and contents fit.
  case certain = 3
  /// The user said so.
  case forced = 4

  public static func < (left: Confidence, right: Confidence) -> Bool {
    left.rawValue < right.rawValue
  }

  public var title: String {
    switch self {
    case .byName: "by name only"
    case .byContent: "by content"
    case .certain: "certain"
    case .forced: "as asked"
    }
  }
}

/// The files of one log, in the owner's order, before any of them is read as a whole.
public struct LogLayout: Sendable, Equatable {
  public var format: String
  /// Why this is taken for a log of the format, as a sentence.
  public var recognition: String
  public var confidence: Confidence
  /// Segments in the owner's order, those that the owner ignores left out.
  public var segments: [SegmentFile]
  /// Other files of the directory that belong to the log or lie in its way.
  public var strays: [SegmentFile]
  /// Ids that the sequence calls for and that no file has.
  public var missing: [ClosedRange<UInt64>]
  /// The file that gives the log its name when a directory holds several logs, else nil.
  public var primary: FileName?
  /// Directories below that hold files of this log, by their names from here. What the format
  /// finds there is no log of its own.
  public var includes: [FileName] = []

  public init(
    format: String, recognition: String, confidence: Confidence, segments: [SegmentFile],
    strays: [SegmentFile] = [], missing: [ClosedRange<UInt64>] = [], primary: FileName? = nil
  ) {
    self.format = format
    self.recognition = recognition
    self.confidence = confidence
    self.segments = segments
    self.strays = strays
    self.missing = missing
    self.primary = primary
  }
}
