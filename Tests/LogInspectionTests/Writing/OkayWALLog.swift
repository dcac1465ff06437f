import Glibc
import LogFiles
import LogInspection
import TestSupport
import Testing

@testable import LogFormats

/// An okaywal log in a directory of its own, for a test to write and to look at.
struct OkayWALLog {
  let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  /// Small segments, so that tests see many.
  static func small(_ change: (inout OkayWALWriter.Options) -> Void = { _ in })
    -> OkayWALWriter.Options
  {
    var options = OkayWALWriter.Options()
    options.preallocateBytes = 4096
    change(&options)
    return options
  }

  func writer(
    _ options: OkayWALWriter.Options = small(), calls: SystemCalls = .linux
  ) throws -> OkayWALWriter {
    try OkayWALWriter(in: try directory.open(calls: calls), options: options)
  }

  /// Opens the log, appends entries of one chunk each, and closes it.
  func write(_ texts: [String], _ options: OkayWALWriter.Options = small()) throws {
    let writer = try writer(options)
    for text in texts { _ = try writer.commit([text]) }
    try writer.close()
  }

  func bytes(_ name: String) throws -> [UInt8] {
    let file = try directory.open().openFile(FileName(name))
    return try file.bytes(in: 0..<file.status().size)
  }

  var names: [String] {
    get throws { try directory.open().entries().compactMap(\.name.utf8).sorted() }
  }

  /// The committed entries of a segment by an independent walk: their ids, and their chunks as
  /// text.
  func entries(_ name: String) throws -> [(id: UInt64, chunks: [String])] {
    let parsed = try #require(OkayWALNames.parsed(FileName(name)))
    var reader = try OkayWALSegmentReader(
      FileName(name), fileID: parsed.id, in: try directory.open())
    var entries: [(UInt64, [String])] = []
    while let entry = try reader.next() {
      var chunks: [String] = []
      for chunk in entry.chunks {
        chunks.append(String(decoding: try reader.payload(of: chunk), as: UTF8.self))
      }
      entries.append((entry.id, chunks))
    }
    return entries
  }

  /// All texts of live segments, in the owner's order.
  var texts: [String] {
    get throws {
      let live = try names.compactMap { name in
        OkayWALNames.parsed(FileName(name)).map { (name, $0) }
      }.filter { !$0.1.isCheckpointed }.sorted { $0.1.id < $1.1.id }
      return try live.flatMap { try entries($0.0).flatMap(\.chunks) }
    }
  }

  func report() throws -> LogReport {
    let tree = try LogTree.open(FileName(directory.path), format: "okaywal")
    return try #require(tree.logs.first).scan()
  }

  /// Entries that the owner gives to an application that reads chunks and returns errors.
  func ownerKeeps() throws -> UInt64 {
    let forecast = try report().forecasts.first { $0.mode == "propagate-errors" }
    return try #require(forecast?.keepsRecords)
  }

  /// Expects a log without a fault, with so many committed entries in live segments, all of which
  /// the owner reads.
  func expectSound(entries: UInt64, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let report = try report()
    #expect(
      report.verdict == .clean, "\(report.findings.map(\.message))", sourceLocation: sourceLocation)
    let live = report.segments.filter { $0.file.state != .checkpointed }
    #expect(live.reduce(0) { $0 + $1.records } == entries, sourceLocation: sourceLocation)
    for mode in ["propagate-errors", "ignore-errors"] {
      let kept = report.forecasts.first { $0.mode == mode }?.keepsRecords
      #expect(kept == entries, "\(mode)", sourceLocation: sourceLocation)
    }
  }
}

extension OkayWALWriter {
  /// Commits an entry of these chunks.
  @discardableResult
  func commit(_ chunks: [String]) throws -> (Appended, [OkayWALChunk]) {
    let entry = try begin()
    let written = try chunks.map { try entry.write(Array($0.utf8)) }
    return (try entry.commit(), written)
  }
}
