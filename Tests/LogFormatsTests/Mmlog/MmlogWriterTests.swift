import Glibc
import LogFiles
import TestSupport
import Testing

@testable import LogFormats

struct `A writer of mmlogs` {
  @Test func `leaves the bytes of the format page's example`() throws {
    let place = try MmlogWorkplace()
    let writer = try place.writer(chunk: 8192)
    #expect(try writer.insert(Array("first\n".utf8)).offset == 0)
    #expect(try writer.append(key: Array("second".utf8), value: Array("line".utf8)).offset == 6)
    try writer.insert([UInt8](repeating: 1, count: 8), asIfKilledAfter: 0)
    #expect(try writer.insert(Array("third\n".utf8)).offset == 26)
    try writer.close()
    let metadata: [UInt8] = [
      1, 0, 0, 0, 1, 0, 0, 0, 0, 0x20, 0, 0, 0, 0, 0, 0,
      0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0x10, 0, 0, 0, 0x20, 0, 0,
    ]
    #expect(try place.metadata().bytes == metadata)
    let text = Array("first\nsecond line\n\0\0\0\0\0\0\0\0third\n".utf8)
    #expect(try place.data() == text + [UInt8](repeating: 0, count: 8192 - 32))
  }

  @Test func `grows by whole chunks, only where an insert needs it`() throws {
    let place = try MmlogWorkplace()
    let writer = try place.writer(chunk: 4096)
    _ = try writer.insert([UInt8](repeating: 0x61, count: 4096))
    #expect(try place.metadata().recordedSize == 4096)
    _ = try writer.insert([0x62])
    #expect(try place.metadata().recordedSize == 8192)
    _ = try writer.insert([UInt8](repeating: 0x63, count: 20_000))
    #expect(try place.metadata().recordedSize == 24_576)
    let expected =
      [UInt8](repeating: 0x61, count: 4096) + [0x62] + [UInt8](repeating: 0x63, count: 20_000)
    #expect(try place.data() == expected + [UInt8](repeating: 0, count: 24_576 - 24_097))
  }

  @Test func `writes a line for a key and a value that nothing inside can end`() throws {
    let place = try MmlogWorkplace()
    let writer = try place.writer()
    _ = try writer.append(key: Array("k\\".utf8), value: [0x61, 0, 0x0A, 0x62])
    let line = Array("k\\\\ a\\0\\nb\n".utf8)
    #expect(try Array(place.data().prefix(line.count)) == line)
    #expect(try place.metadata().cursor == UInt64(line.count))
    #expect(throws: WriterFailure.self) { try writer.insert([]) }
  }

  @Test(arguments: [100, 3000])
  func `takes inserts of several threads at once`(size: Int) throws {
    let place = try MmlogWorkplace()
    let writer = try place.writer(chunk: 4096)
    try OnThreads.run(4) { index in
      for number in 0..<500 {
        _ = try writer.insert(MmlogWorkplace.record(index, number, size: size))
      }
    }
    try place.expectAllRecords(processes: 4, count: 500, size: size)
  }

  @Test func `keeps few parts of a large file mapped`() throws {
    let place = try MmlogWorkplace()
    let writer = try place.writer(chunk: 1 << 20)
    let line = MmlogWorkplace.record(0, 0, size: 2000)
    for _ in 0..<30_000 { _ = try writer.insert(line) }
    #expect(try writer.cursor == 60_000_000)
    #expect((1...4).contains(writer.mappedWindows))
    let data = try place.data()
    #expect(stride(from: 0, to: 60_000_000, by: 2000).allSatisfy { data[$0 + 1999] == 0x0A })
  }

  @Test func `ends with its close, which can be done again`() throws {
    let place = try MmlogWorkplace()
    let writer = try place.writer()
    try writer.close()
    try writer.close()
    #expect(throws: WriterFailure.ended) { try writer.insert([1]) }
    #expect(throws: WriterFailure.ended) { try writer.sync() }
  }

