import LogFiles

/// Walks okaywal entries (format page, sections 3 and 5).
struct OkayWALWalker: RecordFraming {
  var carry: UInt64 = 0
  /// An entry starts with its marker.
  let leadingZeroLimit: Int? = 0
  /// The id in the file's name, below which entries are of an earlier life.
  private(set) var fileID: UInt64
  /// Whether the name has no id, so that the first entry's stands in.
  private let takesFirstID: Bool
  private var fileSize: UInt64 = 0
  private var header: OkayWALHeader?
  private var passed = Passed()
  private var ending = Ending.none

  /// What the walk has passed, up to its end.
  private struct Passed {
    var end: UInt64 = 0
    var first: UInt64?
    var last: UInt64?
    var aborted = Observation(code: .abortedRecords, records: 0, firstOffset: 0)
    var outOfOrder = Observation(code: .idsOutOfOrder, records: 0, firstOffset: 0)
  }

  private enum Ending {
    case none
    case regular(UInt64, Reason)
    case torn
  }

  /// Chunks of an entry after which resync stops to look at it in its window: many starts can lead
  /// into one long chain.
  private static let chunksInWindow: UInt64 = 256

  init(fileID: UInt64?) {
    self.fileID = fileID ?? 0
    takesFirstID = fileID == nil
  }

  mutating func begin(_ head: RawSpan, fileSize: UInt64) -> HeaderReading {
    self.fileSize = fileSize
    do throws(OkayWALHeader.Failure) {
      let header = try OkayWALHeader(head)
      self.header = header
      passed.end = UInt64(header.length)
      if takesFirstID, head.le(UInt8.self, at: header.length) == OkayWALEntry.Marker.entry {
        fileID = head.le(UInt64.self, at: header.length + 1) ?? 0
      }
      return .records(from: UInt64(header.length))
    } catch {
      return .unreadable(offset: error.offset, error.reason)
    }
  }

  // MARK: Framing

  @inline(__always)
  mutating func frame<Checksum: RecordChecksum & ~Copyable>(
    _ bytes: RawSpan, at start: Int, remaining: UInt64, checksum: borrowing Checksum
  ) -> Frame {
    var entry: OkayWALEntry?
    let frame = entryFrame(
      bytes, at: start, remaining: remaining, checksum: checksum, isSearching: false, &entry)
    note(frame, id: entry?.id ?? 0, at: fileSize &- remaining)
    return frame
  }

  mutating func frame(
    _ bytes: RawSpan, at start: Int, remaining: UInt64, checksums: borrowing WindowChecksums
  ) -> Frame {
    var entry: OkayWALEntry?
    let frame = entryFrame(
      bytes, at: start, remaining: remaining, checksum: checksums, isSearching: true, &entry)
    // Without a chunk two bytes are all there is, which chance makes often.
    if case .record(_, OkayWALEntry.Kind.empty) = frame { return .invalid(Fault(.notARecord)) }
    return frame
  }

  mutating func passUsual(_ bytes: RawSpan, at offset: UInt64, most: Int) -> UsualRecords {
    guard case .none = ending, let last = passed.last, last < .max else { return UsualRecords() }
    let (entries, lastID) = CRC32C.passOkayWALEntries(
      bytes, leastID: max(fileID, last + 1), most: most)
    if entries.length > 0 {
      passed.last = lastID
      passed.end = offset &+ UInt64(entries.length)
    }
    return entries
  }

