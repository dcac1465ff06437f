/// Makes the keys and values of a recipe.
struct RecipeContents {
  private let contents: LogRecipe.Contents
  private let keys: UInt64
  private let sizes: ClosedRange<Int>
  private(set) var generator: SeededGenerator
  /// Values are cut out of this, which is much quicker than making each byte.
  private let pool: [UInt8]

  private static let poolSize = 1 << 16

  init(_ recipe: LogRecipe) {
    contents = recipe.contents
    keys = max(1, recipe.keys)
    sizes = recipe.valueSizes
    var generator = SeededGenerator(seed: recipe.seed)
    pool = Self.pool(recipe.contents, &generator)
    self.generator = generator
  }

  mutating func key() -> [UInt8] {
    let number = generator.next() % keys
    switch contents {
    case .text, .json: return Array("user:\(number)".utf8)
    case .binary:
      return (0..<12).map {
        UInt8(truncatingIfNeeded: (number &* 0x9e37_79b9_7f4a_7c15) >> (5 * $0))
      }
    case .hostile:
      let snippets = HostileText.snippets
      return snippets[Int(number % UInt64(snippets.count))] + Array("\(number)".utf8)
    }
  }

  mutating func value() -> [UInt8] {
    let span = UInt64(sizes.upperBound - sizes.lowerBound) + 1
    let size = sizes.lowerBound + Int(generator.next() % span)
    if contents == .json { return json(size) }
    var value: [UInt8] = []
    value.reserveCapacity(size)
    fill(&value, to: size)
    return value
  }

  /// A time to live: between a second and a week.
  mutating func milliseconds() -> UInt64 { 1000 + generator.next() % 604_800_000 }

  /// One of several things, each as likely.
  mutating func pick<Choice>(_ choices: [Choice]) -> Choice {
    choices[Int(generator.next() % UInt64(choices.count))]
  }

  private mutating func fill(_ value: inout [UInt8], to size: Int) {
    while value.count < size {
      let start = Int(generator.next() % UInt64(pool.count))
      value += pool[start..<min(pool.count, start + size - value.count)]
    }
  }

  /// An object where the size allows one, else a number.
  private mutating func json(_ size: Int) -> [UInt8] {
    let head = Array("{\"id\":\(generator.next() % 1_000_000),\"note\":\"".utf8)
    let foot = Array("\"}".utf8)
    guard size >= head.count + foot.count else {
      return [UInt8](repeating: UInt8(ascii: "7"), count: size)
    }
    var value = head
    fill(&value, to: size - foot.count)
    return value + foot
  }

  // MARK: The pool

  private static let words = [
    "account", "after", "balance", "batch", "before", "cache", "closed", "commit", "customer",
    "delayed", "delivered", "entry", "failed", "first", "flush", "index", "invoice", "journal",
    "ledger", "limit", "member", "merge", "message", "moved", "order", "packet", "paid", "parcel",
    "pending", "price", "queue", "record", "refund", "region", "retry", "segment", "session",
    "shipped", "stock", "stored", "total", "transfer", "updated", "user", "value", "warehouse",
  ].map { Array($0.utf8) }

  private static func pool(_ contents: LogRecipe.Contents, _ generator: inout SeededGenerator)
    -> [UInt8]
  {
    var pool: [UInt8] = []
    pool.reserveCapacity(poolSize + 64)
    while pool.count < poolSize {
      let number = generator.next()
      switch contents {
      case .text, .json:
        pool += words[Int(number % UInt64(words.count))]
        pool.append(0x20)
      case .hostile:
        pool += HostileText.snippets[Int(number % UInt64(HostileText.snippets.count))]
        pool += words[Int((number >> 32) % UInt64(words.count))]
      case .binary:
        for shift in 0..<8 { pool.append(UInt8(truncatingIfNeeded: number >> UInt64(8 * shift))) }
      }
    }
    return pool
  }
}

/// Bytes that a careless program sends to the terminal to its own harm.
public enum HostileText {
  /// One snippet of each kind, none of them longer than some tens of bytes.
  public static let snippets: [[UInt8]] = [
    // Escape sequences: clear the screen, colours, the title, the clipboard, a device query.
    Array("\u{1b}[2J\u{1b}[H".utf8), Array("\u{1b}[31;1m".utf8), Array("\u{1b}]0;title\u{7}".utf8),
    Array("\u{1b}]52;c;cm0gLXJmIC8=\u{7}".utf8), Array("\u{1b}P$q\"p\u{1b}\\".utf8),
    Array("\u{1b}[6n".utf8), Array("\u{1b}c".utf8), Array("\u{1b}[?1049h".utf8),
    // C1 controls, as single bytes and as UTF-8.
    [0x9b, 0x33, 0x31, 0x6d], [0xc2, 0x9b, 0x33, 0x32, 0x6d], [0xc2, 0x9d, 0x30, 0x3b, 0x78, 0x07],
    // C0 controls.
    [0x00], [0x07, 0x08, 0x08, 0x08], Array("\r\n\t\u{b}\u{c}".utf8), [0x7f], [0x0e], [0x1b],
    // Bidirectional overrides and isolates, line and paragraph separators.
    Array("\u{202e}drowkcab\u{202c}".utf8), Array("\u{2066}\u{2067}\u{2069}".utf8),
    Array("\u{2028}\u{2029}".utf8),
    // Nothing to see, and too much of it.
    Array("\u{200b}\u{200d}\u{feff}\u{ad}".utf8),
    Array(("Z" + String(repeating: "\u{301}\u{316}", count: 12)).utf8),
    // Wide characters and joined emoji.
    Array("\u{6f22}\u{5b57}\u{ff21}".utf8),
    Array("\u{1f469}\u{200d}\u{1f4bb}\u{1f1e9}\u{1f1ea}".utf8),
    // Invalid UTF-8: stray bytes, overlong forms, a surrogate, a cut sequence.
    [0xff, 0xfe], [0xc3, 0x28], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf0, 0x9f, 0x98],
    [0xf5, 0x80, 0x80, 0x80],
    // What shells, formats and databases stumble over.
    Array("$(reboot) `id` ; -rf / ".utf8), Array("%s%n%x".utf8), Array("'; DROP TABLE log;--".utf8),
    Array("\\x1b[31m\\u001b".utf8), Array("</script><b>".utf8),
  ]
}
