import LogFiles
import LogFormats
import LogInspection
import TestSupport
import Testing

/// Pairs that the real owner wrote, under walscope's writer.
@Suite(.enabled(if: Fixtures.root != nil, Fixtures.absence))
struct `An mmlog pair of its real owner` {
  /// What cannot be gone on with, and why: a part of the message.
  private static let refused = [
    "chunk-size-unaligned": "no whole pages", "chunk-size-zero": "no whole pages",
    "cursor-huge": "beyond any file", "cursor-stale": "data stand behind the cursor",
    "data-missing": "the data file is not there", "data-only-foreign": "its owner would wipe it",
    "data-truncated": "before the end of its first chunk",
    "metadata-empty": "never became ready", "metadata-missing": "its owner would wipe it",
    "metadata-truncated": "never became ready", "not-ready": "never became ready",
    "version-mismatch": "only version 1 is known",
  ]

  private static func copy(_ name: String) throws -> TemporaryDirectory {
    let copy = try TemporaryDirectory()
    let source = try OpenDirectory.open("\(Fixtures.root ?? "")/mmlog/\(name)/data")
    for entry in try source.entries() where entry.kind == .regular {
      let file = try #require(entry.name.utf8)
      try copy.write(try Fixtures.bytes("mmlog/\(name)/data/\(file)"), to: file)
    }
    return copy
  }

  private static func data(_ directory: TemporaryDirectory) throws -> [UInt8] {
    let open = try directory.open()
    let name = FileName("app.log")
    let size = try open.status(of: name).size
    return try open.openFile(name).bytes(in: 0..<size)
  }

  private static func report(_ directory: TemporaryDirectory) throws -> LogReport {
    try #require(
      try LogTree.open(FileName(directory.path), format: "mmlog").logs.first
    ).scan()
  }

  @Test(arguments: Fixtures.cases("mmlog"))
  func `is gone on with, or refused where that would lose something`(name: String) throws {
    let directory = try Self.copy(name)
    let end = try Self.report(directory).segments.first?.logicalEnd ?? 0
    let before = (try? Fixtures.bytes("mmlog/\(name)/data/app.log")) ?? []
    let writer: any LogWriter
    do {
      let format = try #require(FormatRegistry.format(named: "mmlog"))
      writer = try format.openWriter(in: try directory.open(), options: WriterOptions())
    } catch let failure as WriterFailure {
      let reason = Self.refused[name]
      #expect(reason != nil && failure.message.contains(reason ?? ""), "\(failure.message)")
      #expect((try? Self.data(directory)) ?? [] == before)
      return
    }
    #expect(Self.refused[name] == nil)
    let lines = (0..<200).map { Array("line \($0) of those that are appended\n".utf8) }
    do {
      for line in lines { _ = try writer.append(key: Array(line.dropLast()), value: []) }
    } catch {
      // The owner does not try to make such a log longer either.
      #expect(name == "panicked" && error.message.contains("is_panicked"), "\(error)")
      return
    }
    try writer.close()
    let after = try Self.data(directory)
    #expect(after.prefix(Int(end)) == before.prefix(Int(end)))
    let report = try Self.report(directory)
    let added = after[Int(end)..<Int(report.segments.first?.logicalEnd ?? end)]
    #expect(added.split(separator: 0x0a).count >= lines.count)
    for forecast in report.forecasts { #expect(forecast.opens, "\(forecast.message)") }
  }
}