  @inline(__always)
  private func entryFrame<Checksum: RecordChecksum & ~Copyable>(
    _ bytes: RawSpan, at start: Int, remaining: UInt64, checksum: borrowing Checksum,
    isSearching: Bool, _ entry: inout OkayWALEntry?
  ) -> Frame {
    guard let marker = bytes.le(UInt8.self, at: start) else { return .partial(needed: 1) }
    if let end = Self.endBefore(marker, remaining: remaining) { return end }
    guard let id = bytes.le(UInt64.self, at: start &+ 1) else {
      return .partial(needed: UInt64(OkayWALEntry.headLength))
    }
    var current = OkayWALEntry(id: id, fileID: fileID)
    defer { entry = current }
    while true {
      let left = remaining &- current.length
      let place = start &+ Int(truncatingIfNeeded: current.length)
      let claim = bytes.le(UInt32.self, at: place &+ 1)
      let marker = left > 0 ? bytes.le(UInt8.self, at: place) : nil
      // What the file has and the window has not is asked for from the marker on.
      if left > 0, marker == nil { return .partial(needed: current.length) }
      if marker == OkayWALEntry.Marker.chunk, claim == nil,
        left >= UInt64(OkayWALEntry.chunkHeadLength)
      {
        return .partial(needed: current.length)
      }
      switch current.step(marker: marker, claim: claim, left: left) {
      case .done(let frame):
        return frame
      case .chunk(let payload):
        if isSearching, current.chunks >= Self.chunksInWindow {
          return .partial(needed: current.length)
        }
        let count = Int(truncatingIfNeeded: payload)
        let payloadStart = place &+ OkayWALEntry.chunkHeadLength
        guard let stored = bytes.le(UInt32.self, at: payloadStart &+ count) else {
          return .partial(needed: current.length &+ OkayWALEntry.chunkLength(payload))
        }
        let computed =
          count == 0 ? 0 : checksum.crc32c(bytes, from: payloadStart, count: count)
        current.pass(payload: payload, stored: stored, computed: computed)
        if isSearching, let fault = current.fault { return .invalid(fault) }
      }
    }
  }

  /// The end that the format's walk comes to before an entry; nil where an entry starts.
  @inline(__always)
  private static func endBefore(_ marker: UInt8, remaining: UInt64) -> Frame? {
    if remaining < UInt64(OkayWALEntry.headLength) { return .end(.short) }
    if marker == OkayWALEntry.Marker.entry { return nil }
    return .end(marker == 0 ? .zeros : .unknownMarker)
  }

  mutating func frameLarge(_ source: inout RecordSource, at offset: UInt64, verifying: Bool)
    throws(RecordSourceError) -> Frame
  {
    var pieces = OkayWALPieces(size: verifying ? 1 << 18 : 1 << 12)
    let remaining = source.end - min(source.end, offset)
    guard let marker = try pieces.le(UInt8.self, at: offset, &source) else {
      return .end(.short)
    }
    if let end = Self.endBefore(marker, remaining: remaining) { return end }
    guard let id = try pieces.le(UInt64.self, at: offset + 1, &source) else { return .end(.short) }
    var entry = OkayWALEntry(id: id, fileID: fileID)
    while true {
      if verifying { pieces.passChunks(of: &entry, at: offset) }
      let place = offset + entry.length
      let marker = try pieces.le(UInt8.self, at: place, &source)
      let claim =
        marker == OkayWALEntry.Marker.chunk
        ? try pieces.le(UInt32.self, at: place + 1, &source) : nil
      switch entry.step(marker: marker, claim: claim, left: source.end - place) {
      case .done(let frame):
        if verifying { note(frame, id: id, at: offset) }
        return frame
      case .chunk(let payload):
        guard verifying else {
          entry.passUnchecked(payload: payload)
          continue
        }
        let start = place + UInt64(OkayWALEntry.chunkHeadLength)
        let computed = try pieces.crc32c(at: start, count: payload, &source)
        let stored = try pieces.le(UInt32.self, at: start + payload, &source)
        entry.pass(payload: payload, stored: stored ?? ~computed, computed: computed)
      }
    }
  }

  // MARK: What the walk passed

  /// Notes a frame of the format's own walk, up to its end.
  @inline(__always)
  private mutating func note(_ frame: Frame, id: UInt64, at offset: UInt64) {
    guard case .none = ending else { return }
    switch frame {
    case .record(let length, _): pass(id: id, at: offset, length: length)
    case .flawed(let length, let kind, _):
      pass(id: id, at: offset, length: length)
      if kind == OkayWALEntry.Kind.aborted { passed.aborted.add(at: offset) }
    case .stale: ending = .regular(offset, .staleEntry)
    case .end(let reason): ending = .regular(offset, reason)
    case .invalid: ending = .torn
    case .run, .partial: break
    }
  }

