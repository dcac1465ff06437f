import LogFiles
import TestSupport
import Testing

@testable import LogFormats

struct `A nori-wal reader` {
  private func keys(_ reader: inout NoriWALReader) throws -> [UInt8] {
    var keys: [UInt8] = []
    while let entry = try reader.next() { keys.append(entry.record.key[0]) }
    return keys
  }

  @Test func `starts anywhere and goes on through all segments`() throws {
    let scene = try WriterScene()
    let writer = try scene.open(segmentSize: 100)
    var positions: [NoriWALPosition] = []
    for key in UInt8(0)..<20 {
      positions.append(try writer.append(record(bytes: 40, key)).position)
    }
    for start in [0, 1, 7, 19] {
      var reader = writer.reader(from: positions[start])
      #expect(try keys(&reader) == Array(UInt8(start)..<20))
    }
    var behind = writer.reader(from: writer.position)
    #expect(try behind.next() == nil)
  }

  @Test func `stops at the logical end, and goes on when more is appended`() throws {
    let scene = try WriterScene()
    let writer = try scene.open(segmentSize: 100)
    var reader = writer.reader()
    #expect(try reader.next() == nil)
    for key in UInt8(0)..<30 {
      _ = try writer.append(record(bytes: 40, key))
      #expect(try reader.next()?.record.key == [key])
      #expect(try reader.next() == nil)
      #expect(reader.position == writer.position)
    }
    // By itself it stops at the zeros that were taken in advance.
    var alone = NoriWALReader(in: try scene.directory.open())
    #expect(try keys(&alone) == Array(0..<30))
    _ = try writer.append(record(bytes: 40, 30))
    #expect(try keys(&alone) == [30])
  }

  @Test func `passes over empty, missing and unfinished segments`() throws {
    let scene = try WriterScene()
    let zeros = [UInt8](repeating: 0, count: 700)
    try scene.directory.write(NoriWALEncoder.encode(record(bytes: 20, 1)) + zeros, to: "000002.wal")
    try scene.directory.write([], to: "000003.wal")
    try scene.directory.write(zeros, to: "000005.wal")
    try scene.directory.write(NoriWALEncoder.encode(record(bytes: 20, 2)), to: "000008.wal")
    var reader = NoriWALReader(in: try scene.directory.open())
    #expect(try keys(&reader) == [1, 2])
  }

  @Test(arguments: [130_000, 131_072, 300_000, 3_000_000])
  func `reads records of any length`(length: Int) throws {
    let scene = try WriterScene()
    let writer = try scene.open(segmentSize: 1 << 20)
    var given: [NoriWALRecord] = []
    for compression in NoriWALRecord.Compression.allCases {
      let value = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 7) }
      given.append(NoriWALRecord(key: [1], value: value, compression: compression))
      given.append(record(bytes: 30))
    }
    let first = try writer.append(given[0]).position
    for record in given.dropFirst() { _ = try writer.append(record) }
    var reader = writer.reader()
    for record in given { #expect(try reader.next()?.record == record) }
    #expect(try reader.next() == nil)
    var limited = writer.reader(sizeLimit: 1000)
    let failure = readFailure { _ = try limited.next() }
    #expect(failure == .tooLarge(first))
    #expect(limited.position == first)
  }

  private func readFailure(_ body: () throws -> Void) -> NoriWALReader.Failure? {
    do {
      try body()
      return nil
    } catch {
      return error as? NoriWALReader.Failure
    }
  }

  @Test func `tells what is no record, and stays there`() throws {
    let scene = try WriterScene()
    var bytes = (UInt8(1)..<5).flatMap { NoriWALEncoder.encode(record(bytes: 30, $0)) }
    bytes[70] ^= 1
    try scene.directory.write(bytes, to: "000000.wal")
    var reader = NoriWALReader(in: try scene.directory.open())
    for _ in 0..<2 { _ = try reader.next() }
    for _ in 0..<2 {
      #expect(
        readFailure { _ = try reader.next() } == .invalid(.init(segment: 0, offset: 60), .checksum))
    }
  }

  // MARK: Descriptors

  @Test func `keeps 32 files open, those that were used last`() throws {
    let scene = try WriterScene()
    let script = FaultScript()
    let writer = try scene.open(segmentSize: 100, preallocation: .none, calls: script.calls)
    for key in UInt8(0)..<40 { _ = try writer.append(record(bytes: 100, key)) }
    func read(_ segment: UInt64) throws -> UInt8? {
      var reader = writer.reader(from: .init(segment: segment, offset: 0))
      return try reader.next()?.record.key[0]
    }
    for segment in UInt64(0)..<32 { #expect(try read(segment) == UInt8(segment)) }
    #expect(writer.descriptors.kept == Set(0..<32))
    let opened = script.count(.openAt)
    #expect(try read(0) == 0)
    #expect(script.count(.openAt) == opened)
    #expect(try read(32) == 32)
    #expect(writer.descriptors.kept == Set(0..<33).subtracting([1]))
  }

  @Test func `lets a deleted segment go, and goes on with the first that is left`() throws {
    let scene = try WriterScene()
    let writer = try scene.open(segmentSize: 100)
    for key in UInt8(0)..<5 { _ = try writer.append(record(bytes: 100, key)) }
    var reader = writer.reader()
    #expect(try reader.next()?.record.key == [0])
    try writer.deleteSegments(before: .init(segment: 3, offset: 0))
    #expect(writer.descriptors.kept.isEmpty)
    #expect(try keys(&reader) == [3, 4])
  }
}
