import CByteSearch

/// Places from which records were seen to lead to nothing that proves them.
///
/// Many records lead to the same ones, so that a few of the places on each way are enough: who
/// comes to it later meets one of them soon. Which ones are kept depends on the place alone, so that
/// only they have to be looked up.
struct DeadEnds {
  /// The places that one way leads through.
  struct Way {
    fileprivate var places: [UInt64] = []

    mutating func pass(_ place: UInt64) {
      if DeadEnds.mayHold(place) { places.append(place) }
    }
  }

  /// Places that are kept at most; each takes some tens of bytes.
  private static let limit = 1 << 18

  private var places: Set<UInt64> = []

  /// Whether `place` is one of those that are kept: one in 32, whatever distance records have. What
  /// passes records in C stops there too.
  @inline(__always)
  static func mayHold(_ place: UInt64) -> Bool { wl_may_be_dead_end(place) }

  func contains(_ place: UInt64) -> Bool {
    Self.mayHold(place) && !places.isEmpty && places.contains(place)
  }

  mutating func note(_ way: Way) {
    if places.count + way.places.count > Self.limit { places.removeAll() }
    places.formUnion(way.places.suffix(Self.limit))
  }
}
