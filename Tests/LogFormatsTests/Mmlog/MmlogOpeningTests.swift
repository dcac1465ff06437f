import Glibc
import LogFiles
import TestSupport
import Testing

@testable import LogFormats

struct `Opening an mmlog for appending` {
  private static func filled(_ text: String, to size: Int) -> [UInt8] {
    Array(text.utf8) + [UInt8](repeating: 0, count: size - text.utf8.count)
  }

  private static func isUnusable(_ body: () throws -> MmlogWriter) -> Bool {
    do {
      _ = try body()
      return false
    } catch let failure as WriterFailure {
      if case .unusable = failure { return true }
      return false
    } catch {
      return false
    }
  }

  @Test func `never wipes a data file that has no metadata`() throws {
    let place = try MmlogWorkplace()
    try place.directory.write(Array("plain text\n".utf8), to: "app.log")
    #expect(Self.isUnusable { try place.writer() })
    #expect(try place.data() == Array("plain text\n".utf8))
    #expect(try place.open.entries().map(\.name) == [MmlogWorkplace.name])
    // An empty one holds nothing.
    try place.directory.write([], to: "app.log")
    _ = try place.writer()
  }

  @Test func `leaves nothing behind when it cannot make a pair`() throws {
    let faults = FaultScript { call, _ in call == .preallocate ? .error(ENOSPC) : nil }
    let place = try MmlogWorkplace(calls: faults.calls)
    #expect(throws: WriterFailure.self) { try place.writer() }
    #expect(try place.open.entries().isEmpty)
    #expect(throws: WriterFailure.self) { try place.writer(chunk: 5000) }
    #expect(throws: WriterFailure.self) { try place.writer(chunk: 1 << 32) }
  }

  @Test(arguments: [0, 16, 32])
  func `finishes what a creator left that died, where there is nothing to lose`(size: Int) throws {
    for data in [nil, [], [UInt8](repeating: 0, count: 8192)] as [[UInt8]?] {
      let place = try MmlogWorkplace()
      try place.directory.write([UInt8](repeating: 0, count: size), to: "app.log.mmlog")
      if let data { try place.directory.write(data, to: "app.log") }
      let writer = try place.writer(chunk: 4096)
      #expect(writer.remarks == [.finishedCreation])
      _ = try writer.insert([0x61])
      #expect(try place.metadata().cursor == 1)
      #expect(try place.data()[0] == 0x61)
    }
    let place = try MmlogWorkplace()
    try place.directory.write([UInt8](repeating: 0, count: size), to: "app.log.mmlog")
    try place.directory.write(Self.filled("data\n", to: 8192), to: "app.log")
    #expect(Self.isUnusable { try place.writer() })
    #expect(try place.data() == Self.filled("data\n", to: 8192))
  }

  @Test func `puts the recorded size right that its owner's trim left too large`() throws {
    let place = try MmlogWorkplace()
    let text = String(repeating: "a line\n", count: 1300)
    try place.lay(Array(text.utf8)) {
      $0.cursor = 9100
      $0.recordedSize = 16_384
    }
    let writer = try place.writer()
    #expect(writer.remarks == [.correctedRecordedSize(from: 16_384, to: 9100)])
    #expect(try writer.insert(Array("next\n".utf8)).offset == 9100)
    #expect(try place.data() == Self.filled(text + "next\n", to: 16_384))
    #expect(try place.metadata().recordedSize == 16_384)
  }

  @Test func `makes a file long enough that was trimmed below one chunk`() throws {
    let place = try MmlogWorkplace()
    try place.lay(Array("short\n".utf8)) {
      $0.cursor = 6
      $0.recordedSize = 8192
    }
    let writer = try place.writer()
    #expect(writer.remarks == [.lengthened(from: 6, to: 8192)])
    #expect(try writer.insert(Array("next\n".utf8)).offset == 6)
    #expect(try place.data() == Self.filled("short\nnext\n", to: 8192))
  }

  @Test func `makes a trimmed file as long as others take it for who write it`() throws {
    let place = try MmlogWorkplace()
    let text = String(repeating: "a line\n", count: 1300)
    try place.lay(Array(text.utf8)) {
      $0.cursor = 9100
      $0.recordedSize = 16_384
    }
    let owner = try place.process("open-as-owner", saying: "open")
    let writer = try place.writer()
    #expect(writer.remarks == [.lengthened(from: 9100, to: 16_384)])
    #expect(try place.data().count == 16_384)
    #expect(try place.metadata().locked == 0)
    _ = owner
  }

  @Test func `goes on behind a gap, and tells it`() throws {
    let place = try MmlogWorkplace()
    try place.lay(Self.filled("one\n", to: 8192)) { $0.cursor = 20 }
    let writer = try place.writer()
    #expect(writer.remarks == [.gapAtEnd(4..<20)])
    #expect(try writer.insert(Array("two\n".utf8)).offset == 20)
  }

  @Test func `goes on behind what was reserved and never existed, and tells it`() throws {
    let place = try MmlogWorkplace()
    try place.lay([UInt8](repeating: 0x61, count: 8192)) {
      $0.cursor = 30_000
      $0.locked = 1
    }
    let writer = try place.writer()
    #expect(writer.remarks == [.clearedLock, .missing(8192..<30_000)])
    #expect(try writer.insert([0x62]).offset == 30_000)
    #expect(try place.data().count == 32_768)
  }

