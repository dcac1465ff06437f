public import LogFiles

extension Mmlog {
  public func describe(_ source: inout RecordSource, offset: UInt64, payloadLimit: Int)
    throws(RecordSourceError) -> RecordDescription
  {
    try describe(
      &source, with: MmlogWalker(content: .text, metadata: MmlogMetadataReading(.missing)),
      offset: offset, payloadLimit: payloadLimit)
  }

  public func describe(
    _ source: inout RecordSource, of segment: SegmentFile, in directory: OpenDirectory,
    offset: UInt64, payloadLimit: Int
  ) throws(RecordSourceError) -> RecordDescription {
    if segment.state == .metadata { return try describeMetadata(&source) }
    return try describe(
      &source, with: dataWalker(for: segment.name, in: directory), offset: offset,
      payloadLimit: payloadLimit)
  }

  // MARK: Data

  private func describe(
    _ source: inout RecordSource, with dataWalker: MmlogWalker, offset: UInt64, payloadLimit: Int
  ) throws(RecordSourceError) -> RecordDescription {
    var walker = dataWalker
    let offset = min(offset, source.end)
    walker.begin(fileSize: source.end)
    let head = try source.bytes(at: offset, limit: Self.lookedAtBytes)
    var frame = walker.frame(head.rawBytes, at: 0, remaining: source.end - offset)
    if case .partial = frame {
      frame = try walker.frameLarge(&source, at: offset, verifying: false)
    }
    let limit = max(0, payloadLimit)
    switch frame {
    case .record(let length, let kind):
      let record = walker.summarise(
        Array(head.prefix(length)).rawBytes, kind: kind, offset: offset, length: UInt64(length),
        fault: nil, previewLimit: min(limit, Field.previewLimit))
      return describe(record, kind: kind)
    case .flawed(let length, _, let fault):
      return describeGap(offset..<offset + UInt64(length), fault)
    case .run, .partial, .stale, .end, .invalid:
      return try describeRest(&source, from: offset, limit: limit)
    }
  }

  /// Bytes of a record that are looked at before it is read piece by piece.
  private static let lookedAtBytes = 1 << 16

  private func describe(_ record: Record, kind: UInt8) -> RecordDescription {
    let isLine = kind == MmlogWalker.Kind.line.rawValue
    let end = record.offset + record.length
    let text = record.offset..<end - (isLine ? 1 : 0)
    let bytes = record.value?.bytes ?? []
    let name = kind == MmlogWalker.Kind.raw.rawValue ? "bytes" : "text"
    let total = text.upperBound - text.lowerBound
    var fields = [Field(name, text, .bytes(bytes, total: total), note: Self.note(kind))]
    if isLine {
      fields.append(Field("newline", text.upperBound..<end, .number(0x0a), note: "ends the line"))
    }
    if total == 0 { fields.removeFirst() }
    return RecordDescription(
      record: record, fields: fields,
      payloads: [Payload(name: "value", stored: text, decodedLength: total)])
  }

  private static func note(_ kind: UInt8) -> String? {
    switch MmlogWalker.Kind(rawValue: kind) {
    case .unterminated: "no newline: the line is cut by a gap or by the end of the data"
    case .raw: "the format has no framing; what one insert was, the bytes do not tell"
    default: nil
    }
  }

  private func describeGap(_ range: Range<UInt64>, _ fault: Fault?) -> RecordDescription {
    let length = range.upperBound - range.lowerBound
    var record = Record(
      offset: range.lowerBound, length: length, kind: MmlogWalker.Kind.gap.word, fault: fault)
    record.isFlawed = true
    return RecordDescription(
      record: record,
      fields: [
        Field(
          "zeros", range, .size(length),
          note: "below the cursor: taken by an insert and not written, or zeros that the program "
            + "itself wrote", isFaulty: true)
      ])
  }

