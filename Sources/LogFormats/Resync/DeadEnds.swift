/// Places from which records were seen to lead to nothing that proves them.
///
/// Many records lead to the same ones, so that a few of the places on each way are enough: who
/// comes to it later meets one of them soon.
struct DeadEnds {
  /// The places that one way leads through.
  struct Way {
    fileprivate var places: [UInt64] = []
    private var steps = 0

    mutating func pass(_ place: UInt64) {
      if steps % DeadEnds.distance == 0 { places.append(place) }
      steps += 1
    }
  }

  /// Records between two places that are kept.
  private static let distance = 32
  /// Places that are kept at most; each takes some tens of bytes.
  private static let limit = 1 << 16

  private var places: Set<UInt64> = []

  func contains(_ place: UInt64) -> Bool { !places.isEmpty && places.contains(place) }

  mutating func note(_ way: Way) {
    if places.count + way.places.count > Self.limit { places.removeAll() }
    places.formUnion(way.places.suffix(Self.limit))
  }
}
