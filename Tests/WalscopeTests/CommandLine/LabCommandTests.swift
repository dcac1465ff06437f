import Foundation
import Glibc
import LogFiles
import TestSupport
import Testing

/// `lab prepare` as a command, with as few operations as it can do with.
@Suite struct LabCommandTests {
  private static let small = [
    "lab", "prepare", "--record-size", "256", "--threads", "2", "--operations", "20", "--rounds",
    "3", "--sync-call", "none",
  ]

  @Test func `Everything that was made is gone, and the figures are told`() throws {
    let directory = try TemporaryDirectory()
    let outcome = try RunningProgram.walscope(Self.small + [directory.path])
    #expect(outcome.status == 0, "\(outcome.messageText)")
    for word in ["none", "set-length", "fallocate-keep-size", "written-zeros", "recycled", "P99"] {
      #expect(outcome.text.contains(word))
    }
    #expect(outcome.lines.last?.hasPrefix("- ") == true)
    #expect(try directory.open().entries().isEmpty)
  }

  @Test func `JSON has every run with its measures`() throws {
    let directory = try TemporaryDirectory()
    let outcome = try RunningProgram.walscope(
      Self.small + ["--json", "--way", "fallocate", "--way", "none", "--dir", directory.path])
    #expect(outcome.status == 0, "\(outcome.messageText)")
    let value = try JSONSerialization.jsonObject(with: Data(outcome.output))
    let report = try #require(value as? [String: Any])
    #expect(report["schemaVersion"] as? Int == 1)
    #expect(report["experiment"] as? String == "prepare")
    #expect(report["interrupted"] as? Bool == false)
    let machine = try #require(report["machine"] as? [String: Any])
    #expect(machine["kernel"] is String)
    #expect((machine["fileSystem"] as? [String: Any])?["type"] is String)
    let cells = try #require(report["cells"] as? [[String: Any]])
    #expect(cells.count == 1)
    #expect(cells[0]["recordSize"] as? Int == 256)
    #expect(cells[0]["operations"] as? Int == 20)
    let variants = try #require(cells[0]["variants"] as? [[String: Any]])
    #expect(variants.map { $0["variant"] as? String } == ["none", "fallocate"])
    for variant in variants {
      let runs = try #require(variant["runs"] as? [[String: Any]])
      #expect(runs.count == 3)
      for run in runs {
        #expect(run["operations"] as? Int == 20)
        #expect(run["payloadBytes"] as? Int == 5_120)
        #expect(run["recordsLost"] as? Int == 0)
      }
      let latency = try #require(variant["latency"] as? [String: Any])
      #expect(latency["count"] as? Int == 60)
      #expect((latency["histogram"] as? [[String: Any]])?.isEmpty == false)
    }
    #expect((report["conclusions"] as? [String])?.isEmpty == false)
  }

  @Test func `The published table has its columns`() throws {
    let directory = try TemporaryDirectory()
    let outcome = try RunningProgram.walscope(Self.small + ["--csv", directory.path])
    #expect(outcome.status == 0, "\(outcome.messageText)")
    let lines = outcome.text.split(separator: "\n")
    #expect(
      lines.first == "os,filesystem,preallocated,commit_size,threads,avg,min,max,stddev,outliers")
    #expect(lines.count == 7)
    for line in lines.dropFirst() {
      let fields = line.split(separator: ",", omittingEmptySubsequences: false)
      #expect(fields.count == 10)
      #expect(fields[0] == "Linux" && fields[3] == "256B" && fields[4] == "2")
      #expect(fields[5...8].allSatisfy { $0.hasSuffix("s") })
      #expect(fields[9].hasSuffix("%"))
    }
  }

  @Test(arguments: [SIGINT, SIGTERM])
  func `A signal ends it with 130, what is known is told, and nothing stays`(signal: Int32) throws {
    let directory = try TemporaryDirectory()
    let words = [
      "lab", "prepare", "--record-size", "4K", "--operations", "400", "--rounds", "1000",
      "--way", "fallocate", "--threads", "1", "--json", directory.path,
    ]
    let program = try RunningProgram(walscope: words.map { Array($0.utf8) })
    try program.waitUntilItHasOpen("fallocate.log")
    program.signal(signal)
    let outcome = program.finish()
    #expect(outcome.status == 130)
    #expect(outcome.messageText.contains("interrupted"))
    let value = try JSONSerialization.jsonObject(with: Data(outcome.output))
    #expect((value as? [String: Any])?["interrupted"] as? Bool == true)
    #expect(try directory.open().entries().isEmpty)
  }

  @Test func `Where there is no room nothing is made`() throws {
    guard let disk = MountedFileSystem.small("tmpfs") else { return }
    let outcome = try RunningProgram.walscope(Self.small + [disk.path])
    #expect(outcome.status == 3)
    #expect(outcome.messageText.contains("leaves"))
    #expect(outcome.output.isEmpty)
    #expect(try FileManager.default.contentsOfDirectory(atPath: disk.path).isEmpty)
  }

  @Test func `More than was allowed is refused`() throws {
    let directory = try TemporaryDirectory()
    let outcome = try RunningProgram.walscope(Self.small + ["--max-bytes", "64K", directory.path])
    #expect(outcome.status == 3)
    #expect(outcome.messageText.contains("--max-bytes"))
    #expect(try directory.open().entries().isEmpty)
  }

  @Test func `A call that makes no sense is told`() throws {
    for words in [
      ["lab"], ["lab", "prepar"], ["lab", "prepare", "--way", "magic"],
      ["lab", "prepare", "a", "--dir", "b"], ["lab", "prepare", "--record-size", "1"],
      ["lab", "prepare", "--csv", "--sync-call", "none", "--sync-call", "fsync"],
      ["help", "lab", "prepar"],
    ] {
      let outcome = try RunningProgram.walscope(words)
      #expect(outcome.status == 64, "\(words)")
      #expect(outcome.output.isEmpty)
    }
    #expect(try RunningProgram.walscope(["lab", "prepare", "/no/where"]).status == 2)
  }

  @Test func `The help tells of each experiment`() throws {
    #expect(try RunningProgram.walscope(["help", "lab"]).text.contains("\n  prepare "))
    let help = try RunningProgram.walscope(["help", "lab", "prepare"]).text
    #expect(help.contains("--sync-call"))
    #expect(try RunningProgram.walscope(["lab", "prepare", "--help"]).text == help)
  }
}