  @inline(__always)
  private mutating func pass(id: UInt64, at offset: UInt64, length: Int) {
    if let last = passed.last {
      if id <= last { passed.outOfOrder.add(at: offset) }
    } else {
      passed.first = id
    }
    passed.last = id
    passed.end = offset &+ UInt64(length)
  }

  var observations: [Observation] {
    [passed.aborted, passed.outOfOrder].filter { $0.records > 0 }
  }

  var facts: [Attribute] {
    guard let header else { return [] }
    var facts = [
      Attribute(
        "versionInfo", .bytes(header.versionInfo, total: UInt64(header.versionInfo.count))),
      Attribute("headerLength", .size(UInt64(header.length))),
      Attribute("firstEntryId", passed.first.map { .number($0) } ?? .none),
      Attribute("lastEntryId", passed.last.map { .number($0) } ?? .none),
      Attribute("abortedEntries", .number(passed.aborted.records)),
    ]
    switch ending {
    case .none: facts.append(Attribute(OkayWAL.resumeOffset, .number(passed.end)))
    case .regular(let offset, _): facts.append(Attribute(OkayWAL.resumeOffset, .number(offset)))
    case .torn: facts.append(Attribute(OkayWAL.resumeOffset, .none))
    }
    return facts
  }

  // MARK: Resync

  /// Chunks bring their checksums: with one, nothing but an entry looks like this.
  func standsAlone(kind: UInt8) -> Bool { kind == OkayWALEntry.Kind.entry }

  func note(
    _ bytes: RawSpan, remaining: UInt64, checksums: borrowing WindowChecksums,
    in notes: inout PlaceNotes
  ) {
    notes.findOkayWALEntries(
      bytes, remaining: remaining, leastID: fileID, checksums: checksums)
  }

  func countNoted(
    _ bytes: RawSpan, remaining: UInt64, notes: borrowing PlaceNotes, from hit: Int,
    _ budget: inout ReadBudget, into counted: inout CountedRecords
  ) -> CountingStop {
    notes.countOkayWALEntries(
      bytes, remaining: remaining, from: hit, &budget, into: &counted)
  }

  /// The walk ends before what does not start like an entry, and the search goes on there.
  func searchStart(
    _ bytes: RawSpan, behindRecordsAt place: Int, remaining: UInt64, notes: borrowing PlaceNotes
  ) -> Int? {
    guard let marker = bytes.le(UInt8.self, at: place), marker != OkayWALEntry.Marker.entry else {
      return nil
    }
    return place
  }

  func resemblesRecord(_ head: RawSpan) -> Bool {
    guard head.le(UInt8.self, at: 0) == OkayWALEntry.Marker.entry,
      let id = head.le(UInt64.self, at: 1), id >= fileID
    else { return false }
    guard let next = head.le(UInt8.self, at: OkayWALEntry.headLength) else { return true }
    return next == OkayWALEntry.Marker.chunk || next == OkayWALEntry.Marker.end
  }

  func resemblesContinuation(_ head: RawSpan) -> Bool {
    guard let marker = head.le(UInt8.self, at: 0) else { return false }
    return marker == OkayWALEntry.Marker.chunk || marker == OkayWALEntry.Marker.end
  }

  func protection(_ record: RawSpan, fault: Fault) -> Protection? {
    guard fault.reason == .checksum, let place = Int(exactly: fault.offset),
      let payload = record.le(UInt32.self, at: place + 1)
    else { return nil }
    let start = fault.offset + UInt64(OkayWALEntry.chunkHeadLength)
    let end = start + UInt64(payload)
    return Protection(covered: start..<end, stored: end)
  }
}
