import CByteSearch
import LogFiles
import LogFormats

/// Bytes that are looked for in keys and values.
public struct SearchPattern: Equatable, Sendable {
  /// Why what was typed is no pattern, for the user to read.
  public struct Mistake: Error, Equatable {
    public let message: String
  }

  /// Never empty. Where case is ignored they have no capital letters.
  public let bytes: [UInt8]
  /// Whether ASCII letters of either case fit each other.
  public let ignoresCase: Bool
  /// Whether only keys are looked at.
  public let wantsKey: Bool
  /// Whether a key must be the pattern as a whole.
  public let isWholeKey: Bool
  /// What was typed, escapes and all: not for a terminal as it is.
  public let typed: [UInt8]
  /// For each byte the length of the longest proper prefix that ends with it.
  private let borders: [UInt32]
  /// A bit for each byte value with which a proper prefix ends, whatever its case where that is
  /// ignored.
  private let prefixEnds: SIMD4<UInt64>
  private var probes: (Int, Int)

  /// Patterns have no more bytes, so that a window always holds some of them.
  public static let lengthLimit = 1 << 16

  /// Reads what was typed: `x:de ad` stands for the bytes with these hexadecimal digits, `t:` and a
  /// text for that text, and everything else for itself; `k:` before one of them asks for keys only.
  /// A text without capital letters fits capital letters as well.
  public init(typed: [UInt8]) throws(Mistake) {
    var rest = typed[...]
    func takes(_ prefix: String) -> Bool {
      guard rest.starts(with: prefix.utf8) else { return false }
      rest = rest.dropFirst(prefix.utf8.count)
      return true
    }
    let wantsKey = takes("k:")
    if takes("x:") {
      try self.init(Self.bytes(ofDigits: rest), ignoresCase: false, wantsKey: wantsKey, typed)
    } else {
      _ = takes("t:")
      let isSmall = !rest.contains { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
      try self.init(Array(rest), ignoresCase: isSmall, wantsKey: wantsKey, typed)
    }
  }

  /// Reads what was typed as a text.
  public init(_ text: String) throws(Mistake) { try self.init(typed: Array(text.utf8)) }

  /// The bytes of a key as it is typed: `x:` and hexadecimal digits, `t:` and the key, or the key
  /// itself.
  public static func keyBytes(typed: [UInt8]) throws(Mistake) -> [UInt8] {
    if typed.starts(with: "x:".utf8) { return try bytes(ofDigits: typed[2...]) }
    return typed.starts(with: "t:".utf8) ? Array(typed[2...]) : typed
  }

  /// Exactly this key; nil for one that has no bytes or too many to be searched for.
  public init?(key: [UInt8]) {
    guard (try? Self.check(key)) != nil else { return nil }
    self.init(checked: key, ignoresCase: false, wantsKey: true, isWholeKey: true, key)
  }

  private init(_ bytes: [UInt8], ignoresCase: Bool, wantsKey: Bool, _ typed: [UInt8])
    throws(Mistake)
  {
    try Self.check(bytes)
    self.init(
      checked: bytes, ignoresCase: ignoresCase, wantsKey: wantsKey, isWholeKey: false, typed)
  }

  private init(
    checked bytes: [UInt8], ignoresCase: Bool, wantsKey: Bool, isWholeKey: Bool, _ typed: [UInt8]
  ) {
    self.bytes = bytes
    self.ignoresCase = ignoresCase
    self.wantsKey = wantsKey
    self.isWholeKey = isWholeKey
    self.typed = typed
    var borders = [UInt32](repeating: 0, count: bytes.count)
    var matched = 0
    for index in bytes.indices.dropFirst() {
      while matched > 0, bytes[matched] != bytes[index] { matched = Int(borders[matched - 1]) }
      if bytes[matched] == bytes[index] { matched += 1 }
      borders[index] = UInt32(matched)
    }
    self.borders = borders
    prefixEnds = bytes.dropLast().reduce(into: SIMD4()) { ends, byte in
      ends[Int(byte >> 6)] |= 1 << UInt64(byte & 63)
      guard ignoresCase, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) else { return }
      ends[1] |= 1 << UInt64(byte & 0xDF & 63)
    }
    probes = (0, bytes.count - 1)
  }

