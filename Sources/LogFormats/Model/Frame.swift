/// Why a record is not acceptable, with what was found instead.
public struct Fault: Error, Sendable, Equatable {
  public var reason: Reason
  /// Where in the record the wrong part starts, in bytes from the record's first byte.
  public var offset: UInt64
  /// Bytes from the record's first byte to the end of what it claims to be, where the framing tells.
  public var claimedLength: UInt64?
  /// Whether it is damage even where nothing but zeros follows.
  public var countsInZeros = false
  /// The stored and the computed checksum, where both are known.
  public var stored: UInt32?
  public var computed: UInt32?

  public init(
    _ reason: Reason, at offset: UInt64 = 0, claimedLength: UInt64? = nil, stored: UInt32? = nil,
    computed: UInt32? = nil
  ) {
    self.reason = reason
    self.offset = offset
    self.claimedLength = claimedLength
    self.stored = stored
    self.computed = computed
  }
}

/// What a walker finds at one offset.
public enum Frame: Sendable {
  /// A record that passed every check of the format, and its length in bytes.
  case record(length: Int, kind: UInt8)
  /// So many equal records one after the other, told as one; `length` is that of all of them.
  case run(length: Int, kind: UInt8, records: UInt64)
  /// A record that does not count, while the format's own walk goes on behind it: a damaged one,
  /// or without a fault one that was never committed.
  case flawed(length: Int, kind: UInt8, Fault?)
  /// The file has the bytes, the window does not: this many are needed from the record's first byte.
  case partial(needed: UInt64)
  /// A whole record of an earlier life of the file: the format's own walk ends before it, and
  /// nothing is wrong.
  case stale(length: Int, kind: UInt8)
  /// The format's regular end (an end mark, a stale start); nothing is wrong.
  case end(Reason)
  /// Not a record; the format's own walk ends here.
  case invalid(Fault)
}

/// Where and why a walk ended.
public struct Stop: Sendable, Equatable {
  public enum Cause: Sendable, Equatable {
    /// The last record ends where the file ends.
    case endOfFile
    /// The format's regular end before the end of the file.
    case regularEnd(Reason)
    case invalid(Fault)
  }
  /// Offset from the start of the file.
  public var offset: UInt64
  public var cause: Cause

  public init(offset: UInt64, cause: Cause) {
    self.offset = offset
    self.cause = cause
  }
}

/// What a walker says after it has used up a window.
public enum WalkStep: Sendable {
  /// Load the file from `offset` and go on; at least `needed` bytes are wanted there.
  case more(offset: UInt64, needed: UInt64)
  /// The tally's limit is reached before the record at `offset`.
  case paused(offset: UInt64)
  case stopped(Stop)
}

/// How a walker gets the CRC-32C of a part of its window.
///
/// Scanning computes it; resync looks it up in constant time, because it asks for every offset.
public protocol RecordChecksum: ~Copyable {
  /// The CRC-32C of `count` bytes of `bytes` from `start`; the caller has checked the bounds.
  func crc32c(_ bytes: RawSpan, from start: Int, count: Int) -> UInt32
  /// Whether records are checked at all; what a scan has checked is framed without.
  var verifies: Bool { get }
}

extension RecordChecksum where Self: ~Copyable {
  @inline(__always)
  public var verifies: Bool { true }
}
