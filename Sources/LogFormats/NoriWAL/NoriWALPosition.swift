/// A place in a nori-wal log (format page, section 8). Only in memory: nothing on disk holds one.
public struct NoriWALPosition: Sendable, Hashable, Comparable {
  /// The segment's id, as its name tells it.
  public var segment: UInt64
  /// Offset in bytes from the start of the segment's file.
  public var offset: UInt64

  public init(segment: UInt64, offset: UInt64) {
    self.segment = segment
    self.offset = offset
  }

  /// The first byte of the first segment that a log can have.
  public static let start = NoriWALPosition(segment: 0, offset: 0)

  /// By segment, then by offset.
  public static func < (left: NoriWALPosition, right: NoriWALPosition) -> Bool {
    (left.segment, left.offset) < (right.segment, right.offset)
  }
}
