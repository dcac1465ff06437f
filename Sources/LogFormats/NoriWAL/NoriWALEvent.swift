/// Something that happened to a log while it was written (format page, section 10). Keys and
/// values are never in one.
public struct NoriWALEvent: Sendable, Equatable {
  public enum Kind: Sendable, Equatable {
    /// A segment was ended with so many bytes, and the next one started.
    case segmentRoll(bytes: UInt64)
    /// The writer waited for the disk, so many milliseconds.
    case fsync(milliseconds: Double)
    /// Opening cut bytes off that were no records. Unlike the owner's event of this name it does
    /// not come for zeros that were only preallocated.
    case corruptionTruncated
    /// A segment was deleted.
    case segmentGc
  }

  public var node: UInt32
  public var segment: UInt64
  public var kind: Kind

  public init(node: UInt32, segment: UInt64, kind: Kind) {
    self.node = node
    self.segment = segment
    self.kind = kind
  }
}
