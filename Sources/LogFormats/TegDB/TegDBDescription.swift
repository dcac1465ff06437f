import LogFiles

extension TegDB {
  public func describe(_ source: inout RecordSource, offset: UInt64, payloadLimit: Int)
    throws(RecordSourceError) -> RecordDescription
  {
    try describe(&source, with: TegDBWalker(), offset: offset, payloadLimit: payloadLimit)
  }

  func describe(
    _ source: inout RecordSource, with walker: TegDBWalker, offset: UInt64, payloadLimit: Int
  ) throws(RecordSourceError) -> RecordDescription {
    var walker = walker
    let first = try source.bytes(at: 0, limit: 1 << 14)
    let reading = walker.begin(first.rawBytes, fileSize: source.end)
    if case .records(let start) = reading, offset >= start {
      var description = TegDBDescription(
        walker, offset: offset, end: max(offset, source.end), payloadLimit: max(0, payloadLimit))
      return try description.describe(&source)
    }
    return TegDBHeaderDescription.describe(first, fileSize: source.end, status: walker.status)
  }
}

/// Describes the header, or what stands in its place.
enum TegDBHeaderDescription {
  static func describe(_ head: [UInt8], fileSize: UInt64, status: TegDBHeader.Status)
    -> RecordDescription
  {
    let length = status == .ok ? TegDBHeader.length : fileSize
    let fault: Fault? =
      switch status {
      case .ok, .headerless, .stretch, .empty: nil
      case .short, .badMagic: Fault(.headerUnreadable)
      case .unsupportedVersion: Fault(.unknownVersion, at: TegDBHeader.versionOffset)
      case .badEndian: Fault(.badEndianMark, at: TegDBHeader.endianOffset)
      }
    var fields: [Field] = []
    if let header = TegDBHeader(head.rawBytes), fileSize >= TegDBHeader.length {
      fields = Self.fields(header, head, status)
      if length > TegDBHeader.length {
        fields.append(
          Field(
            "rest", TegDBHeader.length..<length, .size(length - TegDBHeader.length),
            note: "not read, because the header cannot be used"))
      }
    } else if fileSize > 0 {
      fields = [
        Field(
          "header", 0..<fileSize,
          .bytes(Array(head.prefix(Field.previewLimit)), total: fileSize),
          note: "a header has 64 bytes, the file has \(fileSize)", isFaulty: true)
      ]
    }
    return RecordDescription(
      record: Record(offset: 0, length: length, kind: "header", fault: fault), fields: fields)
  }

  private static func fields(
    _ header: TegDBHeader, _ head: [UInt8], _ status: TegDBHeader.Status
  ) -> [Field] {
    func bytes(_ range: Range<Int>) -> FieldValue {
      .bytes(Array(head[range]), total: UInt64(range.count))
    }
    let isV2 = header.validDataEnd != nil
    return [
      Field(
        "magic", 0..<6, bytes(0..<6), note: status == .badMagic ? "not TEGDB and a zero" : nil,
        isFaulty: status == .badMagic),
      Field(
        "version", 6..<8, .number(UInt64(header.version)), note: Self.readers(header.version),
        isFaulty: status == .unsupportedVersion),
      Field("flags", 8..<12, .number(UInt64(header.flags)), note: "never read"),
      Field(
        "max key length", 12..<16, .size(UInt64(header.maxKeyLength)),
        note: "for information: nothing reads it back"),
      Field(
        "max value length", 16..<20, .size(UInt64(header.maxValueLength)),
        note: "for information: nothing reads it back"),
      Field(
        "endian mark", 20..<21, .number(UInt64(header.endianMark)),
        note: header.endianMark == 1 ? "big-endian" : "only 1 is accepted",
        isFaulty: status == .badEndian),
    ]
      + (isV2
        ? [
          Field(
            "valid data end", 21..<29, .number(header.validDataEnd ?? 0),
            note: "where the owner notes that its data end; it scans the whole file all the same"),
          Field("reserved", 29..<64, bytes(29..<64), note: "never read"),
        ] : [Field("reserved", 21..<64, bytes(21..<64), note: "never read")])
  }

