import Foundation
import LogFiles
import LogFormats
import TestSupport
import Testing

@testable import walscope

@Suite struct ShowCommandTests {
  private func bytes(_ path: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(filePath: path)))
  }

  @Test func `Any offset in a record shows the record`() throws {
    let story = try LogStory()
    story.write("alpha", "one").write("beta", "two")
    try story.save()
    let path = story.directory.path(story.fileName)
    let second = story.records[1]
    for place in ["\(second.lowerBound)", "\(second.upperBound - 1)", "record:1"] {
      let text = try RunningProgram.walscope(["show", "\(path)@\(place)"]).text
      #expect(text.hasPrefix("\(path) at \(second.lowerBound) "))
      #expect(text.contains("record 1, put, \(second.count) bytes, valid"))
      #expect(text.contains("beta"))
      #expect(text.contains("checksum"))
    }
  }

  @Test func `The fields of JSON tile the record`() throws {
    let story = try LogStory()
    story.write("alpha", "one")
    try story.save()
    let path = story.directory.path(story.fileName)
    let outcome = try RunningProgram.walscope(["show", "--json", "\(path)@0"])
    let object = try MadeLogs.object(outcome.text)
    #expect(object["valid"] as? Bool == true)
    #expect(object.text("storedChecksum") == object.text("computedChecksum"))
    var end: UInt64 = 0
    for field in object.list("fields") {
      #expect(field.number("offset") == end)
      end += field.number("length") ?? 0
    }
    #expect(end == object.number("length"))
  }

  @Test func `Raw bytes are exact`() throws {
    let directory = try TemporaryDirectory()
    let log = try MadeLogs.make(in: directory) {
      $0.kinds = ["put+zstd", "put+lz4", "put"]
      $0.contents = .hostile
      $0.records = 20
    }
    let path = "\(log)/000000.wal"
    let file = try bytes(path)
    let lines = try RunningProgram.walscope(["dump", "--json", path]).lines
    for line in lines {
      let record = try MadeLogs.object(line)
      let offset = Int(try #require(record.number("offset")))
      let length = Int(try #require(record.number("length")))
      func raw(_ part: String) throws -> [UInt8] {
        try RunningProgram.walscope(["show", "\(path)@\(offset)", "--raw", part]).output
      }
      #expect(try raw("record") == Array(file[offset..<offset + length]))
      for part in ["key", "value"] {
        let shown = try #require(record[part] as? [String: String])
        let expected =
          shown["utf8"].map { Array($0.utf8) }
          ?? shown["base64"].flatMap { Data(base64Encoded: $0) }.map { Array($0) }
        #expect(try raw(part) == expected)
      }
    }
  }

  @Test func `A place that does not exist exits with 2`() throws {
    let story = try LogStory()
    story.write("alpha", "one")
    try story.save()
    let path = story.directory.path(story.fileName)
    let behind = try RunningProgram.walscope(["show", "\(path)@9999"])
    #expect(behind.status == 2)
    #expect(behind.messageText.contains("the file ends before it"))
    #expect(try RunningProgram.walscope(["show", "\(path)@record:1"]).status == 2)
  }

  @Test func `In damage the bytes are shown for what they are`() throws {
    let directory = try TemporaryDirectory()
    let log = try MadeLogs.make(in: directory, damage: [.bitFlip])
    let lines = try RunningProgram.walscope(["dump", "--json", log]).lines
    let damage = try #require(
      try lines.map { try MadeLogs.object($0) }.first { $0.text("kind") == "damage" })
    let file = try #require(damage.text("file"))
    let offset = try #require(damage.number("offset"))
    let outcome = try RunningProgram.walscope(["show", "\(log)/\(file)@\(offset)"])
    #expect(outcome.status == 0)
    #expect(outcome.text.contains("no record here, but damage"))
    #expect(outcome.text.contains("checksum !"))
  }

  @Test func `A file of no known format is shown as bytes`() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.write(Array("hello, world".utf8), to: "note@1.txt")
    let outcome = try RunningProgram.walscope(["show", "\(path)@0"])
    #expect(outcome.status == 0)
    #expect(outcome.text.contains("|hello, world|"))
  }

  @Test func `Raw bytes never go to a terminal`() throws {
    let story = try LogStory()
    story.write("alpha", "\u{1B}]0;title\u{07}")
    try story.save()
    let session = try TerminalSession(
      try TerminalSession.builtProgram("walscope"),
      ["show", "\(story.directory.path(story.fileName))@0", "--raw", "value"])
    #expect(try session.waitForExit() == .status(64))
    #expect(!session.output.contains(0x1B))
  }
}
