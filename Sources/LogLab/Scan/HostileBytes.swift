import LogFiles
import LogFormats

/// What hostile files of one format are made of.
protocol HostileBytes: Sendable {
  /// The name of the file.
  var name: String { get }
  var header: [UInt8] { get }
  /// What must follow records to prove them.
  var proof: [UInt8] { get }
  /// A sound record with a value of this many bytes.
  func record(_ valueSize: Int) -> [UInt8]
  /// The beginning of a record that claims so many bytes.
  func claim(_ length: UInt64) -> [UInt8]
  /// A beginning whose lengths, added, are more than a word holds.
  var wrapping: [UInt8] { get }
  /// Lengths that are longer than they need to be; empty where there are none.
  var filled: [UInt8] { get }
  /// What leads from many places through the same ones to nothing.
  var mergingChains: [UInt8] { get }
  /// Bytes of the file, of which claims take a part.
  var size: UInt64 { get }
  /// The contents that have a meaning in the format.
  var contents: [HostileContents] { get }
  /// Whether records are looked for behind damage.
  var isSearched: Bool { get }
  /// Name and bytes of a file that belongs beside one of `size` bytes.
  func companion(ofSize size: UInt64) -> (name: String, bytes: [UInt8])?
}

extension HostileBytes {
  var contents: [HostileContents] {
    HostileContents.allCases.filter { $0 != .filledLengths || !filled.isEmpty }
  }
  var filled: [UInt8] { [] }
  var isSearched: Bool { true }
  func companion(ofSize size: UInt64) -> (name: String, bytes: [UInt8])? { nil }

  static func bytes(of number: some FixedWidthInteger, highestFirst: Bool) -> [UInt8] {
    let count = number.bitWidth / 8
    let lowestFirst = (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    return highestFirst ? lowestFirst.reversed() : lowestFirst
  }

  /// What is repeated to fill the file.
  func pattern(_ contents: HostileContents) -> [UInt8] {
    switch contents {
    case .text: Array("She sells sea shells by the sea shore, and nobody knows why; ask her. ".utf8)
    case .zeros, .random: [0]
    case .bytes01: [0x01]
    case .bytes02: [0x02]
    case .bytes80: [0x80]
    case .bytesFF: [0xff]
    case .hugeLengths: claim(.max)
    case .wrappingLengths: wrapping
    case .filledLengths: filled
    case .nestedClaims: claim(size / 2)
    case .nestedSmallClaims: claim(100_000)
    case .tinyRecords: record(0)
    case .loneRecords: record(0) + [0xee]
    case .claimsBehindRecords: record(0) + claim(size / 3) + [0xee]
    case .mergingChains: mergingChains
    case .flippedBits: (0..<100).flatMap { record($0) }
    }
  }
}

/// The bytes of the formats.
enum HostileFormats {
  static func of(_ format: String, size: UInt64) -> (any HostileBytes)? {
    switch format {
    case "nori-wal": NoriWALHostility(size: size)
    case "okaywal": OkayWALHostility(size: size)
    case "tegdb": TegDBHostility(size: size)
    case "mmlog": MmlogHostility(size: size)
    default: nil
    }
  }
}

private struct NoriWALHostility: HostileBytes {
  let size: UInt64
  let name = "000000.wal"
  let header: [UInt8] = []
  let proof: [UInt8] = []

  func record(_ valueSize: Int) -> [UInt8] {
    NoriWALEncoder.encode(
      NoriWALRecord(key: [], value: [UInt8](repeating: 0x76, count: valueSize)))
  }

  func claim(_ length: UInt64) -> [UInt8] { Self.varint(length) + Self.varint(100) + [1] }

  var wrapping: [UInt8] { Self.varint(.max - 20) + Self.varint(.max - 20) + [0] }

  var filled: [UInt8] { [UInt8](repeating: 0x80, count: 6) + [0] }

  /// Records that are right, each with a byte between it and the next.
  var mergingChains: [UInt8] { record(0) + record(1) + [0xee] }

  private static func varint(_ value: UInt64) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }
}

