/// Stretches inside the data of a segment that were taken and hold nothing.
public struct GapList: Sendable, Equatable {
  /// Stretches beyond this number are counted, and not kept.
  public static let limit = 10_000

  /// The first ones, in the order of their offsets from the start of the file.
  public internal(set) var ranges: [Range<UInt64>] = []
  /// All of them.
  public internal(set) var total: UInt64 = 0
  /// The bytes of all of them together.
  public internal(set) var bytes: UInt64 = 0
  /// The one with the highest offset.
  public internal(set) var last: Range<UInt64>?

  public init() {}

  /// Notes a stretch behind all those noted before.
  public mutating func append(_ range: Range<UInt64>) {
    if ranges.count < Self.limit { ranges.append(range) }
    total += 1
    bytes += range.upperBound - range.lowerBound
    last = range
  }

  /// Takes the last one out again.
  public mutating func removeLast() {
    guard let removed = last else { return }
    if total == UInt64(ranges.count) { ranges.removeLast() }
    total -= 1
    bytes -= removed.upperBound - removed.lowerBound
    last = total == UInt64(ranges.count) ? ranges.last : nil
  }
}
