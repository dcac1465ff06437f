import LogFiles
import LogFormats
import LogInspection

/// Which rows `dump` prints.
struct DumpFilter {
  private let kinds: [Substring]
  private let key: BytePattern?
  private let grep: BytePattern?

  /// Bytes of a decoded value that are searched; a value that is stored as it is, is searched whole.
  private static let decodedLimit = 16 << 20
  /// Bytes of keys and values that a search wants with each row.
  private static let searchedPreview = 1 << 20

  /// Values of which only the beginning could be searched.
  private(set) var unsearched: UInt64 = 0

  /// - Throws: `UsageError` for a pattern that is none.
  init(_ command: ParsedCommand) throws(UsageError) {
    kinds = command.text(.kind)?.split(separator: "+") ?? []
    key = try Self.pattern(.key, in: command)
    grep = try Self.pattern(.grep, in: command)
  }

  /// Bytes of keys and values that are needed with each row when `shown` are printed.
  func previewLimit(shown: Int) -> Int {
    if grep != nil { return max(shown, Self.searchedPreview) }
    return max(shown, key.map { $0.bytes.count } ?? 0)
  }

  /// Whether a range without records is printed.
  func accepts(_ range: ByteRange) -> Bool {
    key == nil && grep == nil && (kinds.isEmpty || kinds == [range.kind.rawValue[...]])
  }

  /// Whether a record is printed. `reader` reads what does not fit a row.
  mutating func accepts(
    _ record: Record, reader: () throws(FileError) -> SearchReader
  ) throws(FileError) -> Bool {
    guard acceptsByRow(record) else { return false }
    guard let grep else { return true }
    if let found = record.key, grep.occurs(in: found.bytes) { return true }
    if let found = record.value, grep.occurs(in: found.bytes) { return true }
    let isWhole = Self.isWhole(record.key) && Self.isWhole(record.value)
    if isWhole, record.value != nil || record.length <= UInt64(Self.searchedPreview) {
      return false
    }
    return try search(record, for: grep, in: reader())
  }

  /// Whether a record has the kind and the key that are wanted.
  func acceptsByRow(_ record: Record) -> Bool {
    if !kinds.isEmpty {
      let words = record.kind.split(separator: "+")
      guard kinds.allSatisfy(words.contains) else { return false }
    }
    guard let key else { return true }
    guard let found = record.key, found.total == UInt64(key.bytes.count) else { return false }
    return found.bytes.starts(with: key.bytes)
  }

  private static func isWhole(_ part: (bytes: [UInt8], total: UInt64)?) -> Bool {
    part.map { UInt64($0.bytes.count) == $0.total } ?? true
  }

  /// Searches the payloads of a record that is too large for a row.
  private mutating func search(_ record: Record, for pattern: BytePattern, in reader: SearchReader)
    throws(FileError) -> Bool
  {
    let description = try reader.describe(
      offset: record.offset, payloadLimit: Self.decodedLimit)
    for payload in description.payloads {
      if let decoded = payload.decoded {
        if pattern.occurs(in: decoded) { return true }
        if payload.decodedLength > UInt64(decoded.count) { unsearched += 1 }
      } else if try reader.holds(pattern, in: payload.stored) {
        return true
      }
    }
    return false
  }

  private static func pattern(_ option: OptionName, in command: ParsedCommand)
    throws(UsageError) -> BytePattern?
  {
    guard let word = command.bytes(option) else { return nil }
    guard let pattern = BytePattern(word) else {
      throw UsageError(
        "--\(option.rawValue) \(word.lossyText) is not understood",
        hint: "behind x: stand bytes in base 16, such as x:DE AD BE EF")
    }
    return pattern
  }

  /// - Throws: `UsageError` for a kind that none of the logs can have.
  func requireKnownKind(in logs: [Log]) throws(UsageError) {
    let ranges = RangeKind.allCases.filter { $0 != .records }
    let known = logs.flatMap { $0.format.kinds } + ranges.map(\.rawValue)
    let isKnown = known.contains { candidate in
      let words = candidate.split(separator: "+")
      return kinds.allSatisfy(words.contains)
    }
    guard !isKnown else { return }
    let words = Set(known.flatMap { $0.split(separator: "+") }.map(String.init)).sorted()
    throw UsageError(
      "there is no kind \(kinds.joined(separator: "+"))",
      hint: "kinds are made of \(words.joined(separator: ", "))")
  }
}

/// A second reader of a segment, for what does not fit a row.
final class SearchReader {
  private var reader: RecordReader

  /// - Throws: `FileError` when the file cannot be opened.
  init(_ log: Log, segment: Int) throws(FileError) {
    reader = try RecordReader(
      log, segment: segment, end: try log.status(ofSegment: segment).size)
  }

  func describe(offset: UInt64, payloadLimit: Int) throws(FileError) -> RecordDescription {
    try reader.describe(offset: offset, payloadLimit: payloadLimit)
  }

  /// Whether the pattern occurs in a range of the file, which may be of any length.
  func holds(_ pattern: BytePattern, in range: Range<UInt64>) throws(FileError) -> Bool {
    var carried: [UInt8] = []
    var isFound = false
    try reader.forEachPiece(of: range) { piece in
      if isFound { return }
      // Sound: the array copies the borrowed bytes before they can go.
      unsafe piece.withUnsafeBytes { unsafe carried.append(contentsOf: $0) }
      isFound = pattern.occurs(in: carried)
      carried.removeFirst(carried.count - min(carried.count, max(0, pattern.bytes.count - 1)))
    }
    return isFound
  }
}
