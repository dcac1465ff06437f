import CChecksum
import CChecksumPortable
import Glibc
import Testing

/// CRC-32C by its definition, a bit at a time (RFC 3720, section 12.1, reflected).
func plainCRC32C(_ bytes: some Sequence<UInt8>, continuing crc: UInt32 = 0) -> UInt32 {
  var state = ~crc
  for byte in bytes {
    state ^= UInt32(byte)
    for _ in 0..<8 { state = state >> 1 ^ (state & 1 != 0 ? 0x82f6_3b78 : 0) }
  }
  return ~state
}

/// The same bytes in each run.
func someBytes(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
  var random = SplitMix(state: seed)
  var bytes: [UInt8] = []
  bytes.reserveCapacity(count + 8)
  while bytes.count < count {
    let word = random.next()
    for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(8 * shift))) }
  }
  return Array(bytes.prefix(count))
}

struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var word = state
    word = (word ^ word >> 30) &* 0xbf58_476d_1ce4_e5b9
    word = (word ^ word >> 27) &* 0x94d0_49bb_1331_11eb
    return word ^ word >> 31
  }
}

/// One of the ways in which the functions are compiled. Together they are all that this processor can
/// do: `best` picks one by itself.
enum Build: String, CaseIterable {
  case best
  /// Without wide vectors.
  case narrow
  case portable

  func crc32c(_ crc: UInt32, _ bytes: UnsafeRawPointer?, _ length: Int) -> UInt32 {
    switch self {
    case .best: wl_crc32c(crc, bytes, length)
    case .narrow: narrow_crc32c(crc, bytes, length)
    case .portable: portable_crc32c(crc, bytes, length)
    }
  }

  /// The prefixes of `part`, behind the first of them that is there already.
  func prefixes(_ bytes: [UInt8], of part: Range<Int>, _ prefixes: inout [UInt32]) {
    let (from, to) = (part.lowerBound, part.upperBound)
    switch self {
    case .best: wl_crc32c_prefixes(bytes, from, to, &prefixes)
    case .narrow: narrow_crc32c_prefixes(bytes, from, to, &prefixes)
    case .portable: portable_crc32c_prefixes(bytes, from, to, &prefixes)
    }
  }

  func prefixes(_ bytes: [UInt8]) -> [UInt32] {
    var prefixes = [UInt32](repeating: 0xdead_beef, count: bytes.count + 1)
    self.prefixes(bytes, of: 0..<bytes.count, &prefixes)
    return prefixes
  }

  func keepEnclosed(_ prefixes: [UInt32], from first: Int, _ notes: inout [UInt32]) {
    let stop = first + notes.count
    switch self {
    case .best: wl_crc32c_keep_enclosed(prefixes, first, stop, &notes)
    case .narrow: narrow_crc32c_keep_enclosed(prefixes, first, stop, &notes)
    case .portable: portable_crc32c_keep_enclosed(prefixes, first, stop, &notes)
    }
  }

  func passRecords(_ bytes: [UInt8], longest: Int = 1 << 17, most: Int = .max)
    -> wl_passed_records
  {
    bytes.withUnsafeBytes { passRecords($0, longest: longest, most: most) }
  }

  func passRecords(_ bytes: UnsafeRawBufferPointer, longest: Int = 1 << 17, most: Int = .max)
    -> wl_passed_records
  {
    let start = bytes.baseAddress
    return switch self {
    case .best: wl_pass_nori_wal_records(start, bytes.count, longest, most)
    case .narrow: narrow_pass_nori_wal_records(start, bytes.count, longest, most)
    case .portable: portable_pass_nori_wal_records(start, bytes.count, longest, most)
    }
  }

  func passEntries(_ bytes: [UInt8], leastID: UInt64 = 0, most: Int = .max)
    -> wl_passed_entries
  {
    bytes.withUnsafeBytes { passEntries($0, leastID: leastID, most: most) }
  }

  func passEntries(_ bytes: UnsafeRawBufferPointer, leastID: UInt64 = 0, most: Int = .max)
    -> wl_passed_entries
  {
    let start = bytes.baseAddress
    return switch self {
    case .best: wl_pass_okaywal_entries(start, bytes.count, leastID, most)
    case .narrow: narrow_pass_okaywal_entries(start, bytes.count, leastID, most)
    case .portable: portable_pass_okaywal_entries(start, bytes.count, leastID, most)
    }
  }

  func between(_ prefixes: [UInt32], _ part: Range<Int>) -> UInt32 {
    let (from, to) = (part.lowerBound, part.upperBound)
    return switch self {
    case .best: wl_crc32c_between(prefixes, from, to)
    case .narrow: narrow_crc32c_between(prefixes, from, to)
    case .portable: portable_crc32c_between(prefixes, from, to)
    }
  }

