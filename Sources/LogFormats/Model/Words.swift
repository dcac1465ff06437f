/// Every word that walscope uses for a state, a reason or a code, in one place.
///
/// The raw values are the kebab-case words of the JSON output and never change their meaning.

/// What a judgement about bytes rests on.
public enum Evidence: String, Sendable, CaseIterable {
  case checksum
  case structure
  case none

  /// The word for a record that passed; nothing without a checksum is called "valid".
  public var accepted: String { self == .checksum ? "valid" : "well formed" }
  /// The same word before a noun.
  public var acceptedAsAdjective: String { self == .checksum ? "valid" : "well-formed" }
}

public enum Severity: String, Sendable, CaseIterable, Comparable {
  case note
  case warning
  case error

  public static func < (left: Severity, right: Severity) -> Bool { left.rank < right.rank }

  private var rank: Int {
    switch self {
    case .note: 0
    case .warning: 1
    case .error: 2
    }
  }
}

/// The judgement on one segment.
public enum SegmentVerdict: String, Sendable, CaseIterable {
  case clean
  case preallocatedTail = "preallocated-tail"
  case tornTail = "torn-tail"
  case damagedInside = "damaged-inside"
  case staleTail = "stale-tail"
  case foreign
  case empty
  /// The file could not be read; there is nothing to judge.
  case unreadable

  /// The verdict in a sentence or a table cell.
  public var title: String { rawValue.replacingHyphens }
}

/// The judgement on a whole log.
public enum LogVerdict: String, Sendable, CaseIterable {
  case clean
  case attention
  case damaged
}

/// What the owner does with a segment, as far as its name and place tell.
public enum SegmentState: String, Sendable, CaseIterable {
  case active
  case sealed
  case checkpointed
  case recycled
  /// Holds no records: what the owner notes about the log.
  case metadata
  /// Not part of the log by the owner's discovery rule.
  case ignored
  /// A segment that the sequence calls for and that is not there.
  case missing
  case unknown
}

/// Why the bytes at an offset are not an acceptable record, or end the walk.
public enum Reason: String, Sendable, CaseIterable {
  case checksum
  /// Fewer bytes are left than the smallest record needs.
  case short
  /// The record claims more bytes than the file has left.
  case incomplete
  case varintOverflow = "varint-overflow"
  case badCompression = "bad-compression"
  case decompressFailed = "decompress-failed"
  case compressedDataCut = "compressed-data-cut"
  case compressedDataDamaged = "compressed-data-damaged"
  /// What comes out of compressed bytes is longer than the file says that it is.
  case contentsTooLong = "contents-too-long"
  case zeros
  case headerUnreadable = "header-unreadable"
  case unknownVersion = "unknown-version"
  case unknownMarker = "unknown-marker"
  case staleEntry = "stale-entry"
  case keyTooLong = "key-length-exceeds-limit"
  case valueTooLong = "value-length-exceeds-limit"
  case badEndianMark = "bad-endian-mark"
  case notARecord = "not-a-record"
  /// Space that was taken for a record and holds only zeros.
  case gap
  /// The data should go on behind the end of the file.
  case beyondFile = "beyond-file"
  /// The bytes stand behind the place that the format gives as its end.
  case afterEnd = "after-end"
  case unreadable

  /// The reason in a word or two.
  public var title: String {
    switch self {
    case .checksum: "checksum differs"
    case .short: "too short for a record"
    case .incomplete: "record is not whole"
    case .varintOverflow: "impossible length"
    case .badCompression: "impossible compression bits"
    case .decompressFailed: "value cannot be decompressed"
    case .compressedDataCut: "compressed data cut off"
    case .compressedDataDamaged: "compressed data damaged"
    case .contentsTooLong: "more contents than there should be"
    case .zeros: "only zeros"
    case .headerUnreadable: "unreadable header"
    case .unknownVersion: "unknown version"
    case .unknownMarker: "unknown marker"
    case .staleEntry: "stale entry"
    case .keyTooLong: "key too long"
    case .valueTooLong: "value too long"
    case .badEndianMark: "wrong byte order mark"
    case .notARecord: "no record starts here"
    case .gap: "taken, and only zeros"
    case .beyondFile: "the file ends too early"
    case .afterEnd: "behind the end"
    case .unreadable: "could not be read"
    }
  }

