/// A hash of what a part of a file holds, the same for a hole, unwritten space and written zeros.
///
/// It is the SHA-256 of every block of 4096 bytes that is not all zeros, in order, each behind its
/// offset from the part's start as a little-endian 64-bit number; the length of the part, as such
/// a number, ends it. Holes are not read.
public struct ContentDigest: Hashable, Sendable {
  /// 32 bytes.
  public let bytes: [UInt8]
  private static let byteCount = 32

  /// The digest with these bytes, nil unless there are 32 of them.
  public init?(bytes: [UInt8]) {
    guard bytes.count == Self.byteCount else { return nil }
    self.bytes = bytes
  }

  /// The digest that these 64 hexadecimal digits write, nil for other text.
  public init?(hexadecimal text: String) {
    let digits = Array(text.utf8)
    guard digits.count == 2 * Self.byteCount else { return nil }
    var bytes: [UInt8] = []
    for start in stride(from: 0, to: digits.count, by: 2) {
      let pair = String(decoding: digits[start..<(start + 2)], as: UTF8.self)
      guard pair.utf8.allSatisfy({ $0 != UInt8(ascii: "+") }), let byte = UInt8(pair, radix: 16)
      else { return nil }
      bytes.append(byte)
    }
    self.bytes = bytes
  }

  /// 64 lowercase hexadecimal digits.
  public var hexadecimal: String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  /// The digest of the bytes of `file` in `range`; what is behind the file's end counts as zeros.
  ///
  /// Nil after `isCancelled` said true.
  ///
  /// - Throws: `FileError` of a read or seek.
  public init?(
    of file: borrowing OpenFile, in range: Range<UInt64>, isCancelled: () -> Bool = { false }
  ) throws(FileError) {
    var hashing = Hashing()
    let length = range.upperBound - range.lowerBound
    var window = FileWindow(
      capacity: length < 1 << 20
        ? Int((length / Hashing.blockSize + 1) * Hashing.blockSize) : 1 << 20)
    var position = range.lowerBound
    while position < range.upperBound {
      if isCancelled() { return nil }
      guard let data = try file.nextData(from: position), data < range.upperBound else { break }
      // Blocks are counted from the start of the part, whatever the file system's blocks are.
      let start = data - (data - range.lowerBound) % Hashing.blockSize
      try window.load(file, at: max(start, range.lowerBound), end: range.upperBound)
      if window.count == 0 { break }
      hashing.add(window.bytes, at: window.offset - range.lowerBound)
      position = window.offset + UInt64(window.count)
    }
    bytes = hashing.finish(length: length)
  }

  /// The digest of these bytes.
  public init(of content: [UInt8]) {
    var hashing = Hashing()
    hashing.add(content.rawBytes, at: 0)
    bytes = hashing.finish(length: UInt64(content.count))
  }
}

/// A content digest under way.
private struct Hashing {
  static let blockSize: UInt64 = 4096
  private var hash = ByteHash()

  /// Adds the blocks of `bytes`, which start at a block's start; only the last call may bring less
  /// than whole blocks.
  mutating func add(_ bytes: RawSpan, at offset: UInt64) {
    var start = 0
    while start < bytes.byteCount {
      let count = min(Int(Self.blockSize), bytes.byteCount - start)
      if let block = bytes.slice(start, count), block.firstNonZero() != nil {
        add(offset + UInt64(start))
        hash.add(block)
      }
      start += count
    }
  }

  private mutating func add(_ number: UInt64) {
    let bytes = (0..<8).map { UInt8(truncatingIfNeeded: number >> UInt64(8 * $0)) }
    hash.add(bytes.rawBytes)
  }

  mutating func finish(length: UInt64) -> [UInt8] {
    add(length)
    return hash.finish()
  }
}
