import LogFiles
import LogFormats
import LogInspection
import Quantities
import TerminalUI

/// What happened to a segment that is followed, for people and for programs.
enum FollowWords {
  /// The fixed word of an event in JSON; nil for records and the moving end, which are no events of
  /// their own there.
  static func word(_ change: SegmentChange) -> String? {
    switch change {
    case .added, .moved: nil
    case .appeared: "segment-appeared"
    case .vanished: "segment-vanished"
    case .renamed: "segment-renamed"
    case .checkpointed: "segment-checkpointed"
    case .recycled: "segment-recycled"
    case .replaced: "segment-replaced"
    case .truncated: "segment-truncated"
    case .finalized: "segment-finalized"
    case .beingWritten: "being-written"
    case .damaged: "damaged"
    case .unreadable: "unreadable"
    }
  }

  /// What happened, as a sentence whose subject is the segment; nil as above.
  static func text(_ change: SegmentChange) -> String? {
    switch change {
    case .added, .moved: nil
    case .appeared: "is new"
    case .vanished: "was deleted"
    case .renamed(let from): "was renamed from \(DisplayText.escape(from.bytes))"
    case .checkpointed(let from): "was checkpointed, from \(DisplayText.escape(from.bytes))"
    case .recycled(let from): "was recycled, from \(DisplayText.escape(from.bytes))"
    case .replaced(let records):
      "is another file now, with \(Quantity.count(records, "record"))"
    case .truncated(let from, let to):
      "was cut or written anew: its records ended at \(Quantity.offset(from)) and end at "
        + "\(Quantity.offset(to)) now"
    case .finalized(let from, let to):
      "was finalized: \(Quantity.bytes(from - to)) behind its records were given back"
    case .beingWritten(let offset, let pid):
      "has a record at \(Quantity.offset(offset)) that process \(pid) is writing"
    case .damaged(let offset, let fault):
      "holds no record at \(Quantity.offset(offset)): \(fault.reason.title)"
    case .unreadable(let error): "cannot be read: \(error.message)"
    }
  }

  /// Whether it is something to worry about.
  static func isBad(_ change: SegmentChange) -> Bool {
    switch change {
    case .damaged, .unreadable: true
    default: false
    }
  }
}
