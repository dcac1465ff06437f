import LogFiles
import LogFormats

/// Looks for records behind damage, by the rule of the formats: an acceptable record counts when
/// another one follows it at once, or when the data end with it (a chance hit has neither).
struct ResyncSearch: ~Copyable {
  private var window: FileWindow
  private var checksums = WindowChecksums()
  private var source: RecordSource
  private var walker: any SegmentWalker
  private let end: UInt64
  /// Bytes that may still be read for records that do not fit a window. Without an end to it, a
  /// file of lengths could make the search quadratic.
  private var largeBudget: UInt64
  /// The last zero region that was measured: from its first byte asked for, to its end.
  private var knownZeros: Range<UInt64> = 0..<0

  /// Candidates longer than this are not looked up in the window.
  private static let longestInWindow = 1 << 18

  init(
    _ file: borrowing OpenFile, walker: any SegmentWalker, from offset: UInt64, end: UInt64,
    control: ScanControl
  ) throws(FileError) {
    self.walker = walker
    self.end = end
    window = FileWindow(capacity: 1 << 20)
    source = RecordSource(try file.duplicate(), end: end) { control.isCancelled }
    largeBudget = 4 * (end - offset) + (64 << 20)
  }

  /// The first offset in `[from, end)` at which records go on, nil where none does.
  ///
  /// - Parameter claimedEnd: where the damaged record says that it ends. If only its contents are
  ///   damaged the next record is there, and nothing inside it is taken for a record.
  mutating func next(
    in file: borrowing OpenFile, from: UInt64, claimedEnd: UInt64?, control: ScanControl
  ) throws(FileError) -> UInt64? {
    if let claimedEnd, claimedEnd > from, claimedEnd < end,
      try holdsRecord(at: claimedEnd)
    {
      return claimedEnd
    }
    var offset = from
    while offset < end, !control.isCancelled {
      offset = try skipZeros(in: file, from: offset, control: control)
      guard offset < end else { return nil }
      try window.load(file, at: offset, end: end)
      guard window.count > 0 else { return nil }
      checksums.prepare(window.bytes)
      let reachesEnd = window.offset + UInt64(window.count) >= end
      let stop = reachesEnd ? window.count : max(1, window.count - Self.longestInWindow)
      if let found = try searchWindow(upTo: stop) { return found }
      control.advance(by: 0)
      offset += UInt64(stop)
    }
    return nil
  }

  /// Looks at the offsets of the window below `stop`.
  private mutating func searchWindow(upTo stop: Int) throws(FileError) -> UInt64? {
    let base = window.offset
    var start = 0
    while start < stop {
      let bytes = window.bytes
      if let limit = walker.leadingZeroLimit {
        // A long run of zeros holds no record, and no record starts with more than a few.
        let next = bytes.firstNonZero(from: start) ?? bytes.byteCount
        start = max(start, next - limit)
        if start >= stop { break }
      }
      let offset = base + UInt64(start)
      switch walker.frame(bytes, at: start, remaining: end - offset, checksums: checksums) {
      case .record(let length, _):
        if try isFollowed(offset + UInt64(length)) { return offset }
      case .partial(let needed):
        if try isLargeRecord(at: offset, needed: needed, start: start) { return offset }
      case .flawed, .end, .invalid:
        break
      }
      start += 1
    }
    return nil
  }

  /// A record that the window does not hold whole. It is read only where its header is as the
  /// owner writes it, and within the budget.
  private mutating func isLargeRecord(at offset: UInt64, needed: UInt64, start: Int)
    throws(FileError) -> Bool
  {
    guard needed <= largeBudget, let head = window.bytes.slice(start, min(64, window.count - start)),
      walker.resemblesRecord(head)
    else { return false }
    largeBudget -= needed
    return try holdsRecord(at: offset)
  }

  /// Whether a record is at `offset` and another one, or the end of the data, behind it.
  private mutating func holdsRecord(at offset: UInt64) throws(FileError) -> Bool {
    guard let length = try acceptedLength(at: offset) else { return false }
    return try isFollowed(offset + length)
  }

  private mutating func isFollowed(_ offset: UInt64) throws(FileError) -> Bool {
    if offset == end { return true }
    if try acceptedLength(at: offset) != nil { return true }
    return try onlyZeros(from: offset)
  }

  /// The length of the record at `offset`, nil where there is none.
  private mutating func acceptedLength(at offset: UInt64) throws(FileError) -> UInt64? {
    do {
      let head = try source.bytes(at: offset, limit: 1 << 12)
      var frame = walker.frame(head.span.bytes, at: 0, remaining: end - offset)
      if case .partial = frame {
        frame = try walker.frameLarge(&source, at: offset, verifying: true)
      }
      if case .record(let length, _) = frame { return UInt64(length) }
      return nil
    } catch RecordSourceError.file(let error) {
      throw error
    } catch {
      return nil
    }
  }

  private mutating func onlyZeros(from offset: UInt64) throws(FileError) -> Bool {
    if !knownZeros.contains(offset) {
      do {
        guard let zeros = try source.zeroRun(from: offset) else { return false }
        knownZeros = zeros
      } catch RecordSourceError.file(let error) {
        throw error
      } catch {
        return false
      }
    }
    return knownZeros.contains(offset) && knownZeros.upperBound == end
  }

  private mutating func skipZeros(
    in file: borrowing OpenFile, from offset: UInt64, control: ScanControl
  ) throws(FileError) -> UInt64 {
    guard let limit = walker.leadingZeroLimit else { return offset }
    let next = try window.firstNonZero(
      file, from: offset, end: end, isCancelled: { control.isCancelled })
    guard let next else { return end }
    return max(offset, next - min(next, UInt64(limit)))
  }
}
