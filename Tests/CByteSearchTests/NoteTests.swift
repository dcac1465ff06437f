import CByteSearch
import CByteSearchPortable
import LogFormats
import Testing

/// The notes of what could stand at offsets, as special instructions and as a plain loop write them.
@Suite struct `Notes of what could stand at an offset` {
  /// Bytes in which headers of all forms are, long and padded numbers among them; where `isFilled`,
  /// most of them are small ones that zeros fill up to more than four bytes.
  private static func headers(_ count: Int, seed: UInt64, isFilled: Bool = false) -> [UInt8] {
    var random = SeededGenerator(seed: seed)
    var bytes: [UInt8] = []
    func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
    func varint() -> [UInt8] {
      if isFilled, number(0...7) != 0 {
        let (value, zeros) = (number(0...300), number(2...7))
        let last = zeros == 7 ? UInt8(number(0...0x7f)) : 0
        return [UInt8(value & 0x7f) | 0x80, UInt8(value >> 7) | 0x80]
          + [UInt8](repeating: 0x80, count: zeros) + [last]
      }
      // Ten bytes, of whose last one only one bit counts.
      if number(0...15) == 0 {
        return (0..<9).map { _ in UInt8(number(0x80...0xff)) } + [UInt8(number(0...0x7f))]
      }
      let value = random.next() >> UInt64(number(20...63))
      var bytes: [UInt8] = []
      var rest = value
      while rest >= 0x80 {
        bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
        rest >>= 7
      }
      bytes.append(UInt8(rest))
      // A longer form than is needed, of up to twelve bytes.
      if number(0...3) == 0 {
        bytes[bytes.count - 1] |= 0x80
        bytes += [UInt8](repeating: 0x80, count: number(0...12 - bytes.count)) + [0]
      }
      return bytes
    }
    while bytes.count < count {
      switch number(0...5) {
      case 0: bytes += (0..<number(1...90)).map { _ in UInt8.random(in: 0...255, using: &random) }
      case 1:
        let repeated: [UInt8] = [0, 1, 2, 0x0c, 0x7f, 0x80, 0xff]
        bytes += [UInt8](repeating: repeated[number(0...6)], count: number(1...40))
      default: bytes += varint() + varint() + [UInt8(number(0...63))] + varint()
      }
    }
    return Array(bytes.prefix(count))
  }

  /// The notes of `part`, by both.
  private static func notes(_ bytes: [UInt8], of part: Range<Int>, remaining: UInt64)
    -> (fast: [UInt32], plain: [UInt32])
  {
    var (fast, plain) = ([UInt32](repeating: 7, count: part.count), [UInt32]())
    plain = fast
    bytes.withUnsafeBytes { source in
      var searched = wl_searched(
        bytes: source.baseAddress, count: source.count, from: part.lowerBound,
        stop: part.upperBound, remaining: remaining)
      wl_find_nori_wal_records(&searched, &fast)
      portable_find_nori_wal_records(&searched, &plain)
    }
    return (fast, plain)
  }

