import Glibc
import LogFiles
import TestSupport
import Testing

@testable import LogFormats

struct `Values are decoded as the owner does it` {
  private let decoder = ValueDecoder()
  private static let text = Array(String(repeating: "the ledger is closed; ", count: 400).utf8)

  /// The stored value of a record.
  private static func stored(_ value: [UInt8], _ compression: NoriWALRecord.Compression) -> [UInt8]
  {
    let record = NoriWALEncoder.encode(
      NoriWALRecord(key: [], value: value, compression: compression))
    let header = try? NoriWALHeader(record.rawBytes, at: 0)
    return Array(record.dropFirst(header?.length ?? 0).dropLast(4))
  }

  private func check(_ value: [UInt8], _ compression: NoriWALHeader.Compression)
    -> ValueDecoder.Check
  {
    var allowance = DecodingAllowance()
    return decoder.check(value.rawBytes, compression: compression, &allowance)
  }

  private func decode(_ value: [UInt8], _ compression: NoriWALHeader.Compression, limit: Int)
    -> ValueDecoder.Decoded
  {
    decoder.decode(value.rawBytes, compression: compression, limit: limit)
  }

  private func varint(_ number: UInt64) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = number
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }

  /// Peak memory of this process in bytes.
  private var peakMemory: Int {
    var usage = rusage()
    getrusage(RUSAGE_SELF.rawValue, &usage)
    return usage.ru_maxrss * 1024
  }

  @Test(arguments: [NoriWALHeader.Compression.lz4, .zstd])
  func `whole or only their beginning`(compression: NoriWALHeader.Compression) {
    for value in [[], [7], Self.text] {
      let stored = Self.stored(value, compression == .lz4 ? .lz4 : .zstd)
      #expect(check(stored, compression) == .decodes)
      let all = decode(stored, compression, limit: .max)
      #expect(all.bytes == value && all.length == UInt64(value.count))
      let some = decode(stored, compression, limit: 10)
      #expect(some.bytes == Array(value.prefix(10)) && some.length == UInt64(value.count))
    }
  }

  @Test(arguments: [NoriWALHeader.Compression.lz4, .zstd])
  func `from a file as from memory`(compression: NoriWALHeader.Compression) throws {
    let directory = try TemporaryDirectory()
    var generator = SeededGenerator(seed: 3)
    let value = Self.text + (0..<300_000).map { _ in UInt8(generator.next() & 0x0f) }
    let stored = Self.stored(value, compression == .lz4 ? .lz4 : .zstd)
    try directory.write([1, 2, 3] + stored + [4], to: "file")
    var source = RecordSource(
      try directory.open().openFile(FileName("file")), end: UInt64(stored.count + 4),
      pieceSize: 1000)
    let range = 3..<UInt64(stored.count + 3)
    let decoded = try decoder.decode(&source, in: range, compression: compression, limit: 5000)
    #expect(decoded.check == .decodes && decoded.length == UInt64(value.count))
    #expect(decoded.bytes == Array(value.prefix(5000)))
    var allowance = DecodingAllowance()
    let whole = try decoder.check(&source, in: range, compression: compression, &allowance)
    #expect(whole == .decodes)
    let cut = range.lowerBound..<range.upperBound - 1
    let part = try decoder.check(&source, in: cut, compression: compression, &allowance)
    #expect(part == .fails)
  }

  @Test func `An empty value is a zero and a one-byte LZ4 block`() {
    #expect(Self.stored([], .lz4) == [0, 0])
    #expect(check([0, 0], .lz4) == .decodes)
  }

  @Test func `LZ4 fails unless the length in front is exactly right`() {
    let stored = Self.stored(Self.text, .lz4)
    let block = Array(stored.dropFirst(2))
    #expect(varint(UInt64(Self.text.count)) + block == stored)
    for wrong in [0, 1, Self.text.count - 1, Self.text.count + 1, 1 << 20] {
      let value = varint(UInt64(wrong)) + block
      #expect(check(value, .lz4) == .fails, "\(wrong)")
    }
    #expect(check([], .lz4) == .fails)
    #expect(check([0x05], .lz4) == .fails)
    #expect(
      check([UInt8](repeating: 0xff, count: 20), .lz4) == .fails)
  }

  @Test(arguments: [UInt64(1) << 33, 1 << 60, .max])
  func `A length that no block reaches fails without memory`(claimed: UInt64) {
    let value = varint(claimed) + [UInt8](repeating: 0x10, count: 3000)
    #expect(check(value, .lz4) == .fails)
    #expect(decode(value, .lz4, limit: .max).bytes.isEmpty)
    // Other tests run beside this one; the smallest claim is 8 GiB.
    #expect(peakMemory < 4 << 30)
  }

  @Test func `An LZ4 value beyond the cap is not judged, but its beginning is shown`() throws {
    let size = Int(ValueDecoder.decodedLimit) + 1
    let value = [UInt8](repeating: 0x61, count: size)
    let stored = Self.stored(value, .lz4)
    #expect(check(stored, .lz4) == .tooLarge)
    let directory = try TemporaryDirectory()
    var source = try directory.source(stored)
    let decoded = try decoder.decode(
      &source, in: 0..<UInt64(stored.count), compression: .lz4, limit: 100)
    #expect(decoded.check == .tooLarge && decoded.length == UInt64(size))
    #expect(decoded.bytes == Array(value.prefix(100)))
  }

  @Test func `A Zstandard value that grows beyond all measure is not judged`() {
    // 100 MB of zeros take some kilobytes.
    let stored = Self.stored([UInt8](repeating: 0, count: 100_000_000), .zstd)
    #expect(stored.count < 20_000)
    #expect(check(stored, .zstd) == .tooLarge)
    #expect(decode(stored, .zstd, limit: 10).bytes.count == 10)
  }

  /// Each record is small, and what comes of all of them is not.
  @Test(arguments: [NoriWALRecord.Compression.lz4, .zstd])
  func `Values that decode to far more than they take are not judged without end`(
    compression: NoriWALRecord.Compression
  ) throws {
    let size = 8 << 20
    let record = NoriWALEncoder.encode(
      NoriWALRecord(
        key: [1], value: [UInt8](repeating: 0, count: size), compression: compression))
    #expect(record.count < size / 200)
    var walker = NoriWALWalker()
    let count = 60
    let end = UInt64(count * record.count)
    _ = walker.begin(record.rawBytes, fileSize: end)
    for number in 0..<count {
      let remaining = end - UInt64(number * record.count)
      let frame = walker.frame(record.rawBytes, at: 0, remaining: remaining)
      guard case .record = frame else {
        Issue.record("no record: \(frame)")
        return
      }
    }
    let unchecked = walker.observations.first { $0.code == .uncheckedValue }?.records ?? 0
    let earned = end * DecodingAllowance.perStoredByte
    let decoded = (UInt64(count) - unchecked) * UInt64(size)
    #expect(decoded <= DecodingAllowance.atFirst + earned)
    #expect(unchecked > 0 && decoded > DecodingAllowance.atFirst / 2)
  }

  @Test func `As many values as a log holds are judged where they are compressed as usual`() {
    // Ten times smaller than what they hold.
    let stored: UInt64 = 100_000
    var allowance = DecodingAllowance()
    for _ in 0..<100_000 {
      allowance.earn(storedLength: stored)
      #expect(allowance.left >= stored * 10)
      allowance.spend(stored * 10)
    }
    allowance.earn(storedLength: .max)
    #expect(allowance.left == .max)
  }

  @Test(arguments: [UInt64(1) << 20, 1 << 40, .max])
  func `A length that cannot be uses up nothing of what later values are given`(claimed: UInt64) {
    var allowance = DecodingAllowance()
    let impossible = varint(claimed) + [0x10, 0x41]
    #expect(decoder.check(impossible.rawBytes, compression: .lz4, &allowance) == .fails)
    #expect(allowance.left >= DecodingAllowance.atFirst)
  }

  @Test func `A Zstandard frame that wants a huge window is not judged`() {
    // Magic, a descriptor without single segment, and a window of 2^31 bytes.
    let frame: [UInt8] = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 21 << 3, 0x01, 0x00, 0x00]
    #expect(check(frame, .zstd) == .tooLarge)
  }

  @Test func `Zstandard fails when cut, followed by garbage, or absent`() {
    let stored = Self.stored(Self.text, .zstd)
    for count in 0..<stored.count {
      let cut = Array(stored.prefix(count))
      #expect(check(cut, .zstd) == .fails, "\(count)")
    }
    #expect(check((stored + [1, 2, 3]), .zstd) == .fails)
    #expect(check((stored + stored), .zstd) == .decodes)
    #expect(
      decode((stored + stored), .zstd, limit: .max).bytes
        == Self.text + Self.text)
  }

  @Test func `Values without compression always decode, the fourth compression never`() {
    #expect(check([1, 2], .none) == .decodes)
    #expect(check([1, 2], .invalid) == .fails)
  }

  @Test(arguments: [NoriWALHeader.Compression.lz4, .zstd])
  func `Changed and random bytes never trap`(compression: NoriWALHeader.Compression) {
    var generator = SeededGenerator(seed: 11)
    let stored = Self.stored(Array(Self.text.prefix(700)), compression == .lz4 ? .lz4 : .zstd)
    for _ in 0..<4000 {
      var value = stored
      for _ in 0...Int(generator.next() % 4) {
        value[Int(generator.next() % UInt64(value.count))] = UInt8(generator.next() & 0xff)
      }
      let check = check(value, compression)
      let decoded = decode(value, compression, limit: 1000)
      #expect(decoded.check == check)
    }
  }
}
