import LogFiles

/// How tgstream names the files of a backup set (format page, section 6).
enum TgstreamNames {
  static let baseDirectory = FileName("base")
  static let segmentDirectory = FileName("segments")
  static let latest = FileName("latest.json")

  private static let stateSuffix = Array(".stream.toml".utf8)
  private static let gzipSuffix = Array(".gz".utf8)
  private static let baseSuffix = Array(".snap".utf8)
  private static let segmentSuffix = Array(".seg".utf8)

  static func isState(_ name: FileName) -> Bool {
    stem(of: name.bytes[...], without: stateSuffix) != nil
  }

  /// The database that a state file belongs to: `<stem>.teg`.
  static func database(ofState name: FileName) -> FileName? {
    stem(of: name.bytes[...], without: stateSuffix).map { FileName(Array($0) + Array(".teg".utf8)) }
  }

  /// `YYYYMMDDTHHMMSS`: when a base was made, which is its id.
  static func isID(_ bytes: some Collection<UInt8>) -> Bool {
    guard bytes.count == 15 else { return false }
    return bytes.enumerated().allSatisfy { place, byte in
      place == 8 ? byte == UInt8(ascii: "T") : isDigit(byte)
    }
  }

  /// The id in the name of a base: `<id>.snap` or `<id>.snap.gz`.
  static func base(_ name: FileName) -> (id: FileName, isCompressed: Bool)? {
    let (plain, isCompressed) = withoutGzip(name)
    guard let id = stem(of: plain, without: baseSuffix), isID(id) else { return nil }
    return (FileName(Array(id)), isCompressed)
  }

  /// The offsets in the name of a segment: `<from>-<to>.seg` or `<from>-<to>.seg.gz`.
  static func segment(_ name: FileName) -> (range: Range<UInt64>, isCompressed: Bool)? {
    let (plain, isCompressed) = withoutGzip(name)
    guard let stem = stem(of: plain, without: segmentSuffix) else { return nil }
    let numbers = stem.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
    guard numbers.count == 2, let from = number(numbers[0]), let to = number(numbers[1]), from < to
    else { return nil }
    return (from..<to, isCompressed)
  }

  private static func withoutGzip(_ name: FileName) -> (ArraySlice<UInt8>, isCompressed: Bool) {
    stem(of: name.bytes[...], without: gzipSuffix).map { ($0, true) } ?? (name.bytes[...], false)
  }

  private static func stem(of name: ArraySlice<UInt8>, without suffix: [UInt8])
    -> ArraySlice<UInt8>?
  {
    guard name.count > suffix.count, name.suffix(suffix.count).elementsEqual(suffix) else {
      return nil
    }
    return name.dropLast(suffix.count)
  }

  /// A decimal number without padding.
  private static func number(_ digits: ArraySlice<UInt8>) -> UInt64? {
    guard let first = digits.first, digits.allSatisfy(isDigit),
      first != UInt8(ascii: "0") || digits.count == 1
    else { return nil }
    return UInt64(String(decoding: digits, as: UTF8.self))
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }
}

/// What a file of a set is, as its name tells.
enum TgstreamRole: Equatable {
  case state
  case latest
  /// The bytes `[0, valid data end)` of the database.
  case base(isCompressed: Bool)
  /// The bytes of the database in a range.
  case segment(Range<UInt64>, isCompressed: Bool)

  init?(_ name: FileName) {
    guard let last = name.parts.last else { return nil }
    if TgstreamNames.isState(last) {
      self = .state
    } else if last == TgstreamNames.latest {
      self = .latest
    } else if let base = TgstreamNames.base(last) {
      self = .base(isCompressed: base.isCompressed)
    } else if let segment = TgstreamNames.segment(last) {
      self = .segment(segment.range, isCompressed: segment.isCompressed)
    } else {
      return nil
    }
  }
}
