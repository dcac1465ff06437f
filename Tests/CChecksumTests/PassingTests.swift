import CChecksum
import Glibc
import Testing

@Suite struct `Passing records` {
  /// A record as `wl_pass_nori_wal_records` takes it, where the flags are 0 or 1.
  /// The value's length takes at least `lengthBytes`.
  static func record(key: Int, value: Int, flags: UInt8 = 0, lengthBytes: Int = 1) -> [UInt8] {
    var bytes = [UInt8(key)]
    var rest = value
    while rest >= 0x80 || bytes.count < lengthBytes {
      bytes.append(UInt8(rest & 0x7f) | 0x80)
      rest >>= 7
    }
    bytes += [UInt8(rest), flags] + someBytes(key + value, seed: UInt64(value + 1))
    return closed(bytes)
  }

  /// The bytes, and their checksum behind them.
  private static func closed(_ bytes: some Collection<UInt8>) -> [UInt8] {
    let checksum = plainCRC32C(bytes)
    return bytes + (0..<4).map { UInt8(truncatingIfNeeded: checksum >> UInt32(8 * $0)) }
  }

  @Test(arguments: Build.allCases)
  func `passes right records of any usual length, and stops at any other`(build: Build) {
    let usual = [1, 2, 100, 127, 128, 1_001, 8_190, 16_383, 16_384, 60_000].map {
      Self.record(key: $0 % 128, value: $0, flags: UInt8($0 & 1))
    }
    let bytes = Array(usual.joined())
    let others = [
      [], Self.record(key: 3, value: 9, flags: 2), Self.record(key: 3, value: 9, flags: 0x10),
      Self.record(key: 3, value: 70_000),
      Array(Self.record(key: 3, value: 90).dropLast()),
      [0x83, 0x00] + Self.record(key: 3, value: 9).dropFirst(),
    ]
    for other in others {
      let passed = build.passRecords(bytes + other, longest: 65_536)
      #expect(passed.count == usual.count, "before \(other.prefix(8))")
      #expect(passed.flagged == 4)
      #expect(passed.length == bytes.count)
    }
    for (key, value) in [(0, 0), (0, 1), (1, 0), (0, 4), (127, 0)] {
      for flags in 0...1 {
        let short = Self.record(key: key, value: value, flags: UInt8(flags))
        let passed = build.passRecords(short + [0])
        #expect(passed.length == short.count && passed.flagged == flags, "\(key), \(value)")
        #expect(build.passRecords(short.dropLast() + [short.last! ^ 1, 0]).count == 0)
      }
    }
    #expect(build.passRecords(bytes, most: 3).length == usual[..<3].joined().count)
    #expect(build.passRecords(bytes, most: 0).count == 0)
    for index in usual.indices {
      let start = usual[..<index].joined().count
      for place in [start + 2, start + usual[index].count - 1] {
        var damaged = bytes
        damaged[place] ^= 0x20
        #expect(build.passRecords(damaged).count == index, "a wrong bit at \(place)")
      }
    }
  }