  private static func check(_ bytes: [UInt8]) throws(Mistake) {
    if bytes.isEmpty { throw Mistake(message: "there is nothing to search for") }
    if bytes.count > lengthLimit {
      throw Mistake(message: "a pattern has at most \(lengthLimit) bytes")
    }
  }

  private static func bytes(ofDigits digits: ArraySlice<UInt8>) throws(Mistake) -> [UInt8] {
    var nibbles: [UInt8] = []
    for digit in digits where digit != UInt8(ascii: " ") {
      guard let value = Character(Unicode.Scalar(digit)).hexDigitValue else {
        throw Mistake(message: "behind x: stand hexadecimal digits only, such as x:de ad")
      }
      nibbles.append(UInt8(value))
    }
    guard nibbles.count.isMultiple(of: 2) else {
      throw Mistake(
        message: "behind x: stand two hexadecimal digits for each byte, such as x:de ad, "
          + "so \(nibbles.count) are too few or too many")
    }
    return stride(from: 0, to: nibbles.count, by: 2).map { nibbles[$0] << 4 | nibbles[$0 + 1] }
  }

  /// Has those of its bytes looked at first that are rare in `sample`.
  mutating func prepare(for sample: RawSpan) {
    var counts = [UInt32](repeating: 0, count: 256)
    for offset in 0..<min(sample.byteCount, 1 << 14) {
      if let byte = sample.le(UInt8.self, at: offset) { counts[Int(byte)] += 1 }
    }
    func count(_ place: Int) -> UInt32 {
      let byte = bytes[place]
      let isLetter = ignoresCase && (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
      return counts[Int(byte)] + (isLetter ? counts[Int(byte & 0xDF)] : 0)
    }
    // A few hundred places are choice enough.
    let places = bytes.indices.prefix(256)
    let rarest = places.min { count($0) < count($1) } ?? 0
    let second =
      places.filter { $0 != rarest && bytes[$0] != bytes[rarest] }
      .min { count($0) < count($1) } ?? bytes.count - 1
    probes = (rarest, second)
  }

  /// Where the pattern first stands in `text` from `start` on.
  public func firstMatch(in text: RawSpan, from start: Int = 0) -> Int? {
    guard let rest = text.slice(start, text.byteCount - start) else { return nil }
    // Sound: the search reads the two arrays and the span only, and only during the call.
    let found = unsafe bytes.withUnsafeBufferPointer { bytes in
      unsafe borders.withUnsafeBufferPointer { borders in
        unsafe rest.withUnsafeBytes { text in
          var pattern = unsafe wl_pattern(
            bytes: bytes.baseAddress, length: bytes.count, borders: borders.baseAddress,
            probes: (probes.0, probes.1), ignores_case: ignoresCase)
          return unsafe wl_find_bytes(&pattern, text.baseAddress, text.count)
        }
      }
    }
    return found < rest.byteCount ? start + found : nil
  }

  /// All places in `text` where the pattern stands, none of which overlap; `limit` of them at most.
  public func matches(in text: RawSpan, limit: Int = .max) -> [Range<Int>] {
    var found: [Range<Int>] = []
    var start = 0
    while found.count < limit, let place = firstMatch(in: text, from: start) {
      found.append(place..<place + bytes.count)
      start = place + bytes.count
    }
    return found
  }

  /// All places in `text` where the pattern stands, none of which overlap.
  public func matches(in text: [UInt8]) -> [Range<Int>] { matches(in: text.rawBytes) }

  /// Whether the pattern stands in `text`.
  public func occurs(in text: [UInt8]) -> Bool { firstMatch(in: text.rawBytes) != nil }

  /// Longer patterns are not looked for by `stands`: each of their bytes can be the first one
  /// behind the joint.
  static let lengthAcrossPieces = 64

  /// Whether the pattern stands across two pieces, of which the second is at least as long as the
  /// pattern. Where the first is shorter, bytes before it may count too: it may be answered yes.
  func stands(in record: RawSpan, endOf before: Range<Int>, startOf after: Range<Int>) -> Bool {
    // Asked of each record of several pieces: a look at one byte says no to most.
    guard let last = record.le(UInt8.self, at: before.upperBound - 1),
      prefixEnds[Int(last >> 6)] >> UInt64(last & 63) & 1 != 0
    else { return false }
    return (1..<max(1, bytes.count)).contains { count in
      (0..<bytes.count).allSatisfy { place in
        let distance = place - count
        let byte = record.le(
          UInt8.self,
          at: distance < 0 ? before.upperBound + distance : after.lowerBound + distance)
        return byte.map { fits($0, bytes[place]) } ?? false
      }
    }
  }

  private func fits(_ byte: UInt8, _ own: UInt8) -> Bool {
    let isCapital = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
    return byte == own || ignoresCase && isCapital && byte | 0x20 == own
  }

  /// Whether a hole in a file, which reads as zeros, can hold the pattern.
  var canBeZeros: Bool { bytes.allSatisfy { $0 == 0 } }

  /// Whether it is looked for in a part of a record.
  func wants(_ part: ContentPart) -> Bool { part == .key || !wantsKey }

  public static func == (a: SearchPattern, b: SearchPattern) -> Bool {
    a.bytes == b.bytes && a.ignoresCase == b.ignoresCase && a.wantsKey == b.wantsKey
      && a.isWholeKey == b.isWholeKey && a.typed == b.typed
  }
}

/// Looks for a pattern in the parts of one record, which come piece by piece.
struct ContentMatcher {
  private let pattern: SearchPattern
  private var part: ContentPart?
  private var carried: [UInt8] = []
  private var length = 0
  /// Where the pattern was found first.
  private(set) var match: ContentPart?

