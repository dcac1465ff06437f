import Foundation
import LogFiles
import LogInspection
import TestSupport
import Testing

@testable import LogFormats

struct `A live TegDB database` {
  private typealias Bytes = TegDBBytes

  // MARK: Bytes (format page, sections 2 to 4.1)

  @Test func `starts with a header of version 2`() throws {
    let database = try TegDBDatabase()
    _ = try database.writer()
    #expect(try database.bytes() == Bytes.header(dataEnd: 64))
  }

  @Test(arguments: [TegDBWriter.EndUpdates.eachRecord, .atCommit])
  func `has a record for each change and a marker for each transaction`(
    updates: TegDBWriter.EndUpdates
  ) throws {
    let database = try TegDBDatabase.of(records: Bytes.marker)
    let writer = try database.writer { $0.endUpdates = updates }
    let transaction = try writer.begin()
    try transaction.put("a", "1")
    try transaction.put("color", "blue")
    let within = try database.records()
    #expect(
      within == Bytes.marker
        + (updates == .atCommit ? [] : Bytes.put("a", "1") + Bytes.put("color", "blue")))
    #expect(try database.notedEnd() == 64 + UInt64(within.count))
    #expect(try transaction.commit())
    let second = try writer.begin()
    try second.delete("a")
    try second.commit()
    #expect(
      try database.records() == Bytes.marker + Bytes.put("a", "1") + Bytes.put("color", "blue")
        + Bytes.marker + Bytes.delete("a") + Bytes.marker)
    try database.expectSound(keys: 1)
  }

  @Test func `writes nothing for what changes nothing`() throws {
    let database = try TegDBDatabase()
    let writer = try database.writer()
    try writer.put("k", "v")
    let before = try database.bytes()
    try writer.put("k", "v")
    try writer.delete(Array("absent".utf8))
    try writer.begin().commit()
    let changed = try writer.begin()
    try changed.put("k", "v")
    try changed.rollBack()
    #expect(try database.bytes() == before)
    try writer.put("k", "w")
    #expect(try writer.text("k") == "w")
  }

  @Test func `takes an empty value for a delete, and an empty key for a key`() throws {
    let database = try TegDBDatabase()
    let writer = try database.writer()
    try writer.put("", "empty key")
    try writer.put("k", "v")
    try writer.put("k", "")
    #expect(try writer.text("k") == nil && writer.text("") == "empty key")
    try database.expectSound(keys: 1)
  }

  @Test func `refuses what the owner refuses, and the key of its marker`() throws {
    let database = try TegDBDatabase()
    let writer = try database.writer { $0.maxKeyLength = 4096 }
    let long = String(repeating: "k", count: 1024)
    try writer.put(long, String(repeating: "v", count: 262_144))
    let before = try database.bytes()
    for (key, value) in [
      (long + "k", "v"), ("k", String(repeating: "v", count: 262_145)), ("__TX_COMMIT__", "v"),
    ] {
      #expect {
        try writer.put(key, value)
      } throws: { error in
        if case WriterFailure.refused = error { true } else { false }
      }
    }
    #expect(try database.bytes() == before)
    try writer.put("k", "v")
    try database.expectSound(keys: 2)
  }

  @Test func `keeps below limits that are smaller`() throws {
    let database = try TegDBDatabase()
    let writer = try database.writer {
      $0.maxKeyLength = 4
      $0.maxValueLength = 5
    }
    try writer.put("four", "value")
    #expect(throws: WriterFailure.self) { try writer.put("5five", "v") }
    #expect(throws: WriterFailure.self) { try writer.put("k", "longer") }
    try database.expectSound(keys: 1)
  }

  // MARK: Preallocation (section 4.1)

  @Test func `takes a hole in advance, and nothing beyond it`() throws {
    let database = try TegDBDatabase()
    let writer = try database.writer { $0.storageQuota = 4096 }
    #expect(try database.bytes().count == 4096)
    #expect(try database.directory.open().status(of: TegDBDatabase.name).allocated <= 4096)
    try writer.put("a", String(repeating: "x", count: 3000))
    #expect(throws: WriterFailure.refused("storage quota exceeded")) {
      try writer.put("b", String(repeating: "x", count: 1000))
    }
    try writer.put("c", "small")
    #expect(try writer.text("b") == nil)
    #expect(try database.bytes().count == 4096)
    let transaction = try writer.begin()
    // The record fits and the marker does not.
    let left = 4096 - Int(try #require(try database.notedEnd())) - 8 - 1
    try transaction.put("d", String(repeating: "x", count: left - 5))
    #expect(throws: WriterFailure.refused("storage quota exceeded")) { try transaction.commit() }
    #expect(try writer.text("d") == nil)
    try writer.close()
    try database.expectSound(keys: 2)
    #expect(throws: WriterFailure.refused("storage quota exceeded")) {
      try database.writer { $0.storageQuota = 2048 }
    }
    #expect(throws: WriterFailure.self) { try database.writer { $0.storageQuota = 63 } }
  }

  // MARK: Transactions (section 3.2)

  @Test func `undoes a rolled back transaction by records, the newest first`() throws {
    let database = try TegDBDatabase()
    let writer = try database.writer()
    try writer.put("a", "old")
    let before = try database.records()
    let transaction = try writer.begin()
    try transaction.put("a", "new")
    try transaction.put("b", "1")
    try transaction.delete("a")
    try transaction.rollBack()
    #expect(
      try database.records() == before + Bytes.put("a", "new") + Bytes.put("b", "1")
        + Bytes.delete("a") + Bytes.put("a", "new") + Bytes.delete("b") + Bytes.put("a", "old"))
    #expect(try writer.text("a") == "old" && writer.text("b") == nil)
    #expect(throws: WriterFailure.ended) { try transaction.put("c", "1") }
    try writer.put("c", "1")
    try database.expectSound(keys: 2)
  }

  @Test func `drops what is rolled back before it reached the file`() throws {
    let database = try TegDBDatabase()
    let writer = try database.writer { $0.endUpdates = .atCommit }
    try writer.put("a", "old")
    let before = try database.bytes()
    let transaction = try writer.begin()
    try transaction.put("a", "new")
    #expect(try writer.text("a") == "new")
    try transaction.rollBack()
    #expect(try database.bytes() == before && writer.text("a") == "old")
    // A transaction that does not fit into the buffer is in the file before it ends.
    let large = try writer.begin()
    for number in 0..<6 { try large.put("\(number)", String(repeating: "v", count: 262_144)) }
    #expect(try database.bytes().count > before.count)
    try large.rollBack()
    try writer.put("b", "1")
    try database.expectSound(keys: 2)
  }

  @Test func `rolls a transaction back that is dropped`() throws {
    let database = try TegDBDatabase()
    let writer = try database.writer()
    do {
      let transaction = try writer.begin()
      try transaction.put("a", "1")
    }
    #expect(try writer.text("a") == nil)
    try writer.put("b", "1")
    try database.expectSound(keys: 1)
  }

  // MARK: Policies

  @Test func `waits for the disk as its policy says`() throws {
    for format in TegDB().writerPolicies {
      let script = FaultScript()
      let database = try TegDBDatabase()
      let policy = try #require(TegDBWriter.SyncPolicy(name: format.name))
      let writer = try database.writer(calls: script.calls) {
        $0.policy = policy == .commitSync || policy == .os ? policy : .group(nanoseconds: .max / 2)
      }
      let opened = script.count(.sync)
      let durable = try (0..<5).map { number in
        try writer.append(key: [UInt8(number)], value: [1]).isDurable
      }
      switch policy {
      case .commitSync:
        #expect(durable == [true, true, true, true, true])
        // The name of the file is new with the first one.
        #expect(script.count(.sync) - opened == 6)
      case .group:
        #expect(durable.dropFirst().allSatisfy { !$0 })
        #expect(script.count(.sync) - opened <= 2)
      case .os:
        #expect(durable.allSatisfy { !$0 })
        #expect(script.count(.sync) == opened)
      }
      let before = script.count(.sync)
      try writer.close()
      #expect(script.count(.sync) > before)
      try database.expectSound(keys: 5)
    }
    #expect(throws: WriterFailure.self) {
      try TegDB().openWriter(
        in: try TegDBDatabase().directory.open(), options: WriterOptions(policy: "always"))
    }
  }

  // MARK: Compaction (section 5)

  @Test func `is compacted to the live records in the order of their keys, without a marker`()
    throws
  {
    let database = try TegDBDatabase()
    let writer = try database.writer()
    for key in ["b", "c", "a"] { try writer.put(key, "old") }
    for key in ["c", "b"] { try writer.put(key, "new") }
    try writer.delete(Array("a".utf8))
    let old = try database.directory.open().status(of: TegDBDatabase.name).identity
    try writer.compact()
    #expect(try database.records() == Bytes.put("b", "new") + Bytes.put("c", "new"))
    #expect(try database.directory.open().status(of: TegDBDatabase.name).identity != old)
    #expect(try database.names == ["db.teg"])
    try database.expectSound(keys: 2)
    #expect(throws: WriterFailure.inUse(TegDBDatabase.name)) { try database.writer() }
    // All that is in it counts before the next transaction does.
    let transaction = try writer.begin()
    try transaction.put("d", "1")
    #expect(
      try database.records() == Bytes.put("b", "new") + Bytes.put("c", "new") + Bytes.marker
        + Bytes.put("d", "1"))
    try transaction.commit()
    #expect(try writer.text("b") == "new")
    try database.expectSound(keys: 3)
  }

  @Test func `is compacted by itself by the owner's rule`() throws {
    let database = try TegDBDatabase()
    let writer = try database.writer {
      $0.policy = .os
      $0.endUpdates = .atCommit
    }
    var largest = 0
    for number in 0..<60 {
      try writer.put("k\(number % 3)", String(repeating: "\(number % 10)", count: 262_000))
      largest = max(largest, try database.bytes().count)
    }
    // The commit that makes it larger than 10 MiB is the one that compacts it.
    #expect(largest > 9 << 20 && largest <= 10 << 20)
    #expect(try database.bytes().count < 8 << 20)
    #expect(try writer.text("k2")?.first == "9")
    try writer.close()
    try database.expectSound(keys: 3)
  }

  @Test func `starts a compaction anew that a crash left, which brings nothing back`() throws {
    let database = try TegDBDatabase()
    let writer = try database.writer()
    try database.directory.write(
      Bytes.header(dataEnd: 64 + 14) + Bytes.put("gone", "it"), to: "db.teg.new")
    try writer.put("a", "1")
    try writer.compact()
    #expect(try database.names == ["db.teg"])
    #expect(try database.records() == Bytes.put("a", "1"))
  }

  @Test func `is not started beside what a compaction left without it`() throws {
    let database = try TegDBDatabase()
    try database.directory.write(Bytes.header(dataEnd: 64), to: "db.teg.new")
    #expect(throws: WriterFailure.self) { try database.writer() }
    #expect(try database.names == ["db.teg.new"])
  }

  @Test(arguments: [SystemCalls.Name.create, .write, .sync, .rename, .lock, .setLength])
  func `keeps the old file where a compaction fails`(failing: SystemCalls.Name) throws {
    let fails = Monitor(false)
    let script = FaultScript { call, _ in
      call == failing && fails.change { $0 } ? .error(ENOSPC) : nil
    }
    let database = try TegDBDatabase()
    let writer = try database.writer(calls: script.calls) { $0.storageQuota = 8192 }
    try writer.put("a", "1")
    let before = try database.bytes()
    fails.change { $0 = true }
    #expect(throws: WriterFailure.self) { try writer.compact() }
    fails.change { $0 = false }
    #expect(try database.bytes() == before && database.names == ["db.teg"])
    try writer.put("b", "1")
    try writer.compact()
    try database.expectSound(keys: 2)
  }

  // MARK: Threads

  @Test(arguments: [TegDBWriter.SyncPolicy.commitSync, .os])
  func `takes each transaction of eight threads as a whole`(policy: TegDBWriter.SyncPolicy) throws {
    let database = try TegDBDatabase()
    let writer = try database.writer { $0.policy = policy }
    let team = DispatchGroup()
    for thread in 0..<8 {
      team.enter()
      Thread.detachNewThread {
        for round in 0..<25 {
          guard let transaction = try? writer.begin() else { break }
          try? transaction.put("last", "\(thread).\(round)")
          try? transaction.put("\(thread).\(round)", "1")
          if round % 5 == 4 { try? transaction.rollBack() } else { _ = try? transaction.commit() }
        }
        team.leave()
      }
    }
    team.wait()
    #expect(writer.keyCount == 8 * 20 + 1)
    let last = try #require(try writer.text("last"))
    #expect(try writer.text(last) == "1")
    try writer.put("end", "1")
    try writer.close()
    try database.expectSound(keys: 8 * 20 + 2)
    #expect(try database.writer().text("last") == last)
  }

  @Test func `gives its file back when it is closed`() throws {
    let database = try TegDBDatabase()
    let writer = try database.writer()
    #expect(throws: WriterFailure.inUse(TegDBDatabase.name)) { try database.writer() }
    try writer.close()
    try writer.close()
    #expect(throws: WriterFailure.ended) { try writer.put("a", "1") }
    try database.writer().put("b", "1")
    try database.expectSound(keys: 1)
  }
}
