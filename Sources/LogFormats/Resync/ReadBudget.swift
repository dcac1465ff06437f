/// Bytes that a scan may read in vain behind damage.
///
/// Lengths there are any numbers; to follow each of them takes time that grows with the square of
/// the file's size.
public struct ReadBudget: Sendable {
  package private(set) var left: UInt64
  /// Whether somebody wanted more than was left.
  package private(set) var wasRefused = false

  /// A budget in proportion to the bytes that a file has on disk; holes hold no records. To read all of
  /// them once more, and some that every file may take, is a small part of what the search itself takes.
  package init(allocatedSize: UInt64) {
    left = min(allocatedSize, 1 << 60) + (64 << 20)
  }

  /// Takes `bytes`; false, and nothing is taken, where fewer are left.
  package mutating func spend(_ bytes: UInt64) -> Bool {
    guard allows(bytes) else { return false }
    left -= bytes
    return true
  }

  /// Whether asking for `bytes` would be the first thing that is refused.
  func wouldRefuseFirst(_ bytes: UInt64) -> Bool { !wasRefused && bytes > left }

  /// Whether `bytes` are left; they are not taken.
  package mutating func allows(_ bytes: UInt64) -> Bool {
    wasRefused = wasRefused || bytes > left
    return bytes <= left
  }
}
