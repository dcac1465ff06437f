public import LogFiles
import Quantities

extension OkayWAL {
  public func describe(_ source: inout RecordSource, offset: UInt64, payloadLimit: Int)
    throws(RecordSourceError) -> RecordDescription
  {
    try describe(&source, fileID: nil, offset: offset, payloadLimit: payloadLimit)
  }

  public func describe(
    _ source: inout RecordSource, of segment: SegmentFile, in directory: OpenDirectory,
    offset: UInt64, payloadLimit: Int
  ) throws(RecordSourceError) -> RecordDescription {
    try describe(&source, fileID: segment.id, offset: offset, payloadLimit: payloadLimit)
  }

  private func describe(
    _ source: inout RecordSource, fileID: UInt64?, offset: UInt64, payloadLimit: Int
  ) throws(RecordSourceError) -> RecordDescription {
    if offset == 0 {
      return OkayWALHeaderDescription(try source.bytes(at: 0, limit: OkayWALHeader.longest))
        .description(fileSize: source.end)
    }
    guard try source.bytes(at: offset, limit: 1).first == OkayWALEntry.Marker.entry else {
      return try describeRemains(&source, offset: offset)
    }
    var description = OkayWALEntryDescription(
      offset: offset, end: max(source.end, offset), fileID: fileID,
      payloadLimit: max(0, payloadLimit))
    try description.describe(&source)
    return description.finish()
  }

  /// What stands where no entry starts: zeros, or bytes that nothing tells about.
  private func describeRemains(_ source: inout RecordSource, offset: UInt64)
    throws(RecordSourceError) -> RecordDescription
  {
    let zeros = try source.zeroRun(from: offset)
    let range = zeros ?? offset..<max(source.end, offset)
    let bytes = try source.bytes(
      at: offset, limit: min(Field.previewLimit, Int(clamping: range.byteCount)))
    let reason: Reason = zeros == nil ? .unknownMarker : .zeros
    let note =
      zeros == nil
      ? "no entry starts here: the marker would be 01" : "never written, or written as zeros"
    return RecordDescription(
      record: Record(
        offset: offset, length: range.byteCount, kind: zeros == nil ? "remains" : "zeros",
        fault: Fault(reason)),
      fields: [
        Field(
          zeros == nil ? "remains" : "zeros", range, .bytes(bytes, total: range.byteCount),
          note: note, isFaulty: zeros == nil)
      ])
  }
}

/// Describes a segment's header.
struct OkayWALHeaderDescription {
  private let head: [UInt8]

  init(_ head: [UInt8]) { self.head = head }

  func description(fileSize: UInt64) -> RecordDescription {
    let header: OkayWALHeader
    do throws(OkayWALHeader.Failure) {
      header = try OkayWALHeader(head.rawBytes)
    } catch {
      let length = min(UInt64(head.count), UInt64(OkayWALHeader.fixedLength))
      return RecordDescription(
        record: Record(
          offset: 0, length: length, kind: "header", fault: Fault(error.reason, at: error.offset)),
        fields: [
          Field(
            "header", 0..<length, .bytes(Array(head.prefix(Int(length))), total: length),
            note: "the owner's open fails: \(error.ownerError)", isFaulty: true)
        ])
    }
    let info = header.versionInfo
    let end = UInt64(header.length)
    var fields = [
      Field("magic", 0..<3, .word("okw")),
      Field("version", 3..<4, .number(0), note: "the only version there is"),
      Field("versionInfoLength", 4..<5, .size(UInt64(info.count))),
    ]
    if !info.isEmpty {
      fields.append(
        Field(
          "versionInfo", 5..<end, .bytes(info, total: UInt64(info.count)),
          note: "free bytes of the application"))
    }
    return RecordDescription(
      record: Record(offset: 0, length: end, kind: "header"), fields: fields,
      payloads: info.isEmpty
        ? [] : [Payload(name: "version info", stored: 5..<end, decodedLength: UInt64(info.count))])
  }
}

