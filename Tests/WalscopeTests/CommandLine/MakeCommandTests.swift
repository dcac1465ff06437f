import Foundation
import LogFormats
import TestSupport
import Testing

@Suite struct MakeCommandTests {
  @Test func `The same options make the same log, which is sound`() throws {
    let directory = try TemporaryDirectory()
    let words = ["--records", "50", "--segment-size", "4K", "--seed", "3"]
    for name in ["a", "b"] {
      let outcome = try RunningProgram.walscope(
        ["make", "nori-wal", directory.path(name)] + words)
      #expect(outcome.status == 0)
      #expect(outcome.text.contains("50 records"))
    }
    let first = try Data(contentsOf: URL(filePath: directory.path("a/000000.wal")))
    #expect(first == (try Data(contentsOf: URL(filePath: directory.path("b/000000.wal")))))
    #expect(try RunningProgram.walscope(["check", directory.path("a")]).status == 0)
  }

  @Test(arguments: LogDamage.allCases)
  func `Each damage is done where it is said`(damage: LogDamage) throws {
    let directory = try TemporaryDirectory()
    let outcome = try RunningProgram.walscope([
      "make", "nori-wal", directory.path("log"), "--segment-size", "8K", "--damage",
      damage.rawValue, "--json",
    ])
    #expect(outcome.status == 0, "\(outcome.messageText)")
    let made = try #require(try MadeLogs.object(outcome.text).list("damage").first)
    #expect(made.text("damage") == damage.rawValue)
    #expect(made.text("file")?.hasSuffix(".wal") == true)
  }

  @Test func `Damage that cannot be done leaves a log, which is told`() throws {
    let directory = try TemporaryDirectory()
    let outcome = try RunningProgram.walscope(
      ["make", "nori-wal", directory.path("log"), "--damage", "missing-segment"])
    #expect(outcome.status == 2)
    #expect(outcome.messageText.hasSuffix("(what was made by then is there)\n"))
    #expect(try RunningProgram.walscope(["check", directory.path("log")]).status == 0)
  }

  @Test func `Nothing that exists is touched`() throws {
    let directory = try TemporaryDirectory()
    let log = try MadeLogs.make(in: directory)
    let outcome = try RunningProgram.walscope(["make", "nori-wal", log])
    #expect(outcome.status == 3)
    #expect(outcome.messageText.contains("is not an empty directory"))
    let empty = directory.path("empty")
    try FileManager.default.createDirectory(atPath: empty, withIntermediateDirectories: false)
    #expect(try RunningProgram.walscope(["make", "nori-wal", empty, "-q"]).output.isEmpty)
    #expect(try RunningProgram.walscope(["make", "nori-wal", "/no/such/parent"]).status == 2)
  }

  @Test(arguments: [
    ["--sizes", "9-1"], ["--sizes", "x"], ["--segment-size", "0"], ["--damage", "none"],
    ["--kinds", "nope"], ["--sizes", "1-99G"],
  ])
  func `A recipe that makes no sense makes nothing`(words: [String]) throws {
    let directory = try TemporaryDirectory()
    let outcome = try RunningProgram.walscope(["make", "nori-wal", directory.path("log")] + words)
    #expect(outcome.status == 64 || outcome.status == 2)
    #expect(!FileManager.default.fileExists(atPath: directory.path("log/000000.wal")))
  }
}
