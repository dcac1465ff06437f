/// Writes numbers and texts one after the other, in as few bytes as they need.
struct PackedBytes {
  private(set) var bytes: [UInt8]

  /// Goes on behind these bytes.
  init(_ bytes: [UInt8] = []) { self.bytes = bytes }

  /// Puts other bytes in the place of some that are there.
  mutating func replace(at offset: Int, with new: [UInt8]) {
    for (index, byte) in new.enumerated() { bytes[offset + index] = byte }
  }

  /// Has room for so many bytes.
  mutating func reserve(_ count: Int) { bytes.reserveCapacity(count) }

  mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

  /// Seven bits a byte, the lowest first; the highest bit says that more follow.
  mutating func append(_ number: UInt64) {
    var rest = number
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: rest))
  }

  mutating func append(_ numbers: InlineArray<2, UInt64>) {
    append(numbers[0])
    append(numbers[1])
  }

  mutating func append(count: Int) { append(UInt64(count)) }

  /// Small numbers of both signs take one byte.
  mutating func append(signed number: Int64) {
    append(UInt64(bitPattern: number << 1 ^ number >> 63))
  }

  mutating func append(data: [UInt8]) {
    append(count: data.count)
    bytes += data
  }

  mutating func append(optional number: UInt64?) {
    append(number == nil ? 0 : 1)
    if let number { append(number) }
  }

  mutating func append<Choice: Equatable>(_ choice: Choice, of choices: [Choice]) {
    append(count: choices.firstIndex(of: choice) ?? 0)
  }
}

/// Reads what `PackedBytes` has written, out of bytes that may be anything: what is not there reads
/// as zero, and the bytes then count as damaged.
struct PackedReader {
  private let bytes: [UInt8]
  private var offset: Int
  private let end: Int
  private(set) var isDamaged = false

  /// A reader of a part of `bytes`; a part that does not lie within them is damaged.
  init(_ bytes: [UInt8], _ part: Range<Int>? = nil) {
    self.bytes = bytes
    let part = part ?? 0..<bytes.count
    let fits = part.lowerBound >= 0 && part.upperBound <= bytes.count
    offset = fits ? part.lowerBound : 0
    end = fits ? part.upperBound : 0
    isDamaged = !fits
  }

  /// Whether all bytes were read and none of them was damaged.
  var isAtEnd: Bool { offset == end && !isDamaged }

  mutating func number() -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while offset < end, shift < 64 {
      let byte = bytes[offset]
      offset += 1
      let part = UInt64(byte & 0x7f)
      // The tenth byte has room for one bit.
      if shift == 63, part > 1 { break }
      value |= part << shift
      if byte < 0x80 { return value }
      shift += 7
    }
    isDamaged = true
    return 0
  }

  mutating func signed() -> Int64 {
    let value = number()
    return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
  }

  /// How many elements follow, each of at least one byte.
  mutating func count() -> Int {
    let value = number()
    guard value <= UInt64(end - offset) else {
      isDamaged = true
      return 0
    }
    return Int(value)
  }

  /// A list whose elements take at least one byte each.
  mutating func list<Element>(_ element: (inout PackedReader) -> Element) -> [Element] {
    let count = count()
    guard count > 0 else { return [] }
    var elements: [Element] = []
    while elements.count < count, !isDamaged { elements.append(element(&self)) }
    return elements
  }

  mutating func data() -> [UInt8] {
    let count = count()
    defer { offset += count }
    return Array(bytes[offset..<offset + count])
  }

  /// Where data lie, which are passed over.
  mutating func skip() -> Range<Int> {
    let count = count()
    defer { offset += count }
    return offset..<offset + count
  }

  mutating func text() -> String { String(decoding: data(), as: UTF8.self) }

  mutating func optional() -> UInt64? { flag() ? number() : nil }

  mutating func flag() -> Bool {
    let value = number()
    if value > 1 { isDamaged = true }
    return value == 1
  }

  mutating func choice<Choice>(of choices: [Choice]) -> Choice {
    let value = number()
    guard value < UInt64(choices.count) else {
      isDamaged = true
      return choices[0]
    }
    return choices[Int(value)]
  }

  /// Notes that the bytes mean nothing; `value` stands in for what they should have meant.
  mutating func damage<Value>(_ value: Value) -> Value {
    isDamaged = true
    return value
  }

  /// A number that the type has room for.
  mutating func fitting<Number: FixedWidthInteger>(_: Number.Type = Number.self) -> Number {
    guard let value = Number(exactly: number()) else {
      isDamaged = true
      return 0
    }
    return value
  }
}