  /// The reason as the end of a sentence such as "record at 0x1f40: …".
  public var explanation: String {
    switch self {
    case .checksum: "the stored checksum is not the checksum of the bytes"
    case .short: "fewer bytes are left than any record needs"
    case .incomplete: "the record claims more bytes than the file has left"
    case .varintOverflow: "a length is longer than ten bytes"
    case .badCompression: "the compression bits hold a value that no version writes"
    case .decompressFailed: "the checksum is right, but the value cannot be decompressed"
    case .compressedDataCut: "the file ends before the compressed data do"
    case .compressedDataDamaged: "the compressed data cannot be decoded"
    case .contentsTooLong: "more comes out of the compressed data than the file should hold"
    case .zeros: "only zeros"
    case .headerUnreadable: "the header cannot be read"
    case .unknownVersion: "the header names a version that is not known"
    case .unknownMarker: "the byte is none of the format's markers"
    case .staleEntry: "the entry belongs to an earlier life of the file"
    case .keyTooLong: "the key claims more bytes than the owner reads"
    case .valueTooLong: "the value claims more bytes than the owner reads"
    case .badEndianMark: "the header's mark of the byte order is not the one that is written"
    case .notARecord: "no record starts here"
    case .gap: "space was taken here, and only zeros stand in it"
    case .beyondFile: "the file ends before its data do"
    case .afterEnd: "the bytes stand behind the end that the format gives"
    case .unreadable: "the bytes could not be read"
    }
  }
}

/// What lies behind the logical end of a segment.
public enum TailKind: String, Sendable, CaseIterable {
  case zeros
  case torn
  case garbage
  case stale
  case damage
  case beingWritten = "being-written"
}

/// What owns a range of a segment's bytes.
public enum RangeKind: String, Sendable, CaseIterable {
  case header
  case records
  case padding
  case zeroTail = "zero-tail"
  case stale
  case damage
  case unknown
}

/// What a finding is about.
public enum FindingCode: String, Sendable, CaseIterable {
  case checksumMismatch = "checksum-mismatch"
  case tornRecord = "torn-record"
  case garbageTail = "garbage-tail"
  case damagedInside = "damaged-inside"
  case undecodableValue = "undecodable-value"
  case uncheckedValue = "unchecked-value"
  case malformedRecord = "malformed-record"
  case recordsAfterZeros = "records-after-zeros"
  case abortedRecords = "aborted-records"
  case hiddenCommits = "hidden-commits"
  case commitsInCheckpointedSegment = "commits-in-checkpointed-segment"
  case recycledRemains = "recycled-remains"
  case unusedRemains = "unused-remains"
  case idsOutOfOrder = "ids-out-of-order"
  case idGap = "id-gap"
  case ownerRefuses = "owner-refuses"
  case fileWouldGrow = "file-would-grow"
  case gap
  case missingBytes = "missing-bytes"
  case unterminatedLine = "unterminated-line"
  case bytesAfterEnd = "bytes-after-end"
  case missingMetadata = "missing-metadata"
  case unusableMetadata = "unusable-metadata"
  case oddMetadata = "odd-metadata"
  case missingData = "missing-data"
  case recordedSize = "recorded-size"
  case growthLock = "growth-lock"
  case panicked
  case chunkSize = "chunk-size"
  case wrongDataEnd = "wrong-data-end"
  case uncommittedTail = "uncommitted-tail"
  case noCommitMarker = "no-commit-marker"
  case phantomDeletes = "phantom-deletes"
  case markerWithValue = "marker-with-value"
  case cutRecordAccepted = "cut-record-accepted"
  case missingBase = "missing-base"
  case baseLength = "base-length"
  case uncommittedBase = "uncommitted-base"
  case segmentLength = "segment-length"
  case segmentGap = "segment-gap"
  case segmentOverlap = "segment-overlap"
  case badFraming = "bad-framing"
  case noCommitAtEnd = "no-commit-at-end"
  case stateDisagrees = "state-disagrees"
  case restoreLeavesOut = "restore-leaves-out"
  case unreleasedVersion = "unreleased-version"
  case noHeader = "no-header"
  case zeroTail = "zero-tail"
  case zeroTailInSealedSegment = "zero-tail-in-sealed-segment"
  case zeroLengthSegment = "zero-length-segment"
  case missingSegment = "missing-segment"
  case nonCanonicalName = "non-canonical-name"
  case duplicateSegment = "duplicate-segment"
  case directoryNamedLikeSegment = "directory-named-like-segment"
  case notARegularFile = "not-a-regular-file"
  case leftoverTemporaryFile = "leftover-temporary-file"
  case strayFile = "stray-file"
  case foreignContent = "foreign-content"
  case reservedFlagBits = "reserved-flag-bits"
  case readerLimit = "reader-limit"
  case hardLinks = "hard-links"
  case beingWritten = "being-written"
  case truncatedWhileReading = "truncated-while-reading"
  case unreadableSegment = "unreadable-segment"
  case vanishedSegment = "vanished-segment"
  case scanInterrupted = "scan-interrupted"
  case searchLimited = "search-limited"

  /// The code as the title of a row.
  public var title: String { rawValue.replacingHyphens }
}

/// What the owner does when it opens a log.
public enum ForecastOutcome: String, Sendable, CaseIterable {
  case clean
  case cuts
  case drops
  case refuses
  case wipes
  case misreads
  case crashes
  case rewrites
  case grows
  case loses
}

extension String {
  var replacingHyphens: String { String(map { $0 == "-" ? " " : $0 }) }
}
