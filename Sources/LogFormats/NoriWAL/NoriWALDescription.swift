import LogFiles

extension NoriWAL {
  public func describe(_ source: inout RecordSource, offset: UInt64, payloadLimit: Int)
    throws(RecordSourceError) -> RecordDescription
  {
    let head = try source.bytes(at: offset, limit: Int(NoriWALHeader.lookAhead))
    var description = NoriWALDescription(
      head: head, offset: offset, end: max(offset, source.end), payloadLimit: max(0, payloadLimit))
    try description.describe(&source)
    return try description.finish(&source)
  }
}

/// Builds the description of one record, or of what stands there instead of one.
struct NoriWALDescription {
  private let head: [UInt8]
  /// The record's first byte and the end of the file.
  private let offset: UInt64
  private let end: UInt64
  private let payloadLimit: Int

  private var fields: [Field] = []
  private var payloads: [Payload] = []
  private var fault: Fault?
  private var stored: UInt32?
  private var computed: UInt32?
  private var decodedLength: UInt64?
  private let decoder = ValueDecoder()

  init(head: [UInt8], offset: UInt64, end: UInt64, payloadLimit: Int) {
    self.head = head
    self.offset = offset
    self.end = end
    self.payloadLimit = payloadLimit
  }

  private var remaining: UInt64 { end - offset }
  /// Where the next field starts.
  private var place: UInt64 { fields.last?.range.upperBound ?? offset }

  /// Describes field by field, in the owner's order of checks.
  mutating func describe(_ source: inout RecordSource) throws(RecordSourceError) {
    guard remaining >= NoriWALHeader.shortestRecord else { return describeRemains() }
    let start = NoriWALHeaderFields(head, at: offset)
    fields.append(start.field)
    guard let header = start.header else {
      fault = Fault(start.failure?.reason ?? .incomplete)
      return
    }
    if case .failure(let short) = NoriWALWalker.claimedLength(header, remaining: remaining) {
      fault = short
    }
    guard try appendKey(header, &source), let value = try appendValue(header, &source) else {
      return
    }
    try appendChecksum(&source)
    try decode(header, value, &source)
  }

  consuming func finish(_ source: inout RecordSource) throws(RecordSourceError)
    -> RecordDescription
  {
    let length = place - offset
    let first = try source.bytes(at: offset, limit: Int(min(length, 1 << 16)))
    var record = NoriWALWalker().summarise(
      first.rawBytes, kind: nil, offset: offset, length: length, fault: fault,
      previewLimit: min(payloadLimit, Field.previewLimit))
    if let stored { record.set(Attribute("crc", .checksum(stored))) }
    if let decodedLength { record.set(Attribute("valueLength", .size(decodedLength))) }
    return RecordDescription(
      record: record, fields: fields, payloads: payloads, storedChecksum: stored,
      computedChecksum: computed)
  }

  // MARK: Parts

  private mutating func describeRemains() {
    guard remaining > 0 else { return }
    fault = Fault(.short)
    fields.append(
      Field(
        "remains", offset..<end, .bytes(head, total: remaining),
        note: "a record needs at least 7 bytes, \(remaining) are left", isFaulty: true))
  }

  /// False when the file ends inside the key.
  private mutating func appendKey(_ header: NoriWALHeader, _ source: inout RecordSource)
    throws(RecordSourceError) -> Bool
  {
    let range = try append("key", claimed: header.keyLength, &source)
    payloads.append(Payload(name: "key", stored: range, decodedLength: range.byteCount))
    return range.byteCount == header.keyLength
  }

  /// The stored value; nil when the file ends inside it.
  private mutating func appendValue(_ header: NoriWALHeader, _ source: inout RecordSource)
    throws(RecordSourceError) -> Range<UInt64>?
  {
    if header.isTombstone, header.valueLength == 0 { return place..<place }
    let range = try append("value", claimed: header.valueLength, &source)
    guard range.byteCount == header.valueLength else {
      payloads.append(
        Payload(
          name: "value", stored: range, decodedLength: range.byteCount,
          note: "cut off by the end of the file"))
      return nil
    }
    return range
  }

  /// Appends a field of the claimed length, or of as many bytes as are left; the bytes it owns.
  private mutating func append(_ name: String, claimed: UInt64, _ source: inout RecordSource)
    throws(RecordSourceError) -> Range<UInt64>
  {
    let left = end - place
    let range = place..<place + min(claimed, left)
    let bytes = try source.bytes(
      at: range.lowerBound, limit: min(payloadLimit, Field.previewLimit, Int(range.byteCount)))
    let isCut = claimed > left
    fields.append(
      Field(
        name, range, .bytes(bytes, total: range.byteCount),
        note: isCut ? "claims \(claimed) bytes, \(left) are left" : nil, isFaulty: isCut))
    return range
  }

