import LogFiles

/// What a list or a sum needs of a segment's report.
public struct SegmentFigures: Sendable, Equatable {
  public var verdict: SegmentVerdict
  public var countsRecords: Bool
  public var isInterrupted: Bool
  /// Why the segment was not read to its end is told in the report.
  public var hasFailure: Bool
  public var logicalEnd: UInt64
  public var records: UInt64
  public var afterDamage: AfterDamage
}

extension SegmentReport {
  /// What a list or a sum needs of it.
  public var figures: SegmentFigures {
    SegmentFigures(
      verdict: verdict, countsRecords: countsRecords, isInterrupted: isInterrupted,
      hasFailure: failure != nil, logicalEnd: logicalEnd, records: records,
      afterDamage: afterDamage)
  }
}

/// A segment's report as bytes, without its file and its status: a log may have 100,000 of them,
/// and most say little.
enum PackedReport {
  private static let verdicts = SegmentVerdict.allCases
  private static let reasons = Reason.allCases
  private static let tails = TailKind.allCases
  private static let ranges = RangeKind.allCases
  private static let codes = FindingCode.allCases

  /// All words whose places in their lists stand in the bytes: other ones give other bytes a
  /// meaning.
  static var vocabulary: [String] {
    verdicts.map(\.rawValue) + reasons.map(\.rawValue) + tails.map(\.rawValue)
      + ranges.map(\.rawValue) + codes.map(\.rawValue)
  }

  private struct Flags: OptionSet {
    let rawValue: UInt64
    static let countsRecords = Flags(rawValue: 1)
    static let isInterrupted = Flags(rawValue: 1 << 1)
    static let hasFailure = Flags(rawValue: 1 << 2)
    static let isUsual = Flags(rawValue: 1 << 3)
    static let rangesAreTruncated = Flags(rawValue: 1 << 4)
    static let wasTruncatedWhileReading = Flags(rawValue: 1 << 5)
    static let isGone = Flags(rawValue: 1 << 6)
    static let hasGaps = Flags(rawValue: 1 << 7)
    static let hasWriter = Flags(rawValue: 1 << 8)
    static let hasFirstInvalid = Flags(rawValue: 1 << 9)
    static let hasTail = Flags(rawValue: 1 << 10)
    static let searchWasLimited = Flags(rawValue: 1 << 11)
  }

  // MARK: Writing

  static func append(
    _ report: SegmentReport, to bytes: inout PackedBytes, texts: inout PackedTexts
  ) {
    let flags = flags(of: report)
    bytes.append(flags.rawValue)
    bytes.append(report.verdict, of: verdicts)
    bytes.append(report.logicalEnd)
    bytes.append(report.records)
    bytes.append(report.afterDamage.records)
    bytes.append(report.afterDamage.bytes)
    bytes.append(report.bytesRead)
    bytes.append(count: report.kinds.count)
    for kind in report.kinds {
      texts.append(kind.kind, to: &bytes)
      bytes.append(kind.records)
    }
    append(report.ranges, to: &bytes)
    bytes.append(count: report.facts.count)
    for fact in report.facts { append(fact, to: &bytes, texts: &texts) }
    if !flags.contains(.isUsual) { appendUnusual(report, flags, to: &bytes) }
  }

  private static func flags(of report: SegmentReport) -> Flags {
    var flags: Flags = []
    if report.countsRecords { flags.insert(.countsRecords) }
    if report.isInterrupted { flags.insert(.isInterrupted) }
    if report.failure != nil { flags.insert(.hasFailure) }
    if report.rangesAreTruncated { flags.insert(.rangesAreTruncated) }
    if report.searchWasLimited { flags.insert(.searchWasLimited) }
    if report.wasTruncatedWhileReading { flags.insert(.wasTruncatedWhileReading) }
    if report.isGone { flags.insert(.isGone) }
    if report.gaps != nil { flags.insert(.hasGaps) }
    if report.beingWrittenBy != nil || report.beingWrittenFrom != nil { flags.insert(.hasWriter) }
    if report.firstInvalid != nil { flags.insert(.hasFirstInvalid) }
    if report.tail != nil { flags.insert(.hasTail) }
    let hasMore = !flags.subtracting([.countsRecords, .isInterrupted]).isEmpty
    if !hasMore, report.flawedRecords == 0, report.damage.isEmpty, report.observations.isEmpty,
      report.bytesSkipped == 0, report.rescans == 0, report.damagedRecords == 0
    {
      flags.insert(.isUsual)
    }
    return flags
  }

