import CByteSearch
import LogFiles

/// Frames what stands in the data file below the cursor: lines of a text, stretches of other bytes,
/// and gaps between them (format page, section 3).
struct MmlogWalker: RecordFraming {
  /// The walker's numbers of the kinds.
  enum Kind: UInt8, CaseIterable {
    case line
    /// A line without a newline: cut by a gap or by the cursor.
    case unterminated
    case raw
    case gap

    var word: String {
      switch self {
      case .line: "line"
      case .unterminated: "cut-line"
      case .raw: "raw"
      case .gap: "gap"
      }
    }
  }

  var carry: UInt64 = 0
  let leadingZeroLimit: Int? = nil
  /// Any bytes could be an insert.
  let canResync = false
  let content: MmlogContent
  let metadata: MmlogMetadataReading
  let claimedEnd: UInt64?
  private(set) var fileSize: UInt64 = 0
  private var prefixes = MmlogPrefixes()
  /// Where the data end: at the cursor, or with the file.
  private var limit: UInt64 = 0
  private var passedGaps = GapList()
  private var cutLines = Observation(code: .unterminatedLine, records: 0, firstOffset: 0)

  /// Stretches of binary data end at multiples of this, so that each of them is quick to show.
  static let rawStretch: UInt64 = 4096

  init(content: MmlogContent, metadata: MmlogMetadataReading) {
    self.content = content
    self.metadata = metadata
    claimedEnd = metadata.usable?.cursor
  }

  var countsRecords: Bool { content == .text }
  var gaps: GapList? { passedGaps }
  var observations: [Observation] { cutLines.records > 0 ? [cutLines] : [] }

  var facts: [Attribute] {
    var facts = metadata.facts
    facts.append(Attribute("content", .word(content.rawValue)))
    if let cursor = claimedEnd {
      facts.append(Attribute("missingBytes", .size(cursor - min(cursor, fileSize))))
    }
    facts.append(Attribute("gapBytes", .size(passedGaps.bytes)))
    if content == .text {
      facts.append(Attribute("cutLines", .number(cutLines.records)))
      facts += prefixes.facts
    }
    return facts
  }

  mutating func begin(_ head: RawSpan, fileSize: UInt64) -> HeaderReading {
    begin(fileSize: fileSize)
    return .records(from: 0)
  }

  /// The data have no header: their size is all there is to know.
  mutating func begin(fileSize: UInt64) {
    self.fileSize = fileSize
    limit = min(claimedEnd ?? .max, fileSize)
  }

  @inline(__always)
  mutating func note(_ frame: Frame, at offset: UInt64) {
    switch frame {
    case .record(_, Kind.unterminated.rawValue): cutLines.add(at: offset)
    case .flawed(let length, _, _):
      passedGaps.append(offset..<offset &+ UInt64(truncatingIfNeeded: length))
    default: break
    }
  }

  @inline(__always)
  mutating func frame<Checksum: RecordChecksum & ~Copyable>(
    _ bytes: RawSpan, at start: Int, remaining: UInt64, checksum: borrowing Checksum
  ) -> Frame {
    let offset = fileSize &- remaining
    let limit = limit
    guard offset < limit else { return .end(.afterEnd) }
    let wanted = limit &- offset
    let available = UInt64(truncatingIfNeeded: max(0, bytes.byteCount &- start))
    let reachesEnd = wanted <= available
    let count = Int(truncatingIfNeeded: min(wanted, available))
    guard let data = bytes.slice(start, count) else { return .partial(needed: 1) }
    return content == .text
      ? frameText(data, reachesEnd: reachesEnd)
      : frameRaw(data, at: offset, reachesEnd: reachesEnd)
  }

  /// Lines that say nothing of who wrote them: all of them where first words are no prefixes, else
  /// the empty ones.
  func passUsual(_ bytes: RawSpan, at offset: UInt64, most: Int) -> UsualRecords {
    passLines(bytes, at: offset, most: max(0, most), onlyEmpty: !prefixes.isRuledOut)
  }

