import TerminalUI

/// The one table of keys. Footer, help and the words of the `:` prompt come from it.
enum KeyTable {
  static let keys = KeyMap<Action, KeyContext>(
    opening + looking + acting + answering + searching + moving + leaving)

  /// The key that opened this screen: it closes it again, which the footer says of another.
  static func opening(_ context: KeyContext) -> [Action] {
    switch context {
    case .findings: [.findings]
    case .forecast: [.forecast]
    case .info: [.info]
    case .help: [.help]
    case .plan: [.plan]
    case .history: [.undo]
    case .lab: [.lab]
    case .dialog: [.leave, .help, .command]
    default: []
    }
  }

  private static let searchable = lists.union([.record])
  private static let lists: Set<KeyContext> = [.logs, .segments, .records, .findings]
  private static let ofLog: Set<KeyContext> = [
    .segments, .records, .record, .extents, .findings, .forecast, .info, .plan, .history,
  ]

  private typealias Row = KeyBinding<Action, KeyContext>

  /// One sentence for one key: the help says it once.
  private static let opens =
    "Open what is selected: a log, a segment's records, a record, a finding's place, what is inside"
    + " a field, an experiment of the lab; in its demonstration, make the next step; in the bytes,"
    + " go to the next byte."

  private static let opening = [
    Row(
      [.enter, .right, .character("l")], .open, name: "open",
      explanation: opens, contexts: [.logs, .records, .extents, .findings], footerRank: 1),
    Row(
      [.enter, .right, .character("l")], .open, name: "records",
      explanation: opens, contexts: [.segments], footerRank: 1),
    Row(
      [.enter], .open, name: "do it…",
      explanation: "Do what is selected, after it was asked for and confirmed.", contexts: [.plan],
      footerRank: 1),
    Row(
      [.tab], .nextPane, name: "details", explanation: "Go to the details of the plan and back.",
      contexts: [.plan], footerRank: 4),
    Row(
      [.character("w")], .save, name: "save plan…",
      explanation: "Save the plan to a file, to be applied on the command line.",
      contexts: [.plan], footerRank: 3),
    Row(
      [.character(" ")], .reallocate, name: "preallocate again",
      explanation: "Have space that a cut gives back preallocated again, or not.",
      contexts: [.plan], footerRank: 5),
    Row(
      [.enter], .open, name: "undo…",
      explanation: "Undo the selected repair, or finish one that was interrupted.",
      contexts: [.history], footerRank: 1),
    Row(
      [.character("P")], .purge, name: "purge…",
      explanation: "Remove the bytes that are saved for the selected repair: space comes back.",
      contexts: [.history], footerRank: 3),
    Row(
      [.enter, .right, .character("l")], .open, name: "next step",
      explanation: opens, contexts: [.demo], footerRank: 1),
    Row(
      [.enter, .right, .character("l")], .open, name: "choose",
      explanation: opens, contexts: [.lab], footerRank: 1),
    Row(
      [.character(" ")], .toggle, name: "change",
      explanation: "Choose the next value of the selected setting.", contexts: [.lab],
      footerRank: 3),
    Row(
      [.character("p")], .pause, name: "pause",
      explanation: "Hold the experiment between two operations, and let it go on.",
      contexts: [.experiment], footerRank: 1),
    Row(
      [.character("w")], .save, name: "save as JSON…",
      explanation: "Save all figures of the experiment to a file.", contexts: [.experiment],
      footerRank: 3),
    Row(
      [.character("r")], .rescan, name: "run again",
      explanation: "Make the experiment once more.", contexts: [.experiment], footerRank: 4),
    Row(
      [.tab], .nextPane, name: "next settings",
      explanation: "Show the next combination of settings.", contexts: [.experiment]),
    Row(
      [.backTab], .previousPane, name: "previous settings",
      explanation: "Show the combination of settings before.", contexts: [.experiment]),
    Row(
      [.enter, .right, .character("l")], .open, name: "open field",
      explanation: opens, contexts: [.record]),
    Row(
      [.left, .character("h")], .close, name: "close field",
      explanation: "Hide what is inside the selected field; in the bytes, go to the byte before.",
      contexts: [.record]),
    Row(
      [.character("J")], .nextRecord, name: "next record",
      explanation: "Go to the next record, without leaving this one's place in the tree.",
      contexts: [.records, .record], footerRank: 6),
    Row(
      [.character("K")], .previousRecord, name: "previous record",
      explanation: "Go to the record before.", contexts: [.records, .record]),
    Row(
      [.tab], .nextPane, name: "pane", explanation: "Go to the next pane.",
      contexts: [.records, .record], footerRank: 3),
    Row(
      [.backTab], .previousPane, name: "previous pane", explanation: "Go to the previous pane.",
      contexts: [.records, .record]),
    Row(
      [.character(" ")], .toggle, name: "fold",
      explanation:
        "Show or hide what is inside the selected field; show a payload as text, indented or hex.",
      contexts: [.record]),
  ]

