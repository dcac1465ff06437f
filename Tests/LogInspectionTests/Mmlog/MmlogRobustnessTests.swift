import LogFiles
import LogFormats
import LogInspection
import TestSupport
import Testing

/// Whatever the two files hold.
struct `Damaged mmlog pairs` {
  /// The example, and the same lines in a pair with a chunk so short that every bit of it is
  /// flipped. In the example that takes WALSCOPE_EXHAUSTIVE; else it is two bits of a byte, and of
  /// the slack, whose bytes are all alike, the first bytes, some in the middle, and the last.
  @Test(arguments: [64, 8192])
  func `show every flipped bit but those of the payload`(chunk: UInt32) throws {
    let pair = try MmlogPair.example(chunk: chunk)
    let original = try pair.judgeUnwatched()
    let data = try #require(pair.data)
    let metadata = try #require(pair.metadata)
    var tally = FlipTally("mmlog, chunks of \(chunk)")
    func note(_ report: LogReport, bit: Int, of place: String, reason: String?) {
      tally.note(
        bit: bit, of: place, isFound: report.found != original.found,
        hasMoreRecords: (report.data?.records ?? 0) > 3, reason: reason)
    }
    let isEveryBit = chunk == 64 || Thoroughness.isExhaustive
    let bits = isEveryBit ? Array(0..<8) : [0, 5]
    let offsets = isEveryBit ? Array(data.indices) : Array(0..<36) + [500, 4096, 8191]
    for offset in offsets {
      let reason: String? =
        switch offset {
        case 0..<18, 26..<32: "a byte of a line, which no checksum covers"
        case 18..<26: "a byte of a gap, where any byte but zero is data"
        default: nil
        }
      for bit in bits {
        pair.data?[offset] = data[offset] ^ 1 << UInt8(bit)
        note(
          try pair.judgeUnwatched(), bit: bit, of: "data byte \(offset)",
          reason: reason)
      }
      pair.data?[offset] = data[offset]
    }
    for offset in metadata.indices {
      for bit in bits {
        pair.metadata?[offset] = metadata[offset] ^ 1 << UInt8(bit)
        note(
          try pair.judgeUnwatched(), bit: bit, of: "metadata byte \(offset)",
          reason: nil)
      }
      pair.metadata?[offset] = metadata[offset]
    }
    // A flip that makes a zero splits a line, and is found; so is a newline that is gone before a
    // gap or at the end. A wrong cursor is found because zeros or data stand on the wrong side.
    tally.expect(
      unnoticed: ["a byte of a line, which no checksum covers": bits.count == 8 ? 175 : 43],
      growing: [
        "a byte of a line, which no checksum covers": 1,
        "a byte of a gap, where any byte but zero is data": 7 * bits.count,
      ])
  }

