/// When a nori-wal writer waits for the disk (format page, section 9).
public enum NoriWALSyncPolicy: Sendable, Equatable {
  /// After each append; once for a batch.
  case always
  /// With an append, when so much time has passed since it last waited. Nothing does it between
  /// appends: the last ones of a burst stay unsynced, as in the owner.
  case batch(Duration)
  /// Never, except where a segment starts or ends.
  case os

  /// The owner's default.
  public static let usual = NoriWALSyncPolicy.batch(.milliseconds(5))

  /// The policy of a word: `always`, `batch`, `batch=20ms` (or `us`, `s`), `os`.
  public init?(word: String) {
    switch word {
    case "always": self = .always
    case "os": self = .os
    case "batch": self = .usual
    default:
      guard word.hasPrefix("batch="), let window = Self.window(word.dropFirst(6)) else {
        return nil
      }
      self = .batch(window)
    }
  }

  private static func window(_ text: Substring) -> Duration? {
    let digits = text.prefix { $0.isNumber }
    guard let number = UInt32(digits) else { return nil }
    return switch text.dropFirst(digits.count) {
    case "us": .microseconds(Int64(number))
    case "ms": .milliseconds(Int64(number))
    case "s": .seconds(Int64(number))
    default: nil
    }
  }

  /// What the owner does not take.
  var objection: String? {
    guard case .batch(let window) = self, window <= .zero || window > .seconds(1) else {
      return nil
    }
    return "the window of the policy \"batch\" is more than nothing, and a second at most"
  }
}

/// How a nori-wal log is written, with the owner's defaults (format page, section 9).
public struct NoriWALWriterOptions: Sendable {
  /// Bytes that a segment is not to exceed: 128 MiB.
  public var segmentSize: UInt64 = 128 << 20
  public var policy = NoriWALSyncPolicy.usual
  /// How space is taken for a whole segment when it starts. The owner allocates it, and sets the
  /// length alone where the file system cannot allocate.
  public var preallocation = Preallocation.allocate
  /// Goes into events, as the owner's label of the same name.
  public var nodeID: UInt32 = 0

  /// The owner's defaults.
  public init() {}

  /// The least segment size that the owner opens a log with.
  public static let leastSegmentSize: UInt64 = 1 << 20

  /// What the owner's own check of a configuration says against it, nil where nothing.
  public var objection: String? {
    segmentSize < Self.leastSegmentSize
      ? "a segment has \(Self.leastSegmentSize) bytes at least" : policy.objection
  }
}
