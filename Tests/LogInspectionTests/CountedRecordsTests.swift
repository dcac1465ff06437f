import LogFiles
import LogFormats
import TestSupport
import Testing

@testable import LogInspection

/// Behind a number of stretches records are only counted, which must come to the same.
@Suite struct `Records that are only counted` {
  private func scan(_ bytes: [UInt8], as name: String, rangeLimit: Int) throws -> SegmentReport {
    let directory = try TemporaryDirectory()
    let path = try directory.write(bytes, to: name)
    let log = try #require(try LogTree.open(FileName(path)).logs.first)
    let segment = try #require(log.layout.segments.first)
    var window = FileWindow(capacity: SegmentScanner.windowCapacity)
    return withExtendedLifetime(directory) {
      log.scanOnce(
        segment, control: ScanControl(), publishing: false, through: &window,
        rangeLimit: rangeLimit)
    }.report
  }

  private func expectAlike(_ bytes: [UInt8], as name: String) throws {
    let each = try scan(bytes, as: name, rangeLimit: .max)
    let counted = try scan(bytes, as: name, rangeLimit: 4)
    #expect(each.ranges.count > 100 && counted.ranges.count == 4)
    #expect(counted.afterDamage.records == each.afterDamage.records)
    #expect(counted.afterDamage.bytes == each.afterDamage.bytes)
    #expect(counted.kinds.map(\.records) == each.kinds.map(\.records))
  }

  /// Wherever an entry is cut by the part of a window that is searched at once, what is in it is not
  /// counted for itself.
  @Test(arguments: [700, 3_001, 70_000])
  func `are not those inside the values of others, in okaywal`(size: Int) throws {
    let inner = OkayWALEncoder.entry(id: 9, chunks: [Array("inner".utf8)])
    var payload: [UInt8] = []
    while payload.count < size { payload += inner + [0xee] }
    let entry = OkayWALEncoder.entry(id: 8, chunks: [payload])
    var bytes = OkayWALEncoder.header() + entry
    for _ in 0..<max(150, 1_000_000 / entry.count) { bytes += entry + [0xee] }
    try expectAlike(bytes, as: "wal-1")
  }

  @Test(arguments: [700, 3_001, 70_000])
  func `are not those inside the values of others, in nori-wal`(size: Int) throws {
    let inner = LogStory.record(key: [1], value: Array("inner".utf8))
    var value: [UInt8] = []
    while value.count < size { value += inner + inner + [0xee] }
    let record = LogStory.record(key: [2], value: value)
    var bytes = record
    for _ in 0..<max(150, 1_000_000 / record.count) {
      bytes += record + LogStory.record(key: [3], value: []) + [0xee]
    }
    try expectAlike(bytes, as: "000000.wal")
  }

  /// Records, damaged ones, records in values, claims, zeros and foreign bytes in any order.
  private func mixture(seed: UInt64, _ record: ([UInt8]) -> [UInt8]) -> [UInt8] {
    var random = SeededGenerator(seed: seed)
    func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
    func some(_ count: Int) -> [UInt8] {
      (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
    }
    var bytes: [UInt8] = []
    while bytes.count < 400_000 {
      switch number(0...9) {
      case 0: bytes += some(number(1...40))
      case 1: bytes += [UInt8](repeating: 0, count: number(1...30))
      case 2: bytes += [[0xee], [1], [2, 0, 0], [0x80, 0x80]][number(0...3)]
      case 3:
        var damaged = record(some(number(0...90)))
        damaged[number(0...damaged.count - 1)] ^= 1 << UInt8(number(0...7))
        bytes += damaged
      case 4: bytes += record(record(some(number(0...30))) + record([]) + some(number(0...3)))
      case 5: bytes += record(some(number(1_000...9_000)))
      case 6: bytes += record(some(9)).prefix(number(1...12))
      default: for _ in 0..<number(1...4) { bytes += record(some(number(0...60))) }
      }
    }
    return bytes
  }

  @Test(arguments: 1...12 as ClosedRange<UInt64>)
  func `are as many in any mixture with damage`(seed: UInt64) throws {
    let first = LogStory.record(key: [1], value: [1, 2, 3])
    try expectAlike(
      first + first + mixture(seed: seed) { LogStory.record(key: [4], value: $0) },
      as: "000000.wal")
    let entry = OkayWALEncoder.entry(id: 8, chunks: [[1, 2, 3]])
    try expectAlike(
      OkayWALEncoder.header() + entry + [0xee]
        + mixture(seed: seed) { OkayWALEncoder.entry(id: 8 + UInt64($0.count % 3), chunks: [$0]) },
      as: "wal-1")
  }
}