/// Builds the description of one entry.
struct OkayWALEntryDescription {
  /// Chunks that are told one by one; a description must not grow with the entry.
  static let chunkLimit = 1000

  private let offset: UInt64
  private let end: UInt64
  private let fileID: UInt64?
  private let payloadLimit: Int
  private var pieces = OkayWALPieces(size: 1 << 16)

  private var fields: [Field] = []
  private var payloads: [Payload] = []
  private var fault: Fault?
  private var isTorn = false
  private var kind = OkayWALEntry.Kind.words[Int(OkayWALEntry.Kind.aborted)]
  private var attributes: [Attribute] = []
  private var chunks: UInt64 = 0
  private var payload: UInt64 = 0
  private var preview: [UInt8] = []
  private var checksums: (stored: UInt32, computed: UInt32)?
  private var place: UInt64

  init(offset: UInt64, end: UInt64, fileID: UInt64?, payloadLimit: Int) {
    self.offset = offset
    self.end = end
    self.fileID = fileID
    self.payloadLimit = payloadLimit
    place = offset
  }

  mutating func describe(_ source: inout RecordSource) throws(RecordSourceError) {
    guard try describeHead(&source) else { return }
    while let marker = try pieces.le(UInt8.self, at: place, &source) {
      switch marker {
      case OkayWALEntry.Marker.chunk:
        if chunks >= Self.chunkLimit { return try passRest(&source) }
        guard try describeChunk(&source) else { return }
      case OkayWALEntry.Marker.end:
        append(Field("end", place..<place + 1, .number(3), note: "committed"))
        kind = OkayWALEntry.Kind.words[Int(chunks == 0 ? 1 : 0)]
        return
      default:
        return
      }
    }
  }

  consuming func finish() -> RecordDescription {
    var found = fault
    // Where an entry is torn nobody knows how long it was to be.
    if !isTorn, found?.reason == .checksum { found?.claimedLength = place - offset }
    var record = Record(offset: offset, length: place - offset, kind: kind, fault: found)
    record.attributes =
      attributes + [
        Attribute("chunks", .number(chunks)), Attribute("payloadLength", .size(payload)),
      ]
    if chunks > 0 { record.value = (preview, payload) }
    record.isFlawed = fault != nil || kind == OkayWALEntry.Kind.words[2]
    return RecordDescription(
      record: record, fields: fields, payloads: payloads, storedChecksum: checksums?.stored,
      computedChecksum: checksums?.computed)
  }

  private mutating func append(_ field: Field) {
    fields.append(field)
    place = field.range.upperBound
  }

  /// Marker and id; false where the file ends in them.
  private mutating func describeHead(_ source: inout RecordSource) throws(RecordSourceError) -> Bool
  {
    append(Field("marker", place..<place + 1, .number(1), note: "new entry"))
    guard let id = try pieces.le(UInt64.self, at: place, &source) else {
      fault = Fault(.short)
      try appendRemains("entryId", "8 bytes are needed", &source)
      return false
    }
    var note: String?
    if let fileID, id < fileID {
      note = "below the file's id \(fileID): recycled, an entry of an earlier life of the file"
      attributes.append(Attribute("recycled", .flag(true)))
    }
    append(Field("entryId", place..<place + 8, .number(id), note: note))
    attributes.insert(Attribute("entryId", .number(id)), at: 0)
    return true
  }