  private mutating func appendChecksum(_ source: inout RecordSource) throws(RecordSourceError) {
    let start = place
    let there = try source.bytes(at: start, limit: Int(NoriWALHeader.checksumLength))
    let range = start..<start + UInt64(there.count)
    guard let found = there.rawBytes.le(UInt32.self, at: 0) else {
      fields.append(
        Field(
          "checksum", range, .bytes(there, total: UInt64(there.count)),
          note: "4 bytes are needed, \(there.count) are left", isFaulty: true))
      return
    }
    let sum = try source.crc32c(from: offset, to: start)
    stored = found
    computed = sum
    if found != sum {
      fault = Fault(
        .checksum, claimedLength: range.upperBound - offset, stored: found, computed: sum)
    }
    fields.append(
      Field(
        "checksum", range, .checksum(found),
        note: checksumNote(found, sum, covered: start - offset),
        computed: sum, isFaulty: found != sum))
  }

  private func checksumNote(_ stored: UInt32, _ computed: UInt32, covered: UInt64) -> String {
    let rule = "CRC-32C of the \(covered) bytes before it"
    guard stored != computed else { return rule }
    let isZero = stored == 0 && head.prefix(7).allSatisfy { $0 == 0 }
    let zeros = isZero ? "; only zeros stand here, as in space that was never written" : ""
    return "\(rule), which is 0x\(computed.eightDigits)\(zeros)"
  }

  // MARK: The value

  private mutating func decode(
    _ header: NoriWALHeader, _ value: Range<UInt64>, _ source: inout RecordSource
  ) throws(RecordSourceError) {
    guard let index = fields.firstIndex(where: { $0.name == "value" }) else { return }
    guard header.compression != .none else {
      payloads.append(Payload(name: "value", stored: value, decodedLength: value.byteCount))
      decodedLength = value.byteCount
      return
    }
    if header.compression == .lz4 {
      fields[index].children = try blockFields(value, &source)
    }
    let decoded = try decoder.decode(
      &source, in: value, compression: header.compression, limit: payloadLimit)
    let note = Self.note(header.compression, decoded.check)
    payloads.append(
      Payload(
        name: "value", stored: value, decoded: decoded.bytes, decodedLength: decoded.length,
        note: note))
    fields[index].note = note
    decodedLength = decoded.check == .decodes ? decoded.length : nil
    if decoded.check == .fails {
      fields[index].isFaulty = true
      // A wrong checksum comes first: it explains why the value does not decode.
      if fault == nil, let stored {
        fault = Fault(.decompressFailed, claimedLength: place - offset, stored: stored)
      }
    }
  }

  /// The length before an LZ4 block, and the block.
  private func blockFields(_ value: Range<UInt64>, _ source: inout RecordSource)
    throws(RecordSourceError) -> [Field]
  {
    let first = try source.bytes(at: value.lowerBound, limit: min(11, Int(value.byteCount)))
    switch VarintField.read(
      first, at: 0, offset: value.lowerBound, name: "original length", { .size($0) })
    {
    case .failure: return []
    case .success(let length):
      let block = value.lowerBound + UInt64(length.size)..<value.upperBound
      return [length.field, Field("LZ4 block", block, .size(block.byteCount))]
    }
  }

  private static func note(_ compression: NoriWALHeader.Compression, _ check: ValueDecoder.Check)
    -> String
  {
    let stored = compression == .lz4 ? "length and LZ4 block" : "Zstandard frame"
    switch check {
    case .decodes: return stored
    case .fails: return stored + "; it cannot be decoded"
    case .tooLarge: return stored + "; too large to be decoded here, so not checked"
    }
  }
}

extension NoriWALHeader.Failure {
  fileprivate var reason: Reason {
    switch self {
    case .varintOverflow: .varintOverflow
    case .badCompression: .badCompression
    case .incomplete: .incomplete
    }
  }
}

extension Record {
  /// Sets an attribute, in place of one of that name.
  fileprivate mutating func set(_ attribute: Attribute) {
    if let index = attributes.firstIndex(where: { $0.name == attribute.name }) {
      attributes[index] = attribute
    } else {
      attributes.append(attribute)
    }
  }
}
