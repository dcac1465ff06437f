import LogFiles

/// Counts the live keys of a file while its records are walked for the first time, so that nobody
/// has to read them again for it.
struct TegDBKeyCount {
  private var table: KeyTable? = KeyTable()
  /// Live keys behind the last commit marker.
  private var committed: Int?
  /// Whether a key was passed that could not be noted.
  private var isIncomplete = false
  /// Live keys when the walk ended.
  private var final: Int?

  /// Live keys behind the records that count: all of them without a marker, else those before the
  /// last one. Nil where they are not known.
  var live: UInt64? {
    guard !isIncomplete else { return nil }
    return (committed ?? final ?? table?.liveCount).map { UInt64($0) }
  }

  /// Takes in a record whose key is the `count` bytes at `start`, or that is a marker.
  @inline(__always)
  mutating func pass(
    _ bytes: RawSpan, keyAt start: Int, _ count: UInt64, kind: UInt8, offset: UInt64
  ) {
    guard table != nil else { return }
    if kind >= TegDBWalker.commit {
      committed = table?.liveCount
      return
    }
    guard let key = bytes.slice(start, Int(truncatingIfNeeded: count)) else { return giveUp() }
    table?.note(key, isLive: kind == TegDBWalker.put, segment: 0, offset: offset)
    if let used = table?.used, used > LiveKeys.keyLimit { giveUp() }
  }

  /// Takes in deletes of the key without bytes.
  mutating func passEmptyKey(at offset: UInt64) {
    let none: [UInt8] = []
    table?.note(none.rawBytes, isLive: false, segment: 0, offset: offset)
  }

  /// Says that a key was passed which is not in memory, or that there are too many of them.
  mutating func giveUp() {
    guard table != nil else { return }
    isIncomplete = true
    table = nil
  }

  /// Gives the memory back: what is walked from now on does not count.
  mutating func end() {
    final = table?.liveCount
    table = nil
  }
}
