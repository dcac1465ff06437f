import LogFiles

/// Which record last changed each key: a table of key fingerprints.
struct KeyTable: Sendable {
  /// Half a line of the processor's cache.
  private struct Entry {
    /// The first half of the fingerprint, and in the highest bit, which it leaves free, whether the
    /// key is live.
    var first: UInt64
    var second: UInt64
    var offset: UInt64
    var segment: UInt64

    var isLive: Bool { first >> 63 != 0 }
    var fingerprint: UInt64 { first & (1 << 63 - 1) }
  }

  private let fingerprints = KeyFingerprints()
  /// One for each key, in the order in which they came.
  private var entries: [Entry] = []
  /// The numbers of entries from 1 on, 0 where there is none, at or behind the place that the
  /// fingerprint names. They are small, so that those of many keys are in the cache.
  private var numbers = [UInt32](repeating: 0, count: 1 << 11)
  private(set) var liveCount = 0

  /// Different keys noted so far.
  var used: Int { entries.count }

  /// Notes that the record at a place puts (or takes away) a key.
  @inline(__always)
  mutating func note(_ key: RawSpan, isLive: Bool, segment: Int, offset: UInt64) {
    let (first, second) = fingerprints.of(key)
    let entry = Entry(
      first: first | (isLive ? 1 << 63 : 0), second: second, offset: offset,
      segment: UInt64(truncatingIfNeeded: segment))
    let place = place(of: first, second)
    let number = Int(numbers[place])
    if number == 0 { return add(entry, at: place) }
    liveCount &+= (isLive ? 1 : 0) &- (entries[number &- 1].isLive ? 1 : 0)
    entries[number &- 1] = entry
  }

  func places() -> [LiveKeys.Place] {
    var places: [LiveKeys.Place] = []
    places.reserveCapacity(liveCount)
    for entry in entries where entry.isLive {
      places.append(
        LiveKeys.Place(segment: Int(truncatingIfNeeded: entry.segment), offset: entry.offset))
    }
    return places
  }

  /// Where the number of a key's entry stands, or belongs.
  @inline(__always)
  private func place(of first: UInt64, _ second: UInt64) -> Int {
    let mask = numbers.count &- 1
    var place = KeyFingerprints.place(first) & mask
    while true {
      let number = Int(numbers[place])
      if number == 0 { return place }
      let entry = entries[number &- 1]
      if entry.fingerprint == first, entry.second == second { return place }
      place = (place &+ 1) & mask
    }
  }

  private mutating func add(_ entry: Entry, at place: Int) {
    if entries.count == entries.capacity {
      entries.reserveCapacity(max(1 << 10, min(2 * entries.count, LiveKeys.keyLimit + 1)))
    }
    entries.append(entry)
    numbers[place] = UInt32(truncatingIfNeeded: entries.count)
    if entry.isLive { liveCount += 1 }
    if 2 * entries.count > numbers.count { grow() }
  }

  private mutating func grow() {
    numbers = [UInt32](repeating: 0, count: 2 * numbers.count)
    for (index, entry) in entries.enumerated() {
      numbers[place(of: entry.fingerprint, entry.second)] = UInt32(truncatingIfNeeded: index + 1)
    }
  }
}
