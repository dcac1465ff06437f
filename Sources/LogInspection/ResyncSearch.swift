import LogFiles
import LogFormats

/// Looks for records behind damage, by the rule of the formats: an acceptable record counts when
/// another one follows it at once, or when the data end with it (a chance hit has neither).
struct ResyncSearch: ~Copyable {
  private var source: RecordSource
  private var walker: any SegmentWalker
  private let end: UInt64
  /// Bytes that may still be read for records that do not fit a window. Without an end to it, a
  /// file of lengths could make the search quadratic.
  private var largeBudget: UInt64
  /// The last zero region that was measured: from its first byte asked for, to its end.
  private var knownZeros: Range<UInt64> = 0..<0

  /// The first window of a search, and how much larger each next one is: most records are found
  /// close behind the damage, and the checksums of a window cost a pass over it.
  private static let firstWindow: UInt64 = 1 << 14
  private static let windowGrowth: UInt64 = 8

  init(
    _ file: borrowing OpenFile, walker: any SegmentWalker, from offset: UInt64, end: UInt64,
    control: ScanControl
  ) throws(FileError) {
    self.walker = walker
    self.end = end
    source = RecordSource(try file.duplicate(), end: end) { control.isCancelled }
    largeBudget = 4 * (end - offset) + (64 << 20)
  }

  /// The first offset in `[from, end)` at which records go on, nil where none does.
  ///
  /// - Parameter claimedEnd: where the damaged record says that it ends. If only its contents are
  ///   damaged the next record is there, and nothing inside it is taken for a record.
  mutating func next(
    in file: borrowing OpenFile, window: inout FileWindow, checksums: inout WindowChecksums,
    from: UInt64, claimedEnd: UInt64?, control: ScanControl
  ) throws(FileError) -> UInt64? {
    if let claimedEnd, claimedEnd > from, claimedEnd < end,
      try holdsRecord(at: claimedEnd)
    {
      return claimedEnd
    }
    var offset = from
    var size = Self.firstWindow
    while offset < end, !control.isCancelled {
      offset = try skipZeros(in: file, window: &window, from: offset, control: control)
      guard offset < end else { return nil }
      try window.load(file, at: offset, end: end - offset > size ? offset + size : end)
      guard window.count > 0 else { return nil }
      checksums.prepare(window.bytes)
      let reachesEnd = window.offset + UInt64(window.count) >= end
      // Records that start in the last quarter are left to the next window.
      let stop = reachesEnd ? window.count : max(1, window.count / 4 * 3)
      if let found = try search(window, checksums: checksums, upTo: stop) { return found }
      offset += UInt64(stop)
      size = min(size * Self.windowGrowth, UInt64(window.capacity))
    }
    return nil
  }

  /// Looks at the offsets of the window below `stop`.
  private mutating func search(
    _ window: borrowing FileWindow, checksums: borrowing WindowChecksums, upTo stop: Int
  ) throws(FileError) -> UInt64? {
    let base = window.offset
    let bytes = window.bytes
    var start = 0
    while start < stop {
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
        let head = bytes.slice(start, min(64, bytes.byteCount - start))
        if let head, try isLargeRecord(at: offset, needed: needed, head: head) { return offset }
      case .flawed, .end, .invalid:
        break
      }
      start += 1
    }
    return nil
  }

  /// A record that the window does not hold whole. It is read only where its header is as the
  /// owner writes it, and within the budget.
  private mutating func isLargeRecord(at offset: UInt64, needed: UInt64, head: RawSpan)
    throws(FileError) -> Bool
  {
    guard needed <= largeBudget, walker.resemblesRecord(head) else { return false }
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
      var frame = walker.frame(head.rawBytes, at: 0, remaining: end - offset)
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

  private func skipZeros(
    in file: borrowing OpenFile, window: inout FileWindow, from offset: UInt64,
    control: ScanControl
  ) throws(FileError) -> UInt64 {
    guard let limit = walker.leadingZeroLimit else { return offset }
    let next = try window.firstNonZero(
      file, from: offset, end: end, isCancelled: { control.isCancelled })
    guard let next else { return end }
    return max(offset, next - min(next, UInt64(limit)))
  }
}
