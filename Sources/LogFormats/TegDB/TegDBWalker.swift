import LogFiles

/// Frames TegDB records by the strict scan (format page, section 4.4).
struct TegDBWalker: RecordFraming {
  var carry: UInt64 = 0
  /// Records that resync finds have a key or a value, so that one of eight length bytes is not zero.
  let leadingZeroLimit: Int? = 7
  let limits: TegDBLimits
  private(set) var status = TegDBHeader.Status.empty
  private(set) var header: TegDBHeader?
  private(set) var seen = TegDBTally()
  /// What a whole scan found, where rows are asked for after one.
  private(set) var known: TegDBTally?
  /// Counted in a scan of a whole file.
  private var keys: TegDBKeyCount?
  private var fileSize: UInt64 = 0
  /// Eight zero bytes at or behind this offset are space that was never written.
  private var unwrittenFrom: UInt64 = .max

  static let put: UInt8 = 0
  static let delete: UInt8 = 1
  static let commit: UInt8 = 2
  /// A marker with a value, as only an application that stores the reserved key writes it.
  static let commitWithValue: UInt8 = 3

  /// The key of a commit marker.
  static let markerKey = Array("__TX_COMMIT__".utf8)
  static let lengthsLength: UInt64 = 8
  static let markerLength: UInt64 = 21
  private static let markerKeyLength: UInt64 = 13

  /// Where the first byte stands in the database file, for a file that holds a stretch of one and
  /// no header; nil for a database file.
  let stretchStart: UInt64?

  init(limits: TegDBLimits = TegDBLimits(), stretchStart: UInt64? = nil) {
    self.limits = limits
    self.stretchStart = stretchStart
  }

  // MARK: Header

  mutating func begin(_ head: RawSpan, fileSize: UInt64) -> HeaderReading {
    self.fileSize = fileSize
    if stretchStart != nil {
      status = .stretch
      seen.begin(at: 0)
      return .records(from: 0)
    }
    (status, header) = TegDBHeader.status(head, fileSize: fileSize)
    unwrittenFrom = header?.validDataEnd ?? .max
    switch status {
    case .ok:
      seen.begin(at: TegDBHeader.length)
      return .records(from: TegDBHeader.length)
    case .badMagic, .short, .empty:
      guard holdsRecordsAtOnce(head) else {
        return .unreadable(offset: 0, .headerUnreadable)
      }
      status = .headerless
      header = nil
      seen.begin(at: 0)
      return .records(from: 0)
    case .unsupportedVersion:
      return .unreadable(offset: TegDBHeader.versionOffset, .unknownVersion)
    case .badEndian, .headerless, .stretch:
      return .unreadable(offset: TegDBHeader.endianOffset, .badEndianMark)
    }
  }

  mutating func beginScan() {
    if status == .ok || status == .headerless { keys = TegDBKeyCount() }
  }

  /// The format's own walk ends with what is no record.
  @inline(__always)
  mutating func note(_ frame: Frame, at offset: UInt64) {
    if case .invalid = frame { keys?.end() }
  }

  /// Records that must follow each other before a file without a header is taken for one.
  private static let guessedRecords = 3

  /// Whether a few records, or all bytes of the file, frame from the first byte on.
  private func holdsRecordsAtOnce(_ head: RawSpan) -> Bool {
    guard !TegDBHeader.hasMagic(head) else { return false }
    var probe = TegDBWalker()
    probe.fileSize = fileSize
    var place = 0
    for _ in 0..<Self.guessedRecords {
      if place > 0, UInt64(place) == fileSize { return true }
      let frame = probe.frame(head, at: place, remaining: fileSize - UInt64(place))
      // Zeros frame as records too, which says nothing.
      guard case .record(let length, _) = frame, head.be(UInt64.self, at: place) != 0 else {
        return false
      }
      place += length
    }
    return true
  }

  // MARK: Records

  /// What the two lengths of a record say.
  private enum Claim {
    case zeroPair
    case record(length: UInt64)
    case fault(Fault)
  }

  @inline(__always)
  private func claim(_ keyLength: UInt64, _ valueLength: UInt64, remaining: UInt64) -> Claim {
    if keyLength | valueLength == 0 { return .zeroPair }
    let length = Self.lengthsLength &+ keyLength &+ valueLength
    if keyLength > limits.keyLength {
      return .fault(Fault(.keyTooLong, claimedLength: length))
    }
    if valueLength > limits.valueLength {
      return .fault(Fault(.valueTooLong, claimedLength: length))
    }
    if length > remaining { return .fault(Fault(.incomplete, claimedLength: length)) }
    return .record(length: length)
  }

