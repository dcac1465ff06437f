/// What the rounds of one variant came to: their median, and how far they lie apart.
public struct Spread: Sendable, Equatable {
  /// The figures of the rounds, in order of size.
  public let values: [Double]

  /// The spread of some rounds, nil without any.
  public init?(_ values: [Double]) {
    guard !values.isEmpty else { return nil }
    self.values = values.sorted()
  }

  public var minimum: Double { values[0] }
  public var maximum: Double { values[values.count - 1] }

  /// The middle one, or between the two in the middle.
  public var median: Double {
    let middle = values.count / 2
    return values.count.isMultiple(of: 2)
      ? (values[middle - 1] + values[middle]) / 2 : values[middle]
  }

  /// How far the rounds lie apart, as a share of their median.
  public var width: Double { median > 0 ? (maximum - minimum) / median : 0 }

  /// Whether some round of one lies among the rounds of the other.
  public func overlaps(_ other: Spread) -> Bool {
    minimum <= other.maximum && other.minimum <= maximum
  }
}

/// What may be said of two variants whose rounds took turns.
public enum Comparison: Sendable, Equatable {
  /// Every round of the first one took less; its median fits into the other one's `ratio` times.
  case less(ratio: Double)
  /// Every round of the first one took more; its median is `ratio` times the other one's.
  case more(ratio: Double)
  /// The rounds lie among each other or hardly apart, and so do the medians.
  case same
  /// The rounds lie too far apart, or there are too few of them.
  case unclear

  /// Rounds without which nothing is concluded: by chance alone, all of three rounds lie apart from
  /// all of three others in one of ten cases, of five in one of 126.
  public static let fewestRounds = 3
  /// Medians that differ by less are told as the same.
  public static let smallestDifference = 0.05
  /// Medians of rounds that lie among each other and differ by more are not told as the same.
  public static let largestSameness = 0.15
  /// Rounds that lie farther apart than this share of their median say nothing where they overlap.
  public static let largestWidth = 0.6

  /// Compares what takes time or space: less is better.
  public init(_ first: Spread, with second: Spread) {
    let fewest = min(first.values.count, second.values.count)
    let (low, high) = (min(first.median, second.median), max(first.median, second.median))
    guard fewest >= Self.fewestRounds, low > 0 else {
      self = fewest >= Self.fewestRounds && high == 0 ? .same : .unclear
      return
    }
    let ratio = high / low
    if !first.overlaps(second) {
      if ratio < 1 + Self.smallestDifference {
        self = .same
      } else {
        self = first.median < second.median ? .less(ratio: ratio) : .more(ratio: ratio)
      }
    } else if ratio <= 1 + Self.largestSameness,
      max(first.width, second.width) <= Self.largestWidth
    {
      self = .same
    } else {
      self = .unclear
    }
  }
}
