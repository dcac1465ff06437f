import LogFiles
import TestSupport
import Testing

@testable import LogFormats

/// Whatever the bytes are: no trap, no memory by a file's own word, fields that own every byte.
struct `Foreign bytes in a nori-wal segment` {
  private static let sample: [UInt8] = {
    var bytes: [UInt8] = []
    let text = Array(String(repeating: "abc", count: 20).utf8)
    for compression in NoriWALRecord.Compression.allCases {
      for isTombstone in [false, true] {
        for time in [nil, 5, UInt64.max] {
          NoriWALEncoder.append(
            NoriWALRecord(
              key: [1, 2], value: text, isTombstone: isTombstone, ttlMilliseconds: time,
              compression: compression), to: &bytes)
        }
      }
    }
    return bytes
  }()

  /// Describes what stands at the end of the walk and checks it.
  private func describeStop(_ bytes: [UInt8], _ scan: PlainScan, _ directory: TemporaryDirectory)
    throws
  {
    var source = try directory.source(bytes)
    let offset = scan.stop.offset
    let described = try NoriWAL().describe(&source, offset: offset, payloadLimit: 16)
    #expect(described.record.fault == scan.fault)
    #expect(described.fields.tile(offset..<offset + described.record.length))
    #expect(offset + described.record.length <= UInt64(bytes.count))
    if scan.fault != nil { #expect(described.record.length > 0) }
  }

  @Test func `Every prefix ends in the record that is cut, or cleanly between two`() throws {
    let directory = try TemporaryDirectory()
    let whole = PlainScan(Self.sample, walker: NoriWALWalker())
    #expect(whole.frames.count == 18 && whole.stop.cause == .endOfFile)
    for count in 0...Self.sample.count {
      let cut = Array(Self.sample.prefix(count))
      let scan = PlainScan(cut, walker: NoriWALWalker())
      let expected = whole.frames.filter { $0.offset + UInt64($0.length) <= UInt64(count) }
      #expect(scan.frames.map(\.offset) == expected.map(\.offset), "\(count)")
      #expect((scan.fault == nil) == (scan.lastEnd == UInt64(count)), "\(count)")
      try describeStop(cut, scan, directory)
    }
  }

  @Test func `A flipped bit ends the walk at its record`() throws {
    let directory = try TemporaryDirectory()
    let whole = PlainScan(Self.sample, walker: NoriWALWalker())
    for bit in 0..<Self.sample.count * 8 {
      var bytes = Self.sample
      bytes[bit / 8] ^= 1 << UInt8(bit % 8)
      let scan = PlainScan(bytes, walker: NoriWALWalker())
      let hit = whole.frames.last { $0.offset <= UInt64(bit / 8) }
      #expect(scan.stop.offset == hit?.offset, "bit \(bit)")
      if bit % 7 == 0 { try describeStop(bytes, scan, directory) }
    }
  }

  @Test func `Random bytes are described, and never a record`() throws {
    let directory = try TemporaryDirectory()
    var generator = SeededGenerator(seed: 5)
    for _ in 0..<600 {
      let count = Int(generator.next() % 90)
      let bytes = (0..<count).map { _ in UInt8(generator.next() & generator.next() & 0xff) }
      let scan = PlainScan(bytes, walker: NoriWALWalker())
      #expect(scan.frames.isEmpty)
      try describeStop(bytes, scan, directory)
    }
  }

  @Test func `A row is made of any beginning of a record`() {
    let walker = NoriWALWalker()
    for frame in PlainScan(Self.sample, walker: walker).frames {
      let start = Int(frame.offset)
      for count in 0...frame.length {
        let head = Array(Self.sample[start..<start + count])
        let row = walker.summarise(
          head.rawBytes, kind: frame.kind, offset: frame.offset, length: UInt64(frame.length),
          fault: nil, previewLimit: 8)
        #expect(row.key?.bytes.count ?? 0 <= 8 && row.value?.bytes.count ?? 0 <= 8)
        if count == frame.length { #expect(row.value?.total == 60 && row.key?.total == 2) }
      }
    }
  }

  @Test(arguments: [
    "ff ff ff ff ff ff ff ff ff 01 00 00 00 00 00 00",
    "00 ff ff ff ff ff ff ff ff ff 01 00 00 00 00 00 00",
    "ff ff ff ff ff ff ff ff ff 01 ff ff ff ff ff ff ff ff ff 01 00 00 00 00 00",
    "01 f4 ff ff ff ff ff ff ff ff 01 00 41 00 00 00 00",
    "80 80 80 80 08 00 00 41 42 43 44 45 46",
    "ff ff ff ff ff ff ff ff 7f ff ff ff ff ff ff ff ff 7f 00 01 02 03 04",
  ])
  func `A length that is huge, or wraps, is incomplete`(text: String) throws {
    let bytes = bytes(hex: text)
    let scan = PlainScan(bytes, walker: NoriWALWalker())
    #expect(scan.frames.isEmpty && scan.fault?.reason == .incomplete)
    try describeStop(bytes, scan, try TemporaryDirectory())
    let row = NoriWALWalker().summarise(
      bytes.rawBytes, kind: nil, offset: 0, length: UInt64(bytes.count), fault: scan.fault,
      previewLimit: 100)
    #expect(row.fault != nil)
  }

  @Test func `The tenth byte of a number keeps what fits, the eleventh is one too many`() throws {
    // Ten bytes whose bits above 2^63 are dropped, so the key length is zero.
    let dropped = [UInt8](repeating: 0x80, count: 9) + [0x02]
    var record = dropped + [0x00, 0x00]
    let sum = CRC32C.checksum(record.rawBytes)
    record += (0..<4).map { UInt8(truncatingIfNeeded: sum >> UInt32(8 * $0)) }
    #expect(PlainScan(record, walker: NoriWALWalker()).stop.cause == .endOfFile)
    let directory = try TemporaryDirectory()
    var source = try directory.source(record)
    let described = try NoriWAL().describe(&source, offset: 0, payloadLimit: 8)
    let length = try #require(described.fields.named("key length"))
    #expect(length.value == .size(0) && length.children.count == 10)
    #expect(length.note == "longer than it needs to be")

    for place in 0..<3 {
      let overflow = [UInt8](repeating: 0x80, count: 11)
      let before: [UInt8] = [[], [0x00], [0x00, 0x00, 0x02]][place]
      let bytes = before + overflow + [0, 0, 0, 0]
      let scan = PlainScan(bytes, walker: NoriWALWalker())
      #expect(scan.fault?.reason == .varintOverflow)
      try describeStop(bytes, scan, directory)
    }
  }

  @Test func `Reserved flag bits are accepted and counted`() throws {
    let bytes = NoriWALEncoder.encode(
      NoriWALRecord(key: [1], value: [2], reservedBits: 0x0f))
    var walker = NoriWALWalker()
    _ = walker.begin(bytes.rawBytes, fileSize: UInt64(bytes.count))
    guard case .record = walker.frame(bytes.rawBytes, at: 0, remaining: UInt64(bytes.count)) else {
      Issue.record("not accepted")
      return
    }
    #expect(
      walker.observations == [Observation(code: .reservedFlagBits, records: 1, firstOffset: 0)])
    let directory = try TemporaryDirectory()
    var source = try directory.source(bytes)
    let described = try NoriWAL().describe(&source, offset: 0, payloadLimit: 8)
    #expect(described.fields.named("reserved")?.note?.contains("ignores") == true)
  }

  @Test func `A record of a gigabyte is described without reading it into memory`() throws {
    // A sparse file: key length 1, value length 2^30 + 5, then a hole.
    let directory = try TemporaryDirectory()
    let open = try directory.open()
    let file = try open.makeFile(FileName("large"))
    let start: [UInt8] = [0x01, 0x85, 0x80, 0x80, 0x80, 0x04, 0x00, 0x6b]
    try file.write(start.rawBytes, at: 0)
    let length: UInt64 = 8 + 1_073_741_829 + 4
    try file.setLength(length)
    var source = RecordSource(try open.openFile(FileName("large")), end: length)
    let described = try NoriWAL().describe(&source, offset: 0, payloadLimit: 32)
    #expect(described.record.length == length && described.fields.tile(0..<length))
    #expect(described.record.fault?.reason == .checksum)
    #expect(described.payloads.last?.decodedLength == 1_073_741_829)
  }
}
