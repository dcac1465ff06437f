/// A record that tells its number and proves its content, wherever its bytes turn up. Printable
/// text without a line end, so that every format takes it.
package struct NumberedRecord: Equatable {
  package let number: UInt64
  /// Bytes of the value.
  package let size: Int

  package static let shortest = 32

  package init(_ number: UInt64, size: Int) {
    self.number = number
    self.size = max(Self.shortest, size)
  }

  package var key: [UInt8] { Array("k".utf8) + Self.digits(number, 12) }

  /// `<#NUMBER SIZE letters>`; the letters depend on the number.
  package var value: [UInt8] {
    var bytes = Self.mark + Self.digits(number, 16) + [0x20] + Self.digits(UInt64(size), 8)
    bytes.reserveCapacity(size)
    var state = number &* 0x9e37_79b9_7f4a_7c15 | 1
    while bytes.count < size - 1 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      bytes.append(UInt8(ascii: "a") + UInt8(truncatingIfNeeded: state >> 59) % 26)
    }
    bytes.append(UInt8(ascii: ">"))
    return bytes
  }

  private static let mark = Array("<#".utf8)

  private static func digits(_ number: UInt64, _ count: Int) -> [UInt8] {
    let digits = Array(String(number).utf8)
    return Array(repeating: UInt8(ascii: "0"), count: max(0, count - digits.count)) + digits
  }

  // MARK: Finding

  /// What is found in some bytes.
  package struct Found {
    /// The numbers of whole values, in the order in which they stand.
    package var numbers: [UInt64] = []
    /// Offsets of values that are not what their number calls for.
    package var broken: [Int] = []
  }

  /// The values in `bytes`, whatever stands between them.
  package static func find(in bytes: [UInt8]) -> Found {
    var found = Found()
    var place = 0
    while let start = bytes[place...].firstIndex(of: mark[0]) {
      place = start + 1
      guard place < bytes.count, bytes[place] == mark[1] else { continue }
      let header = bytes[start...].prefix(27)
      guard header.count == 27, let number = Self.number(header.dropFirst(2).prefix(16)),
        let size = Self.number(header.dropFirst(19)), size >= shortest,
        bytes.count - start >= Int(size)
      else {
        found.broken.append(start)
        continue
      }
      let record = NumberedRecord(number, size: Int(size))
      if bytes[start..<start + Int(size)].elementsEqual(record.value) {
        found.numbers.append(number)
        place = start + Int(size)
      } else {
        found.broken.append(start)
      }
    }
    return found
  }

  private static func number(_ digits: ArraySlice<UInt8>) -> UInt64? {
    UInt64(String(decoding: digits, as: UTF8.self))
  }
}
