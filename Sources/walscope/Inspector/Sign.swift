import LogFormats
import TerminalUI

/// The sign in front of a row: what colour says is said here as well.
enum Sign {
  /// The sign and the role of a segment's verdict.
  static func of(_ verdict: SegmentVerdict) -> (sign: String, role: Role) {
    switch verdict {
    case .clean: (" ", .good)
    case .preallocatedTail: ("0", .note)
    case .tornTail: ("~", .warning)
    case .damagedInside, .foreign: ("!", .error)
    case .staleTail: ("%", .note)
    case .empty: (" ", .dim)
    case .unreadable: ("?", .error)
    }
  }

  /// The sign and the role of a scanned segment.
  static func of(_ report: SegmentReport) -> (sign: String, role: Role) {
    report.beingWrittenBy == nil ? of(report.verdict) : ("+", .note)
  }

  /// Whether a segment with this verdict is one to look at.
  static func isWrong(_ verdict: SegmentVerdict) -> Bool {
    switch verdict {
    case .tornTail, .damagedInside, .foreign, .unreadable: true
    case .clean, .preallocatedTail, .staleTail, .empty: false
    }
  }

  /// Stands before what came while the log was followed.
  static let added = (sign: "+", role: Role.accent)

  static let gap = (sign: "=", role: Role.warning)

  /// Stands before a record that does not count although nothing is wrong with it.
  static let uncounted = "-"

  /// The sign of a finding, by its severity.
  static func of(_ severity: Severity) -> (sign: String, role: Role) {
    switch severity {
    case .error: ("!", .error)
    case .warning: ("~", .warning)
    case .note: ("-", .note)
    }
  }

  /// The sign of a log.
  static func of(_ verdict: LogVerdict) -> (sign: String, role: Role) {
    switch verdict {
    case .clean: (" ", .good)
    case .attention: ("~", .warning)
    case .damaged: ("!", .error)
    }
  }

  /// What the signs mean, for the help.
  static func legend(_ glyphs: Glyphs) -> [(sign: String, text: String)] {
    [
      ("!", "damaged inside, or foreign content"),
      ("~", "torn tail: the last record is not whole; or something else to look at"),
      ("0", "preallocated tail: zeros after the last record, nothing is wrong"),
      ("%", "remains of an earlier life after the end"),
      ("=", "gap: a segment that the sequence calls for is missing; bytes taken and never written"),
      ("?", "could not be read"),
      ("+", "being written at this moment; a record that is new since the log is followed"),
      (uncounted, "a record that does not count: never committed, or undone on open; a note"),
      (glyphs.resync, "a record found behind damage"),
      (glyphs.ellipsis, "a figure that is not final: a scan is under way, or was stopped"),
    ]
  }
}