  /// All lengths of a pair with a short chunk; of the example the first ones and some behind them,
  /// all of them with WALSCOPE_EXHAUSTIVE set.
  @Test(arguments: [64, 8192])
  func `give every prefix of the data one verdict and ranges that tile it`(chunk: UInt32) throws {
    let pair = try MmlogPair.example(chunk: chunk)
    let whole = try #require(pair.data)
    let step = Thoroughness.isExhaustive ? 1 : 1999
    let lengths =
      chunk == 64
      ? Set(0...64) : Set(0..<40).union(stride(from: 70, through: whole.count, by: step))
    for length in lengths {
      pair.data = Array(whole.prefix(length))
      let log = try pair.open()
      let scanned = log.scanSegment(0)
      expectSound(scanned, size: length, "\(length) bytes")
      #expect(scanned.report.records <= 3)
      #expect(scanned.report.logicalEnd == UInt64(min(32, length)))
      let report = log.judge([scanned.report, log.scanSegment(1).report])
      #expect(report.forecasts.count == 3)
      if length < 32 { #expect(report.has(.missingBytes, .error)) }
    }
  }

  /// The owner waits for 32 bytes.
  @Test func `give every prefix of the metadata one verdict`() throws {
    let pair = try MmlogPair.example()
    let whole = try #require(pair.metadata)
    for length in 0...whole.count {
      pair.metadata = Array(whole.prefix(length))
      let log = try pair.open()
      expectSound(log.scanSegment(1), size: length, "\(length) bytes of metadata")
      let report = log.scan()
      #expect(report.has(.unusableMetadata, .error) == (length < 32), "\(length) bytes of metadata")
      #expect(report.forecasts.first?.opens == (length == 32))
    }
  }

  @Test(arguments: [
    0, 1, 8191, 8192, 8193, 1 << 32, 1 << 62, UInt64(Int64.max), 1 << 63, .max - 1, .max,
  ])
  func `believe no number that the metadata hold`(number: UInt64) throws {
    for chunk: UInt32 in [0, 1, 4096, 5000, 8192, .max] {
      let pair = try MmlogPair(
        MmlogPair.filled("a\nb\n", to: 8192), cursor: number, recorded: number, chunk: chunk)
      let log = try pair.open()
      let segments = log.scan().segments
      for insert: UInt64 in [0, 1, 26, 8192, 1 << 40, .max] {
        let report = log.judge(segments, assuming: ["insert-bytes": insert])
        #expect(report.data?.logicalEnd == min(number, 8192))
        #expect(report.forecasts.count == 3)
      }
    }
  }

  @Test(arguments: LogRecipe.Contents.allCases)
  func `are made by a recipe, and damaged on purpose`(contents: LogRecipe.Contents) throws {
    for damage in [nil] + LogDamage.allCases.map(Optional.some) {
      for closesCleanly in [true, false] {
        let directory = try TemporaryDirectory()
        var recipe = LogRecipe()
        recipe.records = 200
        recipe.segmentSize = 10_000
        recipe.contents = contents
        recipe.closesCleanly = closesCleanly
        let open = try directory.open()
        var made = try Mmlog().make(recipe, in: open) { _ in true }
        _ = try? damage?.apply(to: &made, in: open)
        try MmlogPair.age(directory.path("app.log"))
        let log = try #require(try LogTree.open(FileName(directory.path)).logs.first)
        let scanned = log.scanSegment(0, control: ScanControl())
        expectSound(scanned, size: Int(scanned.report.fileSize), "\(damage?.rawValue ?? "none")")
        guard damage == nil, closesCleanly else { continue }
        let report = log.scan()
        #expect(report.verdict == .clean || contents == .binary || contents == .hostile)
        #expect(report.data?.fileSize == made.segments[0].fileSize)
        if report.data?.countsRecords == true { #expect(report.data?.records == 200) }
      }
    }
  }

  @Test(arguments: [
    ("trim", FindingCode.recordedSize, "insert", ForecastOutcome.loses),
    ("failed-growth", .panicked, "insert", .loses), ("killed-growth", .growthLock, "open", .clean),
    ("power-loss", .bytesAfterEnd, "insert", .rewrites),
    ("lost-metadata", .missingMetadata, "open", .wipes),
    ("lost-data", .missingData, "open", .refuses),
  ])
  func `are taken through what can happen to them, and tell it`(
    event: String, code: FindingCode, mode: String, outcome: ForecastOutcome
  ) throws {
    let directory = try TemporaryDirectory()
    var recipe = LogRecipe()
    recipe.records = 200
    recipe.segmentSize = 8192
    let open = try directory.open()
    var made = try Mmlog().make(recipe, in: open) { _ in true }
    let found = try #require(Mmlog().events.first { $0.name == event })
    _ = try Mmlog().apply(found, to: &made, in: open)
    for name in ["app.log", "app.log.mmlog"] { try? MmlogPair.age(directory.path(name)) }
    let log = try #require(
      try LogTree.open(FileName(directory.path), format: "mmlog").logs.first)
    let report = log.scan()
    #expect(report.has(code), "\(report.findings.map(\.code))")
    #expect(report.verdict != .clean)
    #expect(report.forecasts.first { $0.mode == mode }?.outcome == outcome)
  }

  @Test func `are taken through no event that the format does not have`() throws {
    let directory = try TemporaryDirectory()
    let open = try directory.open()
    var made = try Mmlog().make(LogRecipe(), in: open) { _ in true }
    #expect(throws: MakeError.self) {
      _ = try Mmlog().apply(LogEvent("checkpoint", ""), to: &made, in: open)
    }
  }
}
