import CByteSearch
import CChecksum
import LogFiles

/// CRC-32C (Castagnoli: polynomial 0x1EDC6F41 reflected, all ones at start and end), with which
/// most formats protect their records.
public enum CRC32C {
  /// The checksum of `bytes`, going on from the checksum `crc` of what stands before them.
  @inline(__always)
  public static func checksum(_ bytes: RawSpan, continuing crc: UInt32 = 0) -> UInt32 {
    // Sound: the buffer is only read, and only during the call.
    unsafe bytes.withUnsafeBytes { unsafe wl_crc32c(crc, $0.baseAddress, $0.count) }
  }

  /// Passes nori-wal records of the usual form, at most `most` and none with more bytes than
  /// `longest`: the lowest flag is their kind.
  static func passNoriWALRecords(_ bytes: RawSpan, longest: Int, most: Int) -> UsualRecords {
    // Sound: the buffer is only read, and only during the call.
    let passed = unsafe bytes.withUnsafeBytes {
      unsafe wl_pass_nori_wal_records($0.baseAddress, $0.count, longest, max(0, most))
    }
    return UsualRecords(
      counts: (passed.count - passed.flagged, passed.flagged), length: passed.length)
  }

  /// Passes whole okaywal entries whose ids rise from `leastID` on, at most `most`, and answers the
  /// last of the ids too.
  static func passOkayWALEntries(_ bytes: RawSpan, leastID: UInt64, most: Int)
    -> (entries: UsualRecords, lastID: UInt64)
  {
    // Sound: the buffer is only read, and only during the call.
    let passed = unsafe bytes.withUnsafeBytes {
      unsafe wl_pass_okaywal_entries($0.baseAddress, $0.count, leastID, max(0, most))
    }
    return (UsualRecords(counts: (passed.count, 0), length: passed.length), passed.last_id)
  }

  /// The single bit that explains a difference between two checksums of a message, counted in
  /// bits from the message's start (lowest bit of a byte first); nil where no single bit does.
  ///
  /// Up to 256 MiB at most one bit explains a difference. A step of work covers 512 bytes.
  public static func flippedBit(stored: UInt32, computed: UInt32, length: Int) -> UInt64? {
    let bit = wl_crc32c_flipped_bit(stored ^ computed, length)
    return bit < 0 ? nil : UInt64(bit)
  }
}

/// Computes each checksum when it is asked for.
public struct DirectChecksum: RecordChecksum {
  public init() {}

  @inline(__always)
  public func crc32c(_ bytes: RawSpan, from start: Int, count: Int) -> UInt32 {
    guard let part = bytes.slice(start, count) else { return 0 }
    return CRC32C.checksum(part)
  }
}

/// The checksums of all parts of one window: made in one pass, when one is asked for, then each in
/// constant time.
///
/// Resync asks at every offset for the checksum of what would be a record there. With a pass over
/// the claimed bytes each time, a file could make that quadratic.
public struct WindowChecksums: RecordChecksum, ~Copyable {
  private let prefixes = ChecksumPrefixes()

  /// The most bytes of a window.
  public static let mostBytes = Int(wl_most_prefixed)

  public init() {}

  /// Forgets what it knows, before the bytes of another window are asked for.
  public mutating func forget() {
    prefixes.known = 0
  }

  @inline(__always)
  public func crc32c(_ bytes: RawSpan, from start: Int, count: Int) -> UInt32 {
    prefixes.checksum(bytes, from: start, count: count)
  }

  /// Gives the prefixes of all offsets of the window to `body`.
  func withPrefixes(_ bytes: RawSpan, _ body: (UnsafePointer<UInt32>) -> Void) {
    unsafe prefixes.withAll(bytes, body)
  }
}

/// What the bytes before each of the first offsets of a window contribute to its checksum.
@safe private final class ChecksumPrefixes {
  /// Bytes whose prefixes are known.
  var known = 0
  private var room: UnsafeMutableBufferPointer<UInt32>
  /// Bytes that are passed at once: not many more than a single small record needs.
  private static let step = 1 << 14

  init() {
    unsafe room = .allocate(capacity: 1)
    unsafe room.initialize(repeating: 0)
  }

  deinit { unsafe room.deallocate() }

  @inline(__always)
  func checksum(_ bytes: RawSpan, from start: Int, count: Int) -> UInt32 {
    if start &+ count > known { pass(bytes, upTo: start &+ count) }
    // Sound: the prefixes up to `known` are there, which is at least the end of the part.
    return unsafe wl_crc32c_between(room.baseAddress, start, start &+ count)
  }

  func withAll(_ bytes: RawSpan, _ body: (UnsafePointer<UInt32>) -> Void) {
    pass(bytes, upTo: bytes.byteCount)
    // Sound: the prefixes are there as long as this object is.
    guard let first = unsafe room.baseAddress else { return }
    unsafe body(first)
  }

  /// Makes the prefixes known up to `end` and a bit more.
  private func pass(_ bytes: RawSpan, upTo end: Int) {
    let wanted = min(bytes.byteCount, (end / Self.step + 1) * Self.step)
    guard wanted > known else { return }
    makeRoom(bytes.byteCount + 1)
    // Sound: there is room for one more word than the window has bytes.
    unsafe bytes.withUnsafeBytes { source in
      guard let first = source.baseAddress, let prefixes = unsafe room.baseAddress else {
        return
      }
      unsafe wl_crc32c_prefixes(first, known, wanted, prefixes)
    }
    known = wanted
  }

  private func makeRoom(_ count: Int) {
    precondition(count - 1 <= WindowChecksums.mostBytes, "a window for a search has fewer bytes")
    guard unsafe room.count < count else { return }
    unsafe room.deallocate()
    unsafe room = .allocate(capacity: count)
    unsafe room.initialize(repeating: 0)
    known = 0
  }
}
