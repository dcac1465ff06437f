import LogFiles
import LogFormats
import LogInspection
import TestSupport
import Testing

/// The files that real engines left, and what is known to be true of them.
@Suite(.enabled(if: Fixtures.root != nil, Fixtures.absence))
struct `A scan of real nori-wal logs` {
  private static func report(of name: String) throws -> LogReport {
    let path = "\(Fixtures.root ?? "")/nori-wal/\(name)/data"
    let tree = try LogTree.open(FileName(path), format: "nori-wal")
    return try #require(tree.logs.first).scan(threads: 2)
  }

  @Test(arguments: Fixtures.cases("nori-wal"))
  func `agrees with the truth about every segment`(name: String) throws {
    let report = try Self.report(of: name)
    for truth in try NoriWALTruth.read(name).discovered {
      let segment = try #require(
        report.segments.first { $0.file.name == FileName(truth.file) }, "\(truth.file)")
      #expect(segment.logicalEnd == truth.logical_end, "\(truth.file)")
      #expect(segment.records == truth.valid_records, "\(truth.file)")
      #expect(segment.fileSize == truth.file_size)
      let kinds = Dictionary(uniqueKeysWithValues: segment.kinds.map { ($0.kind, $0.records) })
      if segment.afterDamage.records == 0 { #expect(kinds == truth.kinds ?? [:]) }
      if truth.file_size > 0 {
        let isZeros = truth.tail?.all_zero ?? false
        #expect(segment.firstInvalid?.offset == (isZeros ? nil : truth.first_invalid?.offset))
      }
      if let verdict = Self.verdict(truth) { #expect(segment.verdict == verdict, "\(truth.file)") }
      if let after = truth.good_records_after_damage {
        #expect(segment.afterDamage.records == after.count, "\(truth.file)")
      }
    }
  }

  /// The verdict where the truth decides it, by the design's table.
  private static func verdict(_ truth: NoriWALTruth.Segment) -> SegmentVerdict? {
    if truth.file_size == 0 { return .empty }
    if truth.first_invalid == nil { return .clean }
    if truth.tail?.all_zero ?? false { return .preallocatedTail }
    guard let after = truth.good_records_after_damage,
      after.count > 0 || truth.valid_records ?? 0 > 0
    else { return nil }
    return after.count > 0 ? .damagedInside : .tornTail
  }

  @Test(arguments: Fixtures.cases("nori-wal"))
  func `foretells what the real recovery did`(name: String) throws {
    let forecast = try #require(try Self.report(of: name).forecasts.first { $0.mode == "open" })
    let truth = try NoriWALTruth.read(name)
    #expect(forecast.opens == truth.real_recovery.ok)
    #expect((forecast.ownerError == nil) == truth.real_recovery.ok)
    guard truth.real_recovery.ok else { return }
    #expect(forecast.keepsRecords == truth.real_recovery.valid_records)
    for (file, size) in forecast.sizesAfter ?? [] {
      #expect(size == truth.real_recovery.file_sizes_after[file.utf8 ?? ""])
    }
    #expect(forecast.sizesAfter?.count == truth.discovered.count)
  }

  /// Segments that are looked at prefix by prefix and bit by bit, each with its case.
  static let segments: [String] = Fixtures.cases("nori-wal").flatMap { name in
    ((try? NoriWALTruth.read(name).discovered) ?? []).filter { $0.file_size > 0 }
      .map { "\(name)/data/\($0.file)" }
  }

  /// Every prefix would take minutes without optimisation. Looked at are the first 12, those
  /// around the borders of the first and last 4 records, the last 4 and every 4999th; with
  /// WALSCOPE_EXHAUSTIVE set, all of them.
  @Test(arguments: segments)
  func `gives every prefix one verdict, ranges that tile it and rows that fit them`(path: String)
    throws
  {
    let story = try LogStory(Array(try Fixtures.bytes("nori-wal/\(path)").prefix(65536)))
    let whole = try story.scan()
    var reader = try story.reader(whole)
    let borders = try allRows(&reader).map { Int($0.offset) }
    let count = story.bytes.count
    var lengths = Set(0..<12).union(count - 4...count)
    for border in borders.prefix(4) + borders.suffix(4) {
      lengths.formUnion(border - 1...border + 1)
    }
    lengths.formUnion(stride(from: 0, to: count, by: Thoroughness.isExhaustive ? 1 : 4999))
    for length in lengths.filter({ (0...count).contains($0) }).sorted(by: >) {
      try story.shrinkFile(to: length)
      let scanned = story.scanFile()
      expectSound(scanned, size: length, "\(length) bytes")
      #expect(scanned.report.records <= whole.report.records)
      try expectRowsFit(story, scanned)
    }
  }

  private func expectRowsFit(_ story: LogStory, _ scanned: ScannedSegment) throws {
    var reader = try story.reader(scanned)
    let rows = try allRows(&reader)
    #expect(UInt64(rows.count) == scanned.index.rowCount)
    var place: UInt64 = 0
    for row in rows {
      #expect(row.offset == place)
      place += row.length
    }
    #expect(place == scanned.report.fileSize)
  }
}
