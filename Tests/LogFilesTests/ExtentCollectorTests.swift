import Glibc
import TestSupport
import Testing

@testable import LogFiles

/// The answers of file systems that are not at hand, or only at the wrong moment.
@Suite struct ExtentCollectorTests {
  private func extent(
    _ logical: UInt64, _ physical: UInt64, _ length: UInt64, _ flags: Extent.Flags = []
  ) -> Extent {
    Extent(logical: logical, physical: physical, length: length, flags: flags)
  }

  /// Collects from a file system that answers each request with `answer`.
  private func collect(
    capacity: Int, limit: Int = 1000, _ answer: (_ from: UInt64) -> [Extent]
  ) -> ExtentCollector {
    var collector = ExtentCollector(limit: limit, capacity: capacity)
    var rounds = 0
    while !collector.isFinished, rounds < 10_000 {
      collector.add(Array(answer(collector.position).prefix(collector.capacity)))
      rounds += 1
    }
    #expect(collector.isFinished)
    return collector
  }

  @Test func `Extents that come whole are kept as they are`() {
    let all = [extent(0, 100, 10), extent(10, 110, 10), extent(30, 7, 10, .last)]
    for capacity in 1...4 {
      let collector = collect(capacity: capacity) { from in all.filter { $0.logicalEnd > from } }
      #expect(collector.extents == all)
      #expect(collector.isComplete)
    }
  }

  @Test func `A map that starts over from an extent's beginning is asked for with more room`() {
    let all = (0..<100).map { extent(UInt64($0) * 10, 5000, 10, $0 == 99 ? .last : []) }
    let collector = collect(capacity: 2) { _ in all }
    #expect(collector.extents == all)
    #expect(collector.isComplete)
    #expect(collector.capacity == 128)
  }

  @Test func `A map that never advances comes to an end, incomplete`() {
    let collector = collect(capacity: 1) { _ in
      [Extent](repeating: extent(0, 0, 10), count: 100_000)
    }
    #expect(collector.extents == [extent(0, 0, 10)])
    #expect(!collector.isComplete)
  }

  @Test func `An extent that began before the request is cut or joined`() {
    var answers = [
      [extent(0, 100, 10)], [extent(0, 100, 30)], [extent(20, 500, 20, [.last, .shared])],
    ]
    let collector = collect(capacity: 1) { _ in answers.removeFirst() }
    #expect(collector.extents == [extent(0, 100, 30), extent(30, 510, 10, [.last, .shared])])
    #expect(collector.isComplete)
  }

  @Test func `Lengths that wrap or are zero neither trap nor loop`() {
    let collector = collect(capacity: 2) { _ in
      [extent(.max - 1, 0, .max), extent(5, 0, 0), extent(.max, .max, .max)]
    }
    #expect(collector.extents == [extent(.max - 1, 0, .max)])
  }

  @Test func `The number of extents is bounded`() {
    var next: UInt64 = 0
    let collector = collect(capacity: 8, limit: 20) { _ in
      (0..<8).map { _ in
        next += 1
        return extent(next * 10, 0, 10)
      }
    }
    #expect(collector.extents.count == 20)
    #expect(!collector.isComplete)
  }

  @Test func `Where there is no FIEMAP the regions with data are shown instead`() throws {
    let directory = try TemporaryDirectory()
    let writer = try FileWriter(directory.path("log"))
    try writer.fill(1, count: 65536, at: 65536)
    try writer.truncate(1 << 20)
    let script = FaultScript { call, _ in call == .extentMap ? .error(EOPNOTSUPP) : nil }
    let map = try directory.open(calls: script.calls).openFile(FileName("log")).extents()
    guard case .regions(let regions, let reason) = map else {
      Issue.record("\(map)")
      return
    }
    #expect(regions == [DataRegion(offset: 65536, length: 65536)])
    #expect(reason.contains("no FIEMAP"))
  }

  @Test func `An error is told instead of a map`() throws {
    let directory = try TemporaryDirectory()
    try directory.write([1], to: "log")
    let script = FaultScript { call, _ in call == .extentMap ? .error(EIO) : nil }
    let map = try directory.open(calls: script.calls).openFile(FileName("log")).extents()
    guard case .unavailable(let reason) = map else {
      Issue.record("\(map)")
      return
    }
    #expect(reason.contains("Input/output error"))
  }

  @Test func `Flags nobody knows are shown as a number`() {
    #expect(Extent.Flags(rawValue: 0x801).names == ["last", "unwritten"])
    #expect(Extent.Flags(rawValue: 0x8000_4008).names == ["encoded", "0x80004000"])
    #expect(Extent.Flags(rawValue: 0).names == [])
  }
}
