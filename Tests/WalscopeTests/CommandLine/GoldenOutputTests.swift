import Foundation
import LogFormats
import TestSupport
import Testing

/// The whole output of each verb, compared with a file; `WALSCOPE_UPDATE_GOLDEN=1 swift test`
/// rewrites the files.
@Suite struct GoldenOutputTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let name: String
    let words: [String]
    var testDescription: String { name }
  }

  static let cases: [Case] = [
    Case(name: "check-clean.txt", words: ["check", "clean"]),
    Case(name: "check-damaged.txt", words: ["check", "damaged"]),
    Case(name: "check-preallocated.txt", words: ["check", "preallocated"]),
    Case(name: "check-quiet.txt", words: ["check", "--quiet", "clean", "damaged", "torn"]),
    Case(name: "check-clean.json", words: ["check", "--json", "clean"]),
    Case(name: "check-damaged.json", words: ["check", "--json", "damaged"]),
    Case(name: "check-several.json", words: ["check", "--json", "."]),
    Case(name: "ls-torn.txt", words: ["ls", "torn"]),
    Case(name: "ls-torn.json", words: ["ls", "--json", "torn"]),
    Case(name: "dump-nori-wal.txt", words: ["dump", "damaged"]),
    Case(name: "dump-nori-wal.json", words: ["dump", "--json", "damaged"]),
    Case(name: "dump-hostile.txt", words: ["dump", "--ascii", "hostile"]),
    Case(name: "dump-redacted.txt", words: ["dump", "--redact", "--limit", "5", "clean"]),
    Case(name: "show-nori-wal.txt", words: ["show", "kinds/000000.wal@record:3"]),
    Case(name: "show-nori-wal.json", words: ["show", "--json", "kinds/000000.wal@record:3"]),
    Case(name: "forecast-damaged.txt", words: ["forecast", "damaged"]),
    Case(name: "forecast-missing.json", words: ["forecast", "--json", "missing"]),
    Case(name: "formats.json", words: ["formats", "--json"]),
    Case(name: "help.txt", words: ["--help"]),
    Case(name: "help-dump.txt", words: ["help", "dump"]),
  ]

  @Test(arguments: cases)
  func `The output is as it was`(one: Case) throws {
    let directory = try Self.logs()
    let outcome = try RunningProgram.walscope(one.words, in: directory.path)
    #expect(outcome.status < 2, "\(outcome.messageText)")
    let text = Self.settled(outcome.text)
    #expect(try Golden.difference(text, from: "output/\(one.name)") == nil)
  }

  /// A sound log of each other format, a damaged one, and one with what only that format has; and
  /// one of its records.
  static let formatCases: [Case] = [
    ("okaywal-sound", "wal-1@record:1"), ("okaywal-damaged", "wal-13@0x11f"),
    ("okaywal-special", "wal-41@record:0"), ("tegdb-sound", "db.teg@record:0"),
    ("tegdb-damaged", "db.teg@record:8"), ("tegdb-special", "db.teg@record:22"),
    ("tegdb-sql", "db.teg@record:2"), ("mmlog-sound", "app.log@record:1"),
    ("mmlog-damaged", "app.log@record:24"), ("mmlog-special", "app.log.mmlog@0"),
    ("mmlog-binary", "app.log@record:1"),
  ].flatMap { log, place in
    [
      Case(name: "\(log)/check.txt", words: ["check", log]),
      Case(name: "\(log)/check.json", words: ["check", "--json", log]),
      Case(name: "\(log)/dump.txt", words: ["dump", log]),
      Case(name: "\(log)/dump.json", words: ["dump", "--json", log]),
      Case(name: "\(log)/forecast.txt", words: ["forecast", log]),
      Case(name: "\(log)/show.txt", words: ["show", "\(log)/\(place)"]),
      Case(name: "\(log)/show.json", words: ["show", "--json", "\(log)/\(place)"]),
    ]
  }

  @Test(arguments: formatCases)
  func `The output for each format is as it was`(one: Case) throws {
    let directory = try TemporaryDirectory()
    try FormatLogs.make(String(one.name.prefix { $0 != "/" }), in: directory)
    let outcome = try RunningProgram.walscope(one.words, in: directory.path)
    #expect(outcome.status < 2, "\(outcome.messageText)")
    #expect(
      try Golden.difference(Self.settled(outcome.text), from: "output/\(one.name)") == nil)
  }

  /// Small logs, the same on every machine.
  private static func logs() throws -> TemporaryDirectory {
    let directory = try TemporaryDirectory()
    func make(
      _ name: String, _ damage: [LogDamage] = [], _ change: (inout LogRecipe) -> Void = { _ in }
    ) throws {
      try MadeLogs.make(name, in: directory, damage: damage) {
        $0.records = 48
        $0.segmentSize = 512
        $0.valueSizes = 10...60
        $0.kinds = ["put", "put", "put+ttl", "delete"]
        change(&$0)
      }
    }
    try make("clean")
    try make("damaged", [.bitFlip])
    try make("torn", [.tornTail])
    try make("missing", [.missingSegment])
    try make("hostile") { $0.contents = .hostile }
    try make("kinds") { $0.kinds = ["put+lz4", "put+ttl+zstd"] }
    try make("preallocated") {
      $0.segmentSize = 1 << 16
      $0.preallocation = .allocate
      $0.closesCleanly = false
    }
    return directory
  }

  /// The output without what the file system decides: allocated sizes and numbers of extents.
  private static func settled(_ text: String) -> String {
    text.replacing(#/"allocatedSize":\d+/#, with: "\"allocatedSize\":0")
      .replacing(#/"extents":(\d+|null)/#, with: "\"extents\":1")
      .replacing(
        #/(?<row>-tail|clean|damaged-inside|total  *)(?<numbers>( +\d+){3}) +\d+ +(?<slack>\d+)( +(\d|-) )?/#
      ) { "\($0.output.row)\($0.output.numbers) ALLOCATED \($0.output.slack) " }
  }
}
