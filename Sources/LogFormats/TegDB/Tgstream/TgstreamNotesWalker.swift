import LogFiles

/// Takes a state file or a `latest.json` for a header as a whole: it holds no records.
struct TgstreamNotesWalker: SegmentWalker {
  var carry: UInt64 = 0
  let leadingZeroLimit: Int? = nil
  let canResync = false
  let countsRecords = false
  private let role: TgstreamRole
  private(set) var facts: [Attribute] = []

  init(_ role: TgstreamRole) { self.role = role }

  mutating func begin(_ head: RawSpan, fileSize: UInt64) -> HeaderReading {
    let notes = TgstreamNotes(role, head, fileSize: fileSize)
    facts = notes.entries.compactMap { entry in
      guard let value = entry.fieldValue else { return nil }
      return Attribute(Self.camelCase(entry.key), value)
    }
    if let fault = notes.fault { return .unreadable(offset: fault, .headerUnreadable) }
    return .records(from: fileSize)
  }

  /// `last_committed_offset` as `lastCommittedOffset`.
  private static func camelCase(_ key: String) -> String {
    let parts = key.split { $0 == "_" || $0 == "." || $0 == "-" }
    guard let first = parts.first else { return key }
    return parts.dropFirst().reduce(String(first)) {
      $0 + $1.prefix(1).uppercased() + $1.dropFirst()
    }
  }

  func summarise(
    _ head: RawSpan, kind: UInt8?, offset: UInt64, length: UInt64, fault: Fault?,
    previewLimit: Int
  ) -> Record {
    Record(offset: offset, length: length, kind: "notes", fault: fault)
  }
}

extension TgstreamNotes.Entry {
  /// The value as a field shows it, nil for lines without one.
  var fieldValue: FieldValue? {
    switch value {
    case .number(let number): .number(number)
    case .text(let text):
      .bytes(Array(text.prefix(Field.previewLimit)), total: UInt64(text.count))
    case .other: nil
    }
  }
}

extension TgstreamNotes {
  /// All bytes of the file as fields.
  func describe(_ role: TgstreamRole, _ bytes: [UInt8], fileSize: UInt64) -> RecordDescription {
    var fields = entries.map { entry in
      Field(
        entry.key, entry.range, entry.fieldValue ?? .none, note: Self.meaning(entry.key, role))
    }
    let end = entries.last?.range.upperBound ?? 0
    if end < fileSize {
      let rest = Array(bytes.dropFirst(Int(min(end, UInt64(bytes.count)))))
      fields.append(
        Field(
          "remains", end..<fileSize,
          .bytes(Array(rest.prefix(Field.previewLimit)), total: fileSize - end),
          note: "cannot be read as what tgstream writes", isFaulty: true))
    }
    let record = Record(
      offset: 0, length: fileSize, kind: role == .latest ? "latest" : "state",
      fault: fault.map { Fault(.headerUnreadable, at: $0) })
    return RecordDescription(record: record, fields: fields)
  }

  private static func meaning(_ key: String, _ role: TgstreamRole) -> String? {
    switch key {
    case "device", "inode": "which file was followed; with another one all starts again"
    case "db_path": "the database that is followed"
    case "base_id":
      role == .latest ? "the base that a restore takes" : "the base that new segments go with"
    case "last_committed_offset": "the database is uploaded up to here"
    case "last_uploaded_etag": "what the object store said of the last segment; never checked"
    case "last_seen_size": "a smaller database later counts as replaced"
    case "checksums.base_etag": "what the object store said of the base; never checked"
    case "created_at": "when the base was made"
    case "last_offset": "the last commit in the base: a restore to latest stops here"
    default: nil
    }
  }
}
