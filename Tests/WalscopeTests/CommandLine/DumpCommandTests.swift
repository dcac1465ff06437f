import Foundation
import LogFiles
import LogFormats
import TestSupport
import Testing

@testable import walscope

@Suite struct DumpCommandTests {
  private func dump(_ words: String...) throws -> [[String: Any]] { try dump(words) }

  private func dump(_ words: [String]) throws -> [[String: Any]] {
    let outcome = try RunningProgram.walscope(["dump", "--json"] + words)
    #expect(outcome.status == 0, "\(outcome.messageText)")
    return try outcome.lines.map { try MadeLogs.object($0) }
  }

  @Test func `Every record is a line, in the order of the log`() throws {
    let directory = try TemporaryDirectory()
    let log = try MadeLogs.make(in: directory)
    let lines = try dump(log)
    #expect(lines.count == 200)
    #expect(lines.allSatisfy { $0["valid"] as? Bool == true && $0.text("evidence") == "checksum" })
    let files = lines.compactMap { $0.text("file") }
    #expect(files == files.sorted())
    var end: UInt64 = 0
    for line in lines where line.text("file") == "000000.wal" {
      #expect(line.number("offset") == end)
      end += line.number("length") ?? 0
    }
  }

  @Test func `Damage has a line of its own, and records behind it are marked`() throws {
    let directory = try TemporaryDirectory()
    let log = try MadeLogs.make(in: directory, damage: [.bitFlip])
    let lines = try dump(log)
    #expect(lines.count == 200)
    let damage = try #require(lines.first { $0["valid"] as? Bool == false })
    #expect(damage.text("kind") == "damage")
    #expect(damage.text("reason") == "checksum")
    #expect(lines.contains { $0["foundByResync"] as? Bool == true })
    let text = try RunningProgram.walscope(["dump", log]).text
    #expect(text.contains("damage"))
    #expect(text.contains("valid, resync"))
  }

  @Test func `A key's history comes from all segments`() throws {
    let directory = try TemporaryDirectory()
    let log = try MadeLogs.make(in: directory) { $0.keys = 7 }
    let all = try dump(log)
    let wanted = all.filter { ($0["key"] as? [String: String])?["utf8"] == "user:3" }
    let history = try dump(log, "--key", "user:3")
    #expect(history.count == wanted.count)
    #expect(Set(history.compactMap { $0.text("file") }).count > 1)
    #expect(try dump(log, "--key", "x:75 73 65 72 3A 33").count == wanted.count)
    #expect(try dump(log, "--key", "user:").isEmpty)
  }

  @Test func `A key that starts like a pattern is typed behind t:`() throws {
    let story = try LogStory()
    story.write("t:1", "a").write("x:31", "b").write("k:1", "c").write("1", "d")
    try story.save()
    let path = story.directory.path(story.fileName)
    for (typed, key) in [
      ("t:t:1", "t:1"), ("t:x:31", "x:31"), ("k:1", "k:1"), ("t:k:1", "k:1"), ("t:1", "1"),
      ("x:31", "1"),
    ] {
      let found = try dump(path, "--key", typed)
      #expect(found.map { ($0["key"] as? [String: String])?["utf8"] } == [key], "\(typed)")
    }
  }

  @Test func `A search looks into keys and decoded values`() throws {
    let story = try LogStory()
    story.write("alpha", "one needle here").write("needle", "two").write("gamma", "three")
    try story.save()
    let path = story.directory.path(story.fileName)
    #expect(try dump(path, "--grep", "needle").count == 2)
    #expect(try dump(path, "--grep", "x:6e 65 65 64 6c 65").count == 2)
    #expect(try dump(path, "--grep", "nothing").isEmpty)
    #expect(try dump(path, "--grep", "k:needle").count == 1)
    #expect(try dump(path, "--grep", "t:k:needle").isEmpty)
    #expect(try dump(path, "--grep", "NEEDLE").isEmpty)
    #expect(try dump(path, "--key", "t:needle").count == 1)
    #expect(try dump(path, "--grep", "needle", "--key", "alpha").count == 1)
    let wrong = try RunningProgram.walscope(["dump", path, "--grep", "x:6e6"])
    #expect(wrong.status == 64)
    #expect(wrong.messageText.contains("two hexadecimal digits for each byte"))
  }

  @Test func `A search begins and ends where --from and --to say, and stops at the limit`() throws {
    let story = try LogStory().write(records: 300)
    try story.save()
    let path = story.directory.path(story.fileName)
    func numbers(_ options: String...) throws -> [UInt64] {
      try dump([path, "--grep", "key-"] + options).compactMap { $0.number("record") }
    }
    #expect(try numbers() == Array(0..<300))
    #expect(try numbers("--from", "record:100", "--to", "record:103") == [100, 101, 102])
    let (from, to) = (story.records[7].lowerBound, story.records[9].lowerBound)
    #expect(try numbers("--from", "\(from)", "--to", "\(to)") == [7, 8])
    #expect(try numbers("--limit", "2") == [0, 1])
  }

