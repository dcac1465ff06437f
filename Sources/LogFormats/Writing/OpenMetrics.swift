import Synchronization

/// A number that only grows, counted by any thread.
public final class MetricCounter: Sendable {
  public let name: String
  public let help: String
  private let count = Atomic<UInt64>(0)

  /// - Parameter name: without the suffix `_total`, which the text adds.
  public init(_ name: String, help: String) {
    self.name = name
    self.help = help
  }

  public var value: UInt64 { count.load(ordering: .relaxed) }

  public func add(_ number: UInt64 = 1) { count.wrappingAdd(number, ordering: .relaxed) }
}

/// A number that goes up and down.
public final class MetricGauge: Sendable {
  public let name: String
  public let help: String
  private let number = Atomic<Int64>(0)

  public init(_ name: String, help: String) {
    self.name = name
    self.help = help
  }

  public var value: Int64 { number.load(ordering: .relaxed) }

  public func set(_ value: Int64) { number.store(value, ordering: .relaxed) }
  public func add(_ difference: Int64) { number.wrappingAdd(difference, ordering: .relaxed) }
}

/// How values are spread over ranges whose upper bounds are given.
public final class MetricHistogram: Sendable {
  /// What was noted so far.
  public struct Snapshot: Sendable, Equatable {
    /// Upper bounds, ascending, each with how many values are at most that; infinity is the last.
    public var buckets: [(bound: Double, count: UInt64)]
    public var sum: Double

    public var count: UInt64 { buckets.last?.count ?? 0 }

    public static func == (left: Snapshot, right: Snapshot) -> Bool {
      left.sum == right.sum
        && left.buckets.elementsEqual(right.buckets) {
          $0.bound == $1.bound && $0.count == $1.count
        }
    }
  }

  private struct State {
    var counts: [UInt64]
    var sum = 0.0
  }

  public let name: String
  public let help: String
  private let bounds: [Double]
  private let state: Mutex<State>

  /// - Parameter bounds: ascending, infinity left out.
  public init(_ name: String, help: String, bounds: [Double]) {
    self.name = name
    self.help = help
    self.bounds = bounds
    state = Mutex(State(counts: Array(repeating: 0, count: bounds.count + 1)))
  }

  public func note(_ value: Double) {
    let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
    state.withLock {
      $0.counts[bucket] += 1
      $0.sum += value
    }
  }

  public var snapshot: Snapshot {
    state.withLock { state in
      var total: UInt64 = 0
      let buckets = zip(bounds + [.infinity], state.counts).map { bound, count in
        total += count
        return (bound: bound, count: total)
      }
      return Snapshot(buckets: buckets, sum: state.sum)
    }
  }

  /// Bounds for how long the disk takes, in milliseconds: from page cache to a stalled device.
  public static let diskMilliseconds: [Double] = [
    0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 1000,
  ]
}

/// Writes metrics as OpenMetrics text (version 1.0), which Prometheus reads.
public struct OpenMetricsText {
  private var lines: [String] = []

  public init() {}

  public mutating func add(_ counter: MetricCounter) {
    begin(counter.name, "counter", counter.help)
    lines.append("\(counter.name)_total \(counter.value)")
  }

  public mutating func add(_ gauge: MetricGauge) {
    begin(gauge.name, "gauge", gauge.help)
    lines.append("\(gauge.name) \(gauge.value)")
  }

  public mutating func add(_ histogram: MetricHistogram) {
    begin(histogram.name, "histogram", histogram.help)
    let snapshot = histogram.snapshot
    for (bound, count) in snapshot.buckets {
      lines.append("\(histogram.name)_bucket{le=\"\(Self.number(bound))\"} \(count)")
    }
    lines.append("\(histogram.name)_count \(snapshot.count)")
    lines.append("\(histogram.name)_sum \(Self.number(snapshot.sum))")
  }

  /// The whole text, with its end mark.
  public var text: String { (lines + ["# EOF", ""]).joined(separator: "\n") }

  private mutating func begin(_ name: String, _ type: String, _ help: String) {
    lines.append("# TYPE \(name) \(type)")
    lines.append("# HELP \(name) \(Self.escaped(help))")
  }

  private static func number(_ value: Double) -> String {
    value == .infinity ? "+Inf" : "\(value)"
  }

  private static func escaped(_ help: String) -> String {
    var result = ""
    for character in help.unicodeScalars {
      switch character {
      case "\\": result += "\\\\"
      case "\"": result += "\\\""
      case "\n": result += "\\n"
      default: result.unicodeScalars.append(character)
      }
    }
    return result
  }
}
