import Glibc
import LogFiles
import LogInspection
import TestSupport
import Testing

@testable import LogFormats

struct `A live okaywal log` {
  private let log: OkayWALLog

  init() throws { log = try OkayWALLog() }

  // MARK: Bytes (format page, sections 2 to 4)

  @Test func `starts with one file of written zeros behind a header, and the first id is 1`() throws
  {
    let writer = try log.writer(OkayWALLog.small { $0.versionInfo = Array("v7".utf8) })
    #expect(try log.names == ["wal-1"])
    let bytes = try log.bytes("wal-1")
    #expect(bytes == [0x6f, 0x6b, 0x77, 0, 2, 0x76, 0x37] + [UInt8](repeating: 0, count: 4089))
    let status = try log.directory.open().status(of: FileName("wal-1"))
    #expect(status.allocated >= 4096)
    #expect(writer.nextEntryID == 1)
  }

  @Test func `has the bytes of the owner's example`() throws {
    let writer = try log.writer(OkayWALLog.small { $0.versionInfo = Array("v7".utf8) })
    let (appended, chunks) = try writer.commit(["alpha", ""])
    let expected: [UInt8] = [
      0x6f, 0x6b, 0x77, 0x00, 0x02, 0x76, 0x37, 0x01, 0x01, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x05, 0, 0,
      0, 0x61, 0x6c, 0x70, 0x68, 0x61, 0x81, 0x2f, 0xd9, 0x78, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0x03,
    ]
    #expect(Array(try log.bytes("wal-1").prefix(41)) == expected + [0])
    #expect(appended == Appended(file: FileName("wal-1"), offset: 7, isDurable: true))
    #expect(chunks.map(\.position.offset) == [16, 30])
    #expect(chunks.map(\.checksum) == [0x78d9_2f81, 0])
  }

  @Test func `takes entries without chunks, which have ten bytes`() throws {
    let writer = try log.writer()
    _ = try writer.begin().commit()
    let second = try writer.commit(["x"])
    #expect(second.0.offset == 15)
    #expect(try log.entries("wal-1").map(\.id) == [1, 2])
    try log.expectSound(entries: 2)
  }

  @Test func `keeps key and value as the two chunks of an entry`() throws {
    let writer = try OkayWAL().openWriter(in: try log.directory.open(), options: WriterOptions())
    let appended = try writer.append(key: Array("k".utf8), value: Array("v".utf8))
    #expect(appended.isDurable && appended.offset == 5)
    try writer.close()
    #expect(try log.entries("wal-1").map(\.chunks) == [["k", "v"]])
    #expect(try log.bytes("wal-1").count == 1 << 20)
  }

  @Test func `never splits an entry, however far it grows beyond the segment`() throws {
    let text = String(repeating: "long ", count: 4000)
    try log.write([text, "next"])
    #expect(try log.names == ["wal-1", "wal-2"])
    #expect(try log.entries("wal-1").map(\.chunks) == [[text]])
    #expect(try log.bytes("wal-1").count == 5 + 19 + text.utf8.count)
    // On the next open it is filled up to the next multiple.
    _ = try log.writer()
    #expect(try log.bytes("wal-1").count == 20_480)
    try log.expectSound(entries: 2)
  }

  // MARK: Rotation (section 6)

  @Test func `changes to a new file at once when three quarters are full, named by the next id`()
    throws
  {
    let writer = try log.writer()
    var count: UInt64 = 0
    var end: UInt64 = 0
    while try log.names == ["wal-1"] {
      end = try writer.commit([String(repeating: "x", count: 100)]).0.offset + 119
      count += 1
    }
    #expect(end >= 3072 && end < 3072 + 119)
    #expect(try log.names == ["wal-1", "wal-\(count + 1)"])
    #expect(try writer.commit(["y"]).0.file == FileName("wal-\(count + 1)"))
    try log.expectSound(entries: count + 1)
  }