  /// An entry as `wl_pass_okaywal_entries` takes it, where it has chunks of at least four bytes.
  private static func entry(_ id: UInt64, chunks lengths: [Int], end: UInt8 = 3) -> [UInt8] {
    func littleEndian(_ value: UInt64, _ count: UInt64) -> [UInt8] {
      (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    let chunks = lengths.flatMap { length in
      let payload = someBytes(length, seed: id)
      return [2] + littleEndian(UInt64(length), 4) + payload
        + littleEndian(UInt64(plainCRC32C(payload)), 4)
    }
    return [1] + littleEndian(id, 8) + chunks + [end]
  }

  @Test(arguments: Build.allCases)
  func `passes right entries with chunks of every length, and stops at any that is wrong`(
    build: Build
  ) {
    // Every length of the last vector, and those that other ways are taken for.
    let lengths = Array(4...330) + [1_023, 8_191, 8_192, 8_193, 20_000, 5]
    let entries = lengths.enumerated().map { index, length in
      Self.entry(UInt64(10 + 2 * index), chunks: index % 3 == 0 ? [length, 7] : [length])
    }
    let bytes = Array(entries.joined())
    let all = build.passEntries(bytes, leastID: 10)
    #expect(all.count == entries.count && all.length == bytes.count)
    #expect(all.last_id == UInt64(10 + 2 * (entries.count - 1)))
    #expect(build.passEntries(bytes, leastID: 11).count == 0, "an id that is too low")
    #expect(build.passEntries(bytes, most: 3).length == entries[..<3].joined().count)
    #expect(build.passEntries(Array(bytes.dropLast())).count == entries.count - 1)
    var start = 0
    for (index, entry) in entries.enumerated() {
      // The markers, a byte of the payload, and the last one of a checksum.
      for place in [0, 9, 14 + lengths[index] / 2, entry.count - 2, entry.count - 1] {
        var damaged = bytes
        damaged[start + place] ^= 0x10
        #expect(build.passEntries(damaged).count == index, "\(lengths[index]) bytes, \(place)")
      }
      start += entry.count
    }
  }

  @Test(arguments: Build.allCases)
  func `stops at an entry that is not as usual`(build: Build) {
    let usual = Self.entry(5, chunks: [40])
    let others = [
      [], Self.entry(6, chunks: []), Self.entry(6, chunks: [3]), Self.entry(6, chunks: [40, 0]),
      Self.entry(6, chunks: [40], end: 1), Self.entry(5, chunks: [40]), Self.entry(4, chunks: [40]),
      Self.entry(.max, chunks: [40]), Array(Self.entry(6, chunks: [40]).dropLast()),
      Array(Self.entry(6, chunks: [40]).prefix(12)),
    ]
    for other in others {
      let passed = build.passEntries(usual + other)
      #expect(passed.count == 1 && passed.length == usual.count && passed.last_id == 5)
    }
  }

  // MARK: Beside plain loops

  @Test func `passes the records that a plain loop passes, whatever is done to them`() throws {
    var random = SplitMix(state: 11)
    let memory = try GuardedMemory(size: 1 << 18)
    var stops = 0
    for round in 0..<600 {
      var records = (0..<Int.random(in: 0...14, using: &random)).map { _ in
        Self.someRecord(round, &random)
      }
      if round % 4 == 0 { records.append(someBytes(round % 30, seed: UInt64(round))) }
      var bytes = Array(records.joined())
      let longest =
        round % 5 == 0 ? (records.map(\.count).max() ?? 0) - round % 2 : 1 << 17
      Self.change(&bytes, round, &random)
      let most = round % 3 == 0 ? Int.random(in: 0...14, using: &random) : .max
      let expected = Self.plainlyPassed(bytes, longest: longest, most: most)
      stops += expected.length < bytes.count ? 1 : 0
      for build in Build.allCases {
        let passed = memory.holding(bytes) {
          build.passRecords($0, longest: longest, most: most)
        }
        let isSame =
          passed.count == expected.count && passed.flagged == expected.flagged
          && passed.length == expected.length
        #expect(isSame, "\(build), round \(round): \(passed), not \(expected)")
      }
    }
    #expect(100..<500 ~= stops, "some are passed to the end, and some are not")
  }

  @Test func `passes the entries that a plain loop passes, whatever is done to them`() throws {
    var random = SplitMix(state: 12)
    let memory = try GuardedMemory(size: 1 << 18)
    var stops = 0
    for round in 0..<600 {
      var id = UInt64.random(in: 0...5, using: &random) &- (round % 20 == 0 ? 6 : 0)
      var bytes: [UInt8] = []
      for _ in 0..<Int.random(in: 0...14, using: &random) {
        // Once in a while an id comes twice.
        id &+= UInt64.random(in: 0...30, using: &random) == 0 ? 0 : 1
        let count = Int.random(in: 0...5, using: &random) == 0 ? round % 4 : 1
        let least = round % 8 == 1 ? 3 : 4
        let chunks = (0..<count).map { _ in Self.someLength(round, from: least, &random) }
        bytes += Self.entry(id, chunks: chunks)
      }
      Self.change(&bytes, round, &random)
      let leastID = UInt64(round % 3)
      let most = round % 3 == 0 ? Int.random(in: 0...14, using: &random) : .max
      let expected = Self.plainlyPassedEntries(bytes, leastID: leastID, most: most)
      stops += expected.length < bytes.count ? 1 : 0
      for build in Build.allCases {
        let passed = memory.holding(bytes) {
          build.passEntries($0, leastID: leastID, most: most)
        }
        let isSame =
          passed.count == expected.count && passed.length == expected.length
          && (passed.count == 0 || passed.last_id == expected.lastID)
        #expect(isSame, "\(build), round \(round): \(passed), not \(expected)")
      }
    }
    #expect(100..<500 ~= stops, "some are passed to the end, and some are not")
  }

  /// The checksum fits where the record really ends.
  @Test(arguments: 1...4)
  func `passes a record with a wrong bit in its head as a plain loop does`(lengthBytes: Int) {
    let right = Self.record(key: 20, value: 30)
    for bit in 0..<8 * (2 + lengthBytes) {
      var wrong = Self.record(key: 3, value: 9, lengthBytes: lengthBytes)
      wrong[bit / 8] ^= 1 << UInt8(bit % 8)
      wrong = Self.closed(wrong.dropLast(4))
      for place in 0..<4 {
        var records = [[UInt8]](repeating: right, count: 5)
        records[place] = wrong
        let bytes = Array(records.joined())
        let expected = Self.plainlyPassed(bytes, longest: 100, most: .max)
        for build in Build.allCases {
          let passed = build.passRecords(bytes, longest: 100)
          let isSame = passed.length == expected.length && passed.flagged == expected.flagged
          #expect(isSame, "\(build), bit \(bit), place \(place)")
        }
      }
    }
  }

  // MARK: Bytes

  /// In some rounds much alike, in others of any length.
  private static func someLength(_ round: Int, from least: Int, _ random: inout SplitMix) -> Int {
    if Int.random(in: 0...40, using: &random) == 0 {
      return Int.random(in: least...20_000, using: &random)
    }
    return switch round % 4 {
    case 0: Int.random(in: 90...130, using: &random)
    case 1: Int.random(in: least...20, using: &random)
    case 2: Int.random(in: least...300, using: &random)
    default: Int.random(in: least...(round % 8 == 3 ? 10 : 1_000), using: &random)
    }
  }

  private static func someRecord(_ round: Int, _ random: inout SplitMix) -> [UInt8] {
    if round % 5 == 0, Int.random(in: 0...3, using: &random) == 0 {
      return Self.record(key: 0, value: 0, flags: UInt8.random(in: 0...1, using: &random))
    }
    return Self.record(
      key: Int.random(in: 0...(round % 7 == 0 ? 127 : 9), using: &random),
      value: someLength(round, from: 0, &random),
      flags: UInt8.random(in: 0...1, using: &random),
      lengthBytes: Int.random(in: 0...9, using: &random) == 0 ? 1 + round % 4 : 1)
  }

  private static func change(_ bytes: inout [UInt8], _ round: Int, _ random: inout SplitMix) {
    guard let place = bytes.indices.randomElement(using: &random) else { return }
    switch round % 6 {
    case 0: bytes[place] ^= 1 << UInt8.random(in: 0...7, using: &random)
    case 1: bytes.removeLast(bytes.count - place)
    case 2: bytes.remove(at: place)
    default: break
    }
  }

  // MARK: Plain loops

  private static func littleEndian(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  private static func plainlyPassed(
    _ bytes: [UInt8], longest: Int, most: Int
  ) -> (count: Int, flagged: Int, length: Int) {
    var passed = (count: 0, flagged: 0, length: 0)
    while passed.count < most, bytes.count - passed.length >= 8 {
      let record = bytes[passed.length...]
      var place = record.startIndex + 1
      var value = 0
      for byte in 0..<3 {
        value |= Int(bytes[place] & 0x7f) << (7 * byte)
        place += 1
        if bytes[place - 1] < 0x80 { break }
      }
      let (key, flags) = (Int(bytes[passed.length]), bytes[place])
      guard key < 0x80, bytes[place - 1] < 0x80, flags <= 1 else { break }
      let covered = place + 1 - record.startIndex + key + value
      guard covered + 4 <= min(longest, record.count) else { break }
      let stored = littleEndian(record.dropFirst(covered).prefix(4))
      guard stored == UInt64(plainCRC32C(record.prefix(covered))) else { break }
      passed.count += 1
      passed.flagged += Int(flags)
      passed.length += covered + 4
    }
    return passed
  }

  private static func plainlyPassedEntries(
    _ bytes: [UInt8], leastID: UInt64, most: Int
  ) -> (count: Int, length: Int, lastID: UInt64) {
    var passed = (count: 0, length: 0, lastID: UInt64(0))
    var leastID = leastID
    while passed.count < most {
      var rest = bytes[passed.length...]
      guard rest.count > 18, rest.first == 1 else { break }
      let id = littleEndian(rest.dropFirst().prefix(8))
      guard id >= leastID, id < .max else { break }
      rest = rest.dropFirst(9)
      var chunks = 0
      while rest.first == 2, rest.count > 9 {
        let payload = Int(littleEndian(rest.dropFirst().prefix(4)))
        guard payload >= 4, payload < rest.count - 9 else { break }
        let stored = littleEndian(rest.dropFirst(5 + payload).prefix(4))
        guard stored == UInt64(plainCRC32C(rest.dropFirst(5).prefix(payload))) else { break }
        rest = rest.dropFirst(9 + payload)
        chunks += 1
      }
      guard rest.first == 3, chunks > 0 else { break }
      leastID = id + 1
      passed = (passed.count + 1, rest.startIndex + 1, id)
    }
    return passed
  }
}

/// Memory behind which nothing can be read: whoever does is killed.
private final class GuardedMemory {
  private let start: UnsafeMutableRawPointer
  private let size: Int
  private let page = Int(sysconf(Int32(_SC_PAGESIZE)))

  /// `size` is a multiple of a page.
  init(size: Int) throws {
    self.size = size
    let pages = mmap(
      nil, size + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    start = try #require(pages == MAP_FAILED ? nil : pages)
    try #require(mprotect(start + size, page, PROT_NONE) == 0)
  }

  deinit { munmap(start, size + page) }

  /// Gives `body` the bytes, the last of which is the last that can be read.
  func holding<Result>(_ bytes: [UInt8], _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    let place = UnsafeMutableRawBufferPointer(
      start: start + (size - bytes.count), count: bytes.count)
    place.copyBytes(from: bytes)
    return body(UnsafeRawBufferPointer(place))
  }
}
