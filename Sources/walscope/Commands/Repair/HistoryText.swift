import LogFiles
import LogFormats
import LogRepair
import Quantities

/// Entries of a log's history in words.
enum HistoryText {
  /// What an entry is and how far it came, as half a sentence.
  static func summary(_ entry: HistoryEntry) -> String {
    "\(entry.plan.action.verb) of \(entry.begun.text), \(state(entry))"
  }

  /// How far an entry came.
  static func state(_ entry: HistoryEntry) -> String {
    switch entry.state {
    case .applied: "done"
    case .unfinished(let done, let steps): "unfinished: \(done) of \(steps) steps made"
    case .undoUnfinished(let done, let files): "undo unfinished: \(done) of \(files) files put back"
    case .undone: "undone"
    case .abandoned(let reason): "nothing was changed" + (reason.map { ": \($0)" } ?? "")
    case .purged: "done, backup purged"
    case .running: "running"
    }
  }

  /// The word of an entry's state in JSON.
  static func word(_ entry: HistoryEntry) -> String {
    switch entry.state {
    case .applied: "applied"
    case .unfinished: "unfinished"
    case .undoUnfinished: "undo-unfinished"
    case .undone: "undone"
    case .abandoned: "abandoned"
    case .purged: "purged"
    case .running: "running"
    }
  }

  static func emphasis(_ entry: HistoryEntry) -> Emphasis {
    switch entry.state {
    case .applied: .good
    case .unfinished, .undoUnfinished: .bad
    case .running: .warning
    case .undone, .abandoned, .purged: .faint
    }
  }

  /// The files of an entry, the first few by name.
  static func files(_ entry: HistoryEntry) -> String {
    let names = entry.files.prefix(3).map { DisplayName.text($0) }
    let rest = entry.files.count - names.count
    return names.joined(separator: ", ") + (rest > 0 ? " and \(Quantity.grouped(rest)) more" : "")
  }
}