  /// One chunk; false where the file ends in it.
  private mutating func describeChunk(_ source: inout RecordSource) throws(RecordSourceError)
    -> Bool
  {
    let start = place
    guard let length = try pieces.le(UInt32.self, at: start + 1, &source) else {
      isTorn = true
      fault = fault ?? Fault(.incomplete, at: start - offset)
      try appendRemains("chunk", "a chunk's marker and length take 5 bytes", &source)
      return false
    }
    chunks += 1
    payload += UInt64(length)
    let payloadStart = start + UInt64(OkayWALEntry.chunkHeadLength)
    let left = end - payloadStart
    let isCut = UInt64(length) + UInt64(OkayWALEntry.checksumLength) > left
    let payloadRange = payloadStart..<payloadStart + min(UInt64(length), left)
    let shown = try source.bytes(
      at: payloadStart,
      limit: min(payloadLimit, Field.previewLimit, Int(clamping: payloadRange.byteCount)))
    preview.append(shown.rawBytes, limit: min(payloadLimit, Field.previewLimit))
    var parts = [
      Field("marker", start..<start + 1, .number(2), note: "chunk"),
      Field(
        "length", start + 1..<payloadStart, .size(UInt64(length)),
        note: isCut ? "\(left) bytes are left, the checksum included" : nil, isFaulty: isCut),
    ]
    if !payloadRange.isEmpty {
      parts.append(
        Field("payload", payloadRange, .bytes(shown, total: payloadRange.byteCount)))
    }
    payloads.append(
      Payload(
        name: "chunk \(chunks)", stored: payloadRange, decodedLength: payloadRange.byteCount,
        note: isCut ? "cut off by the end of the file" : nil))
    if isCut {
      isTorn = true
      fault =
        fault
        ?? Fault(
          .incomplete, at: start - offset,
          claimedLength: start - offset + OkayWALEntry.chunkLength(UInt64(length)))
      if payloadRange.upperBound < end {
        let rest = try source.bytes(at: payloadRange.upperBound, limit: 3)
        parts.append(
          Field(
            "crc", payloadRange.upperBound..<end, .bytes(rest, total: UInt64(rest.count)),
            note: "4 bytes are needed", isFaulty: true))
      }
    } else {
      parts.append(try checksum(of: payloadRange, chunk: start, &source))
    }
    let whole = start..<(parts.last?.range.upperBound ?? payloadStart)
    append(
      Field(
        "chunk", whole, .size(UInt64(length)), isFaulty: parts.contains(where: \.isFaulty),
        children: parts))
    return !isCut
  }

  private mutating func checksum(
    of payload: Range<UInt64>, chunk: UInt64, _ source: inout RecordSource
  ) throws(RecordSourceError) -> Field {
    let start = payload.upperBound
    let computed = try pieces.crc32c(
      at: payload.lowerBound, count: payload.byteCount, &source)
    let stored = try pieces.le(UInt32.self, at: start, &source) ?? ~computed
    if stored != computed, fault == nil {
      fault = Fault(.checksum, at: chunk - offset, stored: stored, computed: computed)
      checksums = (stored, computed)
    } else if fault == nil {
      checksums = (stored, computed)
    }
    let rule = "CRC-32C of the \(payload.byteCount) bytes of the payload, and of nothing else"
    return Field(
      "crc", start..<start + UInt64(OkayWALEntry.checksumLength), .checksum(stored),
      note: stored == computed ? rule : "\(rule), which is 0x\(computed.eightDigits)",
      computed: computed, isFaulty: stored != computed)
  }

  /// The bytes up to the end of the file, too few for a field.
  private mutating func appendRemains(
    _ name: String, _ needed: String, _ source: inout RecordSource
  ) throws(RecordSourceError) {
    guard place < end else { return }
    let rest = try source.bytes(at: place, limit: 16)
    append(
      Field(
        name, place..<end, .bytes(rest, total: end - place),
        note: "\(needed), \(end - place) are left", isFaulty: true))
  }

  /// The chunks beyond the limit as one field.
  private mutating func passRest(_ source: inout RecordSource) throws(RecordSourceError) {
    var walker = OkayWALWalker(fileID: 0)
    let frame = try walker.frameLarge(&source, at: offset, verifying: true)
    var stop = end
    switch frame {
    case .record(let length, let number), .flawed(let length, let number, _),
      .stale(let length, let number):
      stop = offset + UInt64(length)
      kind = OkayWALEntry.Kind.words[Int(number)]
    default: break
    }
    switch frame {
    case .flawed(_, _, let found): fault = fault ?? found
    case .invalid(let found): fault = fault ?? found
    default: break
    }
    append(
      Field(
        "further chunks", place..<stop, .none,
        note: "\(Self.chunkLimit) chunks are told one by one"))
  }
}
