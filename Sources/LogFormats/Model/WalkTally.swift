/// A record's place from which a walk can be taken up again.
public struct Checkpoint: Sendable, Equatable {
  /// Number of the record among all records of the segment, counted from 0.
  public var record: UInt64
  /// Offset of the record from the start of the file.
  public var offset: UInt64
  /// What the walker carries from record to record (a running checksum), 0 where nothing is.
  public var carry: UInt64

  public init(record: UInt64, offset: UInt64, carry: UInt64) {
    self.record = record
    self.offset = offset
    self.carry = carry
  }
}

/// What a scan notes of the records that it passes: counts, and now and then a checkpoint.
///
/// Memory does not grow with the number of records: when the list is full, every second checkpoint
/// is dropped and the distance between them doubles.
public struct WalkTally: Sendable {
  public static let checkpointLimit = 4096

  /// Records passed so far.
  public private(set) var records: UInt64 = 0
  /// Records passed per kind, by the walker's own number of the kind.
  @usableFromInline var kindCounts = InlineArray<16, UInt64>(repeating: 0)
  public private(set) var checkpoints: [Checkpoint] = []
  /// A checkpoint is set each time this many records have passed; a power of two.
  public private(set) var stride: UInt64
  private var nextCheckpoint: UInt64 = 0

  /// - Parameter stride: records between the first checkpoints, a power of two.
  public init(stride: UInt64 = 64) {
    self.stride = stride
    checkpoints.reserveCapacity(Self.checkpointLimit)
  }

  /// Records of one kind; kinds are below 16.
  public func count(ofKind kind: UInt8) -> UInt64 { kindCounts[Int(kind & 15)] }

  @inline(__always)
  mutating func pass(recordAt offset: UInt64, kind: UInt8, carry: UInt64) {
    if records == nextCheckpoint { setCheckpoint(offset: offset, carry: carry) }
    records &+= 1
    kindCounts[Int(kind & 15)] &+= 1
  }

  @inline(never)
  private mutating func setCheckpoint(offset: UInt64, carry: UInt64) {
    if checkpoints.count == Self.checkpointLimit {
      stride *= 2
      let kept = checkpoints.filter { $0.record % stride == 0 }
      checkpoints.removeAll(keepingCapacity: true)
      checkpoints.append(contentsOf: kept)
    }
    if records % stride == 0 {
      checkpoints.append(Checkpoint(record: records, offset: offset, carry: carry))
    }
    nextCheckpoint = (records / stride + 1) * stride
  }
}