  @Test func `refuses to write over data behind the cursor`() throws {
    let place = try MmlogWorkplace()
    let data = Self.filled("one\ntwo\n", to: 8192)
    try place.lay(data) { $0.cursor = 4 }
    #expect(Self.isUnusable { try place.writer() })
    #expect(try place.data() == data)
  }

  @Test(
    arguments: [
      { $0.version = 2 }, { $0.chunkSize = 0 }, { $0.chunkSize = 5000 },
      { $0.cursor = 1 << 63 }, { $0.recordedSize = .max },
    ] as [@Sendable (inout MmlogMetadata) -> Void])
  func `refuses metadata that mean nothing`(change: @Sendable (inout MmlogMetadata) -> Void) throws
  {
    let place = try MmlogWorkplace()
    try place.lay(Self.filled("one\n", to: 8192)) {
      $0.cursor = 4
      change(&$0)
    }
    let before = try place.metadata()
    #expect(Self.isUnusable { try place.writer() })
    #expect(try place.metadata() == before)
  }

  @Test func `refuses a pair without its data file, and one that was cut`() throws {
    let place = try MmlogWorkplace()
    try place.lay(Self.filled("one\n", to: 8192)) { $0.cursor = 4 }
    try #require(truncate(place.directory.path("app.log"), 2) == 0)
    #expect(Self.isUnusable { try place.writer() })
    try #require(unlink(place.directory.path("app.log")) == 0)
    #expect(Self.isUnusable { try place.writer() })
  }
}

struct `Trimming an mmlog` {
  @Test func `leaves a pair that goes on`() throws {
    let place = try MmlogWorkplace()
    let writer = try place.writer(chunk: 4096)
    let record = [UInt8](repeating: 0x61, count: 5000)
    _ = try writer.insert(record)
    try writer.trim()
    #expect(try place.data() == record)
    #expect(try place.metadata().recordedSize == 5000)
    _ = try writer.insert(record)
    try writer.trim()
    try writer.close()
    let again = try place.writer()
    #expect(again.remarks == [])
    #expect(try again.insert([0x62]).offset == 10_000)
    #expect(try place.data().prefix(10_001) == (record + record + [0x62])[...])
    #expect(try place.metadata().recordedSize == 12_288)
  }

  @Test func `keeps one chunk, without which its owner opens nothing`() throws {
    let place = try MmlogWorkplace()
    let writer = try place.writer(chunk: 8192, trims: true)
    _ = try writer.insert([0x61])
    try writer.close()
    #expect(try place.data().count == 8192)
    #expect(try place.metadata().recordedSize == 8192)
  }

  @Test func `loses nothing that other threads insert`() throws {
    let place = try MmlogWorkplace()
    let writer = try place.writer(chunk: 4096)
    try OnThreads.run(4) { index in
      for number in 0..<300 {
        if index == 0, number % 10 == 0 { try writer.trim() }
        _ = try writer.insert(MmlogWorkplace.record(index, number, size: 90))
      }
    }
    try place.expectAllRecords(processes: 4, count: 300, size: 90)
  }
}

struct `An mmlog that is cut while it is written` {
  @Test(arguments: [0, 100, 4096])
  func `is an error and no crash`(length: Int) throws {
    let place = try MmlogWorkplace()
    let writer = try place.writer(chunk: 1 << 20)
    let record = [UInt8](repeating: 0x61, count: 500)
    for _ in 0..<20 { _ = try writer.insert(record) }
    try #require(truncate(place.directory.path("app.log"), length) == 0)
    #expect(throws: WriterFailure.self) { for _ in 0..<20 { _ = try writer.insert(record) } }
    // It says the same from now on, and leaves the file as it is.
    #expect(throws: WriterFailure.self) { try writer.insert([1]) }
    #expect(throws: WriterFailure.self) { try writer.close() }
    #expect(try place.data().count == length)
  }

  @Test func `is noticed by sync, and by close`() throws {
    for check in [{ try $0.sync() }, { try $0.close() }] as [(MmlogWriter) throws -> Void] {
      let place = try MmlogWorkplace()
      let writer = try place.writer()
      _ = try writer.insert([1])
      try #require(truncate(place.directory.path("app.log"), 100) == 0)
      #expect(throws: WriterFailure.self) { try check(writer) }
    }
  }

  @Test func `is an error also when it is the metadata`() throws {
    let place = try MmlogWorkplace()
    let writer = try place.writer()
    _ = try writer.insert([1])
    try #require(truncate(place.directory.path("app.log.mmlog"), 0) == 0)
    #expect(throws: WriterFailure.self) { try writer.insert([1]) }
    #expect(throws: WriterFailure.self) { try writer.close() }
  }

  @Test func `does not keep another fault from ending the process`() async throws {
    await #expect(processExitsWith: .signal(SIGBUS)) {
      setenv("SWIFT_BACKTRACE", "enable=no", 1)
      let place = try MmlogWorkplace()
      _ = try place.writer()
      let file = open(place.directory.path("app.log"), O_RDWR)
      let memory = mmap(nil, 1 << 20, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0)
      memory?.storeBytes(of: 1, toByteOffset: 1 << 19, as: UInt8.self)
    }
  }
}
