import Foundation
import LogFiles
import TestSupport
import Testing

/// `lab demo`, `lab commit` and `lab scan` as commands.
@Suite struct LabExperimentTests {
  private func report(_ words: [String]) throws -> [String: Any] {
    let outcome = try RunningProgram.walscope(words)
    #expect(outcome.status == 0, "\(outcome.messageText)")
    return try #require(
      try JSONSerialization.jsonObject(with: Data(outcome.output)) as? [String: Any])
  }

  @Test func `The demonstration tells sizes and verdicts of each step`() throws {
    let directory = try TemporaryDirectory()
    let report = try report(
      ["lab", "demo", "--json", "--segment-size", "16M", directory.path])
    let steps = try #require(report["steps"] as? [[String: Any]])
    let words = ["create", "look", "append", "crash", "recover", "finalize"]
    #expect(steps.map { $0["step"] as? String } == words)
    let after = try steps.map { try #require($0["after"] as? [String: Any]) }
    let verdicts = after.map { $0["verdict"] as? String }
    #expect(
      verdicts == [
        "preallocated-tail", "preallocated-tail", "preallocated-tail", "torn-tail",
        "preallocated-tail", "clean",
      ])
    #expect(after[0]["fileSize"] as? Int == 16 << 20)
    let torn = try #require(after[3]["records"] as? Int)
    #expect(torn > 3000)
    let crash = try #require(steps[3]["sentences"] as? [String])
    #expect(crash.first?.contains("; 131.1 kB of the next one are torn, at 0x") == true)
    #expect(after[4]["records"] as? Int == torn && after[5]["records"] as? Int == torn)
    #expect(after[4]["fileSize"] as? Int == 16 << 20)
    #expect(after[5]["fileSize"] as? Int == after[5]["logicalEnd"] as? Int)
    #expect(try directory.open().entries().isEmpty)
  }

  @Test(arguments: ["prepare", "append", "commit", "scan", "demo"])
  func `A directory that is not there is named once`(experiment: String) throws {
    let outcome = try RunningProgram.walscope(["lab", experiment, "nowhere"])
    #expect(outcome.status == 2)
    #expect(outcome.messageText.hasPrefix("walscope: nowhere: opening it failed: No such file"))
  }

  @Test func `The demonstration is printed where there is no terminal`() throws {
    let directory = try TemporaryDirectory()
    let outcome = try RunningProgram.walscope(
      ["lab", "demo", "--segment-size", "16M", directory.path])
    #expect(outcome.status == 0, "\(outcome.messageText)")
    for line in ["4  crash", "- 3,000 records end at", "by hand: walscope recover LOG"] {
      #expect(outcome.text.contains(line))
    }
  }

  @Test func `Each writer and policy commits records, beside plain writes`() throws {
    let directory = try TemporaryDirectory()
    let report = try report([
      "lab", "commit", "--json", "--threads", "2", "--rounds", "3", "--operations", "2",
      "--log-format", "nori-wal", directory.path,
    ])
    let cells = try #require(report["cells"] as? [[String: Any]])
    let variants = try #require(cells.first?["variants"] as? [[String: Any]])
    #expect(
      Set(variants.compactMap { $0["variant"] as? String })
        == ["write", "write-fdatasync", "nori-wal-always", "nori-wal-batch", "nori-wal-os"])
    for variant in variants {
      let runs = try #require(variant["runs"] as? [[String: Any]])
      #expect(runs.count == 3)
      for run in runs { #expect(run["payloadBytes"] as? Int == (run["operations"] as! Int) * 1024) }
    }
    #expect(try directory.open().entries().isEmpty)
  }

  @Test func `Scans are set against the floor`() throws {
    let directory = try TemporaryDirectory()
    let report = try report([
      "lab", "scan", "--json", "--log-size", "1M", "--rounds", "3", "--value-size", "1000",
      directory.path,
    ])
    let cells = try #require(report["cells"] as? [[String: Any]])
    #expect(cells.first?["format"] as? String == "nori-wal")
    for cell in cells {
      let variants = try #require(cell["variants"] as? [[String: Any]])
      #expect(variants.map { $0["variant"] as? String } == ["floor", "scan", "search", "scan-2"])
      let scans = try #require(variants[1]["runs"] as? [[String: Any]])
      #expect(scans.allSatisfy { ($0["operations"] as? Int ?? 0) >= 1000 })
    }
    let sentences = try #require(report["conclusions"] as? [String])
    // A busy machine has a sentence of its own.
    #expect(sentences.count { $0.contains("of the floor") } == cells.count)
    #expect(try directory.open().entries().isEmpty)
  }

  @Test func `The search behind damage is set against the floor, for all contents`() throws {
    let directory = try TemporaryDirectory()
    let report = try report([
      "lab", "scan", "--resync", "--json", "--log-size", "1M", "--rounds", "3", "--threads", "3",
      directory.path,
    ])
    #expect(report["experiment"] as? String == "resync")
    let cells = try #require(report["cells"] as? [[String: Any]])
    for (format, count) in ["nori-wal": 17, "okaywal": 16, "tegdb": 16, "mmlog": 11] {
      let contents = cells.filter { $0["format"] as? String == format }.map { $0["contents"] }
      #expect(contents.count == count && contents.contains { $0 as? String == "random" })
    }
    for cell in cells {
      let variants = try #require(cell["variants"] as? [[String: Any]])
      #expect(variants.map { $0["variant"] as? String } == ["floor", "check", "check-3"])
    }
    let sentences = try #require(report["conclusions"] as? [String])
    #expect(sentences.contains { $0.contains("times as long as the floor (") })
    #expect(sentences.contains { $0.contains("times as long as the floor by 3 threads (") })
  }

  @Test func `What has no meaning for the search behind damage is refused`() throws {
    let outcome = try RunningProgram.walscope(["lab", "scan", "--resync", "--value-size", "2"])
    #expect(outcome.status == 64)
    #expect(outcome.messageText.contains("--value-size means nothing with --resync"))
  }

  @Test func `A format that is not written is told`() throws {
    let outcome = try RunningProgram.walscope(["lab", "commit", "--log-format", "tgstream"])
    #expect(outcome.status == 64)
    #expect(outcome.messageText.contains("nothing to measure"))
  }
}
