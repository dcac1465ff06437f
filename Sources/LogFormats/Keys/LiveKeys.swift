public import LogFiles

/// The keys that a reader of a log would see, each with the record that it comes from.
///
/// Keys themselves stay on disk: a key takes 40 bytes of memory, whatever its length.
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

/// Which record last changed each key: a table of key fingerprints.
///
struct KeyTable: ~Copyable {
  private struct Slot {
    var first: UInt64 = 0
    var second: UInt64 = 0
    var offset: UInt64 = 0
    var segment: UInt32 = 0
    var state: UInt32 = 0
  }
  private static let free: UInt32 = 0
  private static let live: UInt32 = 1
  private static let gone: UInt32 = 2

  private let fingerprints = KeyFingerprints()
  private var slots = [Slot](repeating: Slot(), count: 1 << 10)
  private(set) var used = 0
  private(set) var liveCount = 0

  /// Notes that the record at a place puts (or takes away) a key.
  mutating func note(_ key: RawSpan, isLive: Bool, segment: Int, offset: UInt64) {
    let (first, second) = fingerprints.of(key)
    if used * 10 >= slots.count * 7 { grow() }
    let index = index(of: first, second)
    if slots[index].state == Self.free { used += 1 }
    if slots[index].state == Self.live { liveCount -= 1 }
    if isLive { liveCount += 1 }
    slots[index] = Slot(
      first: first, second: second, offset: offset, segment: UInt32(truncatingIfNeeded: segment),
      state: isLive ? Self.live : Self.gone)
  }

  consuming func places() -> [LiveKeys.Place] {
    var places: [LiveKeys.Place] = []
    places.reserveCapacity(liveCount)
    for slot in slots where slot.state == Self.live {
      places.append(LiveKeys.Place(segment: Int(slot.segment), offset: slot.offset))
    }
    return places
  }

  private func index(of first: UInt64, _ second: UInt64) -> Int {
    let mask = slots.count - 1
    var index = Int(truncatingIfNeeded: first) & mask
    while slots[index].state != Self.free,
      slots[index].first != first || slots[index].second != second
    {
      index = (index + 1) & mask
    }
    return index
  }

  private mutating func grow() {
    let old = slots
    slots = [Slot](repeating: Slot(), count: old.count * 2)
    for slot in old where slot.state != Self.free {
      slots[index(of: slot.first, slot.second)] = slot
    }
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
