import Foundation
import LogFiles
import LogInspection
import TestSupport
import Testing

@testable import LogFormats

/// Durability and errors (format page, section 9).
struct `Group commit of okaywal` {
  private let log: OkayWALLog

  init() throws { log = try OkayWALLog() }

  @Test func `acknowledges behind the call to the disk, of which one counts for many`() throws {
    let isOpen = Monitor(true)
    let script = FaultScript { call, _ in
      if call == .sync { _ = isOpen.wait { $0 ? true : nil } }
      return nil
    }
    let writer = try log.writer(calls: script.calls)
    try writer.commit(["first"])
    let before = script.count(.sync)
    isOpen.change { $0 = false }
    let acknowledged = Monitor(0)
    let threads = 8
    let team = DispatchGroup()
    for number in 0..<threads {
      team.enter()
      Thread.detachNewThread {
        _ = try? writer.commit(["\(number)"])
        acknowledged.change { $0 += 1 }
        team.leave()
      }
    }
    // All are in the file, and none is acknowledged while the first call has not come back.
    while try log.entries("wal-1").count != threads + 1 { sched_yield() }
    #expect(acknowledged.change { $0 } == 0)
    isOpen.change { $0 = true }
    team.wait()
    #expect(acknowledged.change { $0 } == threads)
    // The one that waited, and one for all others.
    #expect(script.count(.sync) - before <= 2)
    try log.expectSound(entries: 9)
  }

  @Test func `syncs the directory with the first entry of a new file, and not again`() throws {
    let script = FaultScript()
    let writer = try log.writer(calls: script.calls)
    try writer.commit(["a"])
    #expect(script.count(.sync) == 2)
    try writer.commit(["b"])
    #expect(script.count(.sync) == 3)
    try writer.sync()
    #expect(script.count(.sync) == 3)
  }

  @Test func `of eight threads loses nothing and mixes nothing`() throws {
    let taken = Taken()
    let writer = try log.writer(OkayWALLog.small { $0.checkpoint = taken.take })
    let team = DispatchGroup()
    for number in 0..<8 {
      team.enter()
      Thread.detachNewThread {
        for round in 0..<60 {
          guard let entry = try? writer.begin() else { break }
          for piece in 0..<3 {
            _ = try? entry.write(Array("\(number).\(round).\(piece)".utf8))
          }
          if round % 5 == 4 { entry.rollBack() } else { _ = try? entry.commit() }
        }
        team.leave()
      }
    }
    team.wait()
    let texts = try taken.texts + log.texts
    #expect(texts.count == 8 * 48 * 3)
    for start in stride(from: 0, to: texts.count, by: 3) {
      let first = texts[start].dropLast(1)
      #expect(texts[start..<start + 3].elementsEqual((0..<3).map { first + "\($0)" }))
    }
    #expect(Set(texts).count == texts.count)
    #expect(writer.nextEntryID == UInt64(8 * 60 + 1))
  }

  @Test func `ends with the first error of the disk`() throws {
    let fails = Monitor(false)
    let script = FaultScript { call, _ in
      call == .sync && fails.change { $0 } ? .error(EIO) : nil
    }
    let writer = try log.writer(calls: script.calls)
    try writer.commit(["a"])
    fails.change { $0 = true }
    #expect { try writer.commit(["b"]) } throws: { error in
      guard case WriterFailure.file(let error) = error else { return false }
      return error.code == EIO && error.call == .sync
    }
    fails.change { $0 = false }
    #expect(throws: WriterFailure.ended) { try writer.commit(["c"]) }
    #expect(throws: WriterFailure.ended) { try writer.sync() }
    try writer.close()
    try log.write(["d"])
    let texts = try log.texts
    #expect(texts == ["a", "b", "d"] || texts == ["a", "d"])
    try log.expectSound(entries: UInt64(texts.count))
  }

  @Test(arguments: 0..<60, [16, 16 << 10])
  func `acknowledges nothing that could not be written, and goes on behind what was`(
    failing: Int, bufferLength: Int
  ) throws {
    // A write comes through for a part and the next one fails: the disk is full.
    let isShort = failing % 2 == 1
    let script = FaultScript { call, number in
      guard call == .write else { return nil }
      if isShort, number == failing { return .short(failing % 23) }
      return number == (isShort ? failing + 1 : failing) ? .error(ENOSPC) : nil
    }
    let options = OkayWALLog.small { $0.bufferBytes = bufferLength }
    guard let writer = try? log.writer(options, calls: script.calls) else { return }
    var acknowledged: [String] = []
    for number in 0..<30 {
      let texts = ["\(number)", String(repeating: "v", count: number * 17)]
      if (try? writer.commit(texts)) != nil { acknowledged += texts }
    }
    #expect(try log.texts == acknowledged)
    try log.expectSound(entries: UInt64(acknowledged.count / 2))
    try writer.close()
    try log.write(["again"], options)
    #expect(try log.texts == acknowledged + ["again"])
    try log.expectSound(entries: UInt64(acknowledged.count / 2 + 1))
  }

  @Test func `takes writes that come through in pieces`() throws {
    let script = FaultScript { call, number in call == .write ? .short(1 + number % 7) : nil }
    let writer = try log.writer(calls: script.calls)
    for number in 0..<20 { try writer.commit(["\(number)", "value"]) }
    try log.expectSound(entries: 20)
  }
}
