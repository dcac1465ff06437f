import Glibc
import LogFiles
import TestSupport
import Testing

@testable import LogFormats

@Suite(.serialized)
struct `Processes at one mmlog` {
  private static let count = 3000

  @Test(arguments: [97, 2500])
  func `lose no insert while it grows all the time`(size: Int) throws {
    let place = try MmlogWorkplace()
    let count = size < 1000 ? Self.count : Self.count / 3
    try place.insertByProcesses(
      ["insert", "insert", "insert", "insert"], count: count, size: size, chunk: 4096)
    try place.expectAllRecords(processes: 4, count: count, size: size)
  }

  @Test func `lose no insert of ours beside those of the owner`() throws {
    let place = try MmlogWorkplace()
    let creator = try place.writer(chunk: 4096)
    try place.insertByProcesses(
      ["insert", "owner-insert", "insert", "owner-insert"], count: Self.count, size: 97, chunk: 4096
    )
    try creator.close()
    try place.expectAllRecords(processes: 4, count: Self.count, size: 97)
  }

  @Test func `make one pair when they all find none`() throws {
    for _ in 0..<50 {
      let place = try MmlogWorkplace()
      try OnThreads.run(8) { index in
        let writer = try place.writer(chunk: 4096 * UInt64(index + 1))
        _ = try writer.insert(MmlogWorkplace.record(index, 0, size: 50))
      }
      let metadata = try place.metadata()
      #expect(metadata.cursor == 400)
      #expect(try place.data().count == Int(metadata.chunkSize))
    }
  }

  @Test func `go on when the holder of both growth locks is killed`() throws {
    let place = try MmlogWorkplace()
    let writer = try place.writer(chunk: 4096)
    let holder = try place.process("hold-growth", saying: "held")
    #expect(try place.metadata().locked == MmlogMetadata.lockedByWalscope)
    kill(holder.pid, SIGKILL)
    holder.wait()
    _ = try writer.insert([UInt8](repeating: 0x61, count: 10_000))
    #expect(try place.metadata().locked == 0)
    // Nor does a lock that was left before.
    var left = try place.metadata()
    left.locked = MmlogMetadata.lockedByWalscope
    try place.overwrite(left)
    let second = try place.writer()
    #expect(second.remarks == [.clearedLock])
  }

  @Test func `wait for a live holder, whose lock nobody takes away`() throws {
    let place = try MmlogWorkplace()
    let writer = try place.writer(chunk: 4096, patience: .milliseconds(500))
    let holder = try place.process("hold-flag", saying: "held")
    #expect(throws: WriterFailure.self) { try writer.insert([UInt8](repeating: 1, count: 5000)) }
    var metadata = try place.metadata()
    #expect(metadata.cursor == 0 && metadata.locked == 1)
    // With room nobody needs the lock; another opens the log too, and finds it locked.
    #expect(try writer.insert([0x61]).offset == 0)
    do {
      let second = try place.writer(patience: .milliseconds(500))
      #expect(second.remarks.isEmpty)
      #expect(throws: WriterFailure.self) { try second.insert([UInt8](repeating: 1, count: 5000)) }
    }
    holder.closeInput()
    holder.wait()
    // It left without giving the lock back, as a killed process does.
    #expect(try writer.insert([UInt8](repeating: 0x62, count: 5000)).offset == 1)
    metadata = try place.metadata()
    #expect(metadata.cursor == 5001 && metadata.locked == 0)
  }

  @Test func `leave the lock alone while any process of the owner is there`() throws {
    let place = try MmlogWorkplace()
    let writer = try place.writer(chunk: 4096, patience: .milliseconds(500))
    let other = try place.process("open-as-owner", saying: "open")
    let holder = try place.process("hold-flag", saying: "held")
    kill(holder.pid, SIGKILL)
    holder.wait()
    // Which of the two had it cannot be seen from outside.
    #expect(throws: WriterFailure.self) { try writer.insert([UInt8](repeating: 1, count: 5000)) }
    #expect(try place.metadata().locked == 1)
    other.closeInput()
    other.wait()
    #expect(try writer.insert([UInt8](repeating: 0x62, count: 5000)).offset == 0)
  }

  @Test func `keep a trim out, and the last one trims when it closes`() throws {
    let place = try MmlogWorkplace()
    let first = try place.writer(chunk: 4096, trims: true)
    let second = try place.writer(chunk: 4096, trims: true)
    _ = try first.insert([UInt8](repeating: 0x61, count: 5000))
    #expect(throws: WriterFailure.inUse(MmlogWorkplace.name)) { try first.trim() }
    try first.close()
    #expect(try place.data().count == 8192)
    let owner = try place.process("open-as-owner", saying: "open")
    #expect(throws: WriterFailure.inUse(MmlogWorkplace.name)) { try second.trim() }
    owner.closeInput()
    owner.wait()
    // The first writer is closed, but its files are open until it goes.
    _ = consume first
    try second.close()
    #expect(try place.data().count == 5000)
    #expect(try place.metadata().recordedSize == 5000)
  }

  @Test func `wait for each other's turn to open`() throws {
    let place = try MmlogWorkplace()
    let writer = try place.writer(chunk: 4096)
    let file = try place.open.openForWriting(FileName("app.log.mmlog"))
    try file.takeLock(on: MmlogLocks.growth, exclusive: true, waits: false)
    #expect(throws: WriterFailure.inUse(FileName("app.log.mmlog"))) {
      try place.writer(patience: .milliseconds(50))
    }
    try file.releaseLock(on: MmlogLocks.growth)
    _ = try place.writer(patience: .milliseconds(50))
    _ = writer
  }
}
