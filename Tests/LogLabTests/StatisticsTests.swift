import Testing

@testable import LogLab

@Suite struct DistributionTests {
  private func distribution(_ values: some Sequence<UInt64>) -> Distribution {
    var distribution = Distribution()
    for value in values { distribution.record(value) }
    return distribution
  }

  @Test func `Average, least, most and standard deviation are exact`() {
    let known = distribution([2, 4, 4, 4, 5, 5, 7, 9])
    #expect(known.count == 8)
    #expect(known.average == 5)
    #expect(known.standardDeviation == 2)
    #expect(known.minimum == 2 && known.maximum == 9)
  }

  @Test func `Without any operation everything is nothing`() {
    let none = Distribution()
    #expect(none.count == 0 && none.average == 0 && none.standardDeviation == 0)
    #expect(none.percentile(0.5) == 0 && none.outlierShare == 0 && none.bars().isEmpty)
  }

  @Test(arguments: [(0.0, 1), (0.5, 500), (0.99, 990), (0.999, 999), (1.0, 1000)])
  func `A percentile is off by less than one of a hundred`(share: Double, value: UInt64) {
    let scaled = distribution((1...1000).map { $0 * 1_000 })
    let found = Double(scaled.percentile(share)) / 1_000
    #expect(abs(found - Double(value)) <= Double(value) * 0.01)
  }

  @Test func `Small numbers have exact percentiles`() {
    let small = distribution(1...100)
    #expect(small.percentile(0.5) == 50)
    #expect(small.percentile(0.99) == 99)
    #expect(small.percentile(1) == 100)
  }

  @Test func `What lies three standard deviations away is an outlier`() {
    // The average is 1,990, the standard deviation about 9,850.
    var values = [UInt64](repeating: 1_000, count: 99)
    #expect(distribution(values).outlierShare == 0)
    values.append(100_000)
    #expect(distribution(values).outlierShare == 0.01)
    #expect(distribution([1, 1_000]).outlierShare == 0)
  }

  @Test func `Two halves added are the whole`() {
    let values = (0..<2_000).map { UInt64($0 * $0 + 17) }
    let whole = distribution(values)
    var sum = distribution(values.prefix(300))
    sum.add(Distribution())
    sum.add(distribution(values.dropFirst(300)))
    #expect(sum.count == whole.count)
    #expect(abs(sum.average - whole.average) < 1e-6 * whole.average)
    #expect(abs(sum.standardDeviation - whole.standardDeviation) < 1e-6 * whole.average)
    #expect(sum.bars() == whole.bars())
    #expect(sum.percentile(0.9) == whole.percentile(0.9))
    var empty = Distribution()
    empty.add(whole)
    #expect(empty == whole)
  }

  @Test func `Every number falls into a bar that holds it`() {
    for value: UInt64 in [0, 1, 63, 64, 127, 128, 129, 1_000, 1 << 40, (1 << 63) + 5, .max - 1] {
      let bars = distribution([value]).bars()
      #expect(bars.count == 1)
      #expect(bars[0].range.contains(value), "\(value) in \(bars[0].range)")
    }
    let bars = distribution([1_000, 1_000, 64_000]).bars(perOctave: 1)
    #expect(bars.map(\.count) == [2, 0, 0, 0, 0, 0, 1])
    #expect(bars[0].range == 512..<1024)
  }

  @Test func `Millions of operations take no more memory than a few`() {
    var many = Distribution()
    for value in 0..<1_000_000 as Range<UInt64> { many.record(value & 0xFFFF) }
    #expect(many.bars(perOctave: 64).count <= 64 * 11)
  }
}

@Suite struct SpreadTests {
  @Test func `The median stands in the middle`() throws {
    #expect(Spread([])?.median == nil)
    #expect(try #require(Spread([3, 1, 2])).median == 2)
    let four = try #require(Spread([8, 1, 2, 4]))
    #expect(four.median == 3 && four.minimum == 1 && four.maximum == 8)
    #expect(four.width == 7.0 / 3)
  }

  private func compare(_ first: [Double], _ second: [Double]) throws -> Comparison {
    Comparison(try #require(Spread(first)), with: try #require(Spread(second)))
  }

  @Test func `Rounds that lie apart allow a conclusion`() throws {
    #expect(try compare([10, 11, 10], [20, 22, 21]) == .less(ratio: 2.1))
    #expect(try compare([20, 22, 21], [10, 11, 10]) == .more(ratio: 2.1))
  }

  @Test func `Rounds that lie among each other are the same, or nothing can be said`() throws {
    #expect(try compare([10, 11, 12], [11, 12, 13]) == .same)
    #expect(try compare([10, 11, 40], [20, 22, 24]) == .unclear)
    // The same medians with one round that went astray.
    #expect(try compare([10, 11, 40], [10, 11, 12]) == .unclear)
  }

  @Test func `A difference too small to matter is none`() throws {
    #expect(try compare([100, 101, 102], [103, 104, 105]) == .same)
  }

  @Test func `Too few rounds say nothing`() throws {
    #expect(try compare([10, 10], [20, 20]) == .unclear)
    #expect(try compare([0, 0, 0], [0, 0, 0]) == .same)
    #expect(try compare([0, 0, 0], [1, 1, 1]) == .unclear)
  }
}
