import JSON
import LogInspection

@testable import LogFiles
@testable import LogFormats
@testable import LogRepair

/// Readers of what is not a log: values, plans, journals, files of /proc, command lines.
enum ReaderTarget {
  static var all: [FuzzTarget] {
    [
      FuzzTarget(name: "value", run: value),
      FuzzTarget(name: "plan", run: plan),
      FuzzTarget(name: "journal", run: JournalTarget().run),
      FuzzTarget(name: "proc", run: proc),
      FuzzTarget(name: "arguments", run: arguments),
    ]
  }

  /// The first byte tells the compression, the second how the input is cut in two.
  private static func value(_ input: [UInt8]) throws {
    guard input.count > 2 else { return }
    let bytes = Array(input[2...])
    let limit = 4096
    if input[0] % 4 == 3 { return try inflate(bytes, cutAt: Int(input[1]) % (bytes.count + 1)) }
    guard let compression = NoriWALHeader.Compression(rawValue: input[0] % 3) else { return }
    let decoder = ValueDecoder()
    var allowance = DecodingAllowance()
    let check = decoder.check(bytes.rawBytes, compression: compression, &allowance)
    let decoded = decoder.decode(bytes.rawBytes, compression: compression, limit: limit)
    try require(check == decoded.check, "a value is checked as \(check), read as \(decoded.check)")
    try require(decoded.bytes.count <= limit, "more of a value than was asked for")
    guard check == .decodes, let length = decoded.length else { return }
    try require(
      decoded.bytes.count == min(limit, Int(length)),
      "\(decoded.bytes.count) bytes of a value of \(length)")
  }

  /// A stream that comes in two pieces is the stream that comes in one.
  private static func inflate(_ bytes: [UInt8], cutAt cut: Int) throws {
    var whole = InflateDecoder()
    var cutUp = InflateDecoder()
    let limit: UInt64 = 8 << 20
    var decoded: (UInt64, UInt64) = (0, 0)
    whole.feed(bytes.rawBytes) {
      decoded.0 += UInt64($0.byteCount)
      return decoded.0 < limit
    }
    for piece in [Array(bytes[..<cut]), Array(bytes[cut...])] {
      cutUp.feed(piece.rawBytes) {
        decoded.1 += UInt64($0.byteCount)
        return decoded.1 < limit
      }
    }
    if whole.state == .unwanted || cutUp.state == .unwanted { return }
    let (first, second) = (whole.state, cutUp.state)
    try require(first == second, "in one piece \(first), in two \(second)")
    let (sum, otherSum) = (whole.checksum, cutUp.checksum)
    try require(first == .failed || sum == otherSum, "two pieces decode to something else")
  }

  private static func plan(_ input: [UInt8]) throws {
    guard let plan = try? Plan(json: input) else { return }
    let sink = TextSink()
    var json = JSONWriter(sink)
    json.object { $0.writePlan(plan) }
    let again = try Plan(json: sink.bytes)
    try require(
      again.steps == plan.steps && again.id == plan.id && again.action == plan.action,
      "a plan reads back as another")
  }

  private static func proc(_ input: [UInt8]) throws {
    for line in input.split(separator: 0x0A, omittingEmptySubsequences: false) {
      _ = MountEntry(line)
      _ = Mapping(line)
      try require(FileName(procField: line).bytes.count <= line.count, "a field has grown")
      var scanner = FieldScanner(line)
      while !scanner.field().isEmpty {}
      for radix: UInt64 in [8, 10, 16] {
        var numbers = FieldScanner(line)
        while numbers.number(radix: radix) != nil {}
      }
    }
  }

  /// Words end with a zero byte.
  private static func arguments(_ input: [UInt8]) throws {
    let words = input.split(separator: 0, omittingEmptySubsequences: false).map {
      FileName(Array($0))
    }
    do throws(UsageError) {
      let command = try ArgumentParser.parse(words)
      try requireSameAgain(command, words)
    } catch {
      guard !error.message.isEmpty else { throw Violation("a usage error without words") }
    }
    for word in words {
      _ = RecordPlace(word)
      _ = RecordPlace.pathAndPosition(word)
      if let pattern = try? SearchPattern(typed: word.bytes) {
        let occurs = pattern.occurs(in: [1, 2] + pattern.bytes + [3])
        try require(occurs, "a pattern does not find itself")
      }
      guard let text = word.utf8 else { continue }
      _ = ByteSize.parse(text)
      _ = TimeSpan.seconds(text)
    }
  }

  private static func requireSameAgain(_ command: ParsedCommand, _ words: [FileName])
    throws(UsageError)
  {
    let again = try ArgumentParser.parse(words)
    if again != command { fatalError("a command line is understood in two ways") }
  }
}
