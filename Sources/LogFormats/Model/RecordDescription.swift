/// A node of the field tree of one record. The leaves own all bytes of the record.
///
/// A field of one byte may have its bits as children: they share its byte, and the field owns it.
public struct Field: Sendable {
  /// Foreign bytes that a field's value shows at most; the payloads have more.
  public static let previewLimit = 256

  public var name: String
  /// Bytes of the file, from its start.
  public var range: Range<UInt64>
  public var value: FieldValue
  /// What the value means, or why it is wrong.
  public var note: String?
  /// What a checksum would be by the bytes that it covers; nil where the field is none.
  public var computed: UInt32?
  /// Whether this field is what is wrong with the record.
  public var isFaulty: Bool
  public var children: [Field]

  public init(
    _ name: String, _ range: Range<UInt64>, _ value: FieldValue = .none, note: String? = nil,
    computed: UInt32? = nil, isFaulty: Bool = false, children: [Field] = []
  ) {
    self.name = name
    self.range = range
    self.value = value
    self.note = note
    self.computed = computed
    self.isFaulty = isFaulty
    self.children = children
  }

  /// The fields below this one that own bytes, in order: together they tile its range.
  public var leaves: [Field] {
    children.isEmpty || range.count <= 1 ? [self] : children.flatMap(\.leaves)
  }
}

/// Bytes that a record carries, as the application wrote them.
public struct Payload: Sendable {
  /// "key" or "value"; a format may have others.
  public var name: String
  /// Where the stored bytes are, from the start of the file.
  public var stored: Range<UInt64>
  /// Decompressed bytes (cut to the cap), nil when the stored bytes are what the application wrote.
  public var decoded: [UInt8]?
  /// Length of the decoded bytes before they were cut.
  public var decodedLength: UInt64
  /// How the bytes are stored ("LZ4 block"), and what went wrong when they could not be decoded.
  public var note: String?

  public init(
    name: String, stored: Range<UInt64>, decoded: [UInt8]? = nil, decodedLength: UInt64? = nil,
    note: String? = nil
  ) {
    self.name = name
    self.stored = stored
    self.decoded = decoded
    self.decodedLength = decodedLength ?? UInt64(decoded?.count ?? 0)
    self.note = note
  }
}

/// Everything there is to say about the bytes of one record.
public struct RecordDescription: Sendable {
  public var record: Record
  /// The tree, top level in file order.
  public var fields: [Field]
  public var payloads: [Payload]
  /// The checksum in the file and the one of the bytes, where the format has one.
  public var storedChecksum: UInt32?
  public var computedChecksum: UInt32?

  public init(
    record: Record, fields: [Field], payloads: [Payload] = [], storedChecksum: UInt32? = nil,
    computedChecksum: UInt32? = nil
  ) {
    self.record = record
    self.fields = fields
    self.payloads = payloads
    self.storedChecksum = storedChecksum
    self.computedChecksum = computedChecksum
  }
}
