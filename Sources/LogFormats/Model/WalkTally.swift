/// A record's place from which a walk can be taken up again.
public struct Checkpoint: Sendable, Equatable {
  /// Number of the frame among all frames of the segment, counted from 0.
  public var frame: UInt64
  /// Offset of the frame from the start of the file.
  public var offset: UInt64
  /// What the walker carries from record to record (a running checksum), 0 where nothing is.
  public var carry: UInt64

  public init(frame: UInt64, offset: UInt64, carry: UInt64) {
    self.frame = frame
    self.offset = offset
    self.carry = carry
  }
}

/// What a scan notes of the frames that it passes: counts, and now and then a checkpoint.
///
/// Memory does not grow with the number of records: when the list is full, every second checkpoint
/// is dropped and the distance between them doubles.
public struct WalkTally: Sendable {
  public static let checkpointLimit = 4096
  /// Faults of flawed frames that are kept.
  public static let faultLimit = 1000

  /// Frames passed so far: acceptable records and flawed ones.
  public private(set) var frames: UInt64 = 0
  /// Acceptable records passed so far, per kind, by the walker's own number of the kind.
  private var kindCounts = InlineArray<16, UInt64>(repeating: 0)
  public private(set) var flawed: UInt64 = 0
  /// Records beside the first of each frame that stands for several.
  private var folded: UInt64 = 0
  /// Flawed frames that are damaged, and the first of them.
  public private(set) var damaged: UInt64 = 0
  public private(set) var faults: [(offset: UInt64, fault: Fault)] = []
  /// The run of flawed frames passed last: the offset of its first, the number behind its last.
  private var flawedRun: (offset: UInt64, endFrame: UInt64)?
  /// In the order of their offsets.
  public private(set) var checkpoints: [Checkpoint] = []
  /// Frames between two checkpoints, a power of two; 0 when none are wanted.
  private var stride: UInt64
  private let limit: UInt64
  /// The frame before which something is due: a checkpoint, or the limit.
  private var nextEvent: UInt64

  /// A tally for a scan, which sets checkpoints.
  public init() {
    stride = 64
    limit = .max
    nextEvent = 0
  }

  /// A tally that pauses the walk before frame number `limit`, and sets no checkpoints.
  public init(pausingAfter limit: UInt64) {
    stride = 0
    self.limit = limit
    nextEvent = limit
  }

  /// Acceptable records passed so far.
  public var records: UInt64 { frames - flawed + folded }

  /// Acceptable records of one kind; kinds are below 16.
  public func count(ofKind kind: Int) -> UInt64 { kindCounts[kind & 15] }

  @inline(__always)
  mutating func pass(kind: UInt8) {
    frames &+= 1
    kindCounts[Int(kind & 15)] &+= 1
  }

  /// Frames that can be passed before `pauses` has to be asked again.
  @inline(__always)
  var framesBeforeEvent: Int { Int(truncatingIfNeeded: min(nextEvent &- frames, 1 << 32)) }

  /// Passes records of which no more are there than frames before the next event.
  @inline(__always)
  mutating func pass(_ usual: UsualRecords) {
    frames &+= UInt64(truncatingIfNeeded: usual.counts.kind0 &+ usual.counts.kind1)
    kindCounts[0] &+= UInt64(truncatingIfNeeded: usual.counts.kind0)
    kindCounts[1] &+= UInt64(truncatingIfNeeded: usual.counts.kind1)
  }

  /// Passes records that were only counted. No checkpoint is set behind them: none of what follows
  /// is listed.
  public mutating func pass(_ counted: CountedRecords) {
    frames &+= counted.records
    for kind in counted.kindCounts.indices { kindCounts[kind] &+= counted.kindCounts[kind] }
    nextEvent = .max
  }

  /// Passes a frame that stands for several equal records.
  public mutating func passRun(kind: UInt8, records: UInt64) {
    pass(kind: kind)
    folded &+= records &- 1
    kindCounts[Int(kind & 15)] &+= records &- 1
  }

  /// Passes a frame of several records that was framed outside of a window.
  public mutating func passLargeRun(kind: UInt8, records: UInt64, at offset: UInt64, carry: UInt64)
  {
    _ = pauses(before: offset, carry: carry)
    passRun(kind: kind, records: records)
  }

  /// Passes a record that was framed outside of a window.
  public mutating func passLarge(kind: UInt8, at offset: UInt64, carry: UInt64) {
    _ = pauses(before: offset, carry: carry)
    pass(kind: kind)
  }

  /// Passes a flawed frame that was framed outside of a window.
  public mutating func passLargeFlawed(at offset: UInt64, fault: Fault?, carry: UInt64) {
    _ = pauses(before: offset, carry: carry)
    passFlawed(at: offset, fault: fault)
  }

  public mutating func passFlawed(at offset: UInt64, fault: Fault?) {
    if flawedRun?.endFrame != frames { flawedRun = (offset, frames) }
    frames += 1
    flawed += 1
    flawedRun?.endFrame = frames
    guard let fault else { return }
    damaged += 1
    if faults.count < Self.faultLimit { faults.append((offset, fault)) }
  }

  /// The offset behind the last acceptable record of a walk that ended at `stop`.
  public func acceptedEnd(stop: UInt64) -> UInt64 {
    guard let flawedRun, flawedRun.endFrame == frames else { return stop }
    return flawedRun.offset
  }

  /// Notes the frame that comes next; true when the walk is to pause before it.
  @inline(__always)
  mutating func pauses(before offset: UInt64, carry: UInt64) -> Bool {
    frames == nextEvent && meetsEvent(at: offset, carry: carry)
  }

  @inline(never)
  private mutating func meetsEvent(at offset: UInt64, carry: UInt64) -> Bool {
    guard frames < limit else { return true }
    if checkpoints.count == Self.checkpointLimit {
      stride *= 2
      checkpoints.removeAll { $0.frame % stride != 0 }
    }
    if frames % stride == 0 {
      checkpoints.append(Checkpoint(frame: frames, offset: offset, carry: carry))
    }
    nextEvent = (frames / stride + 1) * stride
    return false
  }
}
