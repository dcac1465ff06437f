import LogFormats

extension CommandTable {
  private static let pattern =
    "PATTERN is a text, or bytes as x:DE AD BE EF; behind t: all is text, so that the text"
    + " t:1 is typed as t:t:1."

  static let dump = VerbSyntax(
    verb: .dump, operands: [path],
    summary: "print the records, one a line",
    details: [
      "PLACE is an offset in the segment (4096 or 0x1000) or record:N, where N counts from 0;"
        + " SEGMENT@PLACE names the segment, which is needed where there are several."
        + " --from starts with the record that holds the place, --to stops before it.",
      pattern + " For --grep, a text without capital letters fits capital letters too, and k:"
        + " before a PATTERN looks at keys only. Compressed values are decoded.",
      "Long keys and values are cut, and their full length is told. With --json one object a"
        + " line is printed.",
    ],
    options: [
      OptionSyntax(.from, .text("PLACE"), "start here"),
      OptionSyntax(.to, .text("PLACE"), "stop before this"),
      OptionSyntax(.kind, .text("KIND"), "only records of this kind; put also finds put+ttl"),
      OptionSyntax(.key, .text("PATTERN"), "only records with exactly this key: its history"),
      OptionSyntax(.grep, .text("PATTERN"), "only records whose key or value contains this"),
      OptionSyntax(.limit, .count, "stop after this many lines"),
    ] + common)

  static let show = VerbSyntax(
    verb: .show, operands: [OperandSyntax(name: "PATH@PLACE")],
    summary: "show one record: its fields and its bytes",
    details: [
      "PATH is a segment, or a log of a single segment. PLACE is any offset in the record"
        + " (4096 or 0x1000) or record:N, where N counts from 0.",
      "--raw writes the exact bytes and nothing else: the key, the value as the application"
        + " wrote it, or the record as it is stored.",
    ],
    options: [
      OptionSyntax(.raw, .choice(["key", "value", "record"]), "write these bytes to the output")
    ] + common)

  static let keys = VerbSyntax(
    verb: .keys, operands: [path],
    summary: "print what a reader would see: each live key with the record it comes from",
    details: [
      "By the owner's rule for opening the log: of the records that count, the last one of each"
        + " key, unless it deletes the key. In the order of the records; with --json one object a"
        + " line is printed.",
      "Keys are not sorted. With more different keys than fit in memory none is printed.",
    ],
    options: [threads] + common)

  static let extents = VerbSyntax(
    verb: .extents, operands: [path],
    summary: "show where files lie on disk, and what each extent holds",
    details: [
      "The rows are those of `filefrag -v -b1`; HOLDS says what the bytes are to the log."
        + " Places that are not decided yet are told as delalloc."
    ],
    options: [
      OptionSyntax(.sync, "have the kernel write the files back first")
    ] + common)

  static let follow = VerbSyntax(
    verb: .follow, operands: [path],
    summary: "print new records as they are written, until Ctrl-C",
    details: [
      "Records are printed as `dump` prints them, as soon as they are whole. What happens to the"
        + " files is told on lines that start with --: new, deleted, renamed, checkpointed,"
        + " recycled, replaced, cut and finalized segments. A record that is being written is"
        + " waited for; what stays half written for 2 seconds, with nobody writing it, is told.",
      "PLACE is end (only what comes from now on, the default) or start (all records that are"
        + " there, too).",
      pattern,
      "With --json one object a line is printed: those of `dump`, and events, which have"
        + " \"event\". Exit status: 130 after Ctrl-C, 2 when the log was deleted, 0 after --limit.",
    ],
    options: [
      OptionSyntax(.from, .text("PLACE"), "start or end"),
      OptionSyntax(.kind, .text("KIND"), "only records of this kind; put also finds put+ttl"),
      OptionSyntax(.key, .text("PATTERN"), "only records with exactly this key"),
      OptionSyntax(.limit, .count, "stop after this many records"),
    ] + common)

  static let completions = VerbSyntax(
    verb: .completions,
    operands: [OperandSyntax(name: "SHELL", kind: .choice(["bash", "zsh", "fish"]))],
    summary: "print a completion script for a shell",
    details: ["For bash: source <(walscope completions bash)"], options: [help])

  private static let eventNames: [String] = FormatRegistry.formats.flatMap { format in
    format.events.map(\.name)
  }

  private static let makeDetails: [String] = {
    var details = [
      "DIR is made, or must be an empty directory: nothing that exists is overwritten."
        + " The same options make the same bytes."
    ]
    for format in FormatRegistry.formats where !format.events.isEmpty {
      details.append("Events of \(format.name):")
      details += format.events.map { "\($0.name): \($0.summary)" }
    }
    details.append("Damage:")
    details += LogDamage.allCases.map { "\($0.rawValue): \($0.summary)" }
    return details
  }()

  static let make = VerbSyntax(
    verb: .make,
    operands: [
      OperandSyntax(name: "FORMAT", kind: .format), OperandSyntax(name: "DIR"),
    ],
    summary: "make a log to practise on, sound or damaged on purpose",
    details: makeDetails,
    options: [
      OptionSyntax(.records, .count, "how many records (default 1000)"),
      OptionSyntax(
        .values, .choice(LogRecipe.Contents.allCases.map(\.rawValue)),
        "what keys and values are made of; hostile: what has ever upset a terminal"),
      OptionSyntax(.sizes, .text("MIN-MAX"), "bytes of a value (default 20-200)"),
      OptionSyntax(.keys, .count, "how many different keys (default 500)"),
      OptionSyntax(
        .kinds, .text("KIND,..."),
        "kinds of records, each as likely (see `walscope formats --json`)"),
      OptionSyntax(.segmentSize, .size, "bytes after which a segment is full (default 1M)"),
      OptionSyntax(
        .preallocate, .choice(Preallocation.allCases.map(\.rawValue)),
        "how space for a segment is taken before it is written"),
      OptionSyntax(.crash, "leave the log as a crash leaves it, not closed"),
      OptionSyntax(.seed, .count, "start of the random numbers (default 1)"),
      OptionSyntax(
        .after, .choice(eventNames, called: "EVENT"), isRepeatable: true,
        "take it through an event of its format; may be given several times"),
      OptionSyntax(
        .damage, .choice(LogDamage.allCases.map(\.rawValue)), isRepeatable: true,
        "damage it afterwards; may be given several times"),
      OptionSyntax(.quiet, letter: "q", "print nothing when all is well"),
      json, color, ascii, help,
    ])
}
