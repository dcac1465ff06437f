import LogFiles

/// Reads the fields before a record's key one by one, and describes each, the one that cannot be
/// read included.
struct NoriWALHeaderFields {
  /// The record's first bytes: enough for any header, fewer only at the end of the file.
  private let head: [UInt8]
  /// Where the record starts, from the start of the file.
  private let offset: UInt64
  private var next = 0

  private(set) var fields: [Field] = []
  private(set) var header: NoriWALHeader?
  private(set) var failure: NoriWALHeader.Failure?

  init(_ head: [UInt8], at offset: UInt64) {
    self.head = head
    self.offset = offset
    read()
  }

  /// Bytes of the record that the fields describe.
  var length: Int { next }

  /// All fields as one.
  var field: Field {
    Field(
      "header", offset..<offset + UInt64(next), .size(UInt64(next)), isFaulty: failure != nil,
      children: fields)
  }

  private mutating func read() {
    guard let keyLength = varint("key length", { .size($0) }),
      let valueLength = varint("value length", { .size($0) }),
      let flags = flags()
    else { return }
    var timeToLive: UInt64?
    if flags & 0x02 != 0 {
      guard let time = varint("ttl", { .milliseconds($0) }) else { return }
      timeToLive = time
    }
    header = NoriWALHeader(
      keyLength: keyLength, valueLength: valueLength, flags: flags, timeToLive: timeToLive,
      length: next)
  }

  private mutating func varint(_ name: String, _ meaning: (UInt64) -> FieldValue) -> UInt64? {
    switch VarintField.read(head, at: next, offset: offset, name: name, meaning) {
    case .success(let found):
      fields.append(found.field)
      next += found.size
      return found.value
    case .failure(let broken):
      fields.append(broken.field)
      next += broken.field.range.count
      failure = broken.failure
      return nil
    }
  }

  private mutating func flags() -> UInt8? {
    guard next < head.count else {
      failure = .incomplete
      return nil
    }
    let flags = head[next]
    let place = offset + UInt64(next)
    let isInvalid = NoriWALHeader.compression(flags) == .invalid
    fields.append(
      Field(
        "flags", place..<place + 1, .number(UInt64(flags)),
        note: NoriWALHeader.kind(Int(flags & 0x0f)), isFaulty: isInvalid,
        children: bits(flags, at: place..<place + 1)))
    next += 1
    if isInvalid { failure = .badCompression }
    return isInvalid ? nil : flags
  }

  private func bits(_ flags: UInt8, at range: Range<UInt64>) -> [Field] {
    let compression = NoriWALHeader.compression(flags)
    let reserved = UInt64(flags >> 4)
    return [
      Field("tombstone", range, .flag(flags & 1 != 0), note: "bit 0"),
      Field("ttl present", range, .flag(flags & 2 != 0), note: "bit 1"),
      Field(
        "compression", range, .word(compression.word),
        note: compression == .invalid ? "bits 2 and 3; no version writes 3" : "bits 2 and 3",
        isFaulty: compression == .invalid),
      Field(
        "reserved", range, .number(reserved),
        note: reserved == 0 ? "bits 4 to 7" : "bits 4 to 7; the owner ignores them"),
    ]
  }
}

/// A varint as a field, with what each of its bytes contributes.
struct VarintField {
  var value: UInt64
  var size: Int
  var field: Field

  struct Broken: Error {
    var failure: NoriWALHeader.Failure
    /// The bytes that are there.
    var field: Field
  }

  /// Reads the varint at `start` of `bytes`, which stand at `offset` in the file.
  static func read(
    _ bytes: [UInt8], at start: Int, offset: UInt64, name: String,
    _ meaning: (UInt64) -> FieldValue
  ) -> Result<VarintField, Broken> {
    let first = offset + UInt64(start)
    var next = start
    do throws(NoriWALHeader.Failure) {
      let value = try NoriWALHeader.varint(bytes.rawBytes, at: &next)
      let size = next - start
      let range = first..<first + UInt64(size)
      let note = size > NoriWALHeader.shortestLength(value) ? "longer than it needs to be" : nil
      let parts = size > 1 ? contributions(bytes[start..<next], at: first) : []
      return .success(
        VarintField(
          value: value, size: size,
          field: Field(name, range, meaning(value), note: note, children: parts)))
    } catch {
      let count = error == .varintOverflow ? 11 : bytes.count - min(start, bytes.count)
      let there = Array(bytes.dropFirst(start).prefix(count))
      let note =
        error == .varintOverflow
        ? "more than ten bytes: no length is this long" : "the file ends inside this number"
      return .failure(
        Broken(
          failure: error,
          field: Field(
            name, first..<first + UInt64(there.count),
            .bytes(there, total: UInt64(there.count)), note: note, isFaulty: true)))
    }
  }

  private static func contributions(_ bytes: ArraySlice<UInt8>, at first: UInt64) -> [Field] {
    bytes.enumerated().map { index, byte in
      let place = first + UInt64(index)
      let shift = 7 * index
      let low = UInt64(byte & 0x7f)
      let more = byte >= 0x80 ? "; more follows" : ""
      return Field(
        "byte \(index)", place..<place + 1, .number(low << UInt64(shift)),
        note: "0x\(String(low, radix: 16)) shifted by \(shift)\(more)")
    }
  }
}
