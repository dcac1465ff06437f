public import LogFiles

extension Tgstream {
  public func describe(_ source: inout RecordSource, offset: UInt64, payloadLimit: Int)
    throws(RecordSourceError) -> RecordDescription
  {
    try TegDB().describe(&source, offset: offset, payloadLimit: payloadLimit)
  }

  public func describe(
    _ source: inout RecordSource, of segment: SegmentFile, in directory: OpenDirectory,
    offset: UInt64, payloadLimit: Int
  ) throws(RecordSourceError) -> RecordDescription {
    guard let role = TgstreamRole(segment.name) else {
      return try describe(&source, offset: offset, payloadLimit: payloadLimit)
    }
    switch role {
    case .state, .latest:
      let bytes = try source.bytes(at: 0, limit: TgstreamNotes.sizeLimit)
      return TgstreamNotes(role, bytes.rawBytes, fileSize: source.end)
        .describe(role, bytes, fileSize: source.end)
    case .base(isCompressed: true), .segment(_, isCompressed: true):
      return try TgstreamGzipDescription(role, payloadLimit: max(0, payloadLimit))
        .describe(&source, offset: offset)
    case .base, .segment:
      return try TegDB().describe(
        &source, with: Self.plainWalker(role), offset: offset, payloadLimit: payloadLimit)
    }
  }
}

/// Describes the parts of a compressed base or segment.
struct TgstreamGzipDescription {
  private let role: TgstreamRole
  private let payloadLimit: Int

  init(_ role: TgstreamRole, payloadLimit: Int) {
    self.role = role
    self.payloadLimit = payloadLimit
  }

  private static let headerLimit = 1 << 18

  func describe(_ source: inout RecordSource, offset: UInt64) throws(RecordSourceError)
    -> RecordDescription
  {
    let head = try source.bytes(at: 0, limit: Self.headerLimit)
    guard let header = GzipHeader(head.rawBytes) else {
      return Self.unreadable(head, fileSize: source.end)
    }
    let start = UInt64(header.length)
    if offset < start { return Self.describe(header, head) }
    var member = GzipMember(role)
    var decoded: [UInt8] = []
    try source.forEachPiece(from: start, to: source.end) { piece in
      member.take(piece) { decoded.append($0, limit: payloadLimit) }
    }
    let result = member.finish()
    if case .whole(let length) = result.outcome, offset >= start + length {
      return try rest(&source, from: start + length)
    }
    return try describe(result, decoded, start: start, &source)
  }

  // MARK: Header

  private static func unreadable(_ head: [UInt8], fileSize: UInt64) -> RecordDescription {
    let field = Field(
      "header", 0..<fileSize, .bytes(Array(head.prefix(Field.previewLimit)), total: fileSize),
      note: "not the header of a gzip file", isFaulty: true)
    return RecordDescription(
      record: Record(
        offset: 0, length: fileSize, kind: "header", fault: Fault(.headerUnreadable)),
      fields: fileSize == 0 ? [] : [field])
  }

  private static func describe(_ header: GzipHeader, _ head: [UInt8]) -> RecordDescription {
    func bytes(_ range: Range<Int>) -> FieldValue {
      .bytes(Array(head[range].prefix(Field.previewLimit)), total: UInt64(range.count))
    }
    var fields = [
      Field("magic", 0..<2, bytes(0..<2)),
      Field("method", 2..<3, .number(UInt64(header.method)), note: "deflate"),
      Field("flags", 3..<4, .number(UInt64(header.flags)), note: "which optional parts follow"),
      Field(
        "modified", 4..<8, .number(UInt64(header.modified)),
        note: header.modified == 0 ? "not noted" : "seconds since 1970"),
      Field("extra flags", 8..<9, .number(UInt64(header.extraFlags))),
      Field("system", 9..<10, .number(UInt64(header.system))),
    ]
    let parts = [
      ("extra", header.extra), ("name", header.name), ("comment", header.comment),
      ("header checksum", header.checksum),
    ]
    for (name, range) in parts {
      guard let range else { continue }
      fields.append(
        Field(name, UInt64(range.lowerBound)..<UInt64(range.upperBound), bytes(range)))
    }
    let record = Record(offset: 0, length: UInt64(header.length), kind: "header")
    return RecordDescription(record: record, fields: fields)
  }

  // MARK: Compressed data

