import LogFiles
import Synchronization
import Testing

@testable import LogLab

final class CallCounter: Sendable {
  private let count = Atomic<Int>(0)
  /// The number of this call, from 1.
  func next() -> Int { count.wrappingAdd(1, ordering: .relaxed).newValue }
  var value: Int { count.load(ordering: .relaxed) }
}

@Suite struct ThreadTests {
  @Test func `All threads run, each with its number, and are waited for`() throws {
    let seen = Monitor(Set<Int>())
    let elapsed = try ThreadTeam.run(16) { index in
      seen.change { _ = $0.insert(index) }
      // Nobody goes on before everybody is there: they run at the same time.
      seen.wait { $0.count == 16 ? () : nil }
    }
    #expect(seen.change { $0 } == Set(0..<16))
    #expect(elapsed > 0)
  }

  @Test func `How long a thread waited for a processor is its second column`() {
    #expect(ProcessorWait.parse("12 345 6") == 345)
    #expect(ProcessorWait.parse("12") == nil)
    #expect(ProcessorWait.parse("") == nil)
  }

  @Test func `A monitor wakes whoever waits for the change`() throws {
    let turn = Monitor(0)
    _ = try ThreadTeam.run(4) { index in
      for round in 0..<50 {
        turn.wait { $0 == round * 4 + index ? () : nil }
        turn.change { $0 += 1 }
      }
    }
    #expect(turn.change { $0 } == 200)
  }
}
