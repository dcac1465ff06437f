import LogFiles

extension TegDBWalker {
  /// The format's kinds, by the walker's numbers.
  static let kinds = ["put", "delete", "commit", "commit+value"]

  func summarise(
    _ head: RawSpan, kind: UInt8?, offset: UInt64, length: UInt64, fault: Fault?,
    previewLimit: Int
  ) -> Record {
    guard let keyLength = head.be(UInt32.self, at: 0), let valueLength = head.be(UInt32.self, at: 4)
    else { return Record(offset: offset, length: length, kind: "unknown", fault: fault) }
    let kind = Self.kind(head, keyLength: keyLength, valueLength: valueLength)
    var record = Record(offset: offset, length: length, kind: Self.kinds[Int(kind)], fault: fault)
    record.key = Self.preview(
      head, at: Self.lengthsLength, length: UInt64(keyLength), limit: previewLimit)
    if valueLength > 0 {
      record.value = Self.preview(
        head, at: Self.lengthsLength + UInt64(keyLength), length: UInt64(valueLength),
        limit: previewLimit)
    }
    // Zeros that are taken for deletes change nothing, undone or not.
    record.isUndone =
      keyLength | valueLength != 0 && fault == nil && transactionState(at: offset) == .undone
    record.attributes = attributes(
      offset: offset, length: length, keyLength: UInt64(keyLength),
      valueLength: UInt64(valueLength))
    if let key = head.slice(8, min(Int(keyLength), max(0, head.byteCount - 8))),
      let meaning = TegDBSQLKey(key)
    {
      record.attributes.append(
        Attribute("sql", .bytes(meaning.text, total: UInt64(meaning.text.count))))
    }
    return record
  }

  private static func kind(_ head: RawSpan, keyLength: UInt32, valueLength: UInt32) -> UInt8 {
    if keyLength == 13, isMarkerKey(head, at: 8) {
      return valueLength == 0 ? commit : commitWithValue
    }
    return valueLength == 0 ? delete : put
  }

  func keyChange(_ head: RawSpan) -> KeyChange {
    guard let keyLength = head.be(UInt32.self, at: 0), let valueLength = head.be(UInt32.self, at: 4)
    else { return .none }
    let kind = Self.kind(head, keyLength: keyLength, valueLength: valueLength)
    if kind == Self.commit || kind == Self.commitWithValue { return .none }
    let key = 8..<8 + Int(keyLength)
    if kind == Self.delete { return .delete(key: key) }
    let start = UInt64(key.upperBound)
    return .put(key: key, value: start..<start + UInt64(valueLength))
  }

  func contents(of head: RawSpan, offset: UInt64, length: UInt64, kind: UInt8) -> StoredContents {
    guard let keyLength = head.be(UInt32.self, at: 0), let valueLength = head.be(UInt32.self, at: 4)
    else { return StoredContents() }
    let start = Self.lengthsLength + UInt64(keyLength)
    let end = start + UInt64(valueLength)
    guard end <= length else { return StoredContents() }
    return StoredContents(
      key: Self.lengthsLength..<start, value: valueLength > 0 ? start..<end : nil)
  }

  private func attributes(
    offset: UInt64, length: UInt64, keyLength: UInt64, valueLength: UInt64
  ) -> [Attribute] {
    var attributes = [Attribute("valueLength", .size(valueLength))]
    if let state = transactionState(at: offset) {
      attributes += state.attributes
    }
    if let stretchStart {
      attributes.append(Attribute("databaseOffset", .number(stretchStart &+ offset)))
    }
    if let dataEnd = header?.validDataEnd {
      attributes.append(Attribute("beyondValidDataEnd", .flag(offset >= dataEnd)))
    }
    if keyLength == 0, valueLength == 0, length > Self.lengthsLength {
      attributes.append(Attribute("records", .number(length / Self.lengthsLength)))
    }
    return attributes
  }

  /// What the owner does with a record by its place, nil before a scan has told where the last
  /// commit marker is.
  func transactionState(at offset: UInt64) -> TegDBTransactionState? {
    guard let known else { return nil }
    if offset >= known.recordsEnd { return .unreached }
    if known.markers == 0 { return .noMarker }
    // A marker that the file cuts is one to the owner: what stands before it is committed.
    if case .marker = known.acceptedCut { return .committed }
    return offset < known.lastCommitEnd ? .committed : .undone
  }

  private static func preview(_ head: RawSpan, at start: UInt64, length: UInt64, limit: Int)
    -> (bytes: [UInt8], total: UInt64)
  {
    var bytes: [UInt8] = []
    if let place = Int(exactly: start), place < head.byteCount {
      let count = Int(min(length, UInt64(head.byteCount - place), UInt64(max(0, limit))))
      if let part = head.slice(place, count) { bytes.append(part, limit: count) }
    }
    return (bytes, length)
  }

  func complete(_ description: inout RecordDescription) {
    let offset = description.record.offset
    guard offset >= (header == nil ? 0 : TegDBHeader.length), description.record.fault == nil,
      let state = transactionState(at: offset)
    else { return }
    if !description.record.attributes.contains(where: { $0.name == "transaction" }) {
      description.record.attributes += state.attributes
    }
    let end = offset + description.record.length
    let isMarker = description.record.kind.hasPrefix("commit")
    description.fields.append(
      Field(
        "state", end..<end, .word(state.rawValue),
        note: isMarker && state == .committed ? "commits what stands before it" : state.explanation)
    )
    if let later = state.afterNextCommit {
      description.fields.append(
        Field(
          "after next commit", end..<end, .word(later),
          note: "the next marker stands behind it, so that it counts on the open after that"))
    }
  }
}

/// What becomes of a record when the owner opens the file (format page, section 3.2).
enum TegDBTransactionState: String {
  case committed
  /// Behind the last marker.
  case undone
  /// In a file without any marker, in which each record counts.
  case noMarker = "no-marker"
  /// Behind the end of the owner's walk.
  case unreached

  /// What the next commit of the owner makes of it, where that is something else: what an open
  /// undoes stays in the file, and the next marker is written behind it.
  var afterNextCommit: String? { self == .undone ? "resurrected" : nil }

  var attributes: [Attribute] {
    [Attribute("transaction", .word(rawValue))]
      + (afterNextCommit.map { [Attribute("afterNextCommit", .word($0))] } ?? [])
  }

  var explanation: String {
    switch self {
    case .committed: "a commit marker follows"
    case .undone: "when the owner opens the file, in memory only: it stays in the file"
    case .noMarker: "counts, because the file has no commit marker"
    case .unreached: "behind the end of what the owner reads"
    }
  }
}
