import Foundation
import LogFiles
import LogFormats
import LogInspection
import TestSupport
import Testing

/// What `expected.json` of an okaywal fixture says of segments and of the real recovery.
private struct Truth: Decodable {
  struct Segment: Decodable {
    var file: String
    var ignored: Bool?
    var logical_end: UInt64?
    var valid_records: UInt64?
    var counts: [String: UInt64]?
    var first_invalid: Place?
    var resume_offset: UInt64?
    var well_formed_entries_after_stop: Found?
  }
  struct Place: Decodable { var offset: UInt64 }
  struct Found: Decodable {
    var recycled_leftovers: UInt64
    var not_stale: UInt64
  }
  struct Recovery: Decodable {
    var ok: Bool
    var error: String?
    var callbacks: UInt64?
    var complete_entries: UInt64?
    var next_entry_id: UInt64?
    var file_sizes_after: [String: UInt64]
  }
  struct Configuration: Decodable { var preallocate_bytes: UInt64 }
  var segments: [Segment]
  var real_recovery: [String: Recovery]
  var recovery_config: Configuration
}

@Suite(.enabled(if: Fixtures.root != nil, Fixtures.absence))
struct `A scan of real okaywal logs` {
  private func scanned(_ name: String) throws -> (Truth, LogReport) {
    let truth = try JSONDecoder().decode(
      Truth.self, from: Data(try Fixtures.bytes("okaywal/\(name)/expected.json")))
    let path = "\(Fixtures.root ?? "")/okaywal/\(name)/data"
    let log = try LogTree.open(FileName(path), format: "okaywal").logs[0]
    let report = log.scan(
      assuming: ["preallocate-bytes": truth.recovery_config.preallocate_bytes])
    return (truth, report)
  }

  @Test(arguments: Fixtures.cases("okaywal"))
  func `finds what an independent decoder found`(name: String) throws {
    let (truth, report) = try scanned(name)
    for expected in truth.segments where expected.ignored != true {
      let segment = try #require(
        report.segments.first { $0.file.name.utf8 == expected.file }, "\(expected.file)")
      #expect(segment.logicalEnd == expected.logical_end, "\(expected.file)")
      #expect(segment.records == expected.valid_records, "\(expected.file)")
      #expect(segment.flawedRecords == sum(expected.counts, "aborted", "corrupt"))
      if let invalid = expected.first_invalid, segment.fileSize > 0 {
        #expect(segment.firstInvalid?.offset == invalid.offset, "\(expected.file)")
      }
      if let resume = expected.resume_offset {
        let fact = segment.facts.first { $0.name == "resumeOffset" }
        #expect(fact?.value == .number(resume), "\(expected.file)")
      }
      let found = expected.well_formed_entries_after_stop
      #expect(segment.afterDamage.records == found?.not_stale ?? 0, "\(expected.file)")
      let stale = segment.ranges.filter { $0.kind == .stale }.reduce(0) { $0 + $1.records }
      #expect(stale == found?.recycled_leftovers ?? 0, "\(expected.file)")
      var place: UInt64 = 0
      for range in segment.ranges {
        #expect(range.offset == place && range.length > 0)
        place = range.end
      }
      #expect(place == segment.fileSize)
    }
  }

  private func sum(_ counts: [String: UInt64]?, _ words: String...) -> UInt64 {
    words.reduce(0) { $0 + (counts?[$1] ?? 0) }
  }

  private static let modes = [
    "propagate-errors": "reads_every_chunk_and_propagates_errors",
    "ignore-errors": "reads_every_chunk_and_ignores_errors",
    "never-reads-chunks": "never_reads_chunks",
  ]

  @Test(arguments: Fixtures.cases("okaywal"))
  func `foretells what the real recovery did`(name: String) throws {
    let (truth, report) = try scanned(name)
    #expect(report.forecasts.map(\.mode).sorted() == Self.modes.keys.sorted())
    for forecast in report.forecasts {
      let real = try #require(truth.real_recovery[Self.modes[forecast.mode] ?? ""])
      if real.error?.contains("file size limit") == true { continue }
      #expect(forecast.opens == real.ok, "\(forecast.mode)")
      #expect(forecast.ownerError == real.error, "\(forecast.mode)")
      guard real.ok else { continue }
      if forecast.mode != "never-reads-chunks" {
        #expect(forecast.keepsRecords == real.complete_entries, "\(forecast.mode)")
      }
      func attribute(_ name: String) -> FieldValue? {
        forecast.attributes.first { $0.name == name }?.value
      }
      #expect(attribute("nextEntryId") == real.next_entry_id.map { .number($0) })
      #expect(attribute("entriesHandedOver") == real.callbacks.map { .number($0) })
      let sizes = forecast.sizesAfter ?? []
      for (file, size) in sizes {
        #expect(size == real.file_sizes_after[file.utf8 ?? ""], "\(forecast.mode) \(file)")
      }
    }
  }

  @Test(arguments: [
    ("rollback-hides-commits", FindingCode.hiddenCommits),
    ("double-checkpoint", .commitsInCheckpointedSegment), ("zero-length-last", .ownerRefuses),
    ("all-zero", .ownerRefuses), ("torn-in-preallocated", .ownerRefuses),
    ("huge-length", .fileWouldGrow), ("recycled", .recycledRemains),
    ("missing-segment", .missingSegment), ("odd-names", .duplicateSegment),
    ("aborted-then-committed", .abortedRecords), ("bitflip-id", .idsOutOfOrder),
  ])
  func `tells what the owner's habits and faults left`(name: String, code: FindingCode) throws {
    let (_, report) = try scanned(name)
    #expect(report.findings.contains { $0.code == code }, "\(report.findings.map(\.code))")
  }

  @Test(arguments: [
    "clean-multi", "active-only", "fresh", "default-config", "checkpointed", "recycled",
    "recycled-not-yet-written", "truncated-clean", "zero-filled-tail", "all-kinds",
  ])
  func `is content with what the owner does every day`(name: String) throws {
    let (_, report) = try scanned(name)
    #expect(report.verdict == .clean, "\(report.findings.map(\.message))")
  }
}
