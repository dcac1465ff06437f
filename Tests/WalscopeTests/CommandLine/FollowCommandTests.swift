import Foundation
import TestSupport
import Testing

@Suite struct FollowCommandTests {
  private static func record(_ number: Int) -> [UInt8] {
    LogStory.record(key: Array("key\(number)".utf8), value: Array("value\(number)".utf8))
  }

  /// A log, and `follow` that has begun.
  private func start(_ words: String...) throws -> (TemporaryDirectory, RunningProgram) {
    let log = try TemporaryDirectory()
    try log.write(Self.record(1), to: "000000.wal")
    let words = ["follow"] + words + [log.path]
    let program = try RunningProgram(walscope: words.map { Array($0.utf8) })
    var seen = ""
    while !seen.contains("following"), let piece = program.read(limit: 4096) {
      seen += String(decoding: piece, as: UTF8.self)
    }
    // What is there is looked at after that was said.
    while !seen.contains("key1"), words.contains("start"), let piece = program.read(limit: 4096) {
      seen += String(decoding: piece, as: UTF8.self)
    }
    return (log, program)
  }

  private func objects(_ lines: [Substring]) throws -> [[String: Any]] {
    try lines.map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
  }

  @Test func `Records and files are told as they come, until the wanted number is there`() throws {
    let (log, program) = try start("--json", "--from", "start", "--limit", "3")
    try log.write(Self.record(2) + Self.record(3), to: "000001.wal")
    let outcome = program.finish()
    #expect(outcome.status == 0)
    let told = try objects(outcome.lines)
    #expect(told.first?["event"] as? String == "segment-appeared")
    #expect(told.first?["file"] as? String == "000001.wal")
    #expect(told.dropFirst().map { $0["record"] as? Int } == [0, 1])
    let key = told.last?["key"] as? [String: Any]
    #expect(key?["utf8"] as? String == "key3")
  }

  @Test func `Ctrl-C ends it at once, with the status that other verbs have`() throws {
    let (log, program) = try start("--from", "start")
    program.signal(SIGINT)
    #expect(program.finish().status == 130)
    _ = log
  }

  @Test func `A deleted log is told, and ends it`() throws {
    let (log, program) = try start("--json", "--from", "start")
    try #require(unlink(log.path("000000.wal")) == 0)
    let outcome = program.finish()
    #expect(outcome.status == 2)
    let words = try objects(outcome.lines).map { $0["event"] as? String }
    #expect(words == ["segment-vanished", "log-deleted"])
    #expect(outcome.messageText.contains("the log was deleted"))
  }

  @Test func `What is hidden stays hidden, and a place that is none is refused`() throws {
    let log = try TemporaryDirectory()
    try log.write(Self.record(1), to: "000000.wal")
    let outcome = try RunningProgram.walscope(
      ["follow", "--json", "--redact", "--from", "start", "--limit", "1", log.path])
    #expect(outcome.status == 0)
    #expect(outcome.text.contains("000000.wal"))
    #expect(!outcome.text.contains("key1") && !outcome.text.contains("value1"))
    #expect(try RunningProgram.walscope(["follow", "--from", "4096", log.path]).status == 64)
  }
}