  init(_ pattern: SearchPattern) { self.pattern = pattern }

  /// Takes the next piece of a part; a part's pieces come one after the other.
  mutating func take(_ part: ContentPart, _ piece: RawSpan) {
    guard match == nil, pattern.wants(part) else { return }
    if self.part != part {
      finish()
      guard match == nil else { return }
      begin()
      self.part = part
    }
    length += piece.byteCount
    let overlap = pattern.bytes.count - 1
    if pattern.isWholeKey {
      carried.append(first: pattern.bytes.count - carried.count, of: piece)
      return
    }
    let isJoint = !carried.isEmpty
    if isJoint {
      carried.append(first: overlap, of: piece)
      if pattern.occurs(in: carried) { match = part }
    }
    if match == nil, pattern.firstMatch(in: piece) != nil { match = part }
    if piece.byteCount >= overlap {
      carried.removeAll(keepingCapacity: true)
      if let end = piece.slice(piece.byteCount - overlap, overlap) {
        carried.append(first: overlap, of: end)
      }
    } else {
      if !isJoint { carried.append(first: overlap, of: piece) }
      carried.removeFirst(max(0, carried.count - overlap))
    }
  }

  /// Forgets the record before; the room for what is carried stays.
  mutating func begin() {
    part = nil
    match = nil
    length = 0
    carried.removeAll(keepingCapacity: true)
  }

  /// Says that no more pieces come.
  mutating func finish() {
    if pattern.isWholeKey, part == .key, match == nil, length == pattern.bytes.count,
      carried == pattern.bytes
    {
      match = .key
    }
  }
}

extension [UInt8] {
  /// Appends the first bytes of a span; `count` of them where there are as many.
  fileprivate mutating func append(first count: Int, of bytes: RawSpan) {
    guard let part = bytes.slice(0, Swift.min(bytes.byteCount, Swift.max(0, count))) else { return }
    append(copying: part)
  }
}
