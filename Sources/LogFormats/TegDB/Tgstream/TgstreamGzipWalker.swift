import LogFiles

/// Frames a compressed base or segment: the gzip header, then the compressed bytes with their
/// checksum as one frame. What is in them is walked on the way.
struct TgstreamGzipWalker: RecordFraming {
  var carry: UInt64 = 0
  let leadingZeroLimit: Int? = nil
  let canResync = false
  let countsRecords = false
  private let role: TgstreamRole
  private var fileSize: UInt64 = 0
  private(set) var headerLength: UInt64 = 0
  /// Where the compressed bytes and their trailer end, once that is known.
  private var memberEnd: UInt64?
  private var contents: TgstreamContents
  /// What a whole scan found, where rows are asked for after one.
  private var known: [Attribute] = []

  static let kindWord = "gzip"
  /// Behind the numbers of TegDB's own kinds.
  static let kind = UInt8(TegDBWalker.kinds.count)

  init(_ role: TgstreamRole) {
    self.role = role
    contents = TgstreamContents(role)
  }

  mutating func begin(_ head: RawSpan, fileSize: UInt64) -> HeaderReading {
    self.fileSize = fileSize
    guard let header = GzipHeader(head) else {
      return .unreadable(offset: 0, .headerUnreadable)
    }
    guard fileSize > UInt64(header.length) else {
      return .unreadable(offset: 0, .compressedDataCut)
    }
    headerLength = UInt64(header.length)
    return .records(from: headerLength)
  }

  // MARK: Framing

  mutating func frame<Checksum: RecordChecksum & ~Copyable>(
    _ bytes: RawSpan, at start: Int, remaining: UInt64, checksum: borrowing Checksum
  ) -> Frame {
    let offset = fileSize - remaining
    if let known = knownFrame(at: offset) { return known }
    guard UInt64(bytes.byteCount - start) >= remaining,
      let data = bytes.slice(start, Int(remaining))
    else { return .partial(needed: remaining) }
    var member = GzipMember(role)
    member.take(data)
    return frame(of: member.finish(), at: offset)
  }

  mutating func frameLarge(_ source: inout RecordSource, at offset: UInt64, verifying: Bool)
    throws(RecordSourceError) -> Frame
  {
    if let known = knownFrame(at: offset) { return known }
    var member = GzipMember(role)
    try source.forEachPiece(from: offset, to: source.end) { member.take($0) }
    return frame(of: member.finish(), at: offset)
  }

  /// What stands at an offset, where that is known without decoding.
  private func knownFrame(at offset: UInt64) -> Frame? {
    if offset != headerLength { return .invalid(Fault(.notARecord)) }
    return memberEnd.map { .record(length: Int($0 - offset), kind: Self.kind) }
  }

  private mutating func frame(of result: GzipMember.Result, at offset: UInt64) -> Frame {
    contents = result.contents
    switch result.outcome {
    case .whole(let length):
      memberEnd = offset + length
      return .record(length: Int(length), kind: Self.kind)
    case .faulty(let fault): return .invalid(fault)
    }
  }

  // MARK: Words

  /// What stands behind a whole member is none.
  func resemblesRecord(_ head: RawSpan) -> Bool { memberEnd == nil }

  mutating func recall(_ facts: [Attribute]) {
    memberEnd = facts.number("compressedEnd")
    known = facts
  }

  var facts: [Attribute] {
    [
      Attribute("isCompressed", .flag(true)),
      Attribute("compressedEnd", memberEnd.map { .number($0) } ?? .none),
    ] + contents.facts
  }

  func isPlain(_ bytes: RawSpan, at start: Int, length: UInt64, kind: UInt8) -> Bool { false }

  /// The database's bytes stand for a value: records are not told apart in them.
  func giveContents(of record: RawSpan, _ body: (ContentPart, RawSpan) -> Void) -> Bool {
    var member = GzipMember(role)
    member.take(record) { body(.value, $0) }
    return true
  }

  func giveContents(
    _ source: inout RecordSource, at offset: UInt64, length: UInt64,
    _ body: (ContentPart, RawSpan) -> Void
  ) throws(RecordSourceError) -> Bool {
    var member = GzipMember(role)
    try source.forEachPiece(from: offset, to: source.end) { piece in
      member.take(piece) { body(.value, $0) }
    }
    return true
  }

  func summarise(
    _ head: RawSpan, kind: UInt8?, offset: UInt64, length: UInt64, fault: Fault?,
    previewLimit: Int
  ) -> Record {
    var record = Record(offset: offset, length: length, kind: Self.kindWord, fault: fault)
    if let size = known.number("uncompressedSize") {
      record.attributes.append(Attribute("valueLength", .size(size)))
    }
    if let records = known.number("walkedRecords") {
      record.attributes.append(Attribute("records", .number(records)))
    }
    if case .segment(let range, _) = role {
      record.attributes.append(Attribute("databaseOffset", .number(range.lowerBound)))
    }
    return record
  }
}

/// Decodes one gzip member behind its header: deflate data, CRC-32, length.
struct GzipMember: ~Copyable {
  enum Outcome {
    /// Bytes of the compressed data and the trailer.
    case whole(length: UInt64)
    case faulty(Fault)
  }

  struct Result {
    var outcome: Outcome
    var contents: TgstreamContents
    /// Bytes of the compressed data, as far as they could be decoded.
    var dataLength: UInt64
  }

  private var decoder = InflateDecoder()
  private var contents: TgstreamContents
  private var trailer: [UInt8] = []

  init(_ role: TgstreamRole) { contents = TgstreamContents(role) }

  /// Takes the next bytes of the file.
  mutating func take(_ piece: RawSpan) { take(piece) { _ in } }

  /// Takes the next bytes of the file, and gives what comes out of them to `body`.
  mutating func take(_ piece: RawSpan, _ body: (RawSpan) -> Void) {
    var used = 0
    if decoder.state == .inside {
      let before = decoder.consumed
      var contents = contents
      decoder.feed(piece) { bytes in
        body(bytes)
        return contents.take(bytes)
      }
      self.contents = contents
      used = Int(decoder.consumed - before)
    }
    guard decoder.state == .ended, let rest = piece.slice(used, piece.byteCount - used) else {
      return
    }
    trailer.append(rest, limit: Int(GzipHeader.trailerLength))
  }

  /// What the member is, with all bytes of the file taken.
  mutating func finish() -> Result {
    contents.finish()
    return Result(outcome: outcome, contents: contents, dataLength: decoder.consumed)
  }

  private var outcome: Outcome {
    switch decoder.state {
    case .inside: return .faulty(Fault(.compressedDataCut))
    case .failed: return .faulty(Fault(.compressedDataDamaged))
    case .unwanted: return .faulty(Fault(.contentsTooLong))
    case .ended:
      guard let stored = Self.number(trailer.rawBytes, at: 0),
        let length = Self.number(trailer.rawBytes, at: 4)
      else { return .faulty(Fault(.compressedDataCut)) }
      guard stored == decoder.checksum else {
        return .faulty(
          Fault(
            .checksum, at: decoder.consumed, stored: stored, computed: decoder.checksum))
      }
      guard length == UInt32(truncatingIfNeeded: decoder.decoded) else {
        return .faulty(Fault(.compressedDataDamaged, at: decoder.consumed + 4))
      }
      return .whole(length: decoder.consumed + GzipHeader.trailerLength)
    }
  }

  private static func number(_ bytes: RawSpan, at offset: Int) -> UInt32? {
    bytes.le(UInt32.self, at: offset)
  }
}
