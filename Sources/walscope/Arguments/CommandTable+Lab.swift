import LogLab

/// The laboratory: experiments with files of their own. Each has its line in
/// `LabCommand.experiments`.
extension CommandTable {
  static let lab = VerbSyntax(
    verb: .lab,
    operands: [
      OperandSyntax(
        name: "EXPERIMENT", kind: .choice(LabCommand.experiments.compactMap(\.syntax.subcommand)),
        isOptional: true)
    ],
    summary: "measure and show what preallocation does, with files made for it",
    details: [
      "Without EXPERIMENT, the screen of the lab is opened, where one is chosen and watched.",
      "An experiment works in a directory of its own below DIR, which is removed at its end, also"
        + " when it is interrupted. It leaves a part of the file system free, and exit status 3"
        + " tells that there is no room.",
      "The variants take turns, round by round; a variant is called faster than another one only"
        + " when all of its rounds were.",
    ],
    options: [json, color, ascii, help])

  /// The operand and options of all experiments.
  static let labDirectory = OperandSyntax(name: "DIR", isOptional: true)
  static let labOptions = [
    OptionSyntax(.dir, .directory, "the same as DIR (default: the current directory)"),
    OptionSyntax(.rounds, .count, "rounds that are measured, after a warm-up (default 5)"),
    OptionSyntax(.operations, .count, "operations of each run, instead of what fits the time"),
    OptionSyntax(.seconds, .count, "about how long all of it may take (default 50)"),
    OptionSyntax(.maxBytes, .size, "the most its files may take at one time (default 2G)"),
    OptionSyntax(.quiet, letter: "q", "show no progress"),
    json, color, ascii, help,
  ]

  private static let prepareDetails =
    [
      "Threads append records to a file, and each waits until its own is on the disk; one sync"
        + " serves all that were written before it. The number of operations of a run is chosen in"
        + " the warm-up, the same for all ways, so that all of it takes about as long as asked for.",
      "OUT% is the share of operations that took three standard deviations or more longer or"
        + " shorter than the average. CONVERTED is how much unwritten space the appends turned into"
        + " written space; WRITES, for each operation, counts all programs that use the device; CPU WAIT is"
        + " the share of the time during which threads waited for a processor.",
      "Ways:",
    ] + PreparationWay.allCases.map { "\($0.rawValue): \($0.summary)" }
    + [
      "With --csv the columns are those of the published commit latencies of okaywal, whose"
        + " \"yes\" is written-zeros and whose outliers are a share of 1 with a percent sign."
    ]

  static let labPrepare = VerbSyntax(
    verb: .lab, subcommand: "prepare", operands: [labDirectory],
    summary: "compare ways of preparing a file by the latency of commits",
    details: prepareDetails,
    options: [
      OptionSyntax(
        .way, .choice(PreparationWay.allCases.map(\.rawValue)), isRepeatable: true,
        "only this way; may be given several times"),
      OptionSyntax(
        .recordSize, .size, isRepeatable: true,
        "bytes of a record, several times (default 256, 1K, 4K, 1M)"),
      OptionSyntax(
        .threads, .count, isRepeatable: true, "threads that append, several times (default 1, 4)"),
      OptionSyntax(
        .syncCall, .choice(SyncCall.allCases.map(\.rawValue)), isRepeatable: true,
        "how a record is made durable, several times (default fdatasync)"),
      OptionSyntax(.full, "1, 2, 4, 8 and 16 threads, as published; takes as long as it needs"),
      OptionSyntax(.csv, "print the table as it was published for okaywal"),
      OptionSyntax(.histogram, "print a histogram of each way"),
    ] + labOptions)

  static let labCommit = VerbSyntax(
    verb: .lab, subcommand: "commit", operands: [labDirectory],
    summary: "measure how long the writers of the formats take to commit",
    details: [
      "Threads append records through the writer of each format under each of its policies, beside"
        + " plain writes of as many bytes, with fdatasync and without. What does not wait for the"
        + " disk makes a hundred times the operations."
    ],
    options: [
      OptionSyntax(
        .logFormat, .format, isRepeatable: true,
        "only the writer of this format; may be given several times"),
      OptionSyntax(
        .recordSize, .size, isRepeatable: true, "bytes of a record, several times (default 1K)"),
      OptionSyntax(
        .threads, .count, isRepeatable: true, "threads that append, several times (default 1, 4)"),
    ] + labOptions)