  /// The programs that open a file of this version (format page, section 1).
  static func readers(_ version: UInt16) -> String {
    switch version {
    case 1: "no release opens it, only commits of October and November 2025"
    case 2: "opened by 0.4.0 and 0.5.0"
    default: "no version of TegDB is known to open it"
    }
  }
}

/// Builds the description of one record, or of what stands there instead of one.
struct TegDBDescription {
  private var walker: TegDBWalker
  private let offset: UInt64
  private let end: UInt64
  private let payloadLimit: Int
  private var fields: [Field] = []
  private var payloads: [Payload] = []

  init(_ walker: TegDBWalker, offset: UInt64, end: UInt64, payloadLimit: Int) {
    self.walker = walker
    self.offset = offset
    self.end = end
    self.payloadLimit = payloadLimit
  }

  /// Where the next field starts.
  private var place: UInt64 { fields.last?.range.upperBound ?? offset }

  mutating func describe(_ source: inout RecordSource) throws(RecordSourceError)
    -> RecordDescription
  {
    let frame = try walker.frameLarge(&source, at: offset, verifying: false)
    var fault: Fault?
    switch frame {
    case .run(let length, _, let records):
      fields = [
        Field(
          "zeros", offset..<offset + UInt64(length), .size(UInt64(length)),
          note:
            "the owner takes each 8 zero bytes for a delete of the empty key: \(records) of them")
      ]
    case .invalid(let found):
      fault = found
      try describeParts(&source, found)
    default:
      try describeParts(&source, nil)
    }
    return try finish(&source, fault)
  }

  private func finish(_ source: inout RecordSource, _ fault: Fault?) throws(RecordSourceError)
    -> RecordDescription
  {
    let length = place - offset
    let first = try source.bytes(at: offset, limit: Int(min(length, 1 << 16)))
    let record = walker.summarise(
      first.rawBytes, kind: nil, offset: offset, length: length, fault: fault,
      previewLimit: min(payloadLimit, Field.previewLimit))
    return RecordDescription(record: record, fields: fields, payloads: payloads)
  }

  // MARK: Parts

  private mutating func describeParts(_ source: inout RecordSource, _ fault: Fault?)
    throws(RecordSourceError)
  {
    let left = end - offset
    guard left > 0 else { return }
    if fault?.reason == .zeros {
      let zeros = try source.zeroRun(from: offset) ?? offset..<offset + 8
      fields = [
        Field(
          "zeros", zeros, .size(zeros.upperBound - zeros.lowerBound),
          note: "at or behind the noted end of the data: space that was never written")
      ]
      return
    }
    let lengths = try source.bytes(at: offset, limit: 8)
    guard let key = lengths.rawBytes.be(UInt32.self, at: 0),
      let value = lengths.rawBytes.be(UInt32.self, at: 4)
    else {
      fields.append(
        Field(
          "remains", offset..<end, .bytes(lengths, total: left),
          note: "two lengths take 8 bytes, \(left) are left", isFaulty: true))
      return
    }
    appendLengths(UInt64(key), UInt64(value), fault)
    guard fault?.reason != .keyTooLong else { return }
    guard let keyBytes = try append("key", claimed: UInt64(key), &source) else { return }
    payloads.append(
      Payload(
        name: "key", stored: place - UInt64(key)..<place, decodedLength: UInt64(key)))
    if value == 0 || fault?.reason == .valueTooLong { return }
    let start = place
    let whole = try append("value", claimed: UInt64(value), &source)
    payloads.append(
      Payload(
        name: "value", stored: start..<place, decodedLength: place - start,
        note: whole == nil ? "cut off by the end of the file" : nil))
    if whole != nil { try decode(key: keyBytes, value: start..<place, &source) }
  }

