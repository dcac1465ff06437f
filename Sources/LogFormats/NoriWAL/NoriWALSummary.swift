import LogFiles

extension NoriWALHeader {
  /// The word for the low four flag bits, such as `put`, `delete`, `put+ttl+lz4`.
  static func kind(_ flags: Int) -> String { kinds[flags & 15] }

  private static let kinds = (0..<16).map(word)

  private static func word(_ flags: Int) -> String {
    var words = [flags & 1 != 0 ? "delete" : "put"]
    if flags & 2 != 0 { words.append("ttl") }
    let compression = Self.compression(UInt8(truncatingIfNeeded: flags))
    if compression != .none { words.append(compression.word) }
    return words.joined(separator: "+")
  }
}

extension NoriWALHeader.Compression {
  var word: String {
    switch self {
    case .none: "none"
    case .lz4: "lz4"
    case .zstd: "zstd"
    case .invalid: "invalid"
    }
  }
}

extension NoriWALWalker {
  func keyChange(_ head: RawSpan) -> KeyChange {
    guard let header = try? NoriWALHeader(head, at: 0), let length = Int(exactly: header.keyLength),
      length < Int.max / 2
    else { return .none }
    let key = header.length..<header.length + length
    if header.isTombstone { return .delete(key: key) }
    let start = UInt64(key.upperBound)
    return .put(key: key, value: start..<start + min(header.valueLength, .max / 2))
  }

  /// Decoded values beyond this are left out of rows.
  private static let decodedPreviewLimit: UInt64 = 1 << 20

  func summarise(
    _ head: RawSpan, kind: UInt8?, offset: UInt64, length: UInt64, fault: Fault?,
    previewLimit: Int
  ) -> Record {
    let header: NoriWALHeader
    do throws(NoriWALHeader.Failure) {
      header = try NoriWALHeader(head, at: 0)
    } catch {
      return Record(offset: offset, length: length, kind: "unknown", fault: fault)
    }
    var record = Record(
      offset: offset, length: length, kind: NoriWALHeader.kind(Int(header.flags & 0x0f)),
      fault: fault)
    let whole = wholeLength(header, of: length)
    record.key = preview(
      head, at: UInt64(header.length), length: header.keyLength, limit: previewLimit)
    let decoded = setValue(of: &record, header, head, limit: previewLimit, isWhole: whole != nil)
    record.attributes = attributes(header, decodedLength: decoded)
    if let whole, let place = Int(exactly: whole - NoriWALHeader.checksumLength),
      let stored = head.le(UInt32.self, at: place)
    {
      record.attributes.append(Attribute("crc", .checksum(stored)))
    }
    return record
  }

  /// The length that the header claims, when it is the length of the row.
  private func wholeLength(_ header: NoriWALHeader, of length: UInt64) -> UInt64? {
    guard case .success(let whole) = Self.claimedLength(header, remaining: length) else {
      return nil
    }
    return whole
  }

  /// Sets the value's preview; the length of the decoded value, where it is known.
  private func setValue(
    of record: inout Record, _ header: NoriWALHeader, _ head: RawSpan, limit: Int, isWhole: Bool
  ) -> UInt64? {
    let (start, overflow) = UInt64(header.length).addingReportingOverflow(header.keyLength)
    if header.isTombstone, header.valueLength == 0 { return nil }
    guard !overflow else { return nil }
    if header.compression == .none {
      record.value = preview(head, at: start, length: header.valueLength, limit: limit)
      return header.valueLength
    }
    guard isWhole, header.valueLength <= Self.decodedPreviewLimit,
      let place = Int(exactly: start),
      let stored = head.slice(place, Int(header.valueLength))
    else { return nil }
    if header.compression == .lz4,
      let claimed = ValueDecoder.originalLength(stored)?.length, claimed > Self.decodedPreviewLimit
    {
      return nil
    }
    let decoded = decoder.decode(stored, compression: header.compression, limit: limit)
    guard decoded.check == .decodes, let total = decoded.length else { return nil }
    record.value = (decoded.bytes, total)
    return total
  }

  private func preview(_ head: RawSpan, at start: UInt64, length: UInt64, limit: Int)
    -> (bytes: [UInt8], total: UInt64)?
  {
    var bytes: [UInt8] = []
    if let place = Int(exactly: start), place < head.byteCount {
      let count = Int(min(length, UInt64(head.byteCount - place), UInt64(max(0, limit))))
      if let part = head.slice(place, count) { bytes.append(part, limit: count) }
    }
    return (bytes, length)
  }

  private func attributes(_ header: NoriWALHeader, decodedLength: UInt64?) -> [Attribute] {
    var attributes = [
      Attribute("flags", .number(UInt64(header.flags))),
      Attribute("compression", .word(header.compression.word)),
      Attribute("storedValueLength", .size(header.valueLength)),
    ]
    if let decodedLength { attributes.append(Attribute("valueLength", .size(decodedLength))) }
    if let time = header.timeToLive {
      attributes.append(Attribute("ttlMilliseconds", .milliseconds(time)))
    }
    return attributes
  }
}
