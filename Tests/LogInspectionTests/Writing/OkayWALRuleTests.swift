import Glibc
import LogFiles
import LogInspection
import TestSupport
import Testing

@testable import LogFormats

/// What the owner loses and this writer does not (format page, section 11).
struct `An okaywal log that walscope writes` {
  private let log: OkayWALLog

  init() throws { log = try OkayWALLog() }

  // MARK: Rollback (quirk 1)

  @Test(arguments: [0, 1, 40, 3000, 5000, 20_000], [16, 16 << 10])
  func `keeps what is committed after a rollback, and gives no id twice`(
    length: Int, bufferLength: Int
  ) throws {
    let writer = try log.writer(OkayWALLog.small { $0.bufferBytes = bufferLength })
    try writer.commit(["hello"])
    let rolledBack = try writer.begin()
    _ = try rolledBack.write([UInt8](repeating: 0x6b, count: length))
    rolledBack.rollBack()
    try writer.commit(["tiny"])
    try writer.commit(["four4"])
    #expect(try log.entries("wal-1").map(\.id) == [1, 3, 4])
    #expect(try log.entries("wal-1").map(\.chunks) == [["hello"], ["tiny"], ["four4"]])
    #expect(try log.report().segments[0].logicalEnd == 5 + 24 + 23 + 24)
    try log.expectSound(entries: 3)
    try writer.close()
    try log.write(["after"])
    #expect(try log.entries("wal-1").map(\.id) == [1, 3, 4, 5])
    try log.expectSound(entries: 4)
  }

  @Test func `writes nothing for a rollback`() throws {
    let writer = try log.writer()
    try writer.commit(["hello"])
    let before = try log.bytes("wal-1")
    let entry = try writer.begin()
    _ = try entry.write(Array("gone".utf8))
    entry.rollBack()
    entry.rollBack()
    #expect(throws: WriterFailure.ended) { try entry.write([1]) }
    #expect(throws: WriterFailure.ended) { try entry.commit() }
    #expect(try log.bytes("wal-1") == before)
  }

  @Test func `rolls an entry back that is dropped`() throws {
    let writer = try log.writer()
    do {
      let entry = try writer.begin()
      _ = try entry.write([1, 2, 3])
    }
    try writer.commit(["kept"])
    #expect(try log.entries("wal-1").map(\.id) == [2])
    try log.expectSound(entries: 1)
  }

  // MARK: Skipped chunks (quirk 2)

  @Test func `is read entry by entry without reading the chunks`() throws {
    let writer = try log.writer()
    for number in 0..<20 { try writer.commit(["a\(number)", "", "ccc"]) }
    var reader = try OkayWALSegmentReader(
      FileName("wal-1"), fileID: 1, in: try log.directory.open())
    var ids: [UInt64] = []
    while let entry = try reader.next() { ids.append(entry.id) }
    #expect(ids == Array(1...20))
  }

  // MARK: Damaged lengths and stray bytes (quirk 4)

  @Test func `does not grow by a length that is damaged`() throws {
    try log.write(["one", "two"])
    let whole = try log.bytes("wal-1")
    for claimed in [UInt8(0x30), 0xff] {
      var bytes = whole
      // The high byte of the second chunk's length.
      bytes[5 + 22 + 9 + 4] = claimed
      try log.directory.write(bytes, to: "wal-1")
      try log.write(["three"])
      #expect(try log.bytes("wal-1").count == 4096)
      #expect(try log.entries("wal-1").map(\.chunks) == [["one"], ["three"]])
      try log.expectSound(entries: 2)
    }
  }

  @Test(arguments: 0..<24)
  func `has a zero behind its end where old bytes follow, whatever they are`(length: Int) throws {
    // Old chunks full of markers.
    let old = String(repeating: "\u{1}\u{2}\u{3}", count: 500)
    let options = OkayWALLog.small { $0.checkpoint = { _ in } }
    let writer = try log.writer(options)
    for _ in 0..<3 { try writer.commit([old]) }
    var active = ""
    var count: UInt64 = 0
    while active != "wal-5" || count < 2 {
      let (appended, _) = try writer.commit([String(repeating: "n", count: length)])
      let name = try #require(appended.file.utf8)
      count = name == active ? count + 1 : 1
      active = name
      let end = Int(appended.offset) + 19 + length
      let bytes = try log.bytes(name)
      #expect(end == bytes.count || bytes[end] == 0)
      if active == "wal-4" { try writer.checkpointActive() }
    }
    try log.expectSound(entries: count)
  }

  // MARK: Checkpoints (quirks 3 and 7)

  @Test func `does nothing for a checkpoint of a segment without entries`() throws {
    let writer = try log.writer(OkayWALLog.small { $0.checkpoint = { _ in } })
    try writer.checkpointActive()
    #expect(try log.names == ["wal-1"])
    try writer.commit(["a"])
    for _ in 0..<3 { try writer.checkpointActive() }
    #expect(try log.names == ["wal-1-cp", "wal-2"])
    try writer.commit(["b"])
    try log.expectSound(entries: 1)
    #expect(try log.texts == ["b"])
  }

  @Test func `does not go on behind a checkpointed file that is newer than all others`() throws {
    let writer = try log.writer(OkayWALLog.small { $0.checkpoint = { _ in } })
    for text in ["1", "2", "3"] { try writer.commit([text]) }
    try writer.checkpointActive()
    for text in ["4", "5"] { try writer.commit([text]) }
    try writer.checkpointActive()
    try writer.close()
    #expect(try log.names == ["wal-4-cp", "wal-6"])
    unlink(log.directory.path("wal-6"))
    let before = try log.bytes("wal-4-cp")
    #expect { try log.writer() } throws: { error in
      guard case WriterFailure.unusable(let name, let reason) = error else { return false }
      return name == FileName("wal-4-cp") && reason.contains("recover")
    }
    #expect(try log.names == ["wal-4-cp"] && log.bytes("wal-4-cp") == before)
  }

  @Test func `never counts entries of an earlier life again`() throws {
    let taken = Taken()
    let options = OkayWALLog.small { $0.checkpoint = taken.take }
    for round in 0..<30 {
      let writer = try log.writer(options)
      for number in 0..<(round % 7) {
        try writer.commit(["\(round).\(number)" + String(repeating: "x", count: round * 31)])
      }
      if round % 3 == 0 { try writer.checkpointActive() }
      try writer.close()
    }
    let live = try log.names.filter { !$0.hasSuffix("-cp") }.flatMap { try log.entries($0) }
    let ids = taken.ids + live.map(\.id)
    #expect(Set(ids).count == ids.count && ids.sorted() == Array(1...UInt64(ids.count)))
    try log.expectSound(entries: UInt64(live.count))
  }
}

/// What an application got by checkpoints.
final class Taken: Sendable {
  private let entries = Monitor<[(id: UInt64, texts: [String])]>([])

  var ids: [UInt64] { entries.change { $0.map(\.id) } }
  var texts: [String] { entries.change { $0.flatMap(\.texts) } }

  @Sendable func take(_ reader: inout OkayWALSegmentReader) throws {
    while let entry = try reader.next() {
      var texts: [String] = []
      for chunk in entry.chunks {
        texts.append(String(decoding: try reader.payload(of: chunk), as: UTF8.self))
      }
      entries.change { $0.append((entry.id, texts)) }
    }
  }
}