  private static let appendDetails =
    [
      "Processes append records to one file at the same time, each as often as the published"
        + " measurements did: 100,000 times, and 10,000 times from 1K on. After each run the file is"
        + " read, and LOST counts the bytes of records that are not there or not whole. What is"
        + " written stays in the page cache, but for direct.",
      "PUBLISHED is the time of a call of the original program, on another machine, where the"
        + " setting is the same. Its O_DIRECT timed calls that were refused, and its mmlog lost"
        + " inserts.",
      "Strategies:",
    ] + AppendStrategy.allCases.map { "\($0.rawValue): \($0.summary)" }

  static let labAppend = VerbSyntax(
    verb: .lab, subcommand: "append", operands: [labDirectory],
    summary: "compare ways in which processes append to one file, and look what is lost",
    details: appendDetails,
    options: [
      OptionSyntax(
        .strategy, .choice(AppendStrategy.allCases.map(\.rawValue)), isRepeatable: true,
        "only this strategy; may be given several times"),
      OptionSyntax(
        .recordSize, .size, isRepeatable: true,
        "bytes of an append, several times (default 1, 128, 4095)"),
      OptionSyntax(.processes, .count, "processes that append, 64 at most (default 4)"),
      OptionSyntax(.dir, .directory, "the same as DIR (default: the current directory)"),
      OptionSyntax(.rounds, .count, "rounds that are measured, after a warm-up (default 5)"),
      OptionSyntax(.operations, .count, "appends of each process"),
      OptionSyntax(.maxBytes, .size, "the most its files may take at one time (default 2G)"),
      OptionSyntax(.quiet, letter: "q", "show no progress"),
      json, color, ascii, help,
    ])

  static let labScan = VerbSyntax(
    verb: .lab, subcommand: "scan", operands: [labDirectory],
    summary: "measure how fast logs are scanned, against the floor",
    details: [
      "The floor is reading all files once, with one checksum pass over them. Logs are made for it,"
        + " and are in memory when they are read: what is measured is the reader and not the disk.",
      "The search looks in all keys and values for what is nowhere, beside the scan that finds them."
        + " Compressed values are measured apart, in the largest of the sizes; rates count the bytes"
        + " that are stored.",
      "With --resync the search for records behind damage is measured, through text, zeros, random"
        + " bytes and contents made to keep it busy; of mmlog, which has no such search, the scan.",
    ],
    options: [
      OptionSyntax(
        .logFormat, .format, isRepeatable: true,
        "only logs of this format; may be given several times"),
      OptionSyntax(
        .valueSize, .size, isRepeatable: true,
        "bytes of a value, several times (default 100, 1K)"),
      OptionSyntax(.logSize, .size, "bytes of a log (default 256M)"),
      OptionSyntax(.threads, .count, "threads beside one (default 2)"),
      OptionSyntax(.resync, "measure the search behind damage instead (logs of 64M)"),
    ] + labOptions)

  static let labDemo = VerbSyntax(
    verb: .lab, subcommand: "demo", operands: [labDirectory],
    summary: "show what preallocation does to a log, in six steps",
    details: [
      "A writer takes the space of a segment, appends, and is really killed; the log is then"
        + " recovered and finalized. Each step shows the file before and after it. On a terminal"
        + " Enter makes the next step; elsewhere all of them are printed."
    ],
    options: [
      OptionSyntax(.dir, .directory, "the same as DIR (default: the current directory)"),
      OptionSyntax(.text, "print all steps, on a terminal too"),
      OptionSyntax(.segmentSize, .size, "bytes of the segment (default 64,000,000)"),
      OptionSyntax(.maxBytes, .size, "the most its files may take at one time (default 2G)"),
      json, color, ascii, noMouse, help,
    ])
}
