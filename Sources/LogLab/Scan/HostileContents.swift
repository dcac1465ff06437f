import LogFormats

/// What stands behind damage in a file that is made to keep a search for records busy.
public enum HostileContents: String, Sendable, CaseIterable {
  case text, zeros, random
  case bytes01 = "bytes-01"
  case bytes02 = "bytes-02"
  case bytes80 = "bytes-80"
  case bytesFF = "bytes-ff"
  /// Beginnings that claim as much as their fields can say.
  case hugeLengths = "huge-lengths"
  /// Beginnings whose lengths are more than a word holds when they are added.
  case wrappingLengths = "wrapping-lengths"
  /// Lengths that zeros fill up to more bytes than they need.
  case filledLengths = "filled-lengths"
  /// Beginnings one behind the other, each of which claims much of the file.
  case nestedClaims = "nested-claims"
  /// The same within what is held in memory at once.
  case nestedSmallClaims = "nested-small-claims"
  /// The smallest records.
  case tinyRecords = "tiny-records"
  /// The smallest records, with a byte behind each that belongs to none.
  case loneRecords = "lone-records"
  /// The smallest records, each before a beginning that claims much.
  case claimsBehindRecords = "claims-behind-records"
  /// What leads from each of many places through the same ones to nothing; lines cut by gaps.
  case mergingChains = "merging-chains"
  /// Records of which one in a few has a bit flipped.
  case flippedBits = "flipped-bits"
}

/// A file with sound records, damage, hostile contents, and sound records again.
public struct HostileFile: Sendable {
  /// Names of the formats whose hostile files can be made.
  public static let formats = ["nori-wal", "okaywal", "tegdb", "mmlog"]

  /// The contents that have a meaning in a format.
  public static func contents(of format: String) -> [HostileContents] {
    HostileFormats.of(format, size: 0)?.contents ?? []
  }

  private let format: any HostileBytes
  /// A few records that prove each other.
  private let records: [UInt8]
  private let contents: HostileContents
  private let size: Int
  private let pattern: [UInt8]
  /// Records at the end that a search finds.
  public static let soundRecords = 8

  /// A file of about `size` bytes; nil where the contents have no meaning in the format.
  public init?(format: String, _ contents: HostileContents, size: Int) {
    guard let bytes = HostileFormats.of(format, size: UInt64(max(0, size))),
      bytes.contents.contains(contents)
    else { return nil }
    self.format = bytes
    records = (0..<Self.soundRecords).flatMap { bytes.record(20 + $0) } + bytes.proof
    self.contents = contents
    self.size = size
    pattern = bytes.pattern(contents)
  }

  /// The name under which the format knows it.
  public var name: String { format.name }
  /// Whether records are looked for behind damage; else all of it is gone through once.
  public var isSearched: Bool { format.isSearched }
  /// Name and bytes of what belongs beside it, once it is known how long it came to be.
  public func companion(ofSize size: UInt64) -> (name: String, bytes: [UInt8])? {
    format.companion(ofSize: size)
  }

  /// All bytes, piece by piece.
  public func forEachPiece<Failure: Error>(_ body: ([UInt8]) throws(Failure) -> Void)
    throws(Failure)
  {
    try body(format.header + records + [UInt8](repeating: 0xee, count: 100))
    var random = SeededGenerator(seed: 1)
    var written = 0
    var unit: [UInt8] = []
    while unit.count < 1 << 20 { unit += pattern }
    while written < size {
      switch contents {
      case .random: unit = random.bytes(1 << 20)
      case .flippedBits: flip(&unit, with: &random)
      default: break
      }
      try body(unit)
      written += unit.count
    }
    try body([UInt8](repeating: 0xee, count: 100) + records)
  }

  /// All bytes at once, for a small file.
  public var bytes: [UInt8] {
    var all: [UInt8] = []
    forEachPiece { all += $0 }
    return all
  }

  private func flip(_ unit: inout [UInt8], with random: inout SeededGenerator) {
    for start in stride(from: 0, to: unit.count - 1_000, by: 1_000) {
      let place = start + Int(random.next() % 1_000)
      unit[place] ^= 1 << UInt8(random.next() % 8)
    }
  }
}

extension SeededGenerator {
  fileprivate mutating func bytes(_ count: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count + 8)
    while bytes.count < count {
      let word = next()
      for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(8 * shift))) }
    }
    return bytes
  }
}
