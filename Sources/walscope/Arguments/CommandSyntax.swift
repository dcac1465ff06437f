/// What walscope can be asked to do on the command line.
enum Verb: String, CaseIterable, Sendable {
  case ls, check, dump, show, keys, extents, forecast, follow, compare
  case recover, truncate, finalize
  case deleteBefore = "delete-before"
  case repairBit = "repair-bit"
  case salvage, copy, apply, history, undo, purge, formats, make, lab, completions, help
}

/// The options, by the words that the user writes after the two dashes.
enum OptionName: String, CaseIterable, Sendable {
  case json, format, color, ascii, redact, assume, threads, quiet, report, contents
  case from, to, kind, key, grep, limit, raw, sync, help, version
  case records, values, sizes, keys, kinds, preallocate, crash, seed, after, damage
  case segmentSize = "segment-size"
  case noMouse = "no-mouse"
  case noCache = "no-cache"
  case yes, id, finish
  case at, keep, apply, lose, reallocate, preallocated
  case dropUncommitted = "drop-uncommitted"
  case olderThan = "older-than"
  case savePlan = "save-plan"
  case saveTo = "save-to"
  case noUndo = "no-undo"
  case hardLinks = "hard-links"
  case ownerStopped = "owner-stopped"
  case wellFormedOnly = "well-formed-only"
  case rounds, operations, seconds, dir, way, full, csv, histogram, strategy, processes
  case maxBytes = "max-bytes"
  case recordSize = "record-size"
  case valueSize = "value-size"
  case logSize = "log-size"
  case resync
  case logFormat = "log-format"
  case text
  case syncCall = "sync-call"
}

/// What may follow an option.
enum ValueSyntax: Sendable, Equatable {
  /// One of these words; where they are many, the help calls them by one.
  case choice([String], called: String? = nil)
  /// A positive whole number.
  case count
  /// A number of bytes, with K, M or G for powers of 1024.
  case size
  case file
  case directory
  /// The name of a format.
  case format
  /// Anything, with the word that stands for it in the help.
  case text(String)

  /// The word that stands for the value in the help.
  var placeholder: String {
    switch self {
    case .choice(let words, _): words.joined(separator: "|")
    case .count: "N"
    case .size: "BYTES"
    case .file: "FILE"
    case .directory: "DIR"
    case .format: "NAME"
    case .text(let word): word
    }
  }
}

/// One option.
struct OptionSyntax: Sendable {
  let name: OptionName
  var letter: Character?
  /// What must follow, nil for a switch.
  var value: ValueSyntax?
  var isRepeatable = false
  /// What it does, as half a sentence.
  let help: String

  /// A switch.
  init(_ name: OptionName, letter: Character? = nil, _ help: String) {
    self.name = name
    self.letter = letter
    self.help = help
  }

  /// An option with a value.
  init(_ name: OptionName, _ value: ValueSyntax, isRepeatable: Bool = false, _ help: String) {
    self.name = name
    self.value = value
    self.isRepeatable = isRepeatable
    self.help = help
  }

  /// The option as it is written, with its value.
  var usage: String {
    let word = "--\(name.rawValue)" + (value.map { " \(placeholder(of: $0))" } ?? "")
    return letter.map { "-\($0), \(word)" } ?? word
  }

  /// A long choice is told in the details of the verb.
  private func placeholder(of value: ValueSyntax) -> String {
    guard case .choice(let words, let called) = value, words.count > 5 else {
      return value.placeholder
    }
    return called ?? name.rawValue.uppercased()
  }
}

/// What stands on the command line without dashes.
struct OperandSyntax: Sendable {
  enum Kind: Sendable, Equatable {
    case path
    case choice([String])
    /// The name of a format.
    case format
    /// Anything else.
    case text
  }
  let name: String
  var kind: Kind = .path
  var isOptional = false
  var isRepeatable = false

  var usage: String {
    let word = isRepeatable ? name + "..." : name
    return isOptional ? "[\(word)]" : word
  }
}

/// One way to call walscope.
struct VerbSyntax: Sendable {
  /// Nil for the call without a verb, which opens the inspector.
  let verb: Verb?
  /// The word behind the verb, for verbs that do several things.
  var subcommand: String?
  let operands: [OperandSyntax]
  /// What it does, as half a sentence.
  let summary: String
  /// What else there is to know, in paragraphs.
  let details: [String]
  let options: [OptionSyntax]

  /// The call as one line.
  var usage: String {
    let words = ["walscope", verb?.rawValue, subcommand, options.isEmpty ? nil : "[OPTIONS]"]
    return (words.compactMap { $0 } + operands.map(\.usage)).joined(separator: " ")
  }

  /// The words that are written to call it.
  var words: [String] { [verb?.rawValue, subcommand].compactMap { $0 } }

  func option(_ name: OptionName) -> OptionSyntax? { options.first { $0.name == name } }
}
