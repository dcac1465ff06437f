import LogFiles
import LogFormats
import LogInspection

/// Which rows `dump` prints.
struct DumpFilter {
  private let kinds: [Substring]
  private let key: [UInt8]?
  /// What the printed records hold; nil where every record is looked at.
  let pattern: SearchPattern?

  /// - Throws: `UsageError` for a pattern that is none.
  init(_ command: ParsedCommand) throws(UsageError) {
    kinds = command.text(.kind)?.split(separator: "+") ?? []
    key = try command.bytes(.key).map { (word) throws(UsageError) in
      try Self.reading(.key, word) { () throws(SearchPattern.Mistake) in
        try SearchPattern.keyBytes(typed: word.bytes)
      }
    }
    let grep = try command.bytes(.grep).map { (word) throws(UsageError) in
      try Self.reading(.grep, word) { () throws(SearchPattern.Mistake) in
        try SearchPattern(typed: word.bytes)
      }
    }
    pattern = grep ?? key.flatMap { SearchPattern(key: $0) }
  }

  /// Bytes of keys and values that are needed with each row when `shown` are printed.
  func previewLimit(shown: Int) -> Int { max(shown, key.map { $0.count } ?? 0) }

  /// Whether a range without records is printed.
  func accepts(_ range: ByteRange) -> Bool {
    key == nil && pattern == nil && (kinds.isEmpty || kinds == [range.kind.rawValue[...]])
  }

  /// Whether a row has the kind and the key that are wanted; what it holds has been looked at.
  func accepts(_ row: Row) -> Bool {
    switch row {
    case .record(let record, _): acceptsByRow(record)
    case .range(let range): accepts(range)
    }
  }

  /// Whether a record has the kind and the key that are wanted.
  func acceptsByRow(_ record: Record) -> Bool {
    if !kinds.isEmpty {
      let words = record.kind.split(separator: "+")
      guard kinds.allSatisfy(words.contains) else { return false }
    }
    guard let key else { return true }
    guard let found = record.key, found.total == UInt64(key.count) else { return false }
    return found.bytes.starts(with: key)
  }

  private static func reading<Result>(
    _ option: OptionName, _ word: FileName, _ body: () throws(SearchPattern.Mistake) -> Result
  ) throws(UsageError) -> Result {
    do throws(SearchPattern.Mistake) {
      return try body()
    } catch {
      throw UsageError(
        "--\(option.rawValue) \(word.lossyText) is not understood", hint: error.message)
    }
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