  @Test func `makes inserts durable where it shall, and ends with an error of the disk`() throws {
    let faults = FaultScript { call, number in
      call == .sync && number == 4 ? .error(EIO) : nil
    }
    let place = try MmlogWorkplace(calls: faults.calls)
    let writer = try place.writer(policy: .sync)
    #expect(try writer.insert([0x61]).isDurable)
    // Both files, and the directory that has just got their names.
    #expect(faults.count(.sync) == 3)
    #expect(throws: WriterFailure.self) { try writer.insert([0x62]) }
    #expect(throws: WriterFailure.ended) { try writer.insert([0x63]) }
  }

  @Test func `is opened by its format, for the one log of a directory`() throws {
    let place = try MmlogWorkplace()
    var options = WriterOptions(policy: "sync", segmentSize: 5000)
    let writer = try Mmlog().openWriter(in: place.open, options: options)
    #expect(try writer.append(key: [0x6B], value: [0x76]).isDurable)
    try writer.close()
    #expect(try place.metadata().chunkSize == 8192)
    options.policy = "never"
    #expect(throws: WriterFailure.self) { try Mmlog().openWriter(in: place.open, options: options) }
    #expect(Mmlog().writerPolicies.map(\.name) == ["os", "sync"])
  }
}

struct `Growing an mmlog` {
  @Test(arguments: [ENOSPC, EFBIG])
  func `moves no cursor when it fails, and is tried again`(code: Int32) throws {
    let faults = FaultScript { call, number in
      call == .preallocate && (1...2).contains(number) ? .error(code) : nil
    }
    let place = try MmlogWorkplace(calls: faults.calls)
    let writer = try place.writer(chunk: 4096)
    _ = try writer.insert([UInt8](repeating: 0x61, count: 4000))
    for _ in 0..<2 {
      #expect(throws: WriterFailure.self) {
        try writer.insert([UInt8](repeating: 0x62, count: 200))
      }
      let metadata = try place.metadata()
      #expect(metadata.cursor == 4000 && metadata.recordedSize == 4096)
      #expect(metadata.locked == 0 && metadata.panicked == 0)
    }
    // What has room does not care.
    #expect(try writer.insert([0x63]).offset == 4000)
    #expect(try writer.insert([UInt8](repeating: 0x64, count: 200)).offset == 4001)
    #expect(try place.data()[4000..<4201].allSatisfy { $0 != 0 })
  }

  @Test func `leaves a hole where the file system cannot allocate`() throws {
    let faults = FaultScript { call, _ in call == .preallocate ? .error(EOPNOTSUPP) : nil }
    let place = try MmlogWorkplace(calls: faults.calls)
    let writer = try place.writer(chunk: 4096)
    _ = try writer.insert([UInt8](repeating: 0x61, count: 9000))
    #expect(try place.data().count == 12_288)
  }

  @Test func `is refused where it has panicked, and nothing is left locked`() throws {
    let place = try MmlogWorkplace()
    let writer = try place.writer(chunk: 4096)
    var metadata = try place.metadata()
    metadata.panicked = 1
    try place.overwrite(metadata)
    #expect(try writer.insert([0x61]).offset == 0)
    #expect(throws: WriterFailure.self) { try writer.insert([UInt8](repeating: 0x62, count: 5000)) }
    metadata.cursor = 1
    #expect(try place.metadata() == metadata)
  }

  @Test func `never makes a file shorter that somebody made longer`() throws {
    let place = try MmlogWorkplace()
    let writer = try place.writer(chunk: 4096)
    try #require(truncate(place.directory.path("app.log"), 100_000) == 0)
    _ = try writer.insert([UInt8](repeating: 0x61, count: 5000))
    #expect(try place.data().count == 100_000)
    #expect(try place.metadata().recordedSize == 100_000)
  }

  @Test func `gives a reservation back whose bytes could not be written`() throws {
    let isFull = Switch()
    let faults = FaultScript { call, _ in call == .write && isFull.isOn ? .error(ENOSPC) : nil }
    let place = try MmlogWorkplace(calls: faults.calls)
    let writer = try place.writer(chunk: 1 << 16, preallocates: false)
    _ = try writer.insert([0x61])
    isFull.isOn = true
    #expect(throws: WriterFailure.self) { try writer.insert([UInt8](repeating: 0x62, count: 5000)) }
    isFull.isOn = false
    #expect(try place.metadata().cursor == 1)
    #expect(try writer.insert([0x63]).offset == 1)
  }
}