  func skimUsual(_ bytes: RawSpan, at offset: UInt64, most: UInt64) -> UsualRecords {
    passLines(bytes, at: offset, most: Int(clamping: most), onlyEmpty: false)
  }

  private func passLines(_ bytes: RawSpan, at offset: UInt64, most: Int, onlyEmpty: Bool)
    -> UsualRecords
  {
    guard content == .text, offset < limit else { return UsualRecords() }
    let count = Int(truncatingIfNeeded: min(limit &- offset, UInt64(bytes.byteCount)))
    guard let data = bytes.slice(0, count) else { return UsualRecords() }
    // Sound: the lines that are passed are among the span's bytes.
    let lines = unsafe data.withUnsafeBytes {
      unsafe wl_pass_lines($0.baseAddress, $0.count, most, onlyEmpty)
    }
    return UsualRecords(counts: (lines.count, 0), length: lines.length)
  }

  @inline(__always)
  private mutating func frameText(_ data: RawSpan, reachesEnd: Bool) -> Frame {
    let stop = data.lineEnd
    if stop < data.byteCount {
      guard data.le(UInt8.self, at: stop) != 0 else {
        guard stop > 0 else { return frameZeros(data, reachesEnd: reachesEnd) }
        prefixes.add(data)
        return .record(length: stop, kind: Kind.unterminated.rawValue)
      }
      prefixes.add(data)
      return .record(length: stop &+ 1, kind: Kind.line.rawValue)
    }
    guard reachesEnd else { return .partial(needed: UInt64(data.byteCount) + 1) }
    prefixes.add(data)
    return .record(length: stop, kind: Kind.unterminated.rawValue)
  }

  private func frameRaw(_ data: RawSpan, at offset: UInt64, reachesEnd: Bool) -> Frame {
    let zeros = data.firstNonZero() ?? data.byteCount
    if zeros >= MmlogContent.shortestBinaryGap { return frameZeros(data, reachesEnd: reachesEnd) }
    let stretch = Int(Self.rawStretch - offset % Self.rawStretch)
    // A gap that starts in the stretch may reach beyond it.
    let needed = stretch + MmlogContent.shortestBinaryGap - 1
    guard data.byteCount >= needed || reachesEnd else { return .partial(needed: UInt64(needed)) }
    let seen = min(needed, data.byteCount)
    let gap = data.slice(0, seen)?.firstZeroRun(of: MmlogContent.shortestBinaryGap)
    return .record(length: min(gap ?? stretch, stretch, seen), kind: Kind.raw.rawValue)
  }

  private func frameZeros(_ data: RawSpan, reachesEnd: Bool) -> Frame {
    if let length = data.firstNonZero() { return gap(length) }
    guard reachesEnd else { return .partial(needed: UInt64(data.byteCount) + 1) }
    return claimedEnd == nil ? .end(.zeros) : gap(data.byteCount)
  }

  private func gap(_ length: Int) -> Frame {
    .flawed(
      length: length, kind: Kind.gap.rawValue, Fault(.gap, claimedLength: UInt64(length)))
  }

  // MARK: What no window holds

  mutating func frameLarge(_ source: inout RecordSource, at offset: UInt64, verifying: Bool)
    throws(RecordSourceError) -> Frame
  {
    guard offset < limit else { return .end(.afterEnd) }
    let frame = try largeFrame(&source, at: offset)
    guard verifying else { return frame }
    note(frame, at: offset)
    if content == .text, case .record = frame {
      let head = try source.bytes(at: offset, limit: MmlogPrefixes.longest + 1)
      prefixes.add(head.rawBytes)
    }
    return frame
  }

  private func largeFrame(_ source: inout RecordSource, at offset: UInt64)
    throws(RecordSourceError) -> Frame
  {
    if let zeros = try source.zeroRun(from: offset) {
      let end = min(zeros.upperBound, limit)
      if content == .text || end - offset >= UInt64(MmlogContent.shortestBinaryGap) {
        return end == limit && claimedEnd == nil ? .end(.zeros) : gap(Int(end - offset))
      }
    }
    if content == .binary {
      let needed = Int(Self.rawStretch) + MmlogContent.shortestBinaryGap
      let head = try source.bytes(at: offset, limit: Int(min(UInt64(needed), limit - offset)))
      return frameRaw(head.rawBytes, at: offset, reachesEnd: true)
    }
    return try largeLine(&source, at: offset)
  }

