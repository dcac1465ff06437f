import LogFiles

/// What a part of a record's contents is to the application.
public enum ContentPart: Sendable {
  case key
  case value
}

/// Where the key and the value of a record stand, in bytes from the record's first one.
public struct StoredContents: Sendable {
  public var key: Range<UInt64>?
  public var value: Range<UInt64>?

  public init(key: Range<UInt64>? = nil, value: Range<UInt64>? = nil) {
    self.key = key
    self.value = value
  }
}

/// How far a skim goes.
public struct SkimGoal: Sendable {
  /// The frame that holds this offset from the start of the file is not passed.
  public var offset: UInt64
  /// Frames that are passed at most.
  public var frames: UInt64
  /// Whether frames are passed whose contents stand otherwise in the file than the application
  /// wrote them.
  public var passesEncoded: Bool

  public init(offset: UInt64 = .max, frames: UInt64 = .max, passesEncoded: Bool = true) {
    self.offset = offset
    self.frames = frames
    self.passesEncoded = passesEncoded
  }
}

/// Where a skim has come to.
public enum SkimStep: Sendable {
  /// The frame that the goal names. `isPlain` where its contents stand in the file as the
  /// application wrote them.
  case frame(offset: UInt64, length: UInt64, kind: UInt8, isPlain: Bool)
  /// The frame at `offset` is not whole in the window.
  case more(offset: UInt64)
  /// No frame stands at `offset`.
  case ended(offset: UInt64)
}

/// Takes for right what a scan has found right: it computes nothing and answers the four bytes
/// behind the part, where every format here keeps the checksum of a part.
struct TrustedChecksum: RecordChecksum {
  var verifies: Bool {
    @inline(__always) get { false }
  }

  @inline(__always)
  func crc32c(_ bytes: RawSpan, from start: Int, count: Int) -> UInt32 {
    bytes.le(UInt32.self, at: start &+ count) ?? 0
  }
}

extension RecordFraming {
  @inline(__always)
  public func skimUsual(_ bytes: RawSpan, at offset: UInt64, most: UInt64) -> UsualRecords {
    UsualRecords()
  }

  public mutating func skim(
    _ bytes: RawSpan, base: UInt64, end: UInt64, to goal: SkimGoal, passed: inout UInt64
  ) -> SkimStep {
    let checksum = TrustedChecksum()
    var start = 0
    while true {
      let first = base &+ UInt64(truncatingIfNeeded: start)
      let reach = min(end, max(goal.offset, first)) &- min(end, first)
      if let rest = bytes.slice(
        start, min(bytes.byteCount &- start, Int(truncatingIfNeeded: min(reach, 1 << 40))))
      {
        let usual = skimUsual(rest, at: first, most: goal.frames &- passed)
        passed &+= UInt64(truncatingIfNeeded: usual.counts.kind0)
        start &+= usual.length
      }
      let offset = base &+ UInt64(truncatingIfNeeded: start)
      guard offset < end else { return .ended(offset: offset) }
      let count: Int
      let found: UInt8
      switch frame(bytes, at: start, remaining: end &- offset, checksum: checksum) {
      case .record(let length, let kind), .run(let length, let kind, _),
        .flawed(let length, let kind, _):
        (count, found) = (length, kind)
      case .partial: return .more(offset: offset)
      case .stale, .end, .invalid: return .ended(offset: offset)
      }
      let length = UInt64(truncatingIfNeeded: count)
      let isPlain = isPlain(bytes, at: start, length: length, kind: found)
      if goal.offset &- offset < length || goal.offset < offset || passed == goal.frames
        || !(isPlain || goal.passesEncoded)
      {
        return .frame(offset: offset, length: length, kind: found, isPlain: isPlain)
      }
      passed &+= 1
      start &+= count
    }
  }
}

extension SegmentWalker {
  public mutating func skim(
    _ bytes: RawSpan, base: UInt64, end: UInt64, to goal: SkimGoal, passed: inout UInt64
  ) -> SkimStep { .ended(offset: base) }

  @inline(__always)
  public func isPlain(_ bytes: RawSpan, at start: Int, length: UInt64, kind: UInt8) -> Bool {
    true
  }

  public func contents(of head: RawSpan, offset: UInt64, length: UInt64, kind: UInt8)
    -> StoredContents
  { StoredContents() }

  public func giveContents(of record: RawSpan, _ body: (ContentPart, RawSpan) -> Void) -> Bool {
    true
  }

  public func givePieces(of record: RawSpan, _ body: (Range<Int>) -> Void) -> Bool { false }

  public func giveContents(
    _ source: inout RecordSource, at offset: UInt64, length: UInt64,
    _ body: (ContentPart, RawSpan) -> Void
  ) throws(RecordSourceError) -> Bool { true }
}
