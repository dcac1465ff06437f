import LogFiles

/// Which record last changed each key: a table of key fingerprints.
struct KeyTable: Sendable {
  /// Half a line of the processor's cache.
  private struct Slot {
    /// The first half of the fingerprint, and in the highest bits, which it leaves free, the state.
    var first: UInt64 = 0
    var second: UInt64 = 0
    var offset: UInt64 = 0
    var segment: UInt64 = 0

    var isFree: Bool { first >> 62 == 0 }
    var isLive: Bool { first >> 62 == KeyTable.live }
  }
  private static let live: UInt64 = 1
  private static let gone: UInt64 = 2
  private static let fingerprint: UInt64 = (1 << 62) - 1

  private let fingerprints = KeyFingerprints()
  private var slots = [Slot](repeating: Slot(), count: 1 << 10)
  /// Keys that are noted before there are more slots.
  private var room = 700
  private(set) var used = 0
  private(set) var liveCount = 0

  /// Notes that the record at a place puts (or takes away) a key.
  @inline(__always)
  mutating func note(_ key: RawSpan, isLive: Bool, segment: Int, offset: UInt64) {
    let (first, second) = fingerprints.of(key)
    if used == room { grow() }
    let index = index(of: first, second)
    if slots[index].isFree { used &+= 1 }
    if slots[index].isLive { liveCount &-= 1 }
    if isLive { liveCount &+= 1 }
    slots[index] = Slot(
      first: first | (isLive ? Self.live : Self.gone) << 62, second: second, offset: offset,
      segment: UInt64(truncatingIfNeeded: segment))
  }

  func places() -> [LiveKeys.Place] {
    var places: [LiveKeys.Place] = []
    places.reserveCapacity(liveCount)
    for slot in slots where slot.isLive {
      places.append(
        LiveKeys.Place(segment: Int(truncatingIfNeeded: slot.segment), offset: slot.offset))
    }
    return places
  }

  @inline(__always)
  private func index(of first: UInt64, _ second: UInt64) -> Int {
    let mask = slots.count &- 1
    var index = Int(truncatingIfNeeded: first) & mask
    while true {
      let slot = slots[index]
      let isSame = slot.first & Self.fingerprint == first && slot.second == second
      if isSame || slot.isFree { return index }
      index = (index &+ 1) & mask
    }
  }

  private mutating func grow() {
    let old = slots
    slots = [Slot](repeating: Slot(), count: old.count * 2)
    room *= 2
    for slot in old where !slot.isFree {
      slots[index(of: slot.first & Self.fingerprint, slot.second)] = slot
    }
  }
}
