import LogFiles

/// Counts lines by their first words: where each process writes its own, that tells whose lines are
/// there (format page, section 5).
struct MmlogPrefixes: Sendable {
  /// More different first words than these are no prefixes.
  static let limit = 32
  /// Bytes of a first word that are looked at; a longer one is none.
  static let longest = 24

  struct Prefix: Sendable {
    var word: [UInt8]
    var hash: UInt64
    var lines: UInt64
  }

  private(set) var prefixes: [Prefix] = []
  /// Lines were seen that rule out that first words are prefixes.
  private(set) var isRuledOut = false

  /// Notes a line that `head` starts.
  @inline(__always)
  mutating func add(_ head: RawSpan) {
    if isRuledOut { return }
    note(head)
  }

  private mutating func note(_ head: RawSpan) {
    var length = 0
    // FNV-1a: a few bytes, and no attacker gains more than a wrong count.
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    while let byte = head.le(UInt8.self, at: length), byte > 0x20 {
      guard length < Self.longest else {
        isRuledOut = true
        return
      }
      hash = (hash ^ UInt64(byte)) &* 0x0100_0000_01b3
      length += 1
    }
    // A line that starts with a space or is empty has no first word, and says nothing.
    guard length > 0 else { return }
    if let index = prefixes.firstIndex(where: { $0.hash == hash }) {
      prefixes[index].lines += 1
      return
    }
    guard prefixes.count < Self.limit, let word = head.slice(0, length) else {
      isRuledOut = true
      return
    }
    var bytes: [UInt8] = []
    bytes.append(word, limit: length)
    prefixes.append(Prefix(word: bytes, hash: hash, lines: 1))
  }

  /// How many there are, and the lines of each, the most frequent first; nothing where the first
  /// words are as good as all different.
  var facts: [Attribute] {
    let lines = prefixes.reduce(0) { $0 + $1.lines }
    guard !isRuledOut, !prefixes.isEmpty, lines >= 2 * UInt64(prefixes.count) else { return [] }
    let sorted = prefixes.indices.sorted {
      (prefixes[$1].lines, $0) < (prefixes[$0].lines, $1)
    }
    var text: [UInt8] = []
    for index in sorted {
      if !text.isEmpty { text += Array(", ".utf8) }
      text += prefixes[index].word + Array(" (\(prefixes[index].lines))".utf8)
    }
    return [
      Attribute("linePrefixes", .number(UInt64(prefixes.count))),
      Attribute("linesByPrefix", .bytes(text, total: UInt64(text.count))),
    ]
  }
}
