import LogFiles

/// The first 64 bytes of a TegDB file (format page, section 2).
struct TegDBHeader: Equatable {
  var version: UInt16
  var flags: UInt32
  var maxKeyLength: UInt32
  var maxValueLength: UInt32
  var endianMark: UInt8
  /// Version 2: where the owner noted that its data end, in bytes from the start of the file.
  var validDataEnd: UInt64?
  var isReservedZero: Bool

  static let length: UInt64 = 64
  static let magic: [UInt8] = [0x54, 0x45, 0x47, 0x44, 0x42, 0x00]
  static let versionOffset: UInt64 = 6
  static let endianOffset: UInt64 = 20
  static let dataEndOffset: UInt64 = 21

  /// What the first bytes of a file are.
  enum Status: String {
    case ok
    case empty
    case short
    case badMagic = "bad-magic"
    case unsupportedVersion = "unsupported-version"
    case badEndian = "bad-endian"
    /// No header, and records from the first byte on.
    case headerless
    /// A part of a database file, which has no header of its own.
    case stretch
  }

  static func hasMagic(_ head: RawSpan) -> Bool {
    magic.indices.allSatisfy { head.le(UInt8.self, at: $0) == magic[$0] }
  }

  /// The fields, nil where the file is shorter than a header.
  init?(_ head: RawSpan) {
    guard let version = head.be(UInt16.self, at: 6), let flags = head.be(UInt32.self, at: 8),
      let maxKeyLength = head.be(UInt32.self, at: 12),
      let maxValueLength = head.be(UInt32.self, at: 16),
      let endianMark = head.le(UInt8.self, at: 20), let dataEnd = head.be(UInt64.self, at: 21),
      let reserved = head.slice(29, 35), let unused = head.slice(21, 43)
    else { return nil }
    self.version = version
    self.flags = flags
    self.maxKeyLength = maxKeyLength
    self.maxValueLength = maxValueLength
    self.endianMark = endianMark
    validDataEnd = version == 2 ? dataEnd : nil
    isReservedZero = version == 2 ? reserved.isZero : unused.isZero
  }

  var facts: [Attribute] {
    var facts = [
      Attribute("version", .number(UInt64(version))),
      Attribute("flags", .number(UInt64(flags))),
      Attribute("maxKeyLength", .size(UInt64(maxKeyLength))),
      Attribute("maxValueLength", .size(UInt64(maxValueLength))),
      Attribute("endianMark", .number(UInt64(endianMark))),
      Attribute("reservedIsZero", .flag(isReservedZero)),
    ]
    if let validDataEnd { facts.append(Attribute("validDataEnd", .number(validDataEnd))) }
    return facts
  }

  // MARK: Writing

  /// The bytes of a header of version 2 as the owner writes it, with its default limits.
  static func fresh(validDataEnd: UInt64) -> [UInt8] {
    let limits = TegDBLimits()
    return magic + bigEndian(UInt16(2)) + bigEndian(UInt32(0))
      + bigEndian(UInt32(limits.keyLength)) + bigEndian(UInt32(limits.valueLength)) + [1]
      + bigEndian(validDataEnd) + [UInt8](repeating: 0, count: 35)
  }

  static func bigEndian<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    (0..<Number.bitWidth / 8).reversed().map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
  }

  /// The owner's checks, in its order.
  static func status(_ head: RawSpan, fileSize: UInt64) -> (Status, TegDBHeader?) {
    if fileSize == 0 { return (.empty, nil) }
    guard fileSize >= length, let header = TegDBHeader(head) else { return (.short, nil) }
    guard hasMagic(head) else { return (.badMagic, nil) }
    guard header.version == 1 || header.version == 2 else { return (.unsupportedVersion, header) }
    guard header.endianMark == 1 else { return (.badEndian, header) }
    return (.ok, header)
  }
}

/// The parts of the owner's configuration that decide what it reads (format page, section 3.3).
struct TegDBLimits: Equatable {
  var keyLength: UInt64 = 1024
  var valueLength: UInt64 = 262_144
  /// Values longer than this are not read on open, and not missed when they are cut.
  var inlineValueLength: UInt64 = 64
}
