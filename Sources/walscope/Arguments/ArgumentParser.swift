import LogFiles

/// A call that walscope does not understand.
struct UsageError: Error, Equatable {
  /// What is wrong. May hold foreign text.
  let message: String
  /// What to do, as half a sentence.
  var hint: String?

  init(_ message: String, hint: String? = nil) {
    self.message = message
    self.hint = hint
  }
}

extension UsageError {
  /// A verb that does several things is followed by a word that is none of them.
  static func unknownSubcommand(_ word: String, of syntax: VerbSyntax) -> UsageError {
    let known = CommandTable.subcommands.filter { $0.verb == syntax.verb }
      .compactMap(\.subcommand)
    let verb = (["walscope"] + syntax.words).joined(separator: " ")
    return UsageError(
      "\(verb) has no \(word)",
      hint: Spelling.nearest(to: word, in: known).map { "did you mean \(verb) \($0)?" }
        ?? "one of \(known.joined(separator: ", "))")
  }
}

/// A call, taken apart by the table of verbs.
struct ParsedCommand: Equatable {
  /// Nil when a path is to be opened.
  var verb: Verb?
  /// The word behind the verb, for verbs that do several things; nil also when it is missing.
  var subcommand: String?
  /// What stands without dashes, the verb and its subcommand left out. Paths need not be UTF-8.
  var operands: [FileName] = []
  private var values: [OptionName: [FileName]] = [:]

  init(verb: Verb? = nil) { self.verb = verb }

  mutating func add(_ option: OptionName, _ value: FileName) {
    values[option, default: []].append(value)
  }

  func has(_ option: OptionName) -> Bool { values[option] != nil }

  /// The last value that was given.
  func bytes(_ option: OptionName) -> FileName? { values[option]?.last }

  /// The last value that was given; the parser refuses values that are not text.
  func text(_ option: OptionName) -> String? { bytes(option)?.utf8 }

  func texts(_ option: OptionName) -> [String] { values[option, default: []].compactMap(\.utf8) }

  /// The last value that was given, as a number; the parser refuses others.
  func count(_ option: OptionName) -> UInt64? { text(option).flatMap { UInt64($0) } }

  /// All numbers that were given; the parser refuses others.
  func counts(_ option: OptionName) -> [UInt64] { texts(option).compactMap { UInt64($0) } }

  /// The last value that was given, in bytes; the parser refuses others.
  func size(_ option: OptionName) -> UInt64? { text(option).flatMap(ByteSize.parse) }

  /// All sizes that were given, in bytes; the parser refuses others.
  func sizes(_ option: OptionName) -> [UInt64] { texts(option).compactMap(ByteSize.parse) }
}

/// Takes the words of a command line apart.
struct ArgumentParser {
  private let words: [FileName]
  private var position = 0
  private var syntax = CommandTable.open
  private var command = ParsedCommand()
  private var seesOptions = true
  private var subcommandIndex: Int?

  private init(_ words: [FileName]) { self.words = words }

  /// Takes a command line apart, the program's name left out.
  ///
  /// - Throws: `UsageError`, which says what to write instead where that can be guessed.
  static func parse(_ words: [FileName]) throws(UsageError) -> ParsedCommand {
    var parser = ArgumentParser(words)
    return try parser.run()
  }

  private mutating func run() throws(UsageError) -> ParsedCommand {
    if let verb = Self.verb(in: words) {
      syntax = CommandTable.syntax(of: verb.verb)
      command.verb = verb.verb
      try takeSubcommand(of: verb)
      try parseWords(except: verb.index)
    } else {
      try parseWords(except: nil)
    }
    if !command.has(.help), !command.has(.version) { try checkOperands() }
    return command
  }

  /// The word behind a verb that does several things: its options are meant from then on.
  private mutating func takeSubcommand(of verb: (verb: Verb, index: Int)) throws(UsageError) {
    guard CommandTable.subcommands.contains(where: { $0.verb == verb.verb }),
      let index = Self.firstWord(in: words, from: verb.index + 1)
    else { return }
    let word = words[index].lossyText
    guard let found = CommandTable.syntax(of: verb.verb, word) else {
      throw UsageError.unknownSubcommand(word, of: syntax)
    }
    syntax = found
    command.subcommand = word
    subcommandIndex = index
  }

  private mutating func parseWords(except verb: Int?) throws(UsageError) {
    while position < words.count {
      let word = words[position]
      let index = position
      position += 1
      if index == verb || index == subcommandIndex { continue }
      if seesOptions, word == FileName("--") {
        seesOptions = false
      } else if seesOptions, word.bytes.first == UInt8(ascii: "-"), word.bytes.count > 1 {
        try parseOption(word, skipping: verb)
      } else {
        command.operands.append(word)
      }
    }
  }

  /// The verb of a call: the first word that is neither an option nor the value of one.
  private static func verb(in words: [FileName]) -> (verb: Verb, index: Int)? {
    guard let index = firstWord(in: words, from: 0) else { return nil }
    return words[index].utf8.flatMap(Verb.init(rawValue:)).map { ($0, index) }
  }

