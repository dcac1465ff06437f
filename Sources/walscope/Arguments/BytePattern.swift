import LogFiles

/// Bytes to look for: text, or `x:` and bytes in base 16.
struct BytePattern {
  let bytes: [UInt8]
  /// How far the search may go on when a byte stands under the pattern's end.
  private let shifts: [Int]

  init(bytes: [UInt8]) {
    self.bytes = bytes
    var shifts = [Int](repeating: bytes.count, count: 256)
    for (index, byte) in bytes.dropLast().enumerated() {
      shifts[Int(byte)] = bytes.count - 1 - index
    }
    self.shifts = shifts
  }

  /// A pattern as the user writes it; nil when it starts with `x:` and is not base 16.
  init?(_ word: FileName) {
    guard word.bytes.starts(with: "x:".utf8) else {
      self.init(bytes: word.bytes)
      return
    }
    let digits = word.bytes.dropFirst(2).filter { $0 != UInt8(ascii: " ") }
    guard digits.count % 2 == 0 else { return nil }
    var bytes: [UInt8] = []
    for index in stride(from: 0, to: digits.count, by: 2) {
      let pair = String(decoding: digits[index..<index + 2], as: UTF8.self)
      guard pair.allSatisfy(\.isHexDigit), let byte = UInt8(pair, radix: 16) else { return nil }
      bytes.append(byte)
    }
    self.init(bytes: bytes)
  }

  /// Whether the pattern occurs (Horspool's search).
  func occurs(in text: [UInt8]) -> Bool {
    guard let last = bytes.last else { return true }
    var end = bytes.count - 1
    while end < text.count {
      let byte = text[end]
      if byte == last, text[(end - bytes.count + 1)...end].elementsEqual(bytes) { return true }
      end += shifts[Int(byte)]
    }
    return false
  }
}
