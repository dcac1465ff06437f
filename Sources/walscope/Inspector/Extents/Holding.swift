import LogFormats
import TerminalUI

/// What a stretch of a file holds: what the scan says about its bytes, and what the file system
/// says about their place.
enum Holding: Int, CaseIterable, Sendable {
  /// Records that the format's own walk reaches, and what the format keeps around them.
  case log
  /// Records behind damage.
  case unreached
  case damage
  /// Inside the data: taken, and never written.
  case gap
  case stale
  case unknown
  /// Zeros that somebody wrote.
  case zeros
  /// Preallocated, and nothing was written there.
  case neverWritten
  /// No place on disk belongs to it; reads as zeros.
  case hole
  /// Not scanned yet.
  case unread
  /// Allocated behind the end of the file.
  case beyondEnd

  /// What bytes hold that the scan put into a range of some kind; where the file is read as raw
  /// bytes there is no format by which they could be damaged.
  init(_ range: ByteRange?, isRaw: Bool, isAllocated: Bool, isUnwritten: Bool) {
    switch range?.kind {
    case .header, .records: self = range?.isFoundByResync == true ? .unreached : .log
    case .damage: self = isRaw ? .unknown : .damage
    case .stale: self = .stale
    case .unknown: self = .unknown
    case .padding, .zeroTail: self = !isAllocated ? .hole : isUnwritten ? .neverWritten : .zeros
    case nil: self = !isAllocated ? .hole : isUnwritten ? .neverWritten : .unread
    }
  }

  /// Its name in a table and a legend.
  var name: String {
    switch self {
    case .log: "log"
    case .unreached: "records after damage"
    case .damage: "damage"
    case .gap: "gap"
    case .stale: "earlier life"
    case .unknown: "bytes of no known format"
    case .zeros: "written zeros"
    case .neverWritten: "never written"
    case .hole: "hole"
    case .unread: "not scanned"
    case .beyondEnd: "behind the end"
    }
  }

  /// What a column of the file's map is drawn with. What needs a look is drawn as signs: a shade
  /// alone would not be seen, nor told without colours.
  func sign(_ glyphs: Glyphs) -> String {
    switch self {
    case .log: glyphs.fill(.full)
    case .unreached: glyphs.fill(.dark)
    case .damage: "!"
    case .gap: Sign.gap.sign
    case .stale: "%"
    case .unknown: "?"
    case .zeros: glyphs.fill(.medium)
    case .neverWritten: glyphs.fill(.light)
    case .hole: glyphs.fill(.line)
    case .unread: glyphs.dot
    case .beyondEnd: ">"
    }
  }

  /// How it is drawn.
  var role: Role {
    switch self {
    case .log: .accent
    case .unreached: .found
    case .damage: .error
    case .gap: Sign.gap.role
    case .stale: .warning
    case .zeros: .note
    case .unknown, .neverWritten, .hole, .unread, .beyondEnd: .dim
    }
  }

  /// Which of several is shown where there is room for one: the largest.
  var weight: Int {
    switch self {
    case .damage: 4
    case .gap: 3
    case .stale: 2
    case .unknown, .unreached: 1
    case .log, .zeros, .neverWritten, .hole, .unread, .beyondEnd: 0
    }
  }

  /// Whether it is something to look at.
  var isProblem: Bool {
    switch self {
    case .damage, .gap, .stale: true
    case .log, .unreached, .unknown, .zeros, .neverWritten, .hole, .unread, .beyondEnd: false
    }
  }
}