  /// Where the first word stands that is neither an option nor the value of one.
  private static func firstWord(in words: [FileName], from start: Int) -> Int? {
    var index = start
    while index < words.count {
      guard words[index].bytes.first == UInt8(ascii: "-"), words[index].bytes.count > 1 else {
        return index
      }
      if words[index] == FileName("--") { return nil }
      index += takesValue(words[index]) ? 2 : 1
    }
    return nil
  }

  /// Whether the word after this one is its value, by the options of all verbs: an option means
  /// the same everywhere.
  private static func takesValue(_ word: FileName) -> Bool {
    let (name, value) = split(word)
    guard value == nil else { return false }
    return CommandTable.all.contains { syntax in
      syntax.options.contains { $0.matches(name) && $0.value != nil }
    }
  }

  /// An option's word without its value, and the value behind a "=".
  private static func split(_ word: FileName) -> (name: String, value: FileName?) {
    let bytes = word.bytes
    guard let equals = bytes.firstIndex(of: UInt8(ascii: "=")) else {
      return (String(decoding: bytes, as: UTF8.self), nil)
    }
    return (
      String(decoding: bytes[..<equals], as: UTF8.self), FileName(Array(bytes[(equals + 1)...]))
    )
  }

  private mutating func parseOption(_ word: FileName, skipping verb: Int?) throws(UsageError) {
    let (name, attached) = Self.split(word)
    guard let option = syntax.options.first(where: { $0.matches(name) }) else {
      throw unknown(name)
    }
    guard let expected = option.value else {
      guard attached == nil else { throw UsageError("\(name) takes no value") }
      command.add(option.name, FileName(""))
      return
    }
    if position == verb { position += 1 }
    guard let value = attached ?? (position < words.count ? words[position] : nil) else {
      throw UsageError("\(name) needs a value", hint: "write \(name) \(expected.placeholder)")
    }
    if attached == nil { position += 1 }
    if !option.isRepeatable, command.has(option.name) {
      throw UsageError("\(name) is given twice", hint: "give it once")
    }
    try Self.check(value, of: name, as: expected)
    command.add(option.name, value)
  }

  private static func check(_ value: FileName, of name: String, as expected: ValueSyntax)
    throws(UsageError)
  {
    if [.file, .directory].contains(expected) { return }
    guard let text = value.utf8 else {
      throw UsageError("the value of \(name) is not UTF-8 text")
    }
    switch expected {
    case .choice(let words, _):
      guard words.contains(text) else {
        throw UsageError(
          "\(name) \(text) is not known", hint: "write \(name) \(expected.placeholder)")
      }
    case .count:
      guard let number = UInt64(text), number > 0 else {
        throw UsageError("\(name) needs a whole number above 0, not \"\(text)\"")
      }
    case .size:
      guard let size = ByteSize.parse(text), size > 0 else {
        throw UsageError(
          "\(name) needs a number of bytes, not \"\(text)\"", hint: "such as 4096, 64K or 8M")
      }
    case .file, .directory, .format, .text: break
    }
  }

  private func unknown(_ name: String) -> UsageError {
    let known = syntax.options.map { "--\($0.name.rawValue)" }
    let verb = (["walscope"] + syntax.words).joined(separator: " ")
    let hint =
      Spelling.nearest(to: name, in: known).map { "did you mean \($0)?" }
      ?? "`\(verb) --help` lists them"
    return UsageError("\(verb) has no option \(name)", hint: hint)
  }

  private func checkOperands() throws(UsageError) {
    let operands = syntax.operands
    let needed = operands.count { !$0.isOptional }
    guard command.operands.count >= needed else {
      throw UsageError(
        "\(operands[command.operands.count].name) is missing", hint: "usage: \(syntax.usage)")
    }
    if command.operands.count > operands.count, operands.last?.isRepeatable != true {
      throw UsageError(
        "one word too many: \(command.operands[operands.count].lossyText)",
        hint: "usage: \(syntax.usage)")
    }
    for (operand, word) in zip(operands, command.operands) {
      guard case .choice(let words) = operand.kind, !words.contains(word.lossyText) else {
        continue
      }
      let hint =
        Spelling.nearest(to: word.lossyText, in: words).map { "did you mean \($0)?" }
        ?? "one of \(words.joined(separator: ", "))"
      throw UsageError("\(operand.name) cannot be \(word.lossyText)", hint: hint)
    }
  }
}

extension OptionSyntax {
  /// Whether a word with its dashes is this option.
  fileprivate func matches(_ word: String) -> Bool {
    word == "--\(name.rawValue)" || letter.map { word == "-\($0)" } ?? false
  }
}

extension FileName {
  /// The name as text, with replacement characters; escape it before it is shown.
  var lossyText: String { String(decoding: bytes, as: UTF8.self) }
}
