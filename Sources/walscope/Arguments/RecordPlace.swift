import LogFiles
import LogInspection

extension StreamedRows.Position {
  /// What to say where a segment of so many bytes has no such place.
  func absence(size: UInt64) -> (message: String, advice: String) {
    switch self {
    case .offset: ("the file ends before it, at \(size)", "name a smaller offset")
    case .record:
      (
        "there is no such record",
        "`walscope check` tells how many there are; the first is record:0"
      )
    }
  }

  /// Bytes from the start of the segment; nil where the place is a record's number.
  var offset: UInt64? {
    if case .offset(let offset) = self { offset } else { nil }
  }
}

/// A place in a log as the user writes it: `4096`, `0x1000`, `record:12`, `000001.wal@0x40`.
struct RecordPlace: Equatable {
  typealias Position = StreamedRows.Position

  /// The file name of the segment, nil where it need not be told.
  var segment: FileName?
  var position: Position

  /// A place in what `--from` and `--to` are given.
  init?(_ text: FileName) {
    let (segment, rest) = Self.split(text)
    guard let position = Self.position(rest) else { return nil }
    self.segment = segment
    self.position = position
  }

  /// The path and the place in `PATH@PLACE`; the last `@` counts, since a path may hold others.
  static func pathAndPosition(_ word: FileName) -> (path: FileName, position: Position)? {
    let (path, rest) = split(word)
    guard let path, !path.bytes.isEmpty, let position = position(rest) else { return nil }
    return (path, position)
  }

  private static func split(_ word: FileName) -> (FileName?, String) {
    guard let at = word.bytes.lastIndex(of: UInt8(ascii: "@")) else {
      return (nil, word.lossyText)
    }
    return (
      FileName(Array(word.bytes[..<at])),
      String(decoding: word.bytes[(at + 1)...], as: UTF8.self)
    )
  }

  private static func position(_ text: String) -> Position? {
    if text.hasPrefix("record:") { return number(text.dropFirst(7)).map { .record($0) } }
    return number(text[...]).map { .offset($0) }
  }

  private static func number(_ text: Substring) -> UInt64? {
    // `UInt64` would take a sign.
    guard text.first.map({ $0.isHexDigit }) ?? false else { return nil }
    return text.hasPrefix("0x") ? UInt64(text.dropFirst(2), radix: 16) : UInt64(text)
  }
}
