public import LogFiles

/// The keys that a reader of a log would see, each with the record that it comes from.
///
/// Keys themselves stay on disk: a key takes some 50 bytes of memory, whatever its length.
public struct LiveKeys: Sendable {
  /// Where a live key's record is.
  public struct Place: Sendable, Equatable {
    /// The index of the segment in the log's layout.
    public var segment: Int
    /// The record's first byte, from the start of its file.
    public var offset: UInt64
  }

  /// Why the keys could not be counted.
  public enum Failure: Error, Sendable {
    /// More different keys than memory is set aside for.
    case tooManyKeys(limit: Int)
    /// A key longer than is held at once, in bytes.
    case keyTooLong(limit: Int)
    case file(FileError)
    case cancelled

    /// The reason as half a sentence.
    public var message: String {
      switch self {
      case .tooManyKeys(let limit): "there are more than \(limit) different keys"
      case .keyTooLong(let limit): "a key is longer than \(limit) bytes"
      case .file(let error): error.message
      case .cancelled: "stopped"
      }
    }
  }

  /// Different keys that are counted at most, so that memory stays below the limit of the program.
  public static let keyLimit = 700_000
  static let longestKey = 1 << 20

  /// In the owner's reading order.
  public let places: [Place]
  public var count: Int { places.count }

  init(_ table: consuming KeyTable) {
    places = table.places().sorted { ($0.segment, $0.offset) < ($1.segment, $1.offset) }
  }
}

extension LiveKeys {
  /// The keys that a reader of the log would see; nil where the format has none.
  ///
  /// - Throws: `Failure`.
  public static func find(
    _ format: any LogFormat, _ report: LogReport, in directory: OpenDirectory,
    isCancelled: @escaping @Sendable () -> Bool = { false }
  ) throws(Failure) -> LiveKeys? {
    var search = LiveKeySearch(isCancelled: isCancelled)
    for (index, segment) in report.segments.enumerated() {
      guard let range = format.effectiveRange(of: segment) else { return nil }
      if range.isEmpty { continue }
      try search.pass(
        segment.file.name, segment: index, in: directory, range: range,
        walker: format.walker(for: segment.file, in: directory))
    }
    return search.finish()
  }
}