  @Test func `goes on in the old file where there is no room for a new one`() throws {
    let script = FaultScript { call, _ in call == .create ? .error(ENOSPC) : nil }
    try log.write(["first"])
    let writer = try log.writer(calls: script.calls)
    for _ in 0..<3 { try writer.commit([String(repeating: "x", count: 3000)]) }
    #expect(try log.names == ["wal-1"])
    try log.expectSound(entries: 4)
  }

  @Test func `leaves nothing behind of a file that could not be made`() throws {
    let script = FaultScript { call, number in call == .write && number == 2 ? .error(ENOSPC) : nil
    }
    let writer = try log.writer(calls: SystemCalls.linux)
    try writer.close()
    let second = try log.writer(calls: script.calls)
    try second.commit(["a"])
    try second.commit([String(repeating: "x", count: 3100)])
    #expect(try log.names == ["wal-1"])
    try second.commit(["b"])
    #expect(try log.names == ["wal-1", "wal-4"])
    try log.expectSound(entries: 3)
  }

  // MARK: Opening

  @Test func `is written by one at a time`() throws {
    let writer = try log.writer()
    #expect { try log.writer() } throws: { error in
      if case WriterFailure.inUse = error { true } else { false }
    }
    try writer.close()
    #expect(throws: WriterFailure.ended) { try writer.commit(["late"]) }
    try log.write(["again"])
    try writer.close()
  }

  @Test func `has one policy, and refuses what the owner cannot do`() throws {
    let format = OkayWAL()
    #expect(format.writerPolicies.map(\.name) == ["group-commit"])
    #expect(format.writerPolicies.allSatisfy { $0.isDurable })
    let directory = try log.directory.open()
    #expect(throws: WriterFailure.self) {
      try format.openWriter(in: directory, options: WriterOptions(policy: "os"))
    }
    #expect(throws: WriterFailure.self) {
      try log.writer(OkayWALLog.small { $0.preallocateBytes = 0 })
    }
    #expect(throws: WriterFailure.self) {
      try log.writer(OkayWALLog.small { $0.versionInfo = [UInt8](repeating: 1, count: 256) })
    }
    #expect(try log.names.isEmpty)
  }

  @Test func `takes no space before it is needed where that is asked for`() throws {
    try log.write(["a"], OkayWALLog.small { $0.writesZeros = false })
    #expect(try log.bytes("wal-1").count == 25)
    try log.expectSound(entries: 1)
  }

  // MARK: Random reads (section 8)

  @Test func `gives chunks back by their position, and errors for any other`() throws {
    let writer = try log.writer()
    let (_, chunks) = try writer.commit(["one", "two"])
    #expect(try writer.payload(at: chunks[1].position) == Array("two".utf8))
    let kept = try #require(OkayWALPosition(serialized: chunks[0].position.serialized))
    #expect(try writer.payload(at: kept) == Array("one".utf8))
    #expect(kept.serialized == [1, 0, 0, 0, 0, 0, 0, 0, 14, 0, 0, 0, 0, 0, 0, 0])
    #expect(OkayWALPosition(serialized: [1, 2]) == nil)
    for offset in (UInt64(0)..<60).filter({ $0 != 14 && $0 != 26 }) + [4090, 4096, .max] {
      #expect(throws: WriterFailure.self, "\(offset)") {
        try writer.payload(at: OkayWALPosition(fileID: 1, offset: offset))
      }
    }
    #expect { try writer.payload(at: OkayWALPosition(fileID: 9, offset: 14)) } throws: { error in
      if case WriterFailure.file(let error) = error { error.isVanished } else { false }
    }
  }

  @Test func `does not give a chunk whose bytes have changed`() throws {
    let writer = try log.writer()
    let (_, chunks) = try writer.commit(["payload"])
    for offset in 14..<30 {
      var bytes = try log.bytes("wal-1")
      bytes[offset] ^= 0x10
      try log.directory.write(bytes, to: "wal-1")
      #expect(throws: WriterFailure.self, "\(offset)") {
        try writer.payload(at: chunks[0].position)
      }
      bytes[offset] ^= 0x10
      try log.directory.write(bytes, to: "wal-1")
    }
  }
}