  @Test func `A search finds what stands deep in a value larger than any buffer`() throws {
    let story = try LogStory()
    var value = [UInt8](repeating: 0x61, count: 3 << 20)
    let place = (2 << 20) + 7
    value.replaceSubrange(place..<place + 6, with: Array("needle".utf8))
    story.write(key: Array("big".utf8), value: value).write("small", "x")
    try story.save()
    let path = story.directory.path(story.fileName)
    let found = try dump(path, "--grep", "needle")
    #expect(found.count == 1)
    let shown = try #require(found.first?["value"] as? [String: Any])
    #expect(shown["truncated"] as? Bool == true)
    #expect(shown.number("length") == 3 << 20)
  }

  @Test func `A kind finds all that hold its words`() throws {
    let directory = try TemporaryDirectory()
    let log = try MadeLogs.make(in: directory) { $0.kinds = ["put", "put+ttl", "delete"] }
    let kinds = { (lines: [[String: Any]]) in Set(lines.compactMap { $0.text("kind") }) }
    #expect(kinds(try dump(log, "--kind", "put")) == ["put", "put+ttl"])
    #expect(kinds(try dump(log, "--kind", "ttl")) == ["put+ttl"])
    #expect(kinds(try dump(log, "--kind", "delete")) == ["delete"])
    #expect(try RunningProgram.walscope(["dump", log, "--kind", "nope"]).status == 64)
  }

  @Test func `From and to are offsets or records, from a record that holds the place`() throws {
    let directory = try TemporaryDirectory()
    let log = try MadeLogs.make(in: directory)
    let segment = "\(log)/000000.wal"
    let all = try dump(segment)
    let offsets = all.compactMap { $0.number("offset") }
    func numbers(_ words: String...) throws -> [UInt64] {
      let outcome = try RunningProgram.walscope(["dump", "--json", segment] + words)
      return try outcome.lines.compactMap { try MadeLogs.object($0).number("record") }
    }
    #expect(try numbers("--from", "record:3", "--to", "record:6") == [3, 4, 5])
    #expect(try numbers("--from", "\(offsets[3])", "--to", "\(offsets[6])") == [3, 4, 5])
    #expect(try numbers("--from", "\(offsets[3] + 1)", "--limit", "1") == [3])
    #expect(try numbers("--from", "0x\(String(offsets[5], radix: 16))", "--limit", "2") == [5, 6])
  }

  @Test func `A place behind the end is told, and the end itself is one`() throws {
    let directory = try TemporaryDirectory()
    let log = try MadeLogs.make(in: directory)
    let segment = "\(log)/000000.wal"
    let last = try #require(try dump(segment).compactMap { $0.number("record") }.last)
    let size = try Data(contentsOf: URL(filePath: segment)).count
    func outcome(_ place: String) throws -> RunningProgram.Outcome {
      try RunningProgram.walscope(["dump", segment, "--from", place])
    }
    for place in ["record:\(last + 1)", "\(size)"] {
      let outcome = try outcome(place)
      #expect(outcome.status == 0 && outcome.text.isEmpty && outcome.messageText.isEmpty)
    }
    for (place, message) in [
      ("record:\(last + 2)", "there is no such record"),
      ("\(size + 1)", "\(size + 1): the file ends before it, at \(size)"),
    ] {
      let outcome = try outcome(place)
      #expect(outcome.status == 2 && outcome.text.isEmpty)
      #expect(outcome.messageText.contains(message), "\(outcome.messageText)")
    }
  }

  @Test func `In a log of several segments a place names its segment`() throws {
    let directory = try TemporaryDirectory()
    let log = try MadeLogs.make(in: directory)
    #expect(try RunningProgram.walscope(["dump", log, "--from", "0"]).status == 64)
    let lines = try dump(log, "--from", "000001.wal@0", "--to", "000001.wal@record:2")
    #expect(lines.map { $0.text("file") } == ["000001.wal", "000001.wal"])
    #expect(lines.map { $0.number("record") } == [0, 1])
    #expect(try RunningProgram.walscope(["dump", log, "--from", "nix@0"]).status == 2)
  }

  @Test func `Long values are cut with their full length, in text and in JSON`() throws {
    let story = try LogStory()
    story.write("k", String(repeating: "v", count: 100_000))
    try story.save()
    let path = story.directory.path(story.fileName)
    let value = try #require(try dump(path)[0]["value"] as? [String: Any])
    #expect(value.text("utf8")?.count == 65_536)
    #expect(value.number("length") == 100_000)
    #expect(try RunningProgram.walscope(["dump", path]).text.contains("... (100,000 bytes)"))
  }

  @Test func `A dump of a large log takes little memory`() throws {
    let directory = try TemporaryDirectory()
    let log = try MadeLogs.make(in: directory) {
      $0.records = 60_000
      $0.valueSizes = 1000...1000
      $0.segmentSize = 1 << 30
      $0.kinds = ["put"]
    }
    let outcome = try RunningProgram.walscope(["dump", log, "--limit", "60000", "--key", "none"])
    #expect(outcome.status == 0)
    #expect(outcome.peakMemory < 64 << 20, "\(outcome.peakMemory) bytes")
    let json = try RunningProgram.walscope(["dump", "--json", log])
    #expect(json.output.count > 60 << 20)
    #expect(json.peakMemory < 64 << 20, "\(json.peakMemory) bytes")
  }
}
