import LogFiles

extension NoriWALWalker {
  @inline(__always)
  func isPlain(_ bytes: RawSpan, at start: Int, length: UInt64, kind: UInt8) -> Bool {
    kind & 0x0c == 0
  }

  func contents(of head: RawSpan, offset: UInt64, length: UInt64, kind: UInt8) -> StoredContents {
    guard case .success(let header) = NoriWALHeader.reading(head),
      case .success(length) = Self.claimedLength(header, remaining: length)
    else { return StoredContents() }
    let (key, value) = Self.places(of: header)
    return StoredContents(key: key, value: value)
  }

  /// Where key and stored value stand, from the record's first byte. The header claims no more than
  /// the record has.
  private static func places(of header: NoriWALHeader) -> (key: Range<UInt64>, value: Range<UInt64>)
  {
    let start = UInt64(header.length)
    let key = start..<start + header.keyLength
    return (key, key.upperBound..<key.upperBound + header.valueLength)
  }

  func giveContents(of record: RawSpan, _ body: (ContentPart, RawSpan) -> Void) -> Bool {
    let length = UInt64(record.byteCount)
    guard case .success(let header) = NoriWALHeader.reading(record),
      case .success(length) = Self.claimedLength(header, remaining: length)
    else { return true }
    let (key, value) = Self.places(of: header)
    if let bytes = record.slice(Int(key.lowerBound), Int(header.keyLength)) { body(.key, bytes) }
    guard let stored = record.slice(Int(value.lowerBound), Int(header.valueLength)) else {
      return true
    }
    return decoder.give(stored, compression: header.compression) { body(.value, $0) } != .tooLarge
  }

  func giveContents(
    _ source: inout RecordSource, at offset: UInt64, length: UInt64,
    _ body: (ContentPart, RawSpan) -> Void
  ) throws(RecordSourceError) -> Bool {
    let head = try source.bytes(at: offset, limit: Int(NoriWALHeader.lookAhead))
    guard case .success(let header) = NoriWALHeader.reading(head),
      case .success(length) = Self.claimedLength(header, remaining: length)
    else { return true }
    let (key, value) = Self.places(of: header)
    try source.forEachPiece(from: offset + key.lowerBound, to: offset + key.upperBound) {
      body(.key, $0)
    }
    let check = try decoder.give(
      &source, in: offset + value.lowerBound..<offset + value.upperBound,
      compression: header.compression
    ) { body(.value, $0) }
    return check != .tooLarge
  }
}