  @inline(__always)
  mutating func frame<Checksum: RecordChecksum & ~Copyable>(
    _ bytes: RawSpan, at start: Int, remaining: UInt64, checksum: borrowing Checksum
  ) -> Frame {
    let offset = fileSize &- remaining
    guard remaining >= Self.lengthsLength else { return .invalid(short(at: offset)) }
    guard let key = bytes.be(UInt32.self, at: start),
      let value = bytes.be(UInt32.self, at: start &+ 4)
    else { return .partial(needed: Self.lengthsLength) }
    let (keyLength, valueLength) = (UInt64(key), UInt64(value))
    let available = UInt64(truncatingIfNeeded: bytes.byteCount &- start)
    switch claim(keyLength, valueLength, remaining: remaining) {
    case .record(let length):
      guard length <= available else { return .partial(needed: length) }
      let kind = Self.kind(bytes, at: start, keyLength: keyLength, valueLength: valueLength)
      seen.pass(
        kind: kind, offset: offset, length: length, valueLength: valueLength,
        dataEnd: unwrittenFrom)
      keys?.pass(
        bytes, keyAt: start &+ Int(Self.lengthsLength), keyLength, kind: kind, offset: offset)
      return .record(length: Int(truncatingIfNeeded: length), kind: kind)
    case .zeroPair:
      return zeroPairs(bytes, at: start, offset: offset, remaining: remaining)
    case .fault(let fault):
      if fault.reason == .incomplete {
        guard available >= min(remaining, Self.markerLength) else {
          return .partial(needed: min(remaining, Self.markerLength))
        }
        noteCut(
          bytes, at: start, keyLength: keyLength, valueLength: valueLength, offset: offset,
          remaining: remaining)
      }
      return .invalid(fault)
    }
  }

  mutating func frameLarge(_ source: inout RecordSource, at offset: UInt64, verifying: Bool)
    throws(RecordSourceError) -> Frame
  {
    let remaining = source.end - min(offset, source.end)
    let head = try source.bytes(at: offset, limit: Int(Self.markerLength))
    guard remaining >= Self.lengthsLength, let key = head.rawBytes.be(UInt32.self, at: 0),
      let value = head.rawBytes.be(UInt32.self, at: 4)
    else { return .invalid(short(at: offset)) }
    let (keyLength, valueLength) = (UInt64(key), UInt64(value))
    switch claim(keyLength, valueLength, remaining: remaining) {
    case .record(let length):
      let kind = Self.kind(
        head.rawBytes, at: 0, keyLength: keyLength, valueLength: valueLength)
      if verifying {
        seen.pass(
          kind: kind, offset: offset, length: length, valueLength: valueLength,
          dataEnd: unwrittenFrom)
        // Its key may not be in memory; there are few of its kind.
        keys?.giveUp()
      }
      return .record(length: Int(length), kind: kind)
    case .zeroPair:
      guard offset < unwrittenFrom else { return .invalid(Fault(.zeros)) }
      let zeros = try source.zeroRun(from: offset) ?? offset..<offset + Self.lengthsLength
      return run(ofZeros: zeros.upperBound - offset, at: offset, counting: verifying)
    case .fault(let fault):
      if fault.reason == .incomplete {
        noteCut(
          head.rawBytes, at: 0, keyLength: keyLength, valueLength: valueLength, offset: offset,
          remaining: remaining)
      }
      return .invalid(fault)
    }
  }

  /// Fewer bytes than two lengths. Zeros at or behind the noted end are space, and no fault.
  private func short(at offset: UInt64) -> Fault {
    var fault = Fault(.short)
    fault.countsInZeros = offset < unwrittenFrom
    return fault
  }

  // MARK: Zeros

  /// A run of deletes of the empty key: zeros that the owner takes for records.
  private mutating func zeroPairs(
    _ bytes: RawSpan, at start: Int, offset: UInt64, remaining: UInt64
  ) -> Frame {
    guard offset < unwrittenFrom else { return .invalid(Fault(.zeros)) }
    let next = bytes.firstNonZero(from: start) ?? bytes.byteCount
    let zeros = UInt64(next - start)
    let available = UInt64(bytes.byteCount - start)
    if zeros == available, available < remaining, pairs(upTo: offset) > zeros / 8 {
      // How long the run is must not depend on the window.
      return .partial(needed: available + 1)
    }
    return run(ofZeros: zeros, at: offset, counting: true)
  }