  private static func appendUnusual(
    _ report: SegmentReport, _ flags: Flags, to bytes: inout PackedBytes
  ) {
    bytes.append(report.bytesSkipped)
    bytes.append(report.flawedRecords)
    bytes.append(report.damagedRecords)
    bytes.append(count: report.rescans)
    bytes.append(count: report.damage.count)
    for damage in report.damage {
      bytes.append(damage.offset)
      append(damage.fault, to: &bytes)
    }
    bytes.append(count: report.observations.count)
    for seen in report.observations {
      bytes.append(seen.code, of: codes)
      bytes.append(seen.records)
      bytes.append(seen.firstOffset)
    }
    if let invalid = report.firstInvalid {
      bytes.append(invalid.offset)
      append(invalid.fault, to: &bytes)
      bytes.append(optional: invalid.bitFlip?.offset)
      if let flip = invalid.bitFlip { bytes.append(count: flip.bit) }
    }
    if let tail = report.tail {
      bytes.append(tail.kind, of: tails)
      bytes.append(tail.offset)
      bytes.append(tail.length)
    }
    if flags.contains(.hasWriter) {
      bytes.append(optional: report.beingWrittenBy.map { UInt64(UInt32(bitPattern: $0)) })
      bytes.append(optional: report.beingWrittenFrom)
    }
    if let gaps = report.gaps { gaps.append(to: &bytes) }
    if let failure = report.failure { bytes.append(data: Array(failure.utf8)) }
  }

  private static func append(_ fault: Fault, to bytes: inout PackedBytes) {
    bytes.append(fault.reason, of: reasons)
    bytes.append(fault.countsInZeros ? 1 : 0)
    bytes.append(fault.offset)
    bytes.append(optional: fault.claimedLength)
    bytes.append(optional: fault.stored.map { UInt64($0) })
    bytes.append(optional: fault.computed.map { UInt64($0) })
  }

  /// One range follows the other in almost every report, and its records are its frames.
  private static func append(_ list: [ByteRange], to bytes: inout PackedBytes) {
    bytes.append(count: list.count)
    var end: UInt64 = 0
    for range in list {
      let follows = range.offset == end
      let kind = UInt64(ranges.firstIndex(of: range.kind) ?? 0)
      bytes.append(
        kind << 4 | (follows ? 1 : 0) | (range.isFoundByResync ? 2 : 0)
          | (range.reason == nil ? 0 : 4) | (range.records == range.frames ? 0 : 8))
      if !follows { bytes.append(range.offset) }
      bytes.append(range.length)
      bytes.append(range.records)
      if range.records != range.frames { bytes.append(range.frames) }
      if let reason = range.reason { bytes.append(reason, of: reasons) }
      end = range.offset &+ range.length
    }
  }

  private static func append(
    _ fact: Attribute, to bytes: inout PackedBytes, texts: inout PackedTexts
  ) {
    texts.append(fact.name, to: &bytes)
    switch fact.value {
    case .none: bytes.append(0)
    case .number(let value): bytes.append([1, value])
    case .size(let value): bytes.append([2, value])
    case .milliseconds(let value): bytes.append([3, value])
    case .flag(let flag): bytes.append([4, flag ? 1 : 0])
    case .word(let word):
      bytes.append(5)
      texts.append(word, to: &bytes)
    case .checksum(let value): bytes.append([6, UInt64(value)])
    case .bytes(let data, let total):
      bytes.append([7, total])
      bytes.append(data: data)
    }
  }

  // MARK: Reading

  /// The figures with which every report begins.
  static func figures(_ reader: inout PackedReader) -> SegmentFigures {
    let flags = Flags(rawValue: reader.number())
    return SegmentFigures(
      verdict: reader.choice(of: verdicts), countsRecords: flags.contains(.countsRecords),
      isInterrupted: flags.contains(.isInterrupted), hasFailure: flags.contains(.hasFailure),
      logicalEnd: reader.number(), records: reader.number(),
      afterDamage: AfterDamage(records: reader.number(), bytes: reader.number()))
  }

  /// The report of a file; nil where the bytes are none.
  static func report(
    of file: SegmentFile, _ status: FileStatus?, _ reader: inout PackedReader, _ texts: PackedTexts
  ) -> SegmentReport? {
    var start = reader
    let flags = Flags(rawValue: start.number())
    let figures = figures(&reader)
    var report = SegmentReport(file: file, status: status, verdict: figures.verdict)
    report.countsRecords = figures.countsRecords
    report.isInterrupted = figures.isInterrupted
    report.logicalEnd = figures.logicalEnd
    report.records = figures.records
    report.afterDamage = figures.afterDamage
    report.bytesRead = reader.number()
    report.kinds = reader.list { (texts.read(&$0), $0.number()) }
    report.ranges = readRanges(&reader)
    report.facts = reader.list { Attribute(texts.read(&$0), value(&$0, texts)) }
    if !flags.contains(.isUsual) { readUnusual(&report, flags, &reader) }
    return reader.isAtEnd ? report : nil
  }