  private mutating func appendLengths(_ key: UInt64, _ value: UInt64, _ fault: Fault?) {
    let tooLong = fault?.reason == .keyTooLong
    fields.append(
      Field(
        "key length", place..<place + 4, .size(key),
        note: tooLong
          ? "the owner's scan ends here: it reads up to \(walker.limits.keyLength)" : nil,
        isFaulty: tooLong))
    let valueTooLong = fault?.reason == .valueTooLong
    fields.append(
      Field(
        "value length", place..<place + 4, .size(value),
        note: valueTooLong
          ? "the owner's scan ends here: it reads up to \(walker.limits.valueLength)"
          : value == 0 ? "none: a delete, or a commit marker" : nil,
        isFaulty: valueTooLong))
  }

  /// Appends a field of the claimed length, or of as many bytes as are left; its first bytes, nil
  /// when the file ends inside it.
  private mutating func append(_ name: String, claimed: UInt64, _ source: inout RecordSource)
    throws(RecordSourceError) -> [UInt8]?
  {
    let left = end - place
    let range = place..<place + min(claimed, left)
    let bytes = try source.bytes(
      at: range.lowerBound, limit: Int(min(UInt64(payloadLimit), 256, claimed, left)))
    let isCut = claimed > left
    let isMarker = name == "key" && claimed == 13 && TegDBWalker.isMarkerKey(bytes.rawBytes, at: 0)
    let note =
      isCut
      ? "claims \(claimed) bytes, \(left) are left"
      : isMarker ? "the commit marker: everything before it is committed" : nil
    fields.append(
      Field(
        name, range, .bytes(bytes, total: range.upperBound - range.lowerBound), note: note,
        isFaulty: isCut))
    return isCut ? nil : bytes
  }

  // MARK: The SQL layer

  /// Bytes before a row in which its table's schema is looked for.
  private static let schemaSearchLimit: UInt64 = 4 << 20
  private static let longestRow: UInt64 = 1 << 16

  private mutating func decode(
    key: [UInt8], value: Range<UInt64>, _ source: inout RecordSource
  ) throws(RecordSourceError) {
    guard let meaning = TegDBSQLKey(key.rawBytes) else { return }
    if let index = fields.firstIndex(where: { $0.name == "key" }) {
      fields[index].note = "SQL layer: " + Self.words(meaning)
    }
    guard case .row(let table, _) = meaning,
      value.upperBound - value.lowerBound <= Self.longestRow,
      let schema = try schema(of: table, &source),
      let index = fields.firstIndex(where: { $0.name == "value" })
    else { return }
    let bytes = try source.bytes(at: value.lowerBound, limit: Int(Self.longestRow))
    let stored = Array(bytes.prefix(Int(value.upperBound - value.lowerBound)))
    if let columns = TegDBRow.fields(
      stored, at: value.lowerBound, TegDBColumn.columns(schema))
    {
      fields[index].children = columns
      fields[index].note = "a row of the SQL layer"
    }
  }

  /// Notes are without foreign bytes, so the names stay out.
  private static func words(_ key: TegDBSQLKey) -> String {
    switch key {
    case .schema: "the columns of a table"
    case .index: "an index"
    case .extensionName: "an extension"
    case .row(_, let integer): integer.map { "row \($0) of a table" } ?? "a row of a table"
    }
  }

  /// The last schema of a table before this record, as far as is looked.
  private func schema(of table: [UInt8], _ source: inout RecordSource) throws(RecordSourceError)
    -> [UInt8]?
  {
    var walker = walker
    let wanted = Array("S:".utf8) + table
    var place = walker.header == nil ? 0 : TegDBHeader.length
    var found: [UInt8]?
    let limit = min(offset, place + Self.schemaSearchLimit)
    while place < limit {
      let frame = try walker.frameLarge(&source, at: place, verifying: false)
      switch frame {
      case .record(let length, let kind):
        let head = try source.bytes(at: place, limit: min(length, 8 + wanted.count))
        if kind == TegDBWalker.put, head.count == 8 + wanted.count,
          head.rawBytes.be(UInt32.self, at: 0) == UInt32(wanted.count),
          head.dropFirst(8).elementsEqual(wanted)
        {
          let start = place + UInt64(head.count)
          found = try source.bytes(at: start, limit: min(1 << 14, length - head.count))
        }
        place += UInt64(length)
      case .run(let length, _, _): place += UInt64(length)
      default: return found
      }
    }
    return found
  }
}
