/// What the owner does to a log, step by step, without doing it (format page, section 4).
struct MmlogOwner {
  var metadata: MmlogMetadata
  /// Size of the data file in bytes.
  var realSize: UInt64

  /// Pages of the machines that the format page was written on.
  static let page: UInt64 = 4096

  // MARK: Open

  /// Why the owner cannot open the pair, in its words; nil where it can.
  static func refusal(_ reading: MmlogMetadataReading, dataSize: UInt64?) -> String? {
    switch reading.status {
    case .missing: return nil
    case .empty, .short: return "metadata not ready (fstat)"
    case .unreadable: return "metadata not ready (open)"
    case .notReady: return "metadata not ready"
    case .versionMismatch: return "incompatible metadata version"
    case .ok: break
    }
    guard let dataSize else { return "data not ready (open)" }
    return dataSize < UInt64(reading.fields?.chunkSize ?? 0) ? "data not ready (fstat)" : nil
  }

  /// A pair as the owner creates it. Data that is there is wiped.
  static func creating(chunkSize: UInt64) -> MmlogOwner {
    var metadata = MmlogMetadata()
    metadata.chunkSize = UInt32(truncatingIfNeeded: chunkSize)
    metadata.recordedSize = UInt64(metadata.chunkSize)
    return MmlogOwner(metadata: metadata, realSize: metadata.recordedSize)
  }

  // MARK: Insert

  enum InsertResult: Equatable {
    case written
    /// It reports success, and only the first bytes of the insert are in the file.
    case lost(keeping: UInt64)
    /// It reports failure, in these words.
    case fails(String)
    /// The process is killed by this signal.
    case killed(String)
  }

  /// Carries out an insert of `count` bytes, at least one.
  mutating func insert(_ count: UInt64) -> InsertResult {
    let start = metadata.cursor
    let end = start &+ count
    metadata.cursor = end
    guard metadata.chunkSize > 0 else { return .killed("SIGFPE") }
    // Compared as signed numbers: an end of 2^63 or more looks small, and nothing grows.
    guard end >= start, end <= UInt64(Int64.max) else {
      return .fails("failed to checkout chunk")
    }
    if end > metadata.recordedSize, let failure = grow(toHold: end) { return .fails(failure) }
    return copy(start..<end)
  }

  /// Extends the data file; the owner's words where it cannot.
  private mutating func grow(toHold end: UInt64) -> String? {
    // Set with no process alive, the lock is never given back; the owner tries for 10 ms.
    if metadata.isLocked { return "failed to acquire lock" }
    if metadata.isPanicked {
      metadata.locked = 1
      return "panicked"
    }
    let chunk = UInt64(metadata.chunkSize)
    let (size, overflow) = (end / chunk + (end % chunk == 0 ? 0 : 1))
      .multipliedReportingOverflow(by: chunk)
    guard !overflow, size <= UInt64(Int64.max) else {
      metadata.panicked = 1
      return "ftruncate() failed"
    }
    realSize = size
    metadata.recordedSize = size
    return nil
  }

  private mutating func copy(_ range: Range<UInt64>) -> InsertResult {
    let chunk = UInt64(metadata.chunkSize)
    let count = range.upperBound - range.lowerBound
    let first = range.lowerBound / chunk
    // An end on a boundary counts as crossing it.
    let crossed = range.upperBound / chunk - first
    if crossed >= 2 || (count == chunk && range.lowerBound % chunk == 0) {
      realSize = max(realSize, range.upperBound)
      return .written
    }
    let last = range.upperBound % chunk == 0 ? first : first + crossed
    for number in first...last where number * chunk % Self.page != 0 {
      return .fails("failed to checkout chunk")
    }
    if range.upperBound <= realSize { return .written }
    let mapped = (realSize + Self.page - 1) / Self.page * Self.page
    if range.upperBound > mapped { return .killed("SIGBUS") }
    return .lost(keeping: realSize - min(realSize, range.lowerBound))
  }

  // MARK: Trim

  /// Cuts the data file at the cursor, or extends it; false where the system refuses that.
  mutating func trim() -> Bool {
    guard metadata.cursor <= UInt64(Int64.max) else { return false }
    realSize = metadata.cursor
    return true
  }
}
