import Synchronization
import Testing

@testable import LogFormats

@Suite struct `Shares of work` {
  @Test(arguments: [0, 1, 9, 10, 100, 1_000, 4_097], [1, 2, 3, 4, 7, 256])
  func `are all of it, once, for no more threads than are allowed`(total: Int, threads: Int) {
    let shares = Shares(of: total, unit: 10, threads: threads)
    #expect(1...threads ~= shares.count)
    let done = Mutex<[Range<Int>]>([])
    shares.forEach { share in done.withLock { $0.append(share) } }
    let ranges = done.withLock { $0 }.sorted { $0.lowerBound < $1.lowerBound }
    #expect(ranges.count == shares.count)
    #expect(ranges.flatMap { Array($0) } == Array(0..<total))
    #expect(total == 0 || !ranges.contains { $0.isEmpty }, "\(ranges)")
  }
}
