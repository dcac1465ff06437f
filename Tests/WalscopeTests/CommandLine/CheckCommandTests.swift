import JSON
import Foundation
import LogFiles
import LogFormats
import LogInspection
import TestSupport
import Testing

@testable import walscope

@Suite struct CheckCommandTests {
  @Test func `A sound log is clean and exits with 0`() throws {
    let directory = try TemporaryDirectory()
    let log = try MadeLogs.make(in: directory)
    let outcome = try RunningProgram.walscope(["check", log])
    #expect(outcome.status == 0)
    #expect(outcome.text.hasPrefix("clean: \(log) (nori-wal, "))
    #expect(outcome.messages.isEmpty)
  }

  @Test func `A preallocated tail is said to be nothing wrong`() throws {
    let directory = try TemporaryDirectory()
    let log = try MadeLogs.make(in: directory) {
      $0.segmentSize = 64 << 20
      $0.preallocation = .allocate
      $0.closesCleanly = false
    }
    let outcome = try RunningProgram.walscope(["check", log])
    #expect(outcome.status == 0)
    #expect(outcome.text.contains("preallocated tail: "))
    #expect(outcome.text.contains("never written, nothing is wrong"))
  }

  @Test func `Damage exits with 1, and tells offset, loss and forecast`() throws {
    let directory = try TemporaryDirectory()
    let log = try MadeLogs.make(in: directory, damage: [.bitFlip])
    let outcome = try RunningProgram.walscope(["check", log])
    #expect(outcome.status == 1)
    #expect(outcome.text.hasPrefix("damaged: "))
    #expect(outcome.text.contains("damaged inside: "))
    #expect(outcome.text.contains("What to do: "))
    #expect(outcome.text.contains("Forecast: what the Rust crate nori-wal"))
  }

  @Test func `Several paths are judged one after the other, and the worst decides`() throws {
    let directory = try TemporaryDirectory()
    let good = try MadeLogs.make("good", in: directory)
    let bad = try MadeLogs.make("bad", in: directory, damage: [.missingSegment])
    let outcome = try RunningProgram.walscope(["check", "--quiet", good, bad])
    #expect(outcome.status == 1)
    #expect(outcome.lines.count == 2)
    #expect(outcome.lines[0].hasPrefix("clean  \(good): "))
    #expect(outcome.lines[1].hasPrefix("damaged  \(bad): "))
    #expect(outcome.lines[1].contains("missing"))
    let missing = try RunningProgram.walscope(["check", "-q", good, directory.path("nothing")])
    #expect(missing.status == 2)
    #expect(missing.lines.count == 1)
  }

