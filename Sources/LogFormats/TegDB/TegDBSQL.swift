import LogFiles

/// A key as the SQL layer forms it (format page, section 3.5).
enum TegDBSQLKey {
  case schema(table: [UInt8])
  case index([UInt8])
  case extensionName([UInt8])
  /// The primary key is a number where its type byte says so, else nil.
  case row(table: [UInt8], integer: Int64?)

  /// Nil where the key is none of the SQL layer's.
  init?(_ key: RawSpan) {
    if key.le(UInt8.self, at: 1) == UInt8(ascii: ":"), let name = key.slice(2, key.byteCount - 2),
      name.byteCount > 0, let kind = key.le(UInt8.self, at: 0)
    {
      let bytes = FileName(copying: name).bytes
      switch kind {
      case UInt8(ascii: "S"): self = .schema(table: bytes)
      case UInt8(ascii: "I"): self = .index(bytes)
      case UInt8(ascii: "E"): self = .extensionName(bytes)
      default: return nil
      }
      return
    }
    guard let length = key.le(UInt32.self, at: 0), length > 0, length <= 256,
      let table = key.slice(4, Int(length)), key.le(UInt8.self, at: 4 + Int(length)) == 0x3a,
      let type = key.le(UInt8.self, at: 5 + Int(length))
    else { return nil }
    let end = 4 + Int(length)
    let isInteger = type == 1 && key.byteCount == end + 10
    self = .row(
      table: FileName(copying: table).bytes,
      integer: isInteger ? key.be(Int64.self, at: end + 2) : nil)
  }

  /// The meaning in a few words, with the foreign names in it.
  var text: [UInt8] {
    switch self {
    case .schema(let table): Array("schema of ".utf8) + table
    case .index(let name): Array("index ".utf8) + name
    case .extensionName(let name): Array("extension ".utf8) + name
    case .row(let table, let integer):
      table + Array((integer.map { " row \($0)" } ?? " row").utf8)
    }
  }
}

/// One column of a table as its schema record has it.
struct TegDBColumn {
  enum Kind: Equatable {
    case integer
    case real
    case text(width: Int)
  }
  var name: String
  var kind: Kind

  var width: Int {
    switch kind {
    case .integer, .real: 8
    case .text(let width): width
    }
  }

  /// The columns of a schema text such as `id:Integer:PRIMARY_KEY|name:Text(Some(32))`, up to the
  /// first whose width is not known.
  static func columns(_ schema: [UInt8]) -> [TegDBColumn] {
    var columns: [TegDBColumn] = []
    for part in schema.split(separator: UInt8(ascii: "|")).prefix(256) {
      let words = part.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
      guard words.count >= 2, let kind = kind(words[1]) else { break }
      columns.append(TegDBColumn(name: String(decoding: words[0], as: UTF8.self), kind: kind))
    }
    return columns
  }

  private static func kind(_ word: ArraySlice<UInt8>) -> Kind? {
    let text = String(decoding: word, as: UTF8.self)
    if text == "Integer" { return .integer }
    if text == "Real" { return .real }
    guard text.hasPrefix("Text(Some("), text.hasSuffix("))"),
      let width = Int(text.dropFirst(10).dropLast(2)), width > 0, width <= 262_144
    else { return nil }
    return .text(width: width)
  }
}

/// Decodes the fixed-width value of a row.
enum TegDBRow {
  /// The columns as fields, which tile the value at `offset`; nil where the widths do not fit it.
  static func fields(_ value: [UInt8], at offset: UInt64, _ columns: [TegDBColumn]) -> [Field]? {
    guard !columns.isEmpty, columns.reduce(0, { $0 + $1.width }) == value.count else { return nil }
    var fields: [Field] = []
    var place = 0
    for column in columns {
      let range = offset + UInt64(place)..<offset + UInt64(place + column.width)
      fields.append(field(column, value, at: place, range))
      place += column.width
    }
    return fields
  }

  private static func field(
    _ column: TegDBColumn, _ value: [UInt8], at place: Int, _ range: Range<UInt64>
  ) -> Field {
    let name = "column \(column.name)"
    switch column.kind {
    case .integer:
      let number = value.rawBytes.le(Int64.self, at: place) ?? 0
      return Field(name, range, .word(String(number)))
    case .real:
      let bits = value.rawBytes.le(UInt64.self, at: place) ?? 0
      return Field(name, range, .word(String(Double(bitPattern: bits))))
    case .text(let width):
      let stored = value[place..<place + width]
      let text = stored.prefix { $0 != 0 }
      let isPadded = stored.dropFirst(text.count).allSatisfy { $0 == 0 }
      return Field(
        name, range,
        .bytes(
          Array((isPadded ? text : stored).prefix(Field.previewLimit)),
          total: UInt64(isPadded ? text.count : width)),
        note: isPadded && text.count < width ? "padded with zeros to \(width) bytes" : nil)
    }
  }
}
