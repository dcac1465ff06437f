import LogFormats
import LogInspection

/// What the record screens want read; another thread does it and answers with a ``RecordAnswer``.
enum RecordRequest: Equatable, Sendable {
  /// The rows of a page of ``RowCache``.
  case rows(page: UInt64)
  /// The row that holds a byte of the file.
  case locate(offset: UInt64)
  /// The next row that fits.
  case find(RecordQuery)
  /// The next place in a record where a pattern stands.
  case findByte(ByteQuery)
  /// Everything about what stands at an offset.
  case describe(offset: UInt64)
  /// The bytes of a chunk of ``ByteCache``.
  case bytes(chunk: UInt64)
}

/// What was read.
enum RecordAnswer: Sendable {
  case rows([Row], page: UInt64)
  /// nil outside of what is scanned.
  case located(row: UInt64?, offset: UInt64)
  case found(RecordFinding, RecordQuery)
  case foundByte(ByteFinding, ByteQuery)
  case described(DescribedRecord, offset: UInt64)
  case bytes([UInt8], chunk: UInt64)
  /// The file could not be read.
  case failed(String, RecordRequest)
}

/// A description together with the first bytes of each payload as the application wrote them.
struct DescribedRecord: Sendable {
  /// Bytes of a payload that are brought along.
  static let payloadLimit = 1 << 16

  var description: RecordDescription
  /// One for each payload of the description.
  var payloads: [[UInt8]]
}

/// A search through the rows of a segment.
struct RecordQuery: Equatable, Sendable {
  enum Target: Equatable, Sendable {
    /// Keys or values that hold a pattern.
    case pattern(SearchPattern)
    /// Damage, or a record that is not acceptable.
    case flaw
  }

  var target: Target
  /// The row that is not looked at itself; its neighbour is the first.
  var origin: UInt64
  var isBackwards = false
  /// Tells this search from earlier ones whose answers may still come.
  var number: UInt64
  /// Whether the scan is done, so that the index knows all rows.
  var isFinal = true
  /// Where the search goes on, nil where it begins.
  var stand: PatternSearch.Stand?
}

/// A search through the bytes of one record, as they stand in the file.
struct ByteQuery: Equatable, Sendable {
  var pattern: SearchPattern
  /// The record, in bytes from the start of the file.
  var range: Range<UInt64>
  /// The byte that is not looked at itself.
  var origin: UInt64
  var isBackwards: Bool
  /// Tells this search from others whose answers may still come.
  var number: UInt64
}

/// How a search through the bytes of a record ended.
enum ByteFinding: Equatable, Sendable {
  case byte(UInt64, wrapped: Bool)
  case nothing
  case stopped
}

/// How a search ended.
enum RecordFinding: Equatable, Sendable {
  /// The row, and whether the search had to go on at the other end of the segment; for a pattern
  /// the place in the file where it stands, unless it was decoded.
  case row(UInt64, wrapped: Bool, byte: UInt64? = nil)
  case nothing
  /// It was told to stop; a search for a pattern can go on from there.
  case stopped(PatternSearch.Stand?)
  /// It has come to the end of what is scanned, and goes on when there is more.
  case waiting(PatternSearch.Stand?)
}