  @Test func `The line of a log says when not all of it was read`() throws {
    let directory = try TemporaryDirectory()
    let path = try MadeLogs.make(in: directory)
    let log = try #require(try LogTree.open(FileName(path)).logs.first)
    try FileManager.default.removeItem(atPath: "\(path)/000001.wal")
    let stream = OutputStream(try directory.open().makeFile(FileName("line")))
    let text = CheckText(TextOutput(stream: stream, usesColor: false, isASCII: false), columns: nil)
    text.writeLine(CheckedLog(log: log, path: FileName(path), report: log.scan()), naming: false)
    stream.flush()
    let line = try MadeLogs.text(directory.path("line"))
    #expect(
      line.hasPrefix("clean  \(path): \(log.layout.segments.count) segments, 1 not read whole"))
    #expect(line.contains("; 000001.wal: it was deleted or renamed"))
  }

  @Test func `Logs that share a directory are told apart by their files`() throws {
    let directory = try TemporaryDirectory()
    let both = try MadeLogs.make("both", format: TegDB(), in: directory)
    try FileManager.default.copyItem(atPath: "\(both)/db.teg", toPath: "\(both)/other.teg")
    let lines = try RunningProgram.walscope(["check", "--quiet", both]).lines
    #expect(
      lines.map { $0.prefix { $0 != ":" } } == [
        "clean  \(both)/db.teg", "clean  \(both)/other.teg",
      ])
    let only = try MadeLogs.make("only", format: TegDB(), in: directory)
    #expect(
      try RunningProgram.walscope(["check", "--quiet", only]).text.hasPrefix("clean  \(only): "))
  }

  @Test func `Nothing can be wrong with raw bytes`() throws {
    let directory = try TemporaryDirectory()
    try directory.write(Array("no log at all".utf8), to: "note.txt")
    let words = ["--format", "raw", directory.path("note.txt")]
    let outcome = try RunningProgram.walscope(["check"] + words)
    #expect(outcome.status == 0)
    #expect(outcome.text.hasPrefix("clean: "))
    #expect(!outcome.text.contains("Findings"))
    let forecast = try RunningProgram.walscope(["forecast"] + words)
    #expect(forecast.text.contains("Nothing is known of an owner of raw files."))
  }

  @Test func `JSON has one object a line for each path`() throws {
    let directory = try TemporaryDirectory()
    try MadeLogs.make("both/good", in: try Self.with(directory, "both"))
    try MadeLogs.make("both/bad", in: directory, damage: [.tornTail])
    let outcome = try RunningProgram.walscope(
      ["check", "--json", directory.path("both"), directory.path("both/good"), "/nowhere"])
    #expect(outcome.status == 2)
    let lines = try outcome.lines.map { try MadeLogs.object($0) }
    #expect(lines.count == 3)
    #expect(lines.allSatisfy { $0.number("schemaVersion") == 1 })
    #expect(lines[0].list("logs").map { $0.text("verdict") } == ["attention", "clean"])
    #expect(lines[1].text("verdict") == "clean")
    #expect(lines[2].text("path") == "/nowhere")
    #expect(lines[2].text("error") != nil)
  }

  private static func with(_ directory: TemporaryDirectory, _ name: String) throws
    -> TemporaryDirectory
  {
    try FileManager.default.createDirectory(
      atPath: directory.path(name), withIntermediateDirectories: false)
    return directory
  }

  @Test func `JSON holds the members that scripts depend on`() throws {
    let directory = try TemporaryDirectory()
    let log = try MadeLogs.make(in: directory, damage: [.bitFlip])
    let report = try MadeLogs.object(try RunningProgram.walscope(["check", "--json", log]).text)
    #expect(
      Set(report.keys) == [
        "schemaVersion", "path", "format", "verdict", "segments", "findings", "forecast",
      ])
    let segment = try #require(
      report.list("segments").first { $0.text("verdict") == "damaged-inside" })
    #expect(
      Set(segment.keys) == [
        "file", "id", "state", "verdict", "fileSize", "allocatedSize", "logicalEnd", "records",
        "evidence", "firstInvalid", "afterDamage", "tail",
      ])
    let invalid = try #require(segment["firstInvalid"] as? [String: Any])
    #expect(invalid.text("reason") == "checksum")
    #expect(invalid.number("offset") == segment.number("logicalEnd"))
    let finding = try #require(report.list("findings").first)
    #expect(
      Set(finding.keys) == ["severity", "file", "offset", "length", "code", "message"])
    let forecast = try #require(report.list("forecast").first)
    #expect(forecast.text("mode") == "open")
    #expect(forecast["opens"] as? Bool == true)
    #expect(forecast["sizesAfter"] as? [String: Any] != nil)
  }

  // MARK: Reports

  @Test func `A report has figures, findings, forecast and checksums, and no contents`() throws {
    let directory = try TemporaryDirectory()
    let log = try MadeLogs.make(in: directory, damage: [.bitFlip])
    let file = directory.path("report.txt")
    let outcome = try RunningProgram.walscope(["check", log, "--report", file])
    #expect(outcome.status == 1)
    let text = try MadeLogs.text(file)
    for part in [
      "Holds no record contents", "Segment 000000.wal: ", "file size", "logical end",
      "CRC-32C of the file", "checksum mismatch", "Forecast: ",
    ] {
      #expect(text.contains(part), "\(part)")
    }
    #expect(!text.contains("user:"))
    #expect(SafeOutput.violation(in: Array(text.utf8)) == nil)
  }

  @Test func `A report quotes bytes when that is asked for`() throws {
    let directory = try TemporaryDirectory()
    let log = try MadeLogs.make(in: directory, damage: [.bitFlip])
    let file = directory.path("report.txt")
    _ = try RunningProgram.walscope(["check", log, "--report", file, "--contents"])
    #expect(try MadeLogs.text(file).contains("user:"))
    let alone = try RunningProgram.walscope(["check", log, "--contents"])
    #expect(alone.status == 64)
  }

  @Test func `A report says that it quotes nothing when contents are hidden, and what it counts`()
    throws
  {
    let directory = try TemporaryDirectory()
    let log = try MadeLogs.make(in: directory, damage: [.bitFlip])
    let file = directory.path("report.txt")
    _ = try RunningProgram.walscope(["check", log, "--report", file, "--contents", "--redact"])
    let text = try MadeLogs.text(file)
    #expect(text.contains("Holds no record contents"))
    #expect(!text.contains("bytes around"))
    // Kinds are counted behind damage too.
    let figures = text.split(separator: "\n").map { $0.split(separator: " ") }
    let behind = try #require(figures.firstIndex { $0.starts(with: ["records", "behind"]) })
    #expect(figures[behind + 1].starts(with: ["of", "both,"]))
  }

  @Test func `The checksum of the report is that of the file`() throws {
    let directory = try TemporaryDirectory()
    let log = try MadeLogs.make(in: directory)
    let file = directory.path("report.txt")
    _ = try RunningProgram.walscope(["check", log, "--report", file])
    let bytes = Array(try Data(contentsOf: URL(filePath: "\(log)/000000.wal")))
    let expected = Hexadecimal.digits(CRC32C.checksum(bytes.rawBytes))
    #expect(try MadeLogs.text(file).contains("CRC-32C of the file    \(expected)"))
  }

  @Test func `An existing file is never overwritten, nor is anything written into the log`() throws
  {
    let directory = try TemporaryDirectory()
    let log = try MadeLogs.make(in: directory)
    let existing = try directory.write(Array("keep me".utf8), to: "report.txt")
    let outcome = try RunningProgram.walscope(["check", log, "--report", existing])
    #expect(outcome.status == 2)
    #expect(outcome.output.isEmpty)
    #expect(try MadeLogs.text(existing) == "keep me")
    let inside = try RunningProgram.walscope(["check", log, "--report", "\(log)/report.txt"])
    #expect(inside.status == 2)
    #expect(!FileManager.default.fileExists(atPath: "\(log)/report.txt"))
  }
}
