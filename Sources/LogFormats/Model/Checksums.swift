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

  /// The single bit that explains a difference between two checksums of a message, counted in
  /// bits from the message's start (lowest bit of a byte first); nil where no single bit does.
  ///
  /// Up to 256 MiB at most one bit explains a difference. The cost grows with `length`, about
  /// 8 ns a byte.
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
  private let states = ChecksumStates()

  public init() {}

  /// Forgets what it knows, before the bytes of another window are asked for.
  public mutating func forget() { states.known = 0 }

  @inline(__always)
  public func crc32c(_ bytes: RawSpan, from start: Int, count: Int) -> UInt32 {
    states.checksum(bytes, from: start, count: count)
  }

  /// Keeps of the lengths those of records that end with the CRC-32C of their other bytes.
  ///
  /// The lengths belong to the offsets from `start` on; each record lies in `bytes`.
  func keepMatching(
    _ bytes: RawSpan, from start: Int, _ lengths: UnsafeMutableBufferPointer<UInt32>
  ) {
    unsafe states.keepMatching(bytes, from: start, lengths)
  }
}

/// The register states behind the first bytes of a window.
@safe private final class ChecksumStates {
  /// Bytes whose states are known.
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
    // Sound: the states up to `known` are there, which is at least the end of the part.
    return unsafe wl_crc32c_between(room[start], room[start &+ count], count)
  }

  func keepMatching(
    _ bytes: RawSpan, from start: Int, _ lengths: UnsafeMutableBufferPointer<UInt32>
  ) {
    pass(bytes, upTo: bytes.byteCount)
    // Sound: `start` lies in the bytes, and the caller promises that each record does.
    unsafe bytes.withUnsafeBytes { source in
      guard let first = source.baseAddress, let states = unsafe room.baseAddress,
        let target = lengths.baseAddress
      else { return }
      unsafe wl_crc32c_keep_matching(first + start, states + start, lengths.count, target)
    }
  }

  /// Makes the states known up to `end` and a bit more.
  private func pass(_ bytes: RawSpan, upTo end: Int) {
    let wanted = min(bytes.byteCount, (end / Self.step + 1) * Self.step)
    guard wanted > known else { return }
    makeRoom(bytes.byteCount + 1)
    let passed = known
    // Sound: there is room for one more word than the window has bytes.
    unsafe bytes.withUnsafeBytes { source in
      guard let first = source.baseAddress, let states = unsafe room.baseAddress else {
        return
      }
      unsafe wl_crc32c_states(first + passed, wanted - passed, states + passed)
    }
    known = wanted
  }

  private func makeRoom(_ count: Int) {
    guard unsafe room.count < count else { return }
    unsafe room.deallocate()
    unsafe room = .allocate(capacity: count)
    unsafe room.initialize(repeating: 0)
    known = 0
  }
}
