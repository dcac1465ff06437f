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

/// The checksums of all parts of one window: made in one pass, then each in constant time.
///
/// Resync asks at every offset for the checksum of what would be a record there. With a pass over
/// the claimed bytes each time, a file could make that quadratic.
public struct WindowChecksums: RecordChecksum, ~Copyable {
  private var states: [UInt32] = [0]

  public init() {}

  /// Prepares the checksums of all parts of `bytes`.
  public mutating func prepare(_ bytes: RawSpan) {
    let needed = bytes.byteCount + 1
    if states.count < needed {
      states.append(contentsOf: repeatElement(0, count: needed - states.count))
    }
    // Sound: `states` has room for one more word than `bytes` has bytes.
    unsafe bytes.withUnsafeBytes { source in
      unsafe states.withUnsafeMutableBufferPointer { target in
        guard let first = target.baseAddress else { return }
        unsafe wl_crc32c_states(source.baseAddress, source.count, first)
      }
    }
  }

  @inline(__always)
  public func crc32c(_ bytes: RawSpan, from start: Int, count: Int) -> UInt32 {
    wl_crc32c_between(states[start], states[start &+ count], count)
  }
}
