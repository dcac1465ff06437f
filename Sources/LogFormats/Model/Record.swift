/// A value of a field, with the unit that tells how to show it.
public enum FieldValue: Sendable, Equatable {
  case none
  case number(UInt64)
  /// A length in bytes.
  case size(UInt64)
  case milliseconds(UInt64)
  case flag(Bool)
  /// One of the format's words, such as "put" or "lz4".
  case word(String)
  case checksum(UInt32)
  /// Foreign bytes, cut to what the caller asked for; `total` is their full length in bytes.
  case bytes([UInt8], total: UInt64)
}

/// A field of a record that only this format has: a column on screen, a key in JSON.
public struct Attribute: Sendable, Equatable {
  /// camelCase, as in JSON.
  public var name: String
  public var value: FieldValue

  public init(_ name: String, _ value: FieldValue) {
    self.name = name
    self.value = value
  }
}

/// One record as a row of a list.
public struct Record: Sendable {
  /// Offset of the record's first byte from the start of the file.
  public var offset: UInt64
  /// Length of the whole record in bytes; of what is left of it when it is torn.
  public var length: UInt64
  /// The format's word for what the record does.
  public var kind: String
  /// Why the record is not acceptable, nil when it is.
  public var fault: Fault?
  /// Does not count although the format's own walk goes on behind it: damaged, or never committed.
  public var isFlawed = false
  /// Counts for the format's walk, but the owner undoes it when it opens the log as it is.
  public var isUndone = false
  /// Found behind damage, by the format's resync rule.
  public var isFoundByResync = false
  /// First bytes of the key and their full length, nil where the format or the kind has none.
  public var key: (bytes: [UInt8], total: UInt64)?
  /// First bytes of the value as the application wrote it, and their full length; nil where the
  /// kind has none, or where it is compressed and too large to decode for a row.
  public var value: (bytes: [UInt8], total: UInt64)?
  public var attributes: [Attribute]

  /// Whether the record counts, by the format's rules.
  public var isAccepted: Bool { fault == nil && !isFlawed }

  public init(
    offset: UInt64, length: UInt64, kind: String, fault: Fault? = nil,
    key: (bytes: [UInt8], total: UInt64)? = nil, value: (bytes: [UInt8], total: UInt64)? = nil,
    attributes: [Attribute] = []
  ) {
    self.offset = offset
    self.length = length
    self.kind = kind
    self.fault = fault
    self.key = key
    self.value = value
    self.attributes = attributes
  }
}
