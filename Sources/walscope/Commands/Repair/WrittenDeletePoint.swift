import LogFiles
import LogFormats
import LogInspection

/// The point below which segments go, as the user writes it.
struct WrittenDeletePoint {
  private enum Point {
    case word(FileName)
    case known(DeletePoint)
  }
  private let point: Point

  /// The point that a call names.
  ///
  /// - Throws: `UsageError` unless there is exactly one.
  init(_ command: ParsedCommand, now: Timestamp) throws(UsageError) {
    var points: [Point] = command.operands.dropFirst().map { .word($0) }
    if let count = command.count(.keep) { points.append(.known(.keeping(count))) }
    if let age = command.text(.olderThan) {
      points.append(.known(.unchangedSince(try Self.time(age, before: now))))
    }
    guard let only = points.first, points.count == 1 else {
      throw UsageError(
        points.isEmpty
          ? "it is not said which segments are to go" : "several points are given",
        hint: "name a segment, a position, --keep N or --older-than AGE")
    }
    point = only
  }

  /// The time that is `age` ago.
  ///
  /// - Throws: `UsageError` where the age is not understood.
  static func time(_ age: String, before now: Timestamp) throws(UsageError) -> Timestamp {
    guard let seconds = TimeSpan.seconds(age) else {
      throw UsageError("--older-than \(age) is not understood", hint: "such as 90s, 45m, 12h, 30d")
    }
    return Timestamp(
      seconds: now.seconds - Int64(clamping: seconds), nanoseconds: now.nanoseconds)
  }

  /// The point in a log: a word that is a segment's name, an id, or an id with an offset.
  ///
  /// - Throws: `UsageError` where the word is neither.
  func point(in log: Log) throws(UsageError) -> DeletePoint {
    let word: FileName
    switch point {
    case .known(let point): return point
    case .word(let written): word = written
    }
    // An offset in a segment keeps the segment, for only whole ones go.
    let name = word.bytes.firstIndex(of: UInt8(ascii: "@")).map {
      FileName(Array(word.bytes[..<$0]))
    }
    for candidate in [word, name ?? word] {
      if log.segment(named: candidate) != nil { return .segment(candidate) }
      if let id = UInt64(candidate.lossyText) { return .id(id) }
    }
    throw UsageError(
      "\(word.lossyText) is neither a segment of the log nor a position",
      hint: "`walscope ls` lists the segments; a position is ID or ID@OFFSET")
  }
}
