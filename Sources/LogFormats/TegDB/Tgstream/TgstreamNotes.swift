import LogFiles

/// What a state file or a `latest.json` says, entry by entry.
struct TgstreamNotes {
  enum Value: Equatable {
    case number(UInt64)
    case text([UInt8])
    /// A value of a kind that no key of the format has.
    case other
  }

  struct Entry: Equatable {
    var key: String
    var value: Value
    /// Bytes of the file: the entries of a file follow each other without a gap.
    var range: Range<UInt64>
  }

  private(set) var entries: [Entry] = []
  /// The first byte that cannot be read, nil where all can.
  private(set) var fault: UInt64?

  /// Both files are small; what is larger is none of them.
  static let sizeLimit = 1 << 16

  func number(_ key: String) -> UInt64? {
    if case .number(let number) = entries.last(where: { $0.key == key })?.value {
      number
    } else {
      nil
    }
  }

  func text(_ key: String) -> [UInt8]? {
    if case .text(let text) = entries.last(where: { $0.key == key })?.value { text } else { nil }
  }

  /// The id of a base; nil where there is none, or none that a base can have.
  var baseID: FileName? {
    text("base_id").flatMap { TgstreamNames.isID($0) ? FileName($0) : nil }
  }

  /// Reads a file of the set; nil where it cannot be read.
  static func read(_ role: TgstreamRole, _ name: FileName, in directory: OpenDirectory)
    -> TgstreamNotes?
  {
    var window = FileWindow(capacity: sizeLimit)
    do throws(FileError) {
      let file = try directory.openFile(name)
      let size = try file.status().size
      try window.load(file, at: 0, end: size)
      return TgstreamNotes(role, window.bytes, fileSize: size)
    } catch {
      return nil
    }
  }

  init(_ role: TgstreamRole, _ bytes: RawSpan, fileSize: UInt64) {
    guard fileSize <= Self.sizeLimit, fileSize == UInt64(bytes.byteCount) else {
      fault = 0
      return
    }
    var text: [UInt8] = []
    text.append(bytes, limit: Self.sizeLimit)
    if role == .latest { readJSON(text) } else { readTOML(text) }
  }

  // MARK: TOML

  /// Lines of `key = number` and `key = "text"`, as tgstream writes them.
  private mutating func readTOML(_ text: [UInt8]) {
    var start = 0
    while start < text.count {
      let newline = text[start...].firstIndex(of: UInt8(ascii: "\n"))
      let end = newline.map { $0 + 1 } ?? text.count
      let range = UInt64(start)..<UInt64(end)
      var scanner = TextScanner(Array(text[start..<end]))
      scanner.skipSpace()
      if scanner.isAtEnd || scanner.peek == UInt8(ascii: "#") {
        entries.append(Entry(key: "blank", value: .other, range: range))
      } else if let entry = Self.line(&scanner, range) {
        entries.append(entry)
      } else {
        fault = UInt64(start)
        return
      }
      start = end
    }
  }

  private static func line(_ scanner: inout TextScanner, _ range: Range<UInt64>) -> Entry? {
    guard let key = scanner.word() else { return nil }
    scanner.skipSpace()
    guard scanner.take(UInt8(ascii: "=")) else { return nil }
    scanner.skipSpace()
    guard let value = scanner.value() else { return nil }
    scanner.skipSpace()
    guard scanner.isAtEnd || scanner.peek == UInt8(ascii: "#") else { return nil }
    return Entry(key: key, value: value, range: range)
  }

  // MARK: JSON

  /// An object of numbers, strings, and objects of those, whose members are named with a dot.
  private mutating func readJSON(_ text: [UInt8]) {
    var scanner = TextScanner(text)
    var start = 0
    let isWhole = object(&scanner, prefix: "", start: &start, depth: 0)
    scanner.skipSpace()
    guard isWhole, scanner.isAtEnd else {
      fault = UInt64(min(scanner.place, text.count))
      entries.removeAll { $0.range.upperBound > fault ?? 0 }
      return
    }
    entries.append(Entry(key: "end", value: .other, range: UInt64(start)..<UInt64(text.count)))
  }