  private mutating func run(ofZeros zeros: UInt64, at offset: UInt64, counting: Bool) -> Frame {
    let pairs = max(1, min(zeros / 8, pairs(upTo: offset)))
    if counting {
      seen.passZeroPairs(pairs, offset: offset, dataEnd: unwrittenFrom)
      keys?.passEmptyKey(at: offset)
    }
    let length = Int(pairs * Self.lengthsLength)
    return pairs == 1
      ? .record(length: length, kind: Self.delete)
      : .run(length: length, kind: Self.delete, records: pairs)
  }

  /// Zero pairs that start at `offset` or behind it, before the noted end of the data.
  private func pairs(upTo offset: UInt64) -> UInt64 {
    let distance = unwrittenFrom - offset
    return distance / 8 + (distance % 8 == 0 ? 0 : 1)
  }

  // MARK: Kinds

  @inline(__always)
  private static func kind(
    _ bytes: RawSpan, at start: Int, keyLength: UInt64, valueLength: UInt64
  ) -> UInt8 {
    if keyLength == markerKeyLength, isMarkerKey(bytes, at: start &+ 8) {
      return valueLength == 0 ? commit : commitWithValue
    }
    return valueLength == 0 ? delete : put
  }

  /// `__TX_COMMIT__`, compared as two words that overlap.
  @inline(__always)
  static func isMarkerKey(_ bytes: RawSpan, at start: Int) -> Bool {
    bytes.be(UInt64.self, at: start) == 0x5f5f_5458_5f43_4f4d
      && bytes.be(UInt64.self, at: start &+ 5) == 0x434f_4d4d_4954_5f5f
  }

  /// Notes what the owner makes of a record that the end of the file cuts (section 4.2, step 4).
  private mutating func noteCut(
    _ bytes: RawSpan, at start: Int, keyLength: UInt64, valueLength: UInt64, offset: UInt64,
    remaining: UInt64
  ) {
    guard Self.lengthsLength + keyLength <= remaining else { return }
    if keyLength == Self.markerKeyLength, Self.isMarkerKey(bytes, at: start + 8) {
      seen.acceptedCut = .marker(end: offset + Self.markerLength + valueLength)
    } else if valueLength > limits.inlineValueLength {
      seen.acceptedCut = .put(end: fileSize)
    }
  }

  /// Behind damage only the owner's own marker is beyond doubt: 21 bytes that nothing else has.
  let needsProof = true
  func standsAlone(kind: UInt8) -> Bool { kind == Self.commit }

  func note(
    _ bytes: RawSpan, remaining: UInt64, checksums: borrowing WindowChecksums,
    in notes: inout PlaceNotes
  ) {
    notes.findCountedRecords(
      bytes, remaining: remaining, keyLimit: UInt32(clamping: limits.keyLength),
      valueLimit: UInt32(clamping: limits.valueLength), unlike: TegDBRecord.marker)
  }

  /// Neither zeros nor what is not whole.
  func passPlain(_ bytes: RawSpan, from start: Int, offset: UInt64, remaining: UInt64)
    -> RecordPassage
  {
    let count = Int(clamping: min(UInt64(max(0, bytes.byteCount &- start)), remaining))
    guard let rest = bytes.slice(start, count) else { return RecordPassage() }
    return RecordPassage(
      ofCountedRecords: rest, at: offset, keyLimit: UInt32(clamping: limits.keyLength),
      valueLimit: UInt32(clamping: limits.valueLength), upTo: TegDBRecord.marker)
  }

  func resemblesRecord(_ head: RawSpan) -> Bool {
    guard let key = head.be(UInt32.self, at: 0), let value = head.be(UInt32.self, at: 4) else {
      // The first byte of a length within limits is zero.
      return head.le(UInt8.self, at: 0) == 0
    }
    return key | value != 0 && UInt64(key) <= limits.keyLength
      && UInt64(value) <= limits.valueLength
  }

  // MARK: What a scan found

  mutating func recall(_ facts: [Attribute]) { known = TegDBTally(facts) }

  var observations: [Observation] { seen.observations }

  var facts: [Attribute] {
    var facts = [Attribute("headerStatus", .word(status.rawValue))]
    if let header { facts += header.facts }
    if status == .headerless { facts.append(Attribute("version", .number(0))) }
    if status == .ok || status == .headerless || status == .stretch { facts += seen.facts }
    if let live = keys?.live { facts.append(Attribute(TegDB.liveKeys, .number(live))) }
    return facts
  }
}