  /// What stands behind the cursor: zeros, or bytes that the next inserts overwrite.
  private func describeRest(_ source: inout RecordSource, from offset: UInt64, limit: Int)
    throws(RecordSourceError) -> RecordDescription
  {
    if let zeros = try source.zeroRun(from: offset) {
      let length = zeros.upperBound - zeros.lowerBound
      return RecordDescription(
        record: Record(offset: offset, length: length, kind: "slack"),
        fields: [
          Field("zeros", zeros, .size(length), note: "behind the cursor: not written yet")
        ])
    }
    let range = offset..<source.end
    let length = range.upperBound - range.lowerBound
    let bytes = try source.bytes(at: offset, limit: min(limit, Field.previewLimit))
    let fault = length > 0 ? Fault(.afterEnd, claimedLength: length) : nil
    return RecordDescription(
      record: Record(offset: offset, length: length, kind: "slack", fault: fault),
      fields: length == 0
        ? []
        : [
          Field(
            "bytes", range, .bytes(bytes, total: length),
            note: "behind the cursor: the next inserts overwrite them", isFaulty: true)
        ],
      payloads: [Payload(name: "value", stored: range, decodedLength: length)])
  }

  // MARK: Metadata

  private func describeMetadata(_ source: inout RecordSource)
    throws(RecordSourceError) -> RecordDescription
  {
    let bytes = try source.bytes(at: 0, limit: MmlogMetadata.size + Field.previewLimit)
    let size = source.end
    guard let fields = MmlogMetadata(bytes.rawBytes) else {
      let fault = Fault(.headerUnreadable)
      let remains = Field(
        "remains", 0..<size, .bytes(bytes, total: size),
        note: "metadata need 32 bytes, \(size) are there", isFaulty: true)
      return RecordDescription(
        record: Record(offset: 0, length: size, kind: "metadata", fault: fault),
        fields: size == 0 ? [] : [remains])
    }
    var tree = Self.fields(of: fields)
    if size > UInt64(MmlogMetadata.size) {
      tree.append(
        Field(
          "more bytes", UInt64(MmlogMetadata.size)..<size,
          .bytes(
            Array(bytes.dropFirst(MmlogMetadata.size)), total: size - UInt64(MmlogMetadata.size)),
          note: "accepted and never read by the owner"))
    }
    let isKnown = fields.version == MmlogMetadata.knownVersion
    let record = Record(
      offset: 0, length: size, kind: "metadata", fault: isKnown ? nil : Fault(.unknownVersion))
    return RecordDescription(record: record, fields: tree)
  }

  private static func fields(of metadata: MmlogMetadata) -> [Field] {
    [
      Field(
        "version", 0..<4, .number(UInt64(metadata.version)),
        note: metadata.version == MmlogMetadata.knownVersion
          ? "must be 1" : "must be 1: the owner refuses the log",
        isFaulty: metadata.version != MmlogMetadata.knownVersion),
      flag(
        "is_ready", 4, metadata.ready, set: "initialisation was finished",
        clear: "the creator is still busy, or died: nobody can open the log",
        isFaulty: !metadata.isReady),
      flag(
        "is_locked", 5, metadata.locked,
        set: "a process is extending the data file, or died while it did", clear: "not growing"),
      flag(
        "is_panicked", 6, metadata.panicked,
        set: "extending the data file failed once; never cleared", clear: "growing never failed"),
      Field(
        "padding", 7..<8, .number(UInt64(metadata.padding)),
        note: metadata.padding == 0 ? "ignored" : "not zero, and ignored"),
      Field(
        "file_size", 8..<16, .size(metadata.recordedSize),
        note: "the size to which the data file was extended, as far as the owner knows; trim does "
          + "not lower it"),
      Field(
        "cursor", 16..<24, .size(metadata.cursor),
        note: "where the next insert goes: the sum of all reservations, failed ones included"),
      Field(
        "page_size", 24..<28, .size(UInt64(metadata.pageSize)),
        note: metadata.pageSize == 4096 ? "never read back" : "not 4096, and never read back"),
      Field(
        "chunk_size", 28..<32, .size(UInt64(metadata.chunkSize)), note: note(chunk: metadata),
        isFaulty: metadata.chunkSize == 0),
    ]
  }

  private static func flag(
    _ name: String, _ offset: UInt64, _ byte: UInt8, set: String, clear: String,
    isFaulty: Bool = false
  ) -> Field {
    let odd = byte > 1 ? " (the byte is \(byte), which no owner writes)" : ""
    return Field(
      name, offset..<offset + 1, .flag(byte != 0), note: (byte != 0 ? set : clear) + odd,
      isFaulty: isFaulty)
  }

  private static func note(chunk metadata: MmlogMetadata) -> String {
    if metadata.chunkSize == 0 { return "an insert divides by it and is killed" }
    return metadata.chunkSize % 4096 == 0
      ? "growth step and size of a mapping"
      : "not a multiple of 4096: chunks behind the first cannot be mapped"
  }
}