  private static let depthLimit = 4

  private mutating func object(
    _ scanner: inout TextScanner, prefix: String, start: inout Int, depth: Int
  ) -> Bool {
    scanner.skipSpace()
    guard depth < Self.depthLimit, scanner.take(UInt8(ascii: "{")) else { return false }
    scanner.skipSpace()
    if scanner.take(UInt8(ascii: "}")) { return true }
    while true {
      scanner.skipSpace()
      guard let key = scanner.quoted().flatMap({ String(validating: $0, as: UTF8.self) }),
        key.utf8.allSatisfy(TextScanner.isWordByte)
      else { return false }
      scanner.skipSpace()
      guard scanner.take(UInt8(ascii: ":")) else { return false }
      scanner.skipSpace()
      if scanner.peek == UInt8(ascii: "{") {
        guard object(&scanner, prefix: "\(prefix)\(key).", start: &start, depth: depth + 1)
        else { return false }
      } else {
        guard let value = scanner.value() else { return false }
        entries.append(
          Entry(key: prefix + key, value: value, range: UInt64(start)..<UInt64(scanner.place)))
        start = scanner.place
      }
      scanner.skipSpace()
      if scanner.take(UInt8(ascii: "}")) { return true }
      guard scanner.take(UInt8(ascii: ",")) else { return false }
    }
  }
}

/// Goes through a short text byte by byte.
private struct TextScanner {
  private let text: [UInt8]
  private(set) var place = 0

  init(_ text: [UInt8]) { self.text = text }

  var isAtEnd: Bool { place >= text.count }
  var peek: UInt8? { isAtEnd ? nil : text[place] }

  static func isWordByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
      true
    default: false
    }
  }

  mutating func take(_ byte: UInt8) -> Bool {
    guard peek == byte else { return false }
    place += 1
    return true
  }

  mutating func skipSpace() {
    while let byte = peek, byte == 0x20 || (0x09...0x0d).contains(byte) { place += 1 }
  }

  mutating func word() -> String? {
    let start = place
    while let byte = peek, Self.isWordByte(byte) { place += 1 }
    return place > start ? String(decoding: text[start..<place], as: UTF8.self) : nil
  }

  /// A number or a string; another word, such as `true`, counts as `other`.
  mutating func value() -> TgstreamNotes.Value? {
    if peek == UInt8(ascii: "\"") { return quoted().map { .text($0) } }
    guard let word = word() else { return nil }
    return UInt64(word).map { .number($0) } ?? .other
  }

  /// A string in double quotes; of the escapes those that both TOML and JSON have.
  mutating func quoted() -> [UInt8]? {
    guard take(UInt8(ascii: "\"")) else { return nil }
    var bytes: [UInt8] = []
    while let byte = peek {
      place += 1
      switch byte {
      case UInt8(ascii: "\""): return bytes
      case 0x00...0x1f: return nil
      case UInt8(ascii: "\\"):
        guard let escaped = escape() else { return nil }
        bytes += escaped
      default: bytes.append(byte)
      }
    }
    return nil
  }

  private mutating func escape() -> [UInt8]? {
    guard let byte = peek else { return nil }
    place += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
    case UInt8(ascii: "n"): return [0x0a]
    case UInt8(ascii: "t"): return [0x09]
    case UInt8(ascii: "r"): return [0x0d]
    case UInt8(ascii: "b"): return [0x08]
    case UInt8(ascii: "f"): return [0x0c]
    case UInt8(ascii: "u"):
      guard place + 4 <= text.count,
        let number = UInt32(String(decoding: text[place..<place + 4], as: UTF8.self), radix: 16),
        let scalar = Unicode.Scalar(number)
      else { return nil }
      place += 4
      return Array(String(Character(scalar)).utf8)
    default: return nil
    }
  }
}
