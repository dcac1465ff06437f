public import LogFiles

/// Bytes of a segment that belong together. The ranges of a segment tile it without a gap.
public struct ByteRange: Sendable, Equatable {
  public var kind: RangeKind
  /// From the start of the file.
  public var offset: UInt64
  public var length: UInt64
  /// Acceptable records in the range; in a stale one, whole records of an earlier life.
  public var records: UInt64
  /// Frames in the range: the acceptable records and the flawed ones between them.
  public var frames: UInt64
  /// Records that the format's own walk does not reach.
  public var isFoundByResync: Bool
  /// Why the range is what it is, where that needs a reason.
  public var reason: Reason?

  public init(
    _ kind: RangeKind, offset: UInt64, length: UInt64, records: UInt64 = 0,
    frames: UInt64? = nil, isFoundByResync: Bool = false, reason: Reason? = nil
  ) {
    self.kind = kind
    self.offset = offset
    self.length = length
    self.records = records
    self.frames = frames ?? records
    self.isFoundByResync = isFoundByResync
    self.reason = reason
  }

  public var end: UInt64 { offset + length }
}

/// One bit whose flipping makes a record's checksum right: a conclusion, not a proof.
public struct BitFlip: Sendable, Equatable {
  /// The byte's offset from the start of the file.
  public var offset: UInt64
  /// 0 is the lowest bit.
  public var bit: Int

  public init(offset: UInt64, bit: Int) {
    self.offset = offset
    self.bit = bit
  }
}

/// The first thing in a segment that is wrong.
public struct FirstInvalid: Sendable, Equatable {
  /// From the start of the file.
  public var offset: UInt64
  public var fault: Fault
  public var bitFlip: BitFlip?

  public init(offset: UInt64, fault: Fault, bitFlip: BitFlip? = nil) {
    self.offset = offset
    self.fault = fault
    self.bitFlip = bitFlip
  }
}

/// What follows the logical end.
public struct Tail: Sendable, Equatable {
  public var kind: TailKind
  public var offset: UInt64
  public var length: UInt64

  public init(kind: TailKind, offset: UInt64, length: UInt64) {
    self.kind = kind
    self.offset = offset
    self.length = length
  }
}

/// Acceptable records that the format's own walk does not reach.
public struct AfterDamage: Sendable, Equatable {
  public var records: UInt64
  public var bytes: UInt64

  public init(records: UInt64 = 0, bytes: UInt64 = 0) {
    self.records = records
    self.bytes = bytes
  }
}

/// Something about accepted records that is worth a finding.
public struct Observation: Sendable, Equatable {
  public var code: FindingCode
  /// Records that it is true of.
  public var records: UInt64
  /// Offset of the first of them from the start of the file.
  public var firstOffset: UInt64

  public init(code: FindingCode, records: UInt64, firstOffset: UInt64) {
    self.code = code
    self.records = records
    self.firstOffset = firstOffset
  }

  /// Notes a record that it is true of; records come in the order of their offsets.
  mutating func add(at offset: UInt64) {
    if records == 0 { firstOffset = offset }
    records += 1
  }
}

/// What is known of one segment after it was scanned.
public struct SegmentReport: Sendable {
  public var file: SegmentFile
  public var status: FileStatus?
  public var verdict: SegmentVerdict
  /// Offset just after the last record that the format's own walk reaches.
  public var logicalEnd: UInt64
  public var records: UInt64
  /// False where what was framed are stretches of bytes, whose number is not one of records.
  public var countsRecords: Bool
  /// Records per kind, in the order of the format's kinds, those that occur.
  public var kinds: [(kind: String, records: UInt64)]
  public var firstInvalid: FirstInvalid?
  /// Records that do not count, though the format's own walk goes on behind them: damaged ones,
  /// and those that were never committed.
  public var flawedRecords: UInt64
  /// The damaged ones among them, and the first of those, by the offset of the record.
  public var damagedRecords: UInt64
  public var damage: [(offset: UInt64, fault: Fault)]
  public var afterDamage: AfterDamage
  /// Space inside the data that holds nothing; nil where the format has no such space.
  public var gaps: GapList?
  public var tail: Tail?
  /// All bytes below the horizon, in order.
  public var ranges: [ByteRange]
  /// Behind the last range that is told apart, when there were too many.
  public var rangesAreTruncated: Bool
  /// The search behind damage came to the end of what it may read: a record there may have been
  /// passed over.
  public var searchWasLimited: Bool
  /// A writer is at work at the logical end: process id, 0 where it is not known.
  public var beingWrittenBy: Int32?
  /// Where the space starts that the writer has taken before the logical end, where it has any.
  public var beingWrittenFrom: UInt64?
  /// Bytes that the scan read, and bytes that were known to be holes and cost nothing.
  public var bytesRead: UInt64
  public var bytesSkipped: UInt64
  /// What the walker noticed in records that it accepted.
  public var observations: [Observation]
  /// What the format tells of the segment as a whole.
  public var facts: [Attribute]
  /// Why the segment was not read to its end; figures are those of the part before the error.
  public var failure: String?
  /// The scan was stopped; figures are those of the part that was read.
  public var isInterrupted: Bool
  /// The file shrank below its horizon while it was read; figures are those of what was left.
  public var wasTruncatedWhileReading: Bool
  /// How often it was scanned again because it had shrunk meanwhile.
  public var rescans: Int
  /// The file is not there any more: it was deleted or renamed after the directory was listed.
  public var isGone: Bool

  public init(file: SegmentFile, status: FileStatus?, verdict: SegmentVerdict) {
    self.file = file
    self.status = status
    self.verdict = verdict
    logicalEnd = 0
    records = 0
    countsRecords = true
    kinds = []
    flawedRecords = 0
    damagedRecords = 0
    damage = []
    afterDamage = AfterDamage()
    ranges = []
    rangesAreTruncated = false
    searchWasLimited = false
    bytesRead = 0
    bytesSkipped = 0
    observations = []
    facts = []
    isInterrupted = false
    wasTruncatedWhileReading = false
    rescans = 0
    isGone = false
  }

  public var fileSize: UInt64 { status?.size ?? 0 }
  public var allocatedSize: UInt64 { status?.allocated ?? 0 }
  /// Acceptable records, by the format's own walk or by resync.
  public var acceptableRecords: UInt64 { records + afterDamage.records }
  /// Bytes of the file behind the logical end.
  public var slack: UInt64 { fileSize - min(fileSize, logicalEnd) }
}

extension Sequence<SegmentReport> {
  /// Acceptable records of all of them, by the format's own walk or by resync.
  public var acceptableRecords: UInt64 { reduce(0) { $0 + $1.acceptableRecords } }
}

/// What is known of a log after its segments were scanned.
public struct LogReport: Sendable {
  public var layout: LogLayout
  public var segments: SegmentReports
  /// Everything worth telling, worst first.
  public var findings: [Finding]
  public var forecasts: [Forecast]
  public var verdict: LogVerdict

  public init(layout: LogLayout, segments: some Collection<SegmentReport>) {
    self.layout = layout
    self.segments = segments as? SegmentReports ?? SegmentReports(segments)
    findings = []
    forecasts = []
    verdict = .clean
  }
}