  private func largeLine(_ source: inout RecordSource, at offset: UInt64)
    throws(RecordSourceError) -> Frame
  {
    var place = offset
    while place < limit {
      let piece = try source.bytes(at: place, limit: Int(min(limit - place, 1 << 18)))
      if piece.isEmpty { break }
      let stop = piece.rawBytes.lineEnd
      place += UInt64(stop)
      if stop < piece.count {
        guard piece[stop] != 0 else { break }
        return .record(length: Int(place + 1 - offset), kind: Kind.line.rawValue)
      }
    }
    guard place > offset else { return .invalid(Fault(.unreadable)) }
    return .record(length: Int(place - offset), kind: Kind.unterminated.rawValue)
  }

  // MARK: One record

  func resemblesRecord(_ head: RawSpan) -> Bool { true }

  /// A line without its newline, and a stretch that may not have come to its end.
  func mayGrow(kind: UInt8, end: UInt64?) -> Bool {
    if kind == Kind.raw.rawValue { return end.map { $0 % Self.rawStretch != 0 } ?? true }
    return kind == Kind.unterminated.rawValue
  }

  /// Stretches of bytes are cut at round offsets, not where an insert ends: what starts in one may
  /// go on in the next.
  func contents(of head: RawSpan, offset: UInt64, length: UInt64, kind: UInt8) -> StoredContents {
    switch Kind(rawValue: kind) {
    case .line: StoredContents(value: 0..<length - 1)
    case .unterminated: StoredContents(value: 0..<length)
    case .raw: StoredContents(value: 0..<max(length, limit - min(offset, limit)))
    case .gap, nil: StoredContents()
    }
  }

  func summarise(
    _ head: RawSpan, kind: UInt8?, offset: UInt64, length: UInt64, fault: Fault?,
    previewLimit: Int
  ) -> Record {
    if fault != nil || length == 0 {
      return Record(offset: offset, length: length, kind: Kind.gap.word, fault: fault)
    }
    let isTerminated = kind.map { $0 == Kind.line.rawValue } ?? isTerminated(head, length)
    let total = isTerminated ? length - 1 : length
    var value: [UInt8] = []
    value.append(head, limit: Int(min(UInt64(max(0, previewLimit)), total)))
    let kind: Kind = content == .binary ? .raw : isTerminated ? .line : .unterminated
    var record = Record(
      offset: offset, length: length, kind: kind.word, value: (value, total))
    if content == .text {
      record.attributes = [Attribute("terminated", .flag(isTerminated))]
    }
    return record
  }

  /// Whether a line ends in a newline, by its last byte; false where that is not in `head`.
  private func isTerminated(_ head: RawSpan, _ length: UInt64) -> Bool {
    guard content == .text, let last = Int(exactly: length - 1) else { return false }
    return head.le(UInt8.self, at: last) == 0x0a
  }
}

extension RawSpan {
  /// The offset of the first newline or zero byte; the count where there is none.
  @inline(__always)
  fileprivate var lineEnd: Int {
    // Sound: the search reads the span's bytes only, and answers an offset in it or its end.
    unsafe withUnsafeBytes { unsafe wl_find_newline_or_zero($0.baseAddress, $0.count) }
  }

  /// Where the first run of at least `length` zeros starts; `length` is 15 or more.
  fileprivate func firstZeroRun(of length: Int) -> Int? {
    var offset = 0
    // A run of 15 holds a whole word, wherever the words start.
    while let word = le(UInt64.self, at: offset) {
      guard word == 0 else {
        offset += 8
        continue
      }
      var start = offset
      while start > 0, le(UInt8.self, at: start - 1) == 0 { start -= 1 }
      let end = firstNonZero(from: offset) ?? byteCount
      if end - start >= length { return start }
      offset = end
    }
    return nil
  }
}
