import Glibc
import LogFiles
import LogInspection
import TestSupport
import Testing

@testable import LogFormats

/// Checkpoints and reuse of files (format page, sections 5 and 6).
struct `Checkpoints of okaywal` {
  private let log: OkayWALLog

  init() throws { log = try OkayWALLog() }

  @Test func `hand over each entry once and in order, and rename the file`() throws {
    let taken = Taken()
    let writer = try log.writer(OkayWALLog.small { $0.checkpoint = taken.take })
    let texts = (0..<100).map { "\($0)" + String(repeating: "x", count: 90) }
    for text in texts { try writer.commit([text]) }
    #expect(writer.checkpointFailure == nil)
    #expect(try taken.texts + log.texts == texts)
    #expect(try log.names.count == 2)
    try log.expectSound(entries: UInt64(log.texts.count))
  }

  @Test func `reuse the oldest file by another name, its old entries behind the new`() throws {
    let writer = try log.writer(OkayWALLog.small { $0.checkpoint = { _ in } })
    for _ in 0..<5 { try writer.commit([String(repeating: "old ", count: 100)]) }
    try writer.checkpointActive()
    let inode = try log.directory.open().status(of: FileName("wal-1-cp")).identity
    let second = try writer.commit(["new"]).0
    let third = try #require(second.file.utf8)
    try writer.checkpointActive()
    try writer.commit(["newer"])
    let reused = try log.names.first { !$0.hasSuffix("-cp") && $0 != third } ?? ""
    #expect(try log.directory.open().status(of: FileName(reused)).identity == inode)
    #expect(try log.entries(reused).map(\.chunks) == [["newer"]])
    let segment = try #require(try log.report().segments.first { $0.file.name.utf8 == reused })
    #expect(segment.verdict == .staleTail && segment.fileSize == 4096)
    try log.expectSound(entries: 1)
  }

  @Test func `leave a log that reads as empty between the renaming and the first entry`() throws {
    let options = OkayWALLog.small { $0.checkpoint = { _ in } }
    let writer = try log.writer(options)
    for text in ["a", "b"] {
      try writer.commit([text])
      try writer.checkpointActive()
    }
    // The file of "a" is active again, with its old header and entry.
    #expect(try log.names == ["wal-2-cp", "wal-3"])
    #expect(
      try Array(log.bytes("wal-3").prefix(25)) == OkayWALEncoder.header()
        + OkayWALEncoder.entry(id: 1, chunks: [[0x61]]))
    try log.expectSound(entries: 0)
    try writer.close()
    try log.write(["c"], options)
    #expect(try log.entries("wal-3").map(\.id) == [3])
    try log.expectSound(entries: 1)
  }

  @Test(arguments: ["", "longer than before", "v2"])
  func `put the new version info into the header of a reused file`(info: String) throws {
    let first = OkayWALLog.small {
      $0.checkpoint = { _ in }
      $0.versionInfo = Array("v1".utf8)
    }
    let writer = try log.writer(first)
    for text in ["a", "b"] {
      try writer.commit([text])
      try writer.checkpointActive()
    }
    try writer.close()
    let second = OkayWALLog.small {
      $0.checkpoint = { _ in }
      $0.versionInfo = Array(info.utf8)
    }
    let later = try log.writer(second)
    try later.commit(["c"])
    try later.checkpointActive()
    #expect(try log.names == ["wal-3-cp", "wal-4"])
    #expect(
      try Array(log.bytes("wal-4").prefix(5 + info.utf8.count + 1))
        == OkayWALEncoder.header(versionInfo: Array(info.utf8)) + [0])
    try log.expectSound(entries: 0)
    try later.commit(["d"])
    try log.expectSound(entries: 1)
  }

  @Test func `reuse a checkpointed file that a crash left without a header`() throws {
    try log.directory.write([UInt8](repeating: 0, count: 100), to: "wal-1-cp")
    try log.write(["a"])
    #expect(try log.names == ["wal-1"])
    try log.expectSound(entries: 1)
  }

  @Test func `come again with the next segment where the application fails`() throws {
    struct Refusal: Error {}
    let taken = Taken()
    let refuses = Monitor(true)
    let options = OkayWALLog.small {
      $0.checkpoint = { reader in
        if refuses.change({ $0 }) { throw Refusal() }
        try taken.take(&reader)
      }
    }
    let writer = try log.writer(options)
    try writer.commit(["a"])
    try writer.checkpointActive()
    #expect(writer.checkpointFailure is Refusal)
    try writer.commit(["b"])
    #expect(try log.names == ["wal-1", "wal-2"] && log.texts == ["a", "b"])
    try log.expectSound(entries: 2)
    try writer.close()
    // Live segments that are not the newest are handed over on open.
    refuses.change { $0 = false }
    let second = try log.writer(options)
    #expect(taken.texts == ["a"])
    #expect(try log.names == ["wal-1-cp", "wal-2"])
    try second.checkpointActive()
    #expect(taken.texts == ["a", "b"] && second.checkpointFailure == nil)
  }

  @Test func `may append to the log while they hand over`() throws {
    let box = Monitor<OkayWALWriter?>(nil)
    let options = OkayWALLog.small {
      $0.checkpoint = { _ in _ = try box.change { $0 }?.commit(["noted"]) }
    }
    let writer = try log.writer(options)
    box.change { $0 = writer }
    try writer.commit(["a"])
    try writer.checkpointActive()
    box.change { $0 = nil }
    #expect(writer.checkpointFailure == nil)
    #expect(try log.texts == ["noted"])
  }

  @Test func `need an application`() throws {
    let writer = try log.writer()
    try writer.commit(["a"])
    #expect(throws: WriterFailure.self) { try writer.checkpointActive() }
    #expect(try log.names == ["wal-1"])
  }

  @Test func `end the positions in the segment`() throws {
    let writer = try log.writer(OkayWALLog.small { $0.checkpoint = { _ in } })
    let (_, chunks) = try writer.commit(["a"])
    #expect(try writer.payload(at: chunks[0].position) == [0x61])
    try writer.checkpointActive()
    #expect(throws: WriterFailure.self) { try writer.payload(at: chunks[0].position) }
  }
}