  private static let looking = [
    Row(
      [.character("x")], .extents, name: "extents",
      explanation: "Show where the selected segment lies on disk.",
      contexts: [.segments, .records, .record], footerRank: 5),
    Row(
      [.character("e")], .nextFinding, name: "next finding",
      explanation: "Go to the next place where something is wrong.",
      contexts: [.logs, .segments, .records, .record, .extents, .findings], footerRank: 4),
    Row(
      [.character("E")], .previousFinding, name: "previous finding",
      explanation: "Go to the place before where something is wrong.",
      contexts: [.logs, .segments, .records, .record, .extents, .findings]),
    Row(
      [.character("!")], .findings, name: "findings",
      explanation: "List everything that is wrong in this log, worst first.",
      contexts: ofLog.union([.logs]), footerRank: 7),
    Row(
      [.character("f")], .forecast, name: "forecast",
      explanation: "Tell what the owner will do when it opens this log as it is.",
      contexts: ofLog.union([.logs]), footerRank: 6),
    Row(
      [.character("i")], .info, name: "info",
      explanation: "Show path, format, file system, identity, sizes and who has it open.",
      contexts: ofLog.union([.logs]), footerRank: 9),
    Row(
      [.character("s")], .sort, name: "sort", explanation: "Sort by the next column.",
      contexts: [.logs, .segments], footerRank: 10),
    Row(
      [.character("a")], .apparent, name: "apparent/allocated",
      explanation: "Show how long the files are, or what is allocated on disk for them.",
      contexts: [.segments]),
    Row(
      [.character("L")], .lab, name: "lab",
      explanation: "Show what preallocation does, by experiments on real files.",
      contexts: ofLog.union([.logs, .problem])),
    Row(
      [.character("F")], .follow, name: "follow",
      explanation:
        "Follow the log while it is written, or stop that: new records are marked with +.",
      contexts: [.segments, .records, .record, .extents], footerRank: 13),
    Row(
      [.character("p")], .pause, name: "pause",
      explanation: "Have the screen stand still while a log is followed, and let it go on.",
      contexts: [.segments, .records, .record, .extents]),
    Row(
      [.character("r")], .rescan, name: "rescan", explanation: "Look at everything anew.",
      contexts: ofLog.union([.logs, .problem]), footerRank: 11),
  ]

  private static let acting = [
    Row(
      [.character("d"), .delete], .plan, name: "plan",
      explanation:
        "Show what can be done: recover, truncate, finalize, delete before, repair a bit, salvage,"
        + " copy. Nothing is changed before it was confirmed.",
      contexts: ofLog.union([.logs]), footerRank: 7),
    Row(
      [.character("u")], .undo, name: "undo",
      explanation: "Show what was done to the log, to undo or finish it or to purge its backup.",
      contexts: ofLog.union([.logs, .result]), footerRank: 8),
    Row(
      [.enter], .open, name: "go on", explanation: "Leave the result.", contexts: [.result],
      footerRank: 1),
  ]

  /// The keys of a question, which it takes itself: they stand here for footer and help.
  private static let answering = [
    Row(
      [.enter], .open, name: "choose", explanation: "Choose the button that is selected.",
      contexts: [.dialog], footerRank: 1),
    Row(
      [.tab], .nextPane, name: "next button", explanation: "Go to the next button.",
      contexts: [.dialog], footerRank: 2),
    Row(
      [.escape], .cancel, name: "cancel", explanation: "Close a question; nothing is done.",
      contexts: [.dialog], footerRank: 0),
  ]

  private static let searching = [
    Row(
      [.character("/")], .search, name: "search",
      explanation:
        "Search from the selected row on: a text, x:de ad for bytes, t: before any text at all;"
        + " k: before one of them for keys.",
      contexts: searchable, footerRank: 8),
    Row(
      [.character("n")], .searchNext, name: "next match", explanation: "Go to the next match.",
      contexts: searchable),
    Row(
      [.character("N")], .searchPrevious, name: "previous match",
      explanation: "Go to the match before.", contexts: searchable),
    Row(
      [.character(":")], .command, name: "go to",
      explanation:
        "Go to an offset (0x1f40), a number, a name or a record's key (t:42 for the key 42), or type"
        + " what a key does.",
      footerRank: 12),
  ]

  private static let moving = [
    Row(
      [.up, .character("k")], .move(.up), name: "up", explanation: "Move up by one row."),
    Row(
      [.down, .character("j")], .move(.down), name: "down", explanation: "Move down by one row."),
    Row(
      [.pageUp, .control("b")], .move(.pageUp), name: "page up",
      explanation: "Move up by one screen."),
    Row(
      [.pageDown, .control("f")], .move(.pageDown), name: "page down",
      explanation: "Move down by one screen."),
    Row(
      [.home, .character("g")], .move(.first), name: "first", explanation: "Move to the start."),
    Row([.end, .character("G")], .move(.last), name: "last", explanation: "Move to the end."),
  ]

  private static let leaving = [
    Row(
      [.escape], .cancel, name: "cancel",
      explanation: "Stop a scan or a search and keep what it has; clear a message. Never quits."),
    Row([.control("l")], .redraw, name: "redraw", explanation: "Draw the screen anew."),
    Row(
      [.character("q")], .leave, name: "back",
      explanation: "Go back one level; at the top quit.", footerRank: 2),
    Row(
      [.left, .character("h"), .backspace], .back, name: "up",
      explanation: "Go back one level, where there is one."),
    Row(
      [.character("Q"), .control("c")], .quit, name: "quit", explanation: "Quit at once."),
    Row(
      [.character("?"), .function(1)], .help, name: "help", explanation: "Show all keys.",
      footerRank: 0),
  ]
}
