import JSON
import Foundation
import Glibc
import LogFiles
import LogFormats
import TestSupport
import Testing

@testable import walscope

/// Everything that somebody who writes a log could do to somebody who looks at it.
@Suite struct HostileLogTests {
  /// Each verb with what it needs, on a log.
  static let calls: [[String]] = [
    ["ls", "LOG"], ["check", "LOG"], ["check", "-q", "LOG"], ["dump", "LOG"],
    ["dump", "--kind", "put", "LOG"], ["show", "LOG/SEGMENT@record:0"],
    ["show", "LOG/SEGMENT@record:5"], ["extents", "LOG"], ["forecast", "LOG"],
  ]

  private func run(
    _ call: [String], _ extra: [String], on log: String, segment: String = "000000.wal"
  )
    throws -> RunningProgram.Outcome
  {
    let words = call.map {
      $0.replacing("LOG", with: log).replacing("SEGMENT", with: segment)
    }
    return try RunningProgram.walscope([words[0]] + extra + words.dropFirst())
  }

  @Test(arguments: calls)
  func `No record content reaches the terminal as anything but text`(call: [String]) throws {
    let directory = try TemporaryDirectory()
    let log = try MadeLogs.make(in: directory, damage: [.bitFlip, .tornTail]) {
      $0.contents = .hostile
    }
    for extra in [[], ["--json"], ["--ascii"], ["--json", "--ascii"]] {
      let outcome = try run(call, extra, on: log)
      #expect(outcome.status < 2, "\(outcome.messageText)")
      #expect(SafeOutput.violation(in: outcome.output) == nil, "\(call) \(extra)")
      #expect(SafeOutput.violation(in: outcome.messages) == nil)
      if extra.contains("--ascii") { #expect(outcome.output.allSatisfy { $0 < 0x80 }) }
      if extra.contains("--json") {
        for line in outcome.lines { _ = try MadeLogs.object(line) }
      }
    }
  }

  @Test(arguments: calls)
  func `Redaction leaves no key and no value in any output`(call: [String]) throws {
    let directory = try TemporaryDirectory()
    let secret = "TOPSECRET"
    let log = directory.path("log")
    let story = try LogStory()
    for number in 0..<6 { story.write("key-\(secret)-\(number)", "value-\(secret)-\(number)") }
    story.write(key: Array("k-\(secret)".utf8), value: Array("v-\(secret)".utf8))
    let bytes = story.bytes + Array("torn \(secret)".utf8)
    try FileManager.default.createDirectory(atPath: log, withIntermediateDirectories: false)
    try directory.write(bytes, to: "log/000000.wal")
    try MadeLogs.age("\(log)/000000.wal")
    let hex = secret.utf8.map { Hexadecimal.digits($0) }.joined(separator: " ")
    let base64 = Base64.encode(Array(secret.utf8)).prefix(8)
    for extra in [["--redact"], ["--redact", "--json"]] {
      let outcome = try run(call, extra, on: log)
      #expect(outcome.status < 2, "\(outcome.messageText)")
      for leak in [secret, hex, String(base64)] {
        #expect(!outcome.text.contains(leak), "\(call) \(extra)")
        #expect(!outcome.messageText.contains(leak))
      }
    }
    let clear = try run(call, [], on: log)
    if call[0] == "dump" || call[0] == "show" { #expect(clear.text.contains(secret)) }
  }

  @Test func `A redacted report holds no contents even when they are asked for`() throws {
    let directory = try TemporaryDirectory()
    let log = try MadeLogs.make(in: directory, damage: [.bitFlip])
    let file = directory.path("report")
    _ = try RunningProgram.walscope(["check", log, "--report", file, "--contents", "--redact"])
    #expect(!(try MadeLogs.text(file)).contains("user:"))
    #expect(
      try RunningProgram.walscope(["show", "\(log)/000000.wal@0", "--raw", "key", "--redact"])
        .status == 64)
  }

  // MARK: Names (T15)

  static let names: [[UInt8]] = [
    Array("new\nline.wal".utf8), Array("\u{1B}]0;title\u{07}.wal".utf8), [0xFF, 0xFE, 0x2E],
    [UInt8](repeating: 0x61, count: 255), Array("-rf".utf8), Array("--json".utf8),
    Array("\u{202E}law.000000".utf8), [0xC2, 0x9B, 0x33, 0x31, 0x6D], Array("a b@c".utf8),
  ]

  @Test(arguments: names)
  func `A log may have any name`(name: [UInt8]) throws {
    let directory = try TemporaryDirectory()
    let log = try MadeLogs.make(in: directory)
    let path = Array(directory.path.utf8) + [0x2F] + name
    #expect(rename(log, path.map { CChar(bitPattern: $0) } + [0]) == 0)
    for words in [["check"], ["ls"], ["forecast"], ["dump"], ["extents"], ["check", "--json"]] {
      let call = words.map { Array($0.utf8) } + [path]
      let outcome = try RunningProgram(walscope: call).finish()
      #expect(outcome.status == 0, "\(outcome.messageText)")
      #expect(SafeOutput.violation(in: outcome.output) == nil)
    }
    // By its bare name, behind the two dashes.
    let bare = try RunningProgram(
      walscope: [Array("check".utf8), Array("--".utf8), name], in: directory.path
    ).finish()
    #expect(bare.status == 0, "\(bare.messageText)")
    let report = try MadeLogs.object(
      try RunningProgram(walscope: [Array("check".utf8), Array("--json".utf8), path]).finish().text)
    let exact = report.text("pathBytes").flatMap { Data(base64Encoded: $0) }.map { Array($0) }
    #expect((exact ?? report.text("path").map { Array($0.utf8) }) == path)
  }

  @Test(arguments: names)
  func `A segment may have any name`(name: [UInt8]) throws {
    let directory = try TemporaryDirectory()
    let log = try MadeLogs.make(in: directory)
    let path = Array(log.utf8) + [0x2F] + name
    #expect(rename("\(log)/000000.wal", path.map { CChar(bitPattern: $0) } + [0]) == 0)
    for words in [
      ["check", "--json"], ["check"], ["dump", "--json"], ["dump"], ["ls"], ["extents"],
    ] {
      let call = words.map { Array($0.utf8) } + [path]
      let outcome = try RunningProgram(walscope: call).finish()
      #expect(outcome.status == 0, "\(outcome.messageText)")
      #expect(SafeOutput.violation(in: outcome.output) == nil)
    }
    let missing = try RunningProgram(walscope: [Array("check".utf8), path + [0x78]]).finish()
    #expect(missing.status == 2)
    #expect(SafeOutput.violation(in: missing.messages) == nil)
  }

  @Test func `Hostile names beside the segments are told safely`() throws {
    let directory = try TemporaryDirectory()
    let log = try MadeLogs.make(in: directory)
    for name in Self.names {
      let path = Array(log.utf8) + [0x2F] + name.prefix(200) + Array(".wal".utf8)
      let file = creat(path.map { CChar(bitPattern: $0) } + [0], 0o600)
      #expect(file >= 0)
      close(file)
    }
    for extra in [[], ["--json"]] {
      for verb in ["check", "ls", "forecast"] {
        let outcome = try RunningProgram.walscope([verb] + extra + [log])
        #expect(outcome.status < 2)
        #expect(SafeOutput.violation(in: outcome.output) == nil, "\(verb)")
      }
    }
  }

  @Test(.timeLimit(.minutes(15)))
  func `A FIFO named like a segment is told and never opened`() throws {
    let directory = try TemporaryDirectory()
    let log = try MadeLogs.make(in: directory)
    #expect(mkfifo("\(log)/000099.wal", 0o600) == 0)
    let outcome = try RunningProgram.walscope(["check", log])
    #expect(outcome.status == 1)
    #expect(outcome.text.contains("a FIFO has the name of a segment"))
    let alone = try RunningProgram.walscope(["check", "\(log)/000099.wal"])
    #expect(alone.status == 2)
    #expect(alone.messageText.contains("it is a FIFO"))
  }

  @Test func `A wrong call with escape sequences is answered safely`() throws {
    let escape = "\u{1B}[31mred\u{202E}"
    for call in [
      [escape], ["check", "--\(escape)"], ["check", "--format", escape, "x"], ["help", escape],
      ["dump", "x", "--from", escape], ["show", escape], ["make", escape, "x"], ["ls", escape],
      ["check", "--color=\(escape)", "x"], ["check", "--assume", escape, "x"],
    ] {
      let outcome = try RunningProgram.walscope(call)
      #expect(outcome.status == 64 || outcome.status == 2)
      #expect(SafeOutput.violation(in: outcome.messages) == nil, "\(call)")
      #expect(outcome.output.isEmpty)
    }
  }
}