  @Test(arguments: 1...40)
  func `are the same of nori-wal headers of all forms`(seed: Int) {
    let bytes = Self.headers(9_000, seed: UInt64(seed), isFilled: seed > 20)
    // The file ends with the window, or goes on behind it, now and then for long.
    let behind: UInt64 = [
      0, 1 << 12, 1 << 20, 1 << 27, 1 << 28, 3 << 28, 1 << 35, 1 << 40, 1 << 62,
    ][seed % 9]
    let remaining = UInt64(bytes.count) + behind
    var kinds = Set<UInt32>()
    for part in [0..<1, 1..<8, 3..<1_100, 1_100..<bytes.count, bytes.count - 40..<bytes.count] {
      let (fast, plain) = Self.notes(bytes, of: part, remaining: remaining)
      for (index, place) in part.enumerated() where fast[index] != plain[index] {
        // There a checksum decides, which four zeros are not.
        let isZero = bytes[place..<min(bytes.count, place + 4)].allSatisfy { $0 == 0 }
        #expect(
          isZero, "\(place): \(fast[index]), not \(plain[index]); \(bytes[place...].prefix(32))")
      }
      kinds.formUnion(plain.map { $0 & (UInt32(wl_unknown_record) | UInt32(wl_large_record)) })
    }
    // Records, such as have to be looked at closer, and where the file goes on large ones.
    #expect(kinds.count == (behind == 0 ? 2 : 3))
  }

  @Test
  func `are passed over in the same steps`() {
    var random = SeededGenerator(seed: 5)
    let bytes = Self.headers(5_000, seed: 99)
    let choices: [UInt32] = [
      0, 0, 0, 0, 0, 0, 12, 300, UInt32(wl_unknown_record), UInt32(wl_large_record),
    ]
    let part = 500..<4_500
    for sparse in [1, 5, 100] {
      let notes = part.map { _ in
        Int.random(in: 1...sparse, using: &random) == 1 ? choices.randomElement(using: &random)! : 0
      }
      for (looks, follows) in [(true, true), (true, false), (false, true), (false, false)] {
        bytes.withUnsafeBytes { source in
          var searched = wl_searched(
            bytes: source.baseAddress, count: source.count, from: part.lowerBound,
            stop: part.upperBound, remaining: 1 << 20)
          var place = part.lowerBound
          while place < part.upperBound {
            let fast = wl_next_followed(&searched, notes, place, looks, follows)
            #expect(fast == portable_next_followed(&searched, notes, place, looks, follows))
            let noted = wl_next_noted(notes, place - part.lowerBound, notes.count)
            #expect(noted == portable_next_noted(notes, place - part.lowerBound, notes.count))
            place = max(place, fast) + 1
          }
        }
      }
    }
  }

  // MARK: Records with two lengths

  /// Bytes in which such records are, small ones and ones that reach far.
  private static func lengths(_ count: Int, seed: UInt64) -> [UInt8] {
    var random = SeededGenerator(seed: seed)
    func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
    func four(_ number: Int) -> [UInt8] {
      [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
    }
    var bytes: [UInt8] = []
    while bytes.count < count {
      switch number(0...6) {
      case 0: bytes += (0..<number(1...90)).map { _ in UInt8.random(in: 0...255, using: &random) }
      case 1: bytes += [UInt8](repeating: [0, 1, 0xff][number(0...2)], count: number(1...40))
      case 2: bytes += Self.marker
      case 3: bytes += four(number(0...1 << 16)) + four(number(0...1 << 24))
      default:
        let (key, value) = (number(0...20), number(0...60))
        bytes += four(key) + four(value) + [UInt8](repeating: 0x6b, count: key + value)
      }
    }
    return Array(bytes.prefix(count))
  }

  private static let marker: [UInt8] = [0, 0, 0, 3, 0, 0, 0, 0, 0x61, 0x62, 0x63]

  @Test(arguments: 1...20)
  func `are the same of records with two lengths`(seed: Int) {
    let behind: UInt64 = [0, 5, 1 << 17, 1 << 40][seed % 4]
    let (keys, values): (UInt32, UInt32) = [
      (20, 300), (1_024, 262_144), (0xffff, 0xff_ffff), (1 << 16, 9), (.max, .max),
    ][seed % 5]
    for count in [0, 7, 8, 23, 24, 25, 31, 40, 41, 9_000] {
      let bytes = Self.lengths(count, seed: UInt64(seed))
      for part in [0..<count, min(3, count)..<count, count / 2..<count] {
        var fast = [UInt32](repeating: 7, count: part.count)
        var plain = fast
        // Of its own size, so that a read behind the end shows.
        let source = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 1)
        defer { source.deallocate() }
        source.copyBytes(from: bytes)
        var searched = wl_searched(
          bytes: source.baseAddress, count: count, from: part.lowerBound, stop: part.upperBound,
          remaining: UInt64(count) + behind)
        wl_find_counted_records(
          &searched, keys, values, Self.marker, Self.marker.count, &fast)
        portable_find_counted_records(
          &searched, keys, values, Self.marker, Self.marker.count, &plain)
        #expect(fast == plain, "\(count) bytes, \(part)")
      }
    }
  }

  @Test(arguments: 1...20)
  func `are what records with two lengths are passed by`(seed: Int) {
    let bytes = Self.lengths(6_000, seed: UInt64(seed))
    let (keys, values): (UInt32, UInt32) = seed % 2 == 0 ? (20, 60) : (.max, .max)
    func number(_ place: Int) -> Int { bytes[place..<place + 4].reduce(0) { $0 << 8 | Int($1) } }
    var longest = 0
    for place in 0..<bytes.count - 40 {
      let count = place % 3 == 0 ? bytes.count - place : 40 + place % 7
      var plain = wl_passed_counted_records()
      let offset = UInt64(seed << 32 + place)
      while count - plain.length >= 8 {
        let start = place + plain.length
        let (key, value) = (number(start), number(start + 4))
        if key + value == 0 || key > keys || value > values { break }
        if 8 + key + value > count - plain.length { break }
        plain.length += 8 + key + value
        plain.count += 1
        plain.ends_with_marker = bytes[start..<place + plain.length].elementsEqual(Self.marker)
        if plain.ends_with_marker || wl_may_be_dead_end(offset + UInt64(plain.length)) { break }
      }
      let passed = bytes.withUnsafeBytes {
        wl_pass_counted_records(
          $0.baseAddress! + place, count, offset, keys, values, Self.marker, Self.marker.count)
      }
      longest = max(longest, passed.count)
      #expect(passed.count == plain.count && passed.length == plain.length)
      #expect(passed.ends_with_marker == plain.ends_with_marker)
    }
    #expect(longest > 1)
  }
}