  func flippedBit(_ difference: UInt32, _ length: Int) -> Int64 {
    self == .portable
      ? portable_crc32c_flipped_bit(difference, length) : wl_crc32c_flipped_bit(difference, length)
  }
}

@Suite struct `CRC-32C` {
  @Test(arguments: Build.allCases)
  func `has the check value of the polynomial`(build: Build) {
    let digits = Array("123456789".utf8)
    #expect(build.crc32c(0, digits, digits.count) == 0xe306_9283)
    #expect(build.crc32c(0, [0, 0, 0], 3) == 0x6064_a37a)
    #expect(build.crc32c(0, nil, 0) == 0)
    #expect(build.crc32c(0x1234_5678, nil, 0) == 0x1234_5678)
  }

  @Test(arguments: Build.allCases)
  func `is that of the definition for every length and alignment`(build: Build) {
    let bytes = someBytes(8_400)
    for length in Array(0...1_300) + Array(8_180...8_330) {
      let start = length % 9
      let expected = plainCRC32C(bytes[start..<start + length])
      let found = bytes.withUnsafeBytes { build.crc32c(0, $0.baseAddress! + start, length) }
      #expect(found == expected, "\(length) bytes from \(start)")
    }
  }

  @Test(arguments: Build.allCases)
  func `reads nothing before the bytes that it is asked for`(build: Build) throws {
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let pages = mmap(nil, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    let start = try #require(pages)
    defer { munmap(start, 2 * page) }
    let bytes = someBytes(page)
    bytes.withUnsafeBytes { (start + page).copyMemory(from: $0.baseAddress!, byteCount: page) }
    // Whoever reads there is killed.
    #expect(mprotect(start, page, PROT_NONE) == 0)
    for length in [1, 3, 63, 65, 257, 300, 319, 321, 511, 1_000, page] {
      #expect(build.crc32c(0, start + page, length) == plainCRC32C(bytes.prefix(length)))
      let last = start + 2 * page - length
      #expect(build.crc32c(0, last, length) == plainCRC32C(bytes.suffix(length)))
    }
    for value in [9, 50, 61, 100, 2_000] {
      let record = `Passing records`.record(key: 0, value: value)
      for place in [start + page, start + 2 * page - record.count] {
        record.withUnsafeBytes { place.copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
        let passed = build.passRecords(UnsafeRawBufferPointer(start: place, count: record.count))
        #expect(passed.count == 1, "\(value)")
      }
    }
  }

  @Test(arguments: Build.allCases, [1023, 1024, 4096, 65_537, 300_001])
  func `goes on from the checksum of what stands before`(build: Build, length: Int) {
    let bytes = someBytes(length)
    let whole = plainCRC32C(bytes)
    #expect(build.crc32c(0, bytes, length) == whole)
    for cut in [0, 1, 255, 256, 257, length / 2, length - 1, length] {
      let head = build.crc32c(0, bytes, cut)
      let tail = bytes.withUnsafeBytes { build.crc32c(head, $0.baseAddress! + cut, length - cut) }
      #expect(tail == whole, "cut at \(cut)")
    }
  }

  @Test(arguments: Build.allCases)
  func `of every part of a window comes from its prefixes`(build: Build) {
    let bytes = someBytes(80)
    let prefixes = build.prefixes(bytes)
    for start in 0...80 {
      for end in start...80 {
        #expect(build.between(prefixes, start..<end) == plainCRC32C(bytes[start..<end]))
      }
    }
  }

  @Test(arguments: Build.allCases, [80, 4_096, 9_001, 20_000])
  func `of every part comes from prefixes that are made piece by piece`(build: Build, count: Int) {
    let bytes = someBytes(count)
    let whole = build.prefixes(bytes)
    var pieces = [UInt32](repeating: 0xdead_beef, count: count + 1)
    for from in stride(from: 0, to: count, by: 997) {
      build.prefixes(bytes, of: from..<min(count, from + 997), &pieces)
    }
    #expect(pieces == whole)
    for place in stride(from: 0, through: count, by: max(1, count / 97)) {
      #expect(build.between(whole, 0..<place) == plainCRC32C(bytes.prefix(place)))
    }
  }

  @Test(arguments: Build.allCases, [40_000, 4_096, 262_144])
  func `tells of many lengths those that end with it`(build: Build, count: Int) {
    var bytes = someBytes(count)
    var records: [Range<Int>] = []
    for (number, length) in [4, 5, 60, 255, 2_100, 16_389, 39_000, 261_000].enumerated() {
      let start = 100 * number + 7
      guard start + length <= count else { continue }
      let end = start + length - 4
      // A longer record may reach over the shorter ones before, whose bytes are final by then.
      let checksum = plainCRC32C(bytes[start..<end])
      for byte in 0..<4 { bytes[end + byte] = UInt8(truncatingIfNeeded: checksum >> (8 * byte)) }
      records.append(start..<end + 4)
    }
    var random = SplitMix(state: UInt64(count))
    var notes = (0..<count).map { start in
      start + 4 <= count
        ? UInt32.random(in: 0...UInt32(min(9_000, count - start)), using: &random) : 0
    }
    let more = UInt32(wl_noted_lengths) + 1
    for (number, record) in records.enumerated() {
      notes[record.lowerBound] = UInt32(record.count) + (number % 2 == 0 ? 0 : more)
    }
    // What has no length is none of its business.
    notes[3] = more
    notes[4] = 2 * more
    var kept = notes
    let prefixes = build.prefixes(bytes)
    // In parts, as a search asks for them.
    for from in stride(from: 0, to: count, by: 5_001) {
      var part = Array(notes[from..<min(count, from + 5_001)])
      build.keepEnclosed(prefixes, from: from, &part)
      kept.replaceSubrange(from..<from + part.count, with: part)
    }
    #expect(kept[3] == more && kept[4] == 2 * more)
    for record in records { #expect(kept[record.lowerBound] == notes[record.lowerBound]) }
    let places = [3, 4] + records.map(\.lowerBound)
    for place in 0..<count where kept[place] != 0 && !places.contains(place) {
      let end = place + Int(kept[place])
      let stored = (0..<4).reduce(UInt32(0)) {
        $0 | UInt32(bytes[end - 4 + $1]) << UInt32(8 * $1)
      }
      #expect(stored == plainCRC32C(bytes[place..<end - 4]), "\(place)..<\(end)")
    }
  }

  @Test(arguments: Build.allCases)
  func `of a distant part comes from the prefixes of the largest window`(build: Build) {
    let bytes = someBytes(Int(wl_most_prefixed))
    let prefixes = build.prefixes(bytes)
    var random = SplitMix(state: 7)
    var parts = (0..<150).map { _ in
      let start = Int.random(in: 0...bytes.count, using: &random)
      return start..<Int.random(in: start...bytes.count, using: &random)
    }
    parts += [0..<bytes.count, 0..<0, bytes.count..<bytes.count, 1..<bytes.count - 1]
    for part in parts {
      let expected = bytes.withUnsafeBytes {
        wl_crc32c(0, $0.baseAddress! + part.lowerBound, part.count)
      }
      #expect(build.between(prefixes, part) == expected, "\(part)")
    }
  }

  @Test(arguments: Build.allCases, [1, 2, 3, 7, 8, 40, 130])
  func `tells which bit of a message was flipped`(build: Build, length: Int) {
    let bytes = someBytes(length)
    let stored = plainCRC32C(bytes)
    for bit in 0..<8 * length {
      var flipped = bytes
      flipped[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(build.flippedBit(stored ^ plainCRC32C(flipped), length) == Int64(bit))
    }
  }

  /// As long as the longest record that is searched, and any bit of it.
  @Test(arguments: Build.allCases)
  func `tells which bit of a long message was flipped`(build: Build) {
    let length = 8 << 20
    var random = SplitMix(state: 3)
    let bits = [0, 7, 8, 4_095, 4_096, 8 * length - 4_097, 8 * length - 1]
    for bit in bits + (0..<20).map({ _ in Int.random(in: 0..<8 * length, using: &random) }) {
      // A message that is zero but for one bit differs from none at all by that bit.
      let byte = UInt8(1) << UInt8(bit % 8)
      let behind = [UInt8](repeating: 0, count: length - 1 - bit / 8)
      let difference = behind.withUnsafeBytes {
        ~wl_crc32c(~stateBehind(byte), $0.baseAddress, $0.count)
      }
      #expect(build.flippedBit(difference, length) == Int64(bit))
      if bit < 8 * length - 8 {
        #expect(build.flippedBit(difference, length - 1 - bit / 8) == -1)
      }
    }
  }

  /// The state of the register behind one byte, from zero.
  private func stateBehind(_ byte: UInt8) -> UInt32 { ~wl_crc32c(~0, [byte], 1) }

  @Test(arguments: Build.allCases)
  func `names no bit where none, two, or one outside of the message differ`(build: Build) {
    let bytes = someBytes(64)
    let stored = plainCRC32C(bytes)
    #expect(build.flippedBit(0, 64) == -1)
    #expect(build.flippedBit(0x1234_5678, 0) == -1)
    var flipped = bytes
    flipped[3] ^= 1
    #expect(build.flippedBit(stored ^ plainCRC32C(flipped), 60) == -1)
    flipped[40] ^= 0x80
    #expect(build.flippedBit(stored ^ plainCRC32C(flipped), 64) == -1)
  }
}
