import LogFiles

/// Frames nori-wal records (format page, sections 3 and 5).
struct NoriWALWalker: RecordFraming {
  var carry: UInt64 = 0
  /// Key length, value length and flags of the smallest record; a checksum byte follows.
  let leadingZeroLimit: Int? = 3
  let notesByThreads = true
  let decoder = ValueDecoder()
  private var allowance = DecodingAllowance()
  /// Whether a scan has passed what is framed. What it took for a record is one: it may have had less
  /// left to decode values with.
  private var isScanned = false
  private var fileSize: UInt64 = 0
  private var reservedFlags = Observation(code: .reservedFlagBits, records: 0, firstOffset: 0)
  private var unchecked = Observation(code: .uncheckedValue, records: 0, firstOffset: 0)
  private var beyondReader = Observation(code: .readerLimit, records: 0, firstOffset: 0)

  /// The owner's reader gives up on records longer than this (format page, section 8).
  static let readerLimit = 131_072

  var observations: [Observation] {
    [reservedFlags, unchecked, beyondReader].filter { $0.records > 0 }
  }

  mutating func begin(_ head: RawSpan, fileSize: UInt64) -> HeaderReading {
    self.fileSize = fileSize
    return .records(from: 0)
  }

  mutating func recall(_ facts: [Attribute]) { isScanned = true }

  @inline(__always)
  mutating func frame<Checksum: RecordChecksum & ~Copyable>(
    _ bytes: RawSpan, at start: Int, remaining: UInt64, checksum: borrowing Checksum
  ) -> Frame {
    guard remaining >= NoriWALHeader.shortestRecord else { return .invalid(Fault(.short)) }
    let available = UInt64(truncatingIfNeeded: bytes.byteCount &- start)
    let header: NoriWALHeader
    do throws(NoriWALHeader.Failure) {
      header = try NoriWALHeader(bytes, at: start)
    } catch {
      return failedHeader(error, available: available, remaining: remaining)
    }
    let length: UInt64
    switch Self.claimedLength(header, remaining: remaining) {
    case .success(let whole): length = whole
    case .failure(let fault): return .invalid(fault)
    }
    guard length <= available else { return .partial(needed: length) }
    let count = Int(truncatingIfNeeded: length)
    guard let stored = bytes.le(UInt32.self, at: start &+ count &- 4) else {
      return .partial(needed: length)
    }
    let computed = checksum.crc32c(bytes, from: start, count: count &- 4)
    guard stored == computed else {
      return .invalid(
        Fault(.checksum, claimedLength: length, stored: stored, computed: computed))
    }
    if header.flags & 0xfc != 0 || count > Self.readerLimit, checksum.verifies, !isScanned {
      let valueStart = start &+ header.length &+ Int(truncatingIfNeeded: header.keyLength)
      guard let value = bytes.slice(valueStart, Int(truncatingIfNeeded: header.valueLength)) else {
        return .partial(needed: length)
      }
      let check = decoder.check(value, compression: header.compression, &allowance)
      guard check != .fails else {
        return .invalid(Fault(.decompressFailed, claimedLength: length, stored: stored))
      }
      observe(header, length: length, check: check, offset: fileSize &- remaining)
    }
    return .record(length: count, kind: header.flags & 0x0f)
  }

  func passUsual(_ bytes: RawSpan, at offset: UInt64, most: Int) -> UsualRecords {
    CRC32C.passNoriWALRecords(bytes, longest: Self.readerLimit, most: most)
  }

  mutating func frameLarge(_ source: inout RecordSource, at offset: UInt64, verifying: Bool)
    throws(RecordSourceError) -> Frame
  {
    let remaining = source.end - offset
    let head = try source.bytes(at: offset, limit: Int(NoriWALHeader.lookAhead))
    let header: NoriWALHeader
    switch NoriWALHeader.reading(head) {
    case .success(let whole): header = whole
    case .failure(let failure):
      return failedHeader(failure, available: UInt64(head.count), remaining: UInt64(head.count))
    }
    let length: UInt64
    switch Self.claimedLength(header, remaining: remaining) {
    case .success(let whole): length = whole
    case .failure(let fault): return .invalid(fault)
    }
    guard verifying else { return .record(length: Int(length), kind: header.flags & 0x0f) }
    let checksumOffset = offset + length - NoriWALHeader.checksumLength
    let computed = try source.crc32c(from: offset, to: checksumOffset)
    guard let stored = try source.littleEndian(UInt32.self, at: checksumOffset) else {
      return .invalid(Fault(.incomplete, claimedLength: length))
    }
    guard stored == computed else {
      return .invalid(
        Fault(.checksum, claimedLength: length, stored: stored, computed: computed))
    }
    if isScanned { return .record(length: Int(length), kind: header.flags & 0x0f) }
    let valueStart = offset + UInt64(header.length) + header.keyLength
    let check = try decoder.check(
      &source, in: valueStart..<checksumOffset, compression: header.compression, &allowance)
    guard check != .fails else {
      return .invalid(Fault(.decompressFailed, claimedLength: length, stored: stored))
    }
    observe(header, length: length, check: check, offset: offset)
    return .record(length: Int(length), kind: header.flags & 0x0f)
  }