private struct OkayWALHostility: HostileBytes {
  let size: UInt64
  let name = "wal-1"
  let header = OkayWALEncoder.header()
  let proof: [UInt8] = []

  func record(_ valueSize: Int) -> [UInt8] {
    OkayWALEncoder.entry(id: 5, chunks: [[UInt8](repeating: 0x76, count: valueSize)])
  }

  func claim(_ length: UInt64) -> [UInt8] {
    [1, 9, 0, 0, 0, 0, 0, 0, 0, 2]
      + Self.bytes(of: UInt32(clamping: length), highestFirst: false)
  }

  var wrapping: [UInt8] { claim(UInt64(UInt32.max) - 3) }

  /// Beginnings of entries that all lead into one long chain of empty chunks.
  var mergingChains: [UInt8] {
    let chunk: [UInt8] = [2, 0, 0, 0, 0, 0, 0, 0, 0]
    let head: [UInt8] = [1, 9, 0, 0, 0, 0, 0, 0, 0]
    var bytes: [UInt8] = []
    for _ in 0..<4_000 { bytes += head + chunk }
    for _ in 0..<10_000 { bytes += chunk }
    return bytes
  }
}

private struct TegDBHostility: HostileBytes {
  let size: UInt64
  let name = "hostile.teg"
  var proof: [UInt8] { Self.record(key: Array("__TX_COMMIT__".utf8), value: []) }

  var header: [UInt8] {
    Array("TEGDB".utf8) + [0, 0, 2] + Self.bytes(of: UInt32(0), highestFirst: true)
      + Self.bytes(of: UInt32(1024), highestFirst: true)
      + Self.bytes(of: UInt32(262_144), highestFirst: true) + [1]
      + Self.bytes(of: UInt64(1) << 50, highestFirst: true) + [UInt8](repeating: 0, count: 35)
  }

  func record(_ valueSize: Int) -> [UInt8] {
    Self.record(key: [0x6b], value: [UInt8](repeating: 0x76, count: valueSize))
  }

  func claim(_ length: UInt64) -> [UInt8] {
    Self.bytes(of: UInt32(1), highestFirst: true)
      + Self.bytes(of: UInt32(clamping: min(length, 262_144)), highestFirst: true)
  }

  var wrapping: [UInt8] {
    Self.bytes(of: UInt32.max, highestFirst: true) + Self.bytes(of: UInt32.max, highestFirst: true)
  }

  /// Almost each offset begins a record.
  var mergingChains: [UInt8] { [0, 0, 0, 0, 0, 0, 0, 1] }

  private static func record(key: [UInt8], value: [UInt8]) -> [UInt8] {
    bytes(of: UInt32(key.count), highestFirst: true)
      + bytes(of: UInt32(value.count), highestFirst: true) + key + value
  }
}

/// Lines and gaps, which are gone through one by one and claim nothing.
private struct MmlogHostility: HostileBytes {
  let size: UInt64
  let name = "hostile.log"
  let header: [UInt8] = []
  let proof: [UInt8] = []
  let isSearched = false
  let wrapping: [UInt8] = []

  var contents: [HostileContents] {
    let claims: [HostileContents] = [
      .hugeLengths, .wrappingLengths, .filledLengths, .nestedClaims, .nestedSmallClaims,
      .claimsBehindRecords,
    ]
    return HostileContents.allCases.filter { !claims.contains($0) }
  }

  func record(_ valueSize: Int) -> [UInt8] { [UInt8](repeating: 0x76, count: valueSize) + [0x0a] }
  func claim(_ length: UInt64) -> [UInt8] { [] }

  /// Short lines, each cut by the smallest gap that binary data can have too.
  var mergingChains: [UInt8] {
    [UInt8](repeating: 0x76, count: 16) + [UInt8](repeating: 0, count: 16)
  }

  /// The metadata: all bytes were taken.
  func companion(ofSize size: UInt64) -> (name: String, bytes: [UInt8])? {
    (name + ".mmlog", MmlogEncoder.metadata(dataSize: size, chunkSize: 8192))
  }
}