  private static func readUnusual(
    _ report: inout SegmentReport, _ flags: Flags, _ reader: inout PackedReader
  ) {
    report.rangesAreTruncated = flags.contains(.rangesAreTruncated)
    report.searchWasLimited = flags.contains(.searchWasLimited)
    report.wasTruncatedWhileReading = flags.contains(.wasTruncatedWhileReading)
    report.isGone = flags.contains(.isGone)
    report.bytesSkipped = reader.number()
    report.flawedRecords = reader.number()
    report.damagedRecords = reader.number()
    report.rescans = reader.fitting()
    report.damage = reader.list { ($0.number(), fault(&$0)) }
    report.observations = reader.list {
      Observation(
        code: $0.choice(of: codes), records: $0.number(), firstOffset: $0.number())
    }
    if flags.contains(.hasFirstInvalid) {
      report.firstInvalid = FirstInvalid(offset: reader.number(), fault: fault(&reader))
      if let offset = reader.optional() {
        report.firstInvalid?.bitFlip = BitFlip(offset: offset, bit: reader.fitting())
      }
    }
    if flags.contains(.hasTail) {
      report.tail = Tail(
        kind: reader.choice(of: tails), offset: reader.number(), length: reader.number())
    }
    if flags.contains(.hasWriter) {
      report.beingWrittenBy = reader.optional().map {
        Int32(bitPattern: UInt32(truncatingIfNeeded: $0))
      }
      report.beingWrittenFrom = reader.optional()
    }
    if flags.contains(.hasGaps) { report.gaps = GapList(&reader) }
    if flags.contains(.hasFailure) { report.failure = reader.text() }
  }

  private static func fault(_ reader: inout PackedReader) -> Fault {
    var fault = Fault(reader.choice(of: reasons))
    fault.countsInZeros = reader.flag()
    fault.offset = reader.number()
    fault.claimedLength = reader.optional()
    fault.stored = reader.optional().map { UInt32(truncatingIfNeeded: $0) }
    fault.computed = reader.optional().map { UInt32(truncatingIfNeeded: $0) }
    return fault
  }

  static func readRanges(_ reader: inout PackedReader) -> [ByteRange] {
    var end: UInt64 = 0
    return reader.list { reader in
      let tag = reader.number()
      let offset = tag & 1 == 1 ? end : reader.number()
      let length = reader.number()
      let records = reader.number()
      let frames = tag & 8 == 0 ? records : reader.number()
      let reason = tag & 4 == 0 ? nil : reader.choice(of: reasons)
      guard tag >> 4 < UInt64(ranges.count), !offset.addingReportingOverflow(length).overflow
      else { return reader.damage(ByteRange(.unknown, offset: 0, length: 0)) }
      end = offset + length
      return ByteRange(
        ranges[Int(tag >> 4)], offset: offset, length: length, records: records, frames: frames,
        isFoundByResync: tag & 2 == 2, reason: reason)
    }
  }

  private static func value(_ reader: inout PackedReader, _ texts: PackedTexts) -> FieldValue {
    switch reader.number() {
    case 0: .none
    case 1: .number(reader.number())
    case 2: .size(reader.number())
    case 3: .milliseconds(reader.number())
    case 4: .flag(reader.flag())
    case 5: .word(texts.read(&reader))
    case 6: .checksum(reader.fitting())
    case 7: bytes(&reader)
    default: reader.damage(.none)
    }
  }

  private static func bytes(_ reader: inout PackedReader) -> FieldValue {
    let total = reader.number()
    return .bytes(reader.data(), total: total)
  }
}

extension GapList {
  /// Writes the stretches that are kept, and what is known of the others.
  func append(to bytes: inout PackedBytes) {
    bytes.append(total)
    bytes.append(self.bytes)
    bytes.append(count: ranges.count)
    var end: UInt64 = 0
    for range in ranges {
      bytes.append(range.lowerBound &- end)
      bytes.append(range.upperBound - range.lowerBound)
      end = range.upperBound
    }
    bytes.append(optional: last?.lowerBound)
    if let last { bytes.append(last.upperBound - last.lowerBound) }
  }

  /// Reads what `append` has written.
  init(_ reader: inout PackedReader) {
    total = reader.number()
    bytes = reader.number()
    var end: UInt64 = 0
    ranges = reader.list { reader in
      let range = Self.range(from: end &+ reader.number(), &reader)
      end = range.upperBound
      return range
    }
    last = reader.optional().map { Self.range(from: $0, &reader) }
  }

  private static func range(from start: UInt64, _ reader: inout PackedReader) -> Range<UInt64> {
    let (end, overflow) = start.addingReportingOverflow(reader.number())
    return overflow ? reader.damage(0..<0) : start..<end
  }
}
