import LogFiles
import TestSupport
import Testing

@testable import LogFormats

/// The worked examples of the format's page, byte by byte.
struct `The examples on the page` {
  struct Example: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var bytes: [UInt8]
    var record: NoriWALRecord
    var checksum: UInt32
  }

  static let examples: [Example] = [
    Example(
      testDescription: "put",
      bytes: bytes(hex: "06 05 00 75 73 65 72 3a 31 61 6c 69 63 65 25 16 ed e1"),
      record: NoriWALRecord(key: Array("user:1".utf8), value: Array("alice".utf8)),
      checksum: 0xe1ed_1625),
    Example(
      testDescription: "put with a ttl",
      bytes: bytes(hex: "04 03 02 e0 a7 12 73 65 73 73 74 6f 6b e1 68 55 3d"),
      record: NoriWALRecord(
        key: Array("sess".utf8), value: Array("tok".utf8), ttlMilliseconds: 300_000),
      checksum: 0x3d55_68e1),
    Example(
      testDescription: "delete", bytes: bytes(hex: "03 00 01 6f 6c 64 96 bf 0d 21"),
      record: NoriWALRecord(key: Array("old".utf8), isTombstone: true), checksum: 0x210d_bf96),
    Example(
      testDescription: "LZ4",
      bytes: bytes(
        hex: "03 0f 04 6b 65 79 14 56 76 61 6c 75 65 05 00 50 76 61 6c 75 65 0d 0f c9 b2"),
      record: NoriWALRecord(
        key: Array("key".utf8), value: Array("valuevaluevaluevalue".utf8), compression: .lz4),
      checksum: 0xb2c9_0f0d),
    Example(
      testDescription: "smallest", bytes: bytes(hex: "00 00 00 7a a3 64 60"),
      record: NoriWALRecord(key: []), checksum: 0x6064_a37a),
  ]

  @Test(arguments: examples)
  func `are accepted`(example: Example) {
    let scan = PlainScan(example.bytes, walker: NoriWALWalker())
    #expect(scan.stop == Stop(offset: UInt64(example.bytes.count), cause: .endOfFile))
    #expect(scan.frames.map(\.length) == [example.bytes.count])
  }

  @Test(arguments: examples)
  func `are what the encoder writes`(example: Example) {
    #expect(NoriWALEncoder.encode(example.record) == example.bytes)
  }

  @Test(arguments: examples)
  func `are described with their checksum`(example: Example) throws {
    let directory = try TemporaryDirectory()
    var source = try directory.source(example.bytes)
    let described = try NoriWAL().describe(&source, offset: 0, payloadLimit: 100)
    #expect(described.fields.tile(0..<UInt64(example.bytes.count)))
    #expect(described.storedChecksum == example.checksum)
    #expect(described.computedChecksum == example.checksum)
    let value = described.payloads.first { $0.name == "value" }
    #expect(value?.decodedLength ?? 0 == UInt64(example.record.value.count))
    if example.record.compression != .none { #expect(value?.decoded == example.record.value) }
  }

  @Test func `A prefix of an example is incomplete wherever it is cut`() throws {
    let directory = try TemporaryDirectory()
    for example in Self.examples {
      for count in 1..<example.bytes.count {
        let cut = Array(example.bytes.prefix(count))
        let scan = PlainScan(cut, walker: NoriWALWalker())
        #expect(scan.fault?.reason == (count < 6 ? .short : .incomplete))
        #expect(scan.stop.offset == 0)
        var source = try directory.source(cut)
        let described = try NoriWAL().describe(&source, offset: 0, payloadLimit: 10)
        #expect(described.fields.tile(0..<UInt64(count)))
        #expect(described.record.fault == scan.fault)
      }
    }
  }

  @Test func `The ttl of the example is told byte by byte`() throws {
    let directory = try TemporaryDirectory()
    var source = try directory.source(Self.examples[1].bytes)
    let described = try NoriWAL().describe(&source, offset: 0, payloadLimit: 100)
    let ttl = try #require(described.fields.named("ttl"))
    #expect(ttl.value == .milliseconds(300_000))
    #expect(ttl.range == 3..<6)
    #expect(ttl.children.map(\.value) == [.number(0x60), .number(0x27 << 7), .number(0x12 << 14)])
    #expect(described.record.kind == "put+ttl")
    #expect(described.record.attribute("ttlMilliseconds") == .milliseconds(300_000))
  }

  @Test func `Zeros are never a record`() throws {
    let zeros = [UInt8](repeating: 0, count: 64)
    let scan = PlainScan(zeros, walker: NoriWALWalker())
    #expect(scan.stop.offset == 0)
    #expect(
      scan.fault == Fault(.checksum, claimedLength: 7, stored: 0, computed: 0x6064_a37a))
    let directory = try TemporaryDirectory()
    var source = try directory.source(zeros)
    let described = try NoriWAL().describe(&source, offset: 0, payloadLimit: 10)
    #expect(described.fields.named("checksum")?.note?.contains("never written") == true)
  }
}
