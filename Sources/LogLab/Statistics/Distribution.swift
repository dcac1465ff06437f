/// How long many operations took, in nanoseconds, in memory that does not grow with their number.
///
/// Count, average, least, most and standard deviation are exact. Percentiles, the share of outliers
/// and the histogram come from buckets of a logarithmic scale, each 1/64 of its octave wide, so a
/// percentile is off by less than 1 %.
public struct Distribution: Sendable, Equatable {
  /// How many operations were counted.
  public private(set) var count: UInt64 = 0
  /// The shortest one; 0 without any.
  public private(set) var minimum: UInt64 = 0
  /// The longest one; 0 without any.
  public private(set) var maximum: UInt64 = 0
  /// The arithmetic mean; 0 without any.
  public private(set) var average: Double = 0
  private var squares: Double = 0
  private var buckets: [UInt64] = []

  /// Without any operation.
  public init() {}

  /// Counts one operation.
  public mutating func record(_ nanoseconds: UInt64) {
    minimum = count == 0 ? nanoseconds : min(minimum, nanoseconds)
    maximum = max(maximum, nanoseconds)
    count += 1
    let distance = Double(nanoseconds) - average
    average += distance / Double(count)
    squares += distance * (Double(nanoseconds) - average)
    let index = Bucket.index(of: nanoseconds)
    grow(toHold: index)
    buckets[index] += 1
  }

  /// Counts what another one has counted.
  public mutating func add(_ other: Distribution) {
    guard other.count > 0 else { return }
    guard count > 0 else {
      self = other
      return
    }
    let (mine, theirs) = (Double(count), Double(other.count))
    let distance = other.average - average
    squares += other.squares + distance * distance * mine * theirs / (mine + theirs)
    average += distance * theirs / (mine + theirs)
    minimum = min(minimum, other.minimum)
    maximum = max(maximum, other.maximum)
    count += other.count
    grow(toHold: other.buckets.count - 1)
    for (index, number) in other.buckets.enumerated() { buckets[index] += number }
  }

  /// The standard deviation of all that were counted (divided by their number).
  public var standardDeviation: Double {
    count == 0 ? 0 : (squares / Double(count)).squareRoot()
  }

  /// The share, from 0 to 1, of operations that took three standard deviations or more longer or
  /// shorter than the average: what the published tables of okaywal call outliers.
  public var outlierShare: Double {
    let limit = 3 * standardDeviation
    guard limit > 0 else { return 0 }
    var outside: UInt64 = 0
    for (index, number) in buckets.enumerated() where number > 0 {
      if abs(Double(middle(of: index)) - average) >= limit { outside += number }
    }
    return Double(outside) / Double(count)
  }

  /// What this share of the operations, from 0 to 1, did not exceed; 0 without any.
  public func percentile(_ share: Double) -> UInt64 {
    guard count > 0 else { return 0 }
    let rank = UInt64(max(1, min(Double(count), (share * Double(count)).rounded(.up))))
    if rank == count { return maximum }
    var passed: UInt64 = 0
    for (index, number) in buckets.enumerated() {
      passed += number
      if passed >= rank { return middle(of: index) }
    }
    return maximum
  }

  /// One bar of a histogram.
  public struct Bar: Sendable, Equatable {
    /// The times it stands for, in nanoseconds.
    public let range: Range<UInt64>
    public let count: UInt64
  }

  /// The histogram on a logarithmic scale, `perOctave` bars (1, 2, 4 ... 64) for each doubling,
  /// from the first bar that is not empty to the last one.
  public func bars(perOctave: Int = 4) -> [Bar] {
    let width = max(1, Bucket.perOctave / max(1, perOctave))
    var bars: [Bar] = []
    for start in stride(from: 0, to: buckets.count, by: width) {
      let end = min(start + width, buckets.count)
      let number = buckets[start..<end].reduce(0, +)
      if number == 0, bars.isEmpty { continue }
      let range = Bucket.range(of: start).lowerBound..<Bucket.range(of: end - 1).upperBound
      bars.append(Bar(range: range, count: number))
    }
    while bars.last?.count == 0 { bars.removeLast() }
    return bars
  }

  private mutating func grow(toHold index: Int) {
    guard index >= buckets.count else { return }
    let octaves = index / Bucket.perOctave + 1
    buckets += Array(repeating: 0, count: octaves * Bucket.perOctave - buckets.count)
  }

  private func middle(of index: Int) -> UInt64 {
    let range = Bucket.range(of: index)
    let middle = range.lowerBound + (range.upperBound - 1 - range.lowerBound) / 2
    return max(minimum, min(maximum, middle))
  }
}

/// The scale: exact below 128, then 64 steps for each doubling.
private enum Bucket {
  static let perOctave = 64

  static func index(of value: UInt64) -> Int {
    guard value >= UInt64(perOctave) else { return Int(value) }
    let shift = 63 - value.leadingZeroBitCount - 6
    return (shift + 1) * perOctave + Int((value >> UInt64(shift)) & UInt64(perOctave - 1))
  }

  /// The values of a bucket; the last one of all ends at the largest number.
  static func range(of index: Int) -> Range<UInt64> {
    guard index >= perOctave else { return UInt64(index)..<UInt64(index + 1) }
    let shift = UInt64(index / perOctave - 1)
    let lower = UInt64(perOctave + index % perOctave) << shift
    let (upper, overflow) = lower.addingReportingOverflow(1 << shift)
    return lower..<(overflow ? .max : upper)
  }
}
