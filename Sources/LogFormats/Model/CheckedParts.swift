import CChecksum
import LogFiles

/// Parts of a window whose checksums are looked at together, and so in less time than one by one.
///
/// As the checksum of a walker it notes the part that it is asked for, and answers what is stored
/// behind it, as every format here has it: what is framed so is right when all parts match.
@safe public struct CheckedParts: RecordChecksum, ~Copyable {
  public static let capacity = 64
  private let parts: UnsafeMutablePointer<wl_checked_part>
  /// How many were noted; more than there is room for when some had none.
  private let noted: UnsafeMutablePointer<Int>

  init() {
    unsafe parts = .allocate(capacity: Self.capacity)
    unsafe noted = .allocate(capacity: 1)
    unsafe noted.initialize(to: 0)
  }

  deinit {
    unsafe parts.deallocate()
    unsafe noted.deallocate()
  }

  /// Parts noted so far.
  var count: Int {
    @inline(__always) get { min(unsafe noted.pointee, Self.capacity) }
  }

  /// Whether a part was asked for that could not be noted.
  var isOverfull: Bool {
    @inline(__always) get { unsafe noted.pointee > Self.capacity }
  }

  /// Forgets all parts but the first ones.
  @inline(__always)
  func keep(_ count: Int) {
    // Sound: as all writes to it, within the one thread that has this value.
    unsafe noted.pointee = min(count, self.count)
  }

  @inline(__always)
  public func crc32c(_ bytes: RawSpan, from start: Int, count: Int) -> UInt32 {
    let index = unsafe noted.pointee
    guard index < Self.capacity, count >= 0, let first = UInt32(exactly: start),
      let length = UInt32(exactly: count), let stored = bytes.le(UInt32.self, at: start &+ count)
    else {
      unsafe noted.pointee = Self.capacity + 1
      return 0
    }
    // Sound: there is room for the index, and the part and its checksum were found in the bytes.
    unsafe parts[index] = wl_checked_part(start: first, length: length)
    unsafe noted.pointee = index &+ 1
    return stored
  }

  /// How many of the first parts match; `bytes` are those in which they were noted.
  func countMatching(_ bytes: RawSpan) -> Int {
    // Sound: each part was found in these bytes, which are only read, and only during the call.
    unsafe bytes.withUnsafeBytes {
      unsafe wl_crc32c_count_matching($0.baseAddress, parts, count)
    }
  }
}