  private func describe(
    _ result: GzipMember.Result, _ decoded: [UInt8], start: UInt64, _ source: inout RecordSource
  ) throws(RecordSourceError) -> RecordDescription {
    let contents = result.contents
    var fault: Fault?
    var end = source.end
    switch result.outcome {
    case .whole(let length): end = start + length
    case .faulty(let found): fault = found
    }
    let isEnded = fault == nil || fault?.reason == .checksum || fault?.offset ?? 0 > 0
    let dataEnd = isEnded ? start + result.dataLength : end
    var fields = [
      Field(
        "compressed data", start..<dataEnd, .size(dataEnd - start),
        note: fault?.reason.explanation ?? "\(contents.length) bytes come out of them",
        isFaulty: !isEnded)
    ]
    if isEnded {
      let trailer = try source.bytes(at: dataEnd, limit: Int(GzipHeader.trailerLength))
      fields += Self.trailer(trailer, at: dataEnd, fault)
      end = max(dataEnd, min(source.end, dataEnd + GzipHeader.trailerLength))
    }
    let record = Record(
      offset: start, length: end - start, kind: TgstreamGzipWalker.kindWord, fault: fault)
    return RecordDescription(
      record: record, fields: fields,
      payloads: [
        Payload(
          name: "contents", stored: start..<dataEnd, decoded: decoded,
          decodedLength: contents.length, note: "deflate"),
        Payload(
          name: "records", stored: start..<dataEnd, decoded: listing(of: decoded),
          note: "deflate: the records in the contents, by their offsets in the database"),
      ], storedChecksum: fault?.stored, computedChecksum: fault?.computed)
  }

  private static func trailer(_ bytes: [UInt8], at start: UInt64, _ fault: Fault?) -> [Field] {
    let raw = bytes.rawBytes
    guard let checksum = raw.le(UInt32.self, at: 0), let length = raw.le(UInt32.self, at: 4) else {
      return bytes.isEmpty
        ? []
        : [
          Field(
            "trailer", start..<start + UInt64(bytes.count),
            .bytes(bytes, total: UInt64(bytes.count)), note: "cut off", isFaulty: true)
        ]
    }
    return [
      Field(
        "checksum", start..<start + 4, .checksum(checksum), note: "CRC-32 of the contents",
        isFaulty: fault?.reason == .checksum),
      Field(
        "length", start + 4..<start + 8, .size(UInt64(length)),
        note: "of the contents, modulo 2^32", isFaulty: fault?.reason == .compressedDataDamaged),
    ]
  }

  /// Bytes behind the compressed data, which tgstream never writes.
  private func rest(_ source: inout RecordSource, from start: UInt64) throws(RecordSourceError)
    -> RecordDescription
  {
    let length = source.end - start
    let bytes = try source.bytes(at: start, limit: min(payloadLimit, Field.previewLimit))
    let fault = length > 0 ? Fault(.notARecord) : nil
    return RecordDescription(
      record: Record(offset: start, length: length, kind: "unknown", fault: fault),
      fields: length == 0
        ? []
        : [
          Field(
            "remains", start..<source.end, .bytes(bytes, total: length),
            note: "behind the end of the compressed data", isFaulty: true)
        ])
  }

  // MARK: Records in the contents

  /// One line for each record of the contents, as far as they were kept.
  private func listing(of decoded: [UInt8]) -> [UInt8] {
    var walker = Tgstream.plainWalker(role)
    var lines: [UInt8] = []
    let start = Self.begin(&walker, decoded.rawBytes)
    var place = start
    while let current = place, current < decoded.count, lines.count < payloadLimit {
      guard let row = Self.row(&walker, decoded.rawBytes, at: current) else { break }
      let offset = UInt64(current) + (walker.stretchStart ?? 0)
      let key = row.key.flatMap(Self.printable) ?? ""
      lines += Array("\(offset) \(row.kind) \(row.length) \(key)\n".utf8)
      place = current + Int(row.length)
    }
    return Array(lines.prefix(payloadLimit))
  }

  private static func begin(_ walker: inout TegDBWalker, _ bytes: RawSpan) -> Int? {
    guard case .records(let first) = walker.begin(bytes, fileSize: UInt64(bytes.byteCount)) else {
      return nil
    }
    return Int(first)
  }

  private static func row(_ walker: inout TegDBWalker, _ bytes: RawSpan, at place: Int)
    -> (kind: String, length: UInt64, key: [UInt8]?)?
  {
    let remaining = UInt64(bytes.byteCount - place)
    guard case .record(let length, let kind) = walker.frame(bytes, at: place, remaining: remaining),
      let head = bytes.slice(place, length)
    else { return nil }
    let record = walker.summarise(
      head, kind: kind, offset: UInt64(place), length: UInt64(length), fault: nil,
      previewLimit: 64)
    return (record.kind, UInt64(length), record.key?.bytes)
  }

  /// Printable ASCII as it is, all else as `\xNN`, so that a key cannot look like another line.
  private static func printable(_ bytes: [UInt8]) -> String {
    bytes.reduce(into: "") { text, byte in
      if (0x20...0x7e).contains(byte), byte != UInt8(ascii: "\\") {
        text.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        text += "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
      }
    }
  }
}
