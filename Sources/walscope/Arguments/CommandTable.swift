/// Every verb and option, in one table: the parser, the help and the completions are made of it.
enum CommandTable {
  /// The call without a verb.
  static let open = VerbSyntax(
    verb: nil, operands: [OperandSyntax(name: "PATH", isOptional: true)],
    summary: "open the inspector; print what `ls` prints when the output is not a terminal",
    details: [
      "PATH is a directory that holds logs somewhere below it, or one file of a log;"
        + " without it the current directory is meant. A path that is named like a verb is"
        + " written as ./check."
    ],
    options: [
      format, color, ascii, redact, noMouse, noCache, assume, threads, json, help,
      OptionSyntax(.version, "print the version"),
    ])

  static let verbs: [VerbSyntax] = [
    list, check, dump, show, keys, extents, forecast, follow, compare, recover, truncate,
    finalize, deleteBefore, repairBit, salvage, copy, apply, history, undo, purge, formats, make,
    lab,
    completions, helpVerb,
  ]

  /// What verbs that do several things can be followed by, each with options of its own.
  static let subcommands: [VerbSyntax] = LabCommand.experiments.map(\.syntax)

  /// Every way to call walscope.
  static let all: [VerbSyntax] = [open] + verbs + subcommands

  static func syntax(of verb: Verb?) -> VerbSyntax {
    verbs.first { $0.verb == verb } ?? open
  }

  /// The syntax of a verb with a word behind it, nil when that is none of its subcommands.
  static func syntax(of verb: Verb, _ subcommand: String) -> VerbSyntax? {
    subcommands.first { $0.verb == verb && $0.subcommand == subcommand }
  }

  // MARK: Options of several verbs

  static let json = OptionSyntax(.json, "print JSON (see \"schemaVersion\")")
  static let format = OptionSyntax(
    .format, .format, "take the files for a log of this format, whatever is in them")
  static let color = OptionSyntax(
    .color, .choice(["auto", "always", "never"]),
    "colours; auto: on a terminal, unless NO_COLOR is set")
  static let ascii = OptionSyntax(.ascii, "print nothing but ASCII")
  static let redact = OptionSyntax(
    .redact, "hide keys and values everywhere; their lengths stay")
  static let threads = OptionSyntax(
    .threads, .count,
    "segments that are read at the same time, or threads that look behind the damage of one (default: one per processor)"
  )
  static let assume = OptionSyntax(
    .assume, .text("KEY=NUMBER"), isRepeatable: true,
    "a part of the owner's configuration that the forecast depends on (see `walscope formats`)")
  static let noMouse = OptionSyntax(.noMouse, "leave the mouse to the terminal")
  static let noCache = OptionSyntax(
    .noCache, "read every segment, whatever is known from another time, and keep nothing")
  static let help = OptionSyntax(.help, letter: "h", "print this help")
  static let common = [format, json, color, ascii, redact, help]
  static let path = OperandSyntax(name: "PATH")

  // MARK: Verbs

  static let list = VerbSyntax(
    verb: .ls, operands: [OperandSyntax(name: "PATH", isOptional: true, isRepeatable: true)],
    summary: "list the logs under a path and their segments",
    details: [
      "Each segment is scanned. LOGICAL is the offset behind the last record that the format's"
        + " own walk reaches, SLACK what the file has behind it, ALLOCATED what it takes on disk.",
      "With --json one object a line is printed for each path.",
    ],
    options: [threads] + common)

  static let check = VerbSyntax(
    verb: .check, operands: [OperandSyntax(name: "PATH", isRepeatable: true)],
    summary: "judge logs: what is sound, what is broken, what the owner would do on open",
    details: [
      "Exit status: 0 when every log is clean, 1 when there is an error or a warning, 2 when a"
        + " part could not be read. Notes do not count.",
      "With --json one object a line is printed for each path, in the order of the paths; with"
        + " more than one log under the path it holds them as \"logs\". A path that is no log"
        + " has \"error\" instead.",
      "A report is text for a ticket: the figures of each segment, the findings with offsets,"
        + " the forecast, and the CRC-32C of each file's content. It holds record contents only"
        + " with --contents. An existing file is never overwritten.",
    ],
    options: [
      OptionSyntax(.quiet, letter: "q", "one line for each log, for monitoring"),
      OptionSyntax(.report, .file, "write a report to a new file"),
      OptionSyntax(.contents, "let the report quote the bytes around each finding"),
      assume, threads,
    ] + common)

  static let forecast = VerbSyntax(
    verb: .forecast, operands: [path],
    summary: "tell what the owner will do when it opens the log",
    details: [], options: [assume, threads] + common)

  static let compare = VerbSyntax(
    verb: .compare,
    operands: [OperandSyntax(name: "A"), OperandSyntax(name: "B", isOptional: true)],
    summary: "tell which records and header fields of two logs differ",
    details: [
      "With one path, the log as it was before the newest plan, by its saved bytes, is compared with"
        + " what it is now; --id names another plan.",
      "A line that starts with - is about what only A has, one with + about B. Exit status: 0 when"
        + " they hold the same, 1 when they differ, 2 when one could not be read.",
      "With --json one object a line is printed for each difference, and one with the totals"
        + " behind them.",
    ],
    options: [OptionSyntax(.limit, .count, "stop after this many differences"), id, saveTo] + common
  )

  static let formats = VerbSyntax(
    verb: .formats, operands: [], summary: "list the formats that walscope knows",
    details: [], options: [json, color, ascii, help])

  static let helpVerb = VerbSyntax(
    verb: .help,
    operands: [
      OperandSyntax(
        name: "VERB", kind: .choice(Verb.allCases.map(\.rawValue)), isOptional: true),
      OperandSyntax(name: "SUBCOMMAND", kind: .text, isOptional: true),
    ],
    summary: "print the help of a verb", details: [], options: [help])
}