  func note(
    _ bytes: RawSpan, remaining: UInt64, checksums: borrowing WindowChecksums,
    in notes: inout PlaceNotes
  ) {
    notes.findNoriWALRecords(bytes, remaining: remaining, checksums: checksums)
  }

  @inline(__always)
  func usualKind(_ bytes: RawSpan, at place: Int, length: Int) -> UInt8? {
    guard length <= Self.readerLimit, let flags = NoriWALHeader.flags(bytes, at: place),
      flags & 0xfc == 0
    else { return nil }
    return flags
  }

  func countNoted(
    _ bytes: RawSpan, remaining: UInt64, notes: borrowing PlaceNotes, from hit: Int,
    _ budget: inout ReadBudget, into counted: inout CountedRecords
  ) -> CountingStop {
    notes.countNoriWALRecords(
      bytes, remaining: remaining, longest: Self.readerLimit, from: hit, &budget, into: &counted)
  }

  /// Behind a record whose contents are damaged records may go on where it claims to end.
  func searchStart(
    _ bytes: RawSpan, behindRecordsAt place: Int, remaining: UInt64, notes: borrowing PlaceNotes
  ) -> Int? {
    guard notes.isEmpty(at: place, bytes),
      bytes.byteCount &- place >= Int(NoriWALHeader.lookAhead)
    else { return nil }
    guard let header = try? NoriWALHeader(bytes, at: place),
      case .success(let length) = Self.claimedLength(
        header, remaining: remaining &- UInt64(truncatingIfNeeded: place))
    else { return place &+ 1 }
    guard length <= UInt64(bytes.byteCount &- place),
      notes.isEmpty(at: place &+ Int(truncatingIfNeeded: length), bytes)
    else { return nil }
    return place &+ 1
  }

  func resemblesRecord(_ head: RawSpan) -> Bool {
    do throws(NoriWALHeader.Failure) {
      let header = try NoriWALHeader(head, at: 0)
      return header.flags & 0xf0 == 0 && header.isShortest
    } catch {
      return error == .incomplete
    }
  }

  func protection(_ record: RawSpan, fault: Fault) -> Protection? {
    guard let claimedLength = fault.claimedLength, claimedLength > NoriWALHeader.checksumLength
    else { return nil }
    let covered = claimedLength - NoriWALHeader.checksumLength
    return Protection(covered: 0..<covered, stored: covered)
  }

  /// The length of the whole record that a header claims, checked field by field against what is
  /// left of the file.
  @inline(__always)
  static func claimedLength(_ header: NoriWALHeader, remaining: UInt64) -> Result<UInt64, Fault> {
    let headerLength = UInt64(truncatingIfNeeded: header.length)
    let body = remaining &- headerLength
    guard headerLength <= remaining, header.keyLength <= body,
      header.valueLength <= body &- header.keyLength,
      NoriWALHeader.checksumLength <= body &- header.keyLength &- header.valueLength
    else {
      let (lengths, overflow) = header.keyLength.addingReportingOverflow(header.valueLength)
      let (whole, wraps) = lengths.addingReportingOverflow(
        headerLength + NoriWALHeader.checksumLength)
      return .failure(Fault(.incomplete, claimedLength: overflow || wraps ? nil : whole))
    }
    return .success(
      headerLength &+ header.keyLength &+ header.valueLength &+ NoriWALHeader.checksumLength)
  }

  private func failedHeader(
    _ failure: NoriWALHeader.Failure, available: UInt64, remaining: UInt64
  ) -> Frame {
    switch failure {
    case .varintOverflow: return .invalid(Fault(.varintOverflow))
    case .badCompression: return .invalid(Fault(.badCompression))
    case .incomplete:
      guard available < remaining else { return .invalid(Fault(.incomplete)) }
      return .partial(needed: min(remaining, NoriWALHeader.lookAhead))
    }
  }

  private mutating func observe(
    _ header: NoriWALHeader, length: UInt64, check: ValueDecoder.Check, offset: UInt64
  ) {
    if header.flags & 0xf0 != 0 { reservedFlags.add(at: offset) }
    if check == .tooLarge { unchecked.add(at: offset) }
    if length > UInt64(Self.readerLimit) { beyondReader.add(at: offset) }
  }
}
