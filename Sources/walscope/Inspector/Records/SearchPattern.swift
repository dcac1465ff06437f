import LogFiles

/// Bytes that are looked for in keys and values.
struct SearchPattern: Equatable, Sendable {
  /// Why a text is no pattern, for the user to read.
  struct Mistake: Error, Equatable {
    let message: String
  }

  /// Never empty.
  let bytes: [UInt8]
  /// Whether ASCII letters of either case fit each other.
  let ignoresCase: Bool
  /// What was typed.
  let text: String
  /// How far the pattern may move when its last place does not fit, by the byte found there.
  private let shifts: [Int]

  /// Reads what was typed: `x:de ad` stands for the bytes with these hexadecimal digits, everything
  /// else for itself. A text without capital letters fits capital letters as well.
  init(_ text: String) throws(Mistake) {
    self.text = text
    if text.hasPrefix("x:") {
      bytes = try Self.hexBytes(text.dropFirst(2))
      ignoresCase = false
    } else {
      bytes = Array(text.utf8)
      ignoresCase = !bytes.contains { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
    }
    guard !bytes.isEmpty else { throw Mistake(message: "there is nothing to search for") }
    var shifts = [Int](repeating: bytes.count, count: 256)
    for (index, byte) in bytes.dropLast().enumerated() {
      shifts[Int(byte)] = bytes.count - 1 - index
      if ignoresCase, let capital = byte.asciiCapital {
        shifts[Int(capital)] = bytes.count - 1 - index
      }
    }
    self.shifts = shifts
  }

  private static func hexBytes(_ digits: Substring) throws(Mistake) -> [UInt8] {
    let values = digits.filter { $0 != " " }.map { $0.hexDigitValue }
    guard values.count.isMultiple(of: 2), !values.contains(nil) else {
      throw Mistake(message: "x: wants pairs of hexadecimal digits, such as x:de ad")
    }
    let nibbles = values.compactMap { $0 }
    return stride(from: 0, to: nibbles.count, by: 2).map {
      UInt8(nibbles[$0] << 4 | nibbles[$0 + 1])
    }
  }

  /// Whether the pattern occurs in `text` (Horspool's search).
  func occurs(in text: [UInt8]) -> Bool {
    let length = bytes.count
    guard text.count >= length else { return false }
    var end = length - 1
    while end < text.count {
      var back = 0
      while back < length, fits(text[end - back], bytes[length - 1 - back]) { back += 1 }
      if back == length { return true }
      end += shifts[Int(text[end])]
    }
    return false
  }

  @inline(__always)
  private func fits(_ found: UInt8, _ wanted: UInt8) -> Bool {
    found == wanted || (ignoresCase && wanted.asciiCapital == found)
  }
}

extension UInt8 {
  /// The capital of a small ASCII letter, nil for everything else.
  fileprivate var asciiCapital: UInt8? {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self) ? self & 0xDF : nil
  }
}
