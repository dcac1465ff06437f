import LogFiles

/// The bytes of a nori-wal record before its key (format page, section 3).
///
/// Many records at once are passed and looked for in C: `nori_wal_records` in `CChecksum` and in
/// `CByteSearch`. Tests of the walk and of the notes for resync hold both to what is read here.
struct NoriWALHeader {
  var keyLength: UInt64
  var valueLength: UInt64
  var flags: UInt8
  var timeToLive: UInt64?
  /// Bytes that these fields take.
  var length: Int

  /// The longest header: three varints of ten bytes and the flags.
  /// Enough to read any header, and to see that a varint is too long.
  static let lookAhead: UInt64 = 32
  static let checksumLength: UInt64 = 4
  /// The owner does not look at fewer bytes.
  static let shortestRecord: UInt64 = 6

  enum Compression: UInt8 {
    case none = 0
    case lz4 = 1
    case zstd = 2
    case invalid = 3
  }

  static func compression(_ flags: UInt8) -> Compression {
    Compression(rawValue: flags >> 2 & 3) ?? .invalid
  }

  var compression: Compression { Self.compression(flags) }
  var isTombstone: Bool { flags & 1 != 0 }

  /// Whether all its varints have the shortest form, as the owner writes them.
  var isShortest: Bool {
    let time = timeToLive.map(Self.shortestLength) ?? 0
    return length == Self.shortestLength(keyLength) + Self.shortestLength(valueLength) + 1 + time
  }

  /// Bytes of the shortest varint for a value.
  static func shortestLength(_ value: UInt64) -> Int {
    max(1, (UInt64.bitWidth - value.leadingZeroBitCount + 6) / 7)
  }

  init(
    keyLength: UInt64, valueLength: UInt64, flags: UInt8, timeToLive: UInt64?, length: Int
  ) {
    self.keyLength = keyLength
    self.valueLength = valueLength
    self.flags = flags
    self.timeToLive = timeToLive
    self.length = length
  }

  /// Why a header cannot be read.
  enum Failure: Error {
    case varintOverflow
    case badCompression
    /// The bytes end inside the header.
    case incomplete
  }

  /// Reads the fields in the owner's order of checks.
  @inline(__always)
  init(_ bytes: RawSpan, at start: Int) throws(Failure) {
    var next = start
    keyLength = try Self.varint(bytes, at: &next)
    valueLength = try Self.varint(bytes, at: &next)
    guard let flags = bytes.le(UInt8.self, at: next) else { throw .incomplete }
    self.flags = flags
    next &+= 1
    if flags & 0x0c == 0x0c { throw .badCompression }
    timeToLive = flags & 0x02 != 0 ? try Self.varint(bytes, at: &next) : nil
    length = next &- start
  }

  /// The flags of the header at `start`, nil where it has none.
  @inline(__always)
  static func flags(_ bytes: RawSpan, at start: Int) -> UInt8? {
    var next = start
    guard (try? varint(bytes, at: &next)) != nil, (try? varint(bytes, at: &next)) != nil else {
      return nil
    }
    return bytes.le(UInt8.self, at: next)
  }

  /// The header at the start of `bytes`, or why it cannot be read.
  static func reading(_ bytes: [UInt8]) -> Result<NoriWALHeader, Failure> {
    reading(bytes.rawBytes)
  }

  /// The header at the start of `bytes`, or why it cannot be read.
  static func reading(_ bytes: RawSpan) -> Result<NoriWALHeader, Failure> {
    do throws(Failure) {
      return .success(try NoriWALHeader(bytes, at: 0))
    } catch {
      return .failure(error)
    }
  }

  /// Unsigned LEB128 as the owner reads it: overlong forms are accepted, the tenth byte keeps what
  /// fits 64 bits, an eleventh is an overflow.
  @inline(__always)
  static func varint(_ bytes: RawSpan, at next: inout Int) throws(Failure) -> UInt64 {
    guard let first = bytes.le(UInt8.self, at: next) else { throw .incomplete }
    if first < 0x80 {
      next &+= 1
      return UInt64(first)
    }
    return try longVarint(bytes, at: &next)
  }

  @inline(never)
  private static func longVarint(_ bytes: RawSpan, at next: inout Int) throws(Failure) -> UInt64 {
    var value: UInt64 = 0
    for index in 0..<10 {
      guard let byte = bytes.le(UInt8.self, at: next &+ index) else { throw .incomplete }
      value |= UInt64(byte & 0x7f) << UInt64(7 * index)
      if byte < 0x80 {
        next &+= index + 1
        return value
      }
    }
    throw bytes.le(UInt8.self, at: next &+ 10) == nil ? .incomplete : .varintOverflow
  }
}
