import Foundation
import LogFormats
import TestSupport
import Testing

@testable import walscope

/// The verbs that change logs, as a user calls them.
@Suite struct RepairCommandTests {
  private let directory: TemporaryDirectory
  private let plan: String

  init() throws {
    directory = try TemporaryDirectory()
    plan = directory.path("plan.json")
  }

  /// The names and bytes of all files below a path, without what walscope keeps beside the log.
  private func contents(_ path: String) throws -> [String: Data] {
    var files: [String: Data] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: path)
    where !name.hasPrefix(".walscope") {
      files[name] = FileManager.default.contents(atPath: "\(path)/\(name)")
    }
    return files
  }

  private func run(_ words: String...) throws -> RunningProgram.Outcome {
    try RunningProgram.walscope(
      words, environment: ["XDG_STATE_HOME": directory.path("state")])
  }

  @Test func `A plan tells what would be done, and changes nothing`() throws {
    let log = try MadeLogs.make(in: directory, damage: [.tornTail])
    let before = try contents(log)
    let outcome = try run("recover", log)
    #expect(outcome.status == 1)
    #expect(outcome.text.hasPrefix("plan: recover \(log) (nori-wal)"))
    #expect(outcome.text.contains("0 lost"))
    #expect(outcome.text.contains("then: clean: "))
    #expect(outcome.text.contains("Nothing was changed yet."))
    #expect(try contents(log) == before)
    #expect(!FileManager.default.fileExists(atPath: "\(log)/.walscope"))
  }

  @Test func `A saved plan is applied, undone and purged`() throws {
    let log = try MadeLogs.make(in: directory, damage: [.tornTail])
    let before = try contents(log)
    #expect(try run("recover", log, "--save-plan", plan).status == 1)
    let asked = try run("apply", plan)
    #expect(asked.status == 3)
    #expect(try contents(log) == before)
    let applied = try run("apply", plan, "--yes")
    #expect(applied.status == 0)
    #expect(applied.text.contains("as it was promised"))
    #expect(applied.text.contains("walscope undo "))
    #expect(try run("check", "--quiet", log).status == 0)
    #expect(try run("recover", log).status == 0)

    let undo = try run("undo", log)
    #expect(undo.status == 1)
    #expect(undo.text.contains("Nothing was changed yet."))
    #expect(undo.text.contains(#/gets its old bytes back: [0-9,]+ bytes and what is not written/#))
    #expect(undo.text.contains(#/written \(from [0-9,]+ to [0-9,]+ bytes\)/#))
    let undone = try run("undo", log, "--yes")
    #expect(undone.status == 0)
    #expect(undone.text.contains("the log's verdict is now attention"))
    let finish = try run("apply", "--finish", log, "--yes")
    #expect(finish.status == 2)
    #expect(finish.messageText.contains("nothing was interrupted, so there is nothing to finish"))
    #expect(try contents(log) == before)
    #expect(try run("history", log).text.contains("undone"))

    #expect(try run("purge", log).status == 1)
    #expect(try run("purge", log, "--yes").status == 0)
    #expect(!FileManager.default.fileExists(atPath: "\(log)/.walscope"))
    #expect(try run("purge", log).status == 0)
  }

  @Test func `A plan is not applied to a log that has changed since`() throws {
    let log = try MadeLogs.make(in: directory, damage: [.tornTail])
    #expect(try run("recover", log, "--save-plan", plan).status == 1)
    let name = try #require(try contents(log).keys.max())
    let file = try #require(FileHandle(forWritingAtPath: "\(log)/\(name)"))
    try file.seekToEnd()
    try file.write(contentsOf: Data("later".utf8))
    try file.close()
    let changed = try contents(log)
    let outcome = try run("apply", plan, "--yes")
    #expect(outcome.status == 3)
    #expect(outcome.messageText.contains("changed since the plan was made"))
    #expect(try contents(log) == changed)
    #expect(!FileManager.default.fileExists(atPath: "\(log)/.walscope"))
  }

  @Test func `Damage inside is not cut; salvage keeps all but the damaged record`() throws {
    let log = try MadeLogs.make(in: directory, damage: [.bitFlip])
    let refused = try run("recover", log)
    #expect(refused.status == 3)
    #expect(refused.messageText.contains("walscope salvage"))
    let target = directory.path("saved")
    let salvaged = try run("salvage", log, target, "--json")
    #expect(salvaged.status == 0)
    let object = try MadeLogs.object(salvaged.text)
    #expect(object.number("recordsSaved") == 199)
    #expect(object.list("gaps").count == 1)
    #expect(try run("check", "--quiet", target).status == 0)
    let compared = try run("compare", log, target)
    #expect(compared.status == 1)
    #expect(compared.text.contains("199 records in both, 0 only in the first"))
    #expect(try run("salvage", log, target).status == 3)
  }

  @Test func `One flipped bit is flipped back`() throws {
    let whole = try MadeLogs.make("whole", in: directory)
    let log = try MadeLogs.make("flipped", in: directory, damage: [.bitFlip])
    #expect(try run("repair-bit", log, "--save-plan", plan).status == 1)
    #expect(try run("apply", plan, "--yes").status == 0)
    #expect(try contents(log) == contents(whole))
    #expect(try run("repair-bit", log).status == 0)
    #expect(try run("compare", whole, log).status == 0)
  }

  @Test func `A cut that loses records wants their number`() throws {
    let log = try MadeLogs.make(in: directory) { $0.segmentSize = 1 << 20 }
    let file = "\(log)/000000.wal"
    let planned = try run("truncate", file, "--at", "record:150")
    #expect(planned.status == 1)
    #expect(planned.text.contains("needs --lose 50"))
    #expect(try run("truncate", file, "--at", "record:150", "--save-plan", plan).status == 1)
    #expect(try run("apply", plan, "--yes").status == 3)
    let other = directory.path("other.json")
    #expect(
      try run("truncate", file, "--at", "record:150", "--lose", "50", "--save-plan", other)
        .status == 1)
    #expect(try run("apply", other, "--yes").status == 0)
    #expect(try run("dump", log).lines.count == 151)
  }

  @Test func `Whole segments are removed from the old end, and come back`() throws {
    let log = try MadeLogs.make(in: directory)
    let before = try contents(log)
    #expect(before.count >= 3)
    #expect(try run("delete-before", log).status == 64)
    #expect(try run("delete-before", log, "nothing").status == 64)
    #expect(try run("delete-before", log, "--keep", "2", "--save-plan", plan).status == 1)
    #expect(try run("apply", plan, "--yes").status == 0)
    #expect(try contents(log).count == 2)
    let history = try MadeLogs.object(try run("history", log, "--json").text)
    #expect(history.list("entries").first?.text("state") == "applied")
    #expect(try run("undo", log, "--yes").status == 0)
    #expect(try contents(log) == before)
  }

  @Test func `A log is compared with what it was before a plan`() throws {
    let log = try MadeLogs.make(in: directory) { $0.segmentSize = 1 << 20 }
    let file = "\(log)/000000.wal"
    #expect(try run("compare", log).status == 2)
    #expect(
      try run("truncate", file, "--at", "record:190", "--lose", "10", "--save-plan", plan)
        .status == 1)
    #expect(try run("apply", plan, "--yes").status == 0)
    let cut = try run("compare", log)
    #expect(cut.status == 1)
    #expect(cut.text.contains("190 records in both, 10 only in the first"))
    #expect(try run("delete-before", log, "1").status == 0)
  }

  @Test func `Removed segments are compared from where they are kept`() throws {
    let log = try MadeLogs.make(in: directory)
    #expect(try run("delete-before", log, "--keep", "2", "--save-plan", plan).status == 1)
    #expect(try run("apply", plan, "--yes").status == 0)
    let outcome = try run("compare", log)
    #expect(outcome.status == 1)
    #expect(outcome.text.contains("- 000000.wal only here: a segment of"))
  }

  @Test func `Backups can be kept elsewhere and are found there`() throws {
    let log = try MadeLogs.make(in: directory, damage: [.tornTail])
    let before = try contents(log)
    let store = directory.path("store")
    // A path from where the command runs; the plan is applied from elsewhere.
    let planned = try RunningProgram.walscope(
      ["recover", log, "--save-to", "store", "--save-plan", plan], in: directory.path)
    #expect(planned.status == 1)
    #expect(try run("apply", plan, "--yes").status == 0)
    #expect(!FileManager.default.fileExists(atPath: "\(log)/.walscope"))
    #expect(try run("history", log).text.contains(store))
    #expect(try run("undo", log, "--yes").status == 0)
    #expect(try contents(log) == before)
  }

  @Test func `Without a terminal nothing is applied by a typed name`() throws {
    let log = try MadeLogs.make(in: directory, damage: [.tornTail])
    let before = try contents(log)
    let outcome = try run("recover", log, "--apply")
    #expect(outcome.status == 3)
    #expect(outcome.messageText.contains("--save-plan FILE"))
    #expect(try contents(log) == before)
  }

  @Test func `On a terminal only the right name applies a plan`() throws {
    let log = try MadeLogs.make(in: directory, damage: [.tornTail])
    let before = try contents(log)
    let program = try TerminalSession.builtProgram("walscope")
    let wrong = try TerminalSession(program, ["recover", log, "--apply"])
    _ = try wrong.wait(for: "Type the name")
    wrong.send("yes\r")
    #expect(try wrong.waitForExit() == .status(3))
    #expect(try contents(log) == before)
    let right = try TerminalSession(program, ["recover", log, "--apply"])
    let screen = try right.wait(for: "Type the name").joined(separator: "\n")
    let name = try #require(try contents(log).keys.first { screen.contains("name \($0)") })
    right.send("\(name)\r")
    #expect(try right.waitForExit() == .status(0))
    #expect(try run("check", "--quiet", log).status == 0)
  }

  @Test func `What is not a plan is refused with the reason`() throws {
    for text in ["", "{}", "[1]", "{\"schemaVersion\":2}", "{\"schemaVersion\":1}"] {
      let path = try directory.write(Array(text.utf8), to: "bad.json")
      let outcome = try run("apply", path, "--yes")
      #expect(outcome.status == 2)
      #expect(outcome.messageText.contains("plan"))
    }
    #expect(try run("apply", directory.path("missing.json"), "--yes").status == 2)
  }

  @Test func `A plan is not written among the files of its log`() throws {
    let log = try MadeLogs.make(in: directory, damage: [.tornTail])
    let outcome = try run("recover", log, "--save-plan", "\(log)/plan.json")
    #expect(outcome.status == 2)
    #expect(!FileManager.default.fileExists(atPath: "\(log)/plan.json"))
  }

  @Test func `A copy holds the same, keeps holes and overwrites nothing`() throws {
    let log = try MadeLogs.make(in: directory) {
      $0.segmentSize = 8 << 20
      $0.preallocation = .setLength
      $0.closesCleanly = false
    }
    let target = directory.path("copy")
    #expect(try run("copy", log, target).status == 0)
    #expect(try contents(log) == contents(target))
    #expect(try run("compare", log, target).status == 0)
    let extents = try MadeLogs.object(try run("check", target, "--json").text)
    let segment = try #require(extents.list("segments").first)
    #expect(try #require(segment.number("allocatedSize")) < 1 << 20)
    #expect(try run("copy", log, target).status == 3)
  }

  @Test func `What a plan promises of a pair of files is what comes of it`() throws {
    let log = try MadeLogs.make(format: Mmlog(), in: directory, after: ["killed-growth"])
    let planned = try MadeLogs.object(try run("recover", log, "--json").text)
    #expect(planned["before"].flatMap { $0 as? [String: Any] }?.text("verdict") == "attention")
    #expect(planned["after"].flatMap { $0 as? [String: Any] }?.text("verdict") == "clean")
    #expect(try run("recover", log, "--save-plan", plan).status == 1)
    #expect(try run("apply", plan, "--yes").status == 0)
    #expect(try run("check", "--quiet", log).status == 0)
  }

  @Test func `A log whose files lie in several directories is copied with them`() throws {
    let set = try MadeLogs.make(format: Tgstream(), in: directory)
    let target = directory.path("copy")
    #expect(try run("copy", set, target).status == 0)
    #expect(try contents(set) == contents(target))
    #expect(try contents(target).keys.contains { $0.contains("/") })
  }

  @Test func `Plans, histories and purges print one JSON object`() throws {
    let log = try MadeLogs.make(in: directory, damage: [.tornTail])
    let planned = try MadeLogs.object(try run("recover", log, "--json").text)
    #expect(planned.list("steps").first?.text("change") == "cut")
    #expect(planned.number("schemaVersion") == 1)
    #expect(try run("recover", log, "--save-plan", plan).status == 1)
    let applied = try MadeLogs.object(try run("apply", plan, "--yes", "--json").text)
    #expect(applied["verified"] as? Bool == true)
    let nothing = try MadeLogs.object(try run("recover", log, "--json").text)
    #expect(nothing.text("outcome") == "nothing-to-do")
    let purged = try MadeLogs.object(try run("purge", log, "--yes", "--json").text)
    #expect((purged["entries"] as? [String])?.count == 1)
  }
}
