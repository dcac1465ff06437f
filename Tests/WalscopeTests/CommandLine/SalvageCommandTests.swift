import Foundation
import LogFiles
import TestSupport
import Testing

/// What a user reads of a salvage: how much is in the new log, and how much is not.
@Suite struct SalvageCommandTests {
  private let directory: TemporaryDirectory
  private static let lines = Array("first\nsecond\n".utf8)
  /// Bytes that are no text and have no zeros.
  private static let binary = (0..<1000).map { UInt8($0 % 31 + 1) }

  init() throws { directory = try TemporaryDirectory() }

  private static func zeros(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }

  /// A pair of files whose data end at `cursor`, in a data file of 4096 bytes; without metadata where
  /// that is nil.
  private func log(_ data: [UInt8], cursor: Int?) throws -> String {
    func bytes(_ number: Int, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }
    _ = try OpenDirectory.make(FileName(directory.path("log")))
    try MadeLogs.age(directory.write(data + Self.zeros(4096 - data.count), to: "log/app"))
    if let cursor {
      let metadata =
        bytes(1, 4) + [1, 0, 0, 0] + bytes(4096, 8) + bytes(cursor, 8) + bytes(4096, 4)
        + bytes(4096, 4)
      try MadeLogs.age(directory.write(metadata, to: "log/app.mmlog"))
    }
    return directory.path("log/app")
  }

  /// What is said before the forecast, line by line, and the same as JSON.
  private func salvage(_ path: String) throws -> (words: [String], json: [String: Any]) {
    let new = directory.path("new")
    let outcome = try RunningProgram.walscope(["salvage", "--format", "mmlog", path, new])
    #expect(outcome.status == 0, "\(outcome.messageText)")
    let json = try RunningProgram.walscope(
      ["salvage", "--format", "mmlog", path, directory.path("json"), "--json"])
    let words = outcome.lines.prefix { !$0.hasPrefix("Forecast: ") }.map {
      String($0).replacing(path, with: "OLD").replacing(new, with: "NEW")
    }
    return (words, try MadeLogs.object(json.text))
  }

  @Test func `Zeros that may be data are taken along, and said to be why the new log is damaged`()
    throws
  {
    let data = Self.binary + Self.zeros(500) + Self.binary + Self.zeros(16)
    let path = try log(data, cursor: data.count)
    let (words, json) = try salvage(path)
    #expect(
      words == [
        "salvaged 2.5 kB of OLD into NEW: 2 files, verdict damaged",
        "  nothing was left behind",
        "  taken along: 516 B in 2 gaps, whose zeros may be data: the new log counts as damaged"
          + " because of them",
      ])
    #expect(json["recordsSaved"] is NSNull && json["recordsFound"] is NSNull)
    #expect(json.number("bytesCopied") == 2516)
    #expect(json.list("gaps").isEmpty)
    let kept = try #require(json["gapsTakenAlong"] as? [String: Any])
    #expect(kept.number("count") == 2 && kept.number("bytes") == 516)
  }

  @Test func `Data that are no text and have no gap are told by their bytes`() throws {
    let (words, json) = try salvage(try log(Self.binary, cursor: 1000))
    #expect(
      words == [
        "salvaged 1.0 kB of OLD into NEW: 2 files, verdict clean", "  nothing was left behind",
      ])
    #expect(json.number("bytesCopied") == 1000)
  }

  /// Bytes behind the cursor are taken too, and so are the zeros among them.
  @Test func `Gaps behind a cursor that is too small are taken along as well`() throws {
    let (words, _) = try salvage(
      try log(Self.binary + Self.zeros(300) + Self.binary, cursor: 500))
    #expect(words.first?.hasPrefix("salvaged 2.3 kB of OLD") == true)
    #expect(words.last?.hasPrefix("  taken along: 300 B in 1 gap, ") == true)
  }

  @Test func `Zeros that nothing tells from data are said to be left behind`() throws {
    let (words, json) = try salvage(try log(Self.binary, cursor: nil))
    #expect(
      words == [
        "salvaged 1.0 kB of OLD into NEW: 2 files, verdict clean",
        "  left behind: app 0x3e8, 3.1 kB: zeros at the end, which are space or data: without "
          + "metadata nothing tells",
      ])
    #expect(json.list("gaps").first?.number("length") == 3096)
  }

  @Test func `A gap at the end of a text is left behind as one inside is`() throws {
    let (words, json) = try salvage(
      try log(Self.lines + Self.zeros(20) + Self.lines + Self.zeros(30), cursor: 76))
    #expect(
      words == [
        "salvaged 4 well formed records of OLD into NEW: 2 files, verdict clean",
        "  left behind: app 0xd, 20 B: a gap: taken and never written",
        "  left behind: app 0x2e, 30 B: a gap: taken and never written",
      ])
    #expect(json.number("recordsFound") == 4 && json.number("recordsSaved") == 4)
  }

  @Test func `Bytes that the file never had are not said to be there`() throws {
    let (words, _) = try salvage(try log(Self.lines, cursor: 5000))
    #expect(
      words.dropFirst() == [
        "  left behind: app 0xd, 4.1 kB: a gap: taken and never written",
        "  left behind: app 0x1000: 904 B below the cursor are behind the end of the file",
      ])
  }
}
