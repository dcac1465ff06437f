/// The verbs that change a log, each only through a plan.
extension CommandTable {
  static let recover = acting(
    .recover, "bring a log to a state that its owner opens without loss or complaint",
    details: [
      "What is done depends on the format; whatever can be kept is kept. Damage with valid records"
        + " behind it is never cut: `salvage` copies the records of both sides out."
    ],
    options: [
      OptionSyntax(
        .dropUncommitted, "also drop records at the end that no transaction has committed")
    ])

  static let truncate = acting(
    .truncate, "end one segment earlier",
    details: [
      "PATH is the segment's file, or a log that has only one. Without --at the file is cut behind"
        + " its last valid record. record:N is the record of that number, counted from 0: the file"
        + " ends where it starts."
    ],
    options: [
      OptionSyntax(
        .at, .text("last-valid|OFFSET|record:N"),
        "where the segment is to end, in bytes from its start, or before a record")
    ])

  static let finalize = acting(
    .finalize, "give the preallocated space behind the last record back",
    details: ["PATH is a log, or one of its segments, which then is the only one."], options: [])

  static let deleteBefore = acting(
    .deleteBefore, "remove whole segments from the old end of a log",
    operands: [OperandSyntax(name: "SEGMENT|POSITION", kind: .text, isOptional: true)],
    details: [
      "Segments below SEGMENT (a file's name) or below POSITION (an id, or ID@OFFSET) go, oldest"
        + " first; never the newest one, and never a part of one. The space comes back with"
        + " `purge`, or at once with --no-undo."
    ],
    options: [
      OptionSyntax(.keep, .count, "keep so many of the newest segments"),
      OptionSyntax(
        .olderThan, .text("AGE"),
        "remove segments that nobody has changed for this long: 90s,"
          + " 45m, 12h, 30d"),
    ])

  static let repairBit = acting(
    .repairBit, "flip the one bit back whose flipping makes a record's checksum right",
    details: [
      "PATH is a log, or one of its segments. Only where exactly one bit explains the mismatch;"
        + " that is a conclusion, not a proof."
    ], options: [])

  static let salvage = VerbSyntax(
    verb: .salvage, operands: [OperandSyntax(name: "SOURCE"), destination],
    summary: "copy every record that can be had, on both sides of damage, into a new log",
    details: [
      "DEST is a directory that does not exist yet; the new log in it is one that the owner opens."
        + " SOURCE is only read. What is left behind is told, with --json as \"gaps\"."
    ],
    options: [assume, threads] + common)

  static let copy = VerbSyntax(
    verb: .copy, operands: [OperandSyntax(name: "SOURCE"), destination],
    summary: "copy a log, to practise on",
    details: [
      "DEST is a directory that does not exist yet; the files keep their names, modes and times."
        + " Holes stay holes, and blocks are shared where the file system can. What a writer appends"
        + " meanwhile is not part of the copy."
    ],
    options: [
      OptionSyntax(
        .preallocated, "also preallocate what is preallocated in the original and not written")
    ] + common.filter { $0.name != .redact })

  static let apply = VerbSyntax(
    verb: .apply, operands: [OperandSyntax(name: "PLAN-FILE|PATH")],
    summary: "carry out a saved plan, or the rest of one that was interrupted",
    details: [
      "A saved plan is carried out only where a fresh look at the log comes to the same steps on"
        + " the same bytes; else exit status 3, and nothing is changed. What goes is saved first.",
      "With --finish the operand is a log whose repair was interrupted: the steps that are left are"
        + " made.",
    ],
    options: [
      OptionSyntax(.finish, "finish what was interrupted"), id, yes, ownerStopped, saveTo, assume,
      threads,
    ] + quietCommon)

  static let history = VerbSyntax(
    verb: .history, operands: [path], summary: "list what was done to a log through plans",
    details: [], options: [saveTo] + quietCommon)

  static let undo = VerbSyntax(
    verb: .undo, operands: [path],
    summary: "put the files back as they were before a plan was carried out",
    details: [
      "The newest one that can be undone is meant unless --id names another. Bytes, sizes,"
        + " preallocation, modes, owners and times come back; where a file was changed since, exit"
        + " status 3 tells so. Without --yes it is only told what would be done: exit status 1 when"
        + " there is something to do."
    ],
    options: [id, yes, ownerStopped, saveTo, assume, threads] + quietCommon)

  static let purge = VerbSyntax(
    verb: .purge, operands: [path],
    summary: "remove saved bytes, which gives their space back and ends the way back",
    details: [
      "Without --id and --older-than all entries are meant. Without --yes it is only told what would"
        + " be removed: exit status 1 when there is something. What is unfinished stays."
    ],
    options: [
      id, OptionSyntax(.olderThan, .text("AGE"), "entries that are older: 90s, 45m, 12h, 30d"), yes,
      saveTo,
    ] + quietCommon)

  static let id = OptionSyntax(.id, .text("ID"), "the entry of the history")
  private static let yes = OptionSyntax(.yes, "do it")
  private static let ownerStopped = OptionSyntax(
    .ownerStopped, "say that the owner is stopped where that cannot be proven")
  /// What verbs have in common that show no records.
  private static let quietCommon = common.filter { $0.name != .redact }

  private static let destination = OperandSyntax(name: "DEST")

  private static func acting(
    _ verb: Verb, _ summary: String, operands: [OperandSyntax] = [], details: [String],
    options: [OptionSyntax]
  ) -> VerbSyntax {
    VerbSyntax(
      verb: verb, operands: [path] + operands, summary: summary,
      details: details + [
        "Without --apply only the plan is printed: exit status 1 when there is something to do, 0"
          + " when not, 2 when the format lacks the action, 3 when it is refused for safety. Without"
          + " a terminal a plan is saved with --save-plan and applied with `walscope apply FILE"
          + " --yes`."
      ],
      options: options + planOptions + [assume, threads] + common)
  }

  private static let planOptions = [
    OptionSyntax(.apply, "do it, after the name of what is changed was typed"),
    OptionSyntax(.savePlan, .file, "write the plan to a new file"),
    saveTo,
    OptionSyntax(.noUndo, "keep no backup: space comes back at once, and nothing can be undone"),
    OptionSyntax(.reallocate, "preallocate again what a cut gives back"),
    OptionSyntax(.lose, .count, "acknowledge that so many records go"),
    OptionSyntax(.hardLinks, "acknowledge that a file has other names"),
    ownerStopped,
    OptionSyntax(
      .wellFormedOnly, "acknowledge that records without a checksum are well formed, not proven"),
  ]

  static let saveTo = OptionSyntax(
    .saveTo, .directory, "the directory of backups and journal, instead of .walscope beside the log"
  )
}
