import CAppend
import LogFiles
import TestSupport
import Testing

@testable import LogLab

/// The count of what an append experiment lost, by files that lost something on purpose.
struct `The count of lost bytes` {
  /// The bytes of all records of some work, as processes that take turns leave them.
  private static func bytes(_ work: AppendWork) -> [UInt8] {
    var bytes: [UInt8] = []
    for number in 0..<work.operations {
      for process in 0..<work.processes {
        var record = [UInt8](repeating: 0, count: work.size)
        ca_begin(&record, ca_records(size: work.size, process: UInt32(process), count: 0))
        ca_stamp(&record, work.size, UInt64(number))
        bytes += record
      }
    }
    return bytes
  }

  private static func work(_ size: Int, _ strategy: AppendStrategy = .write) -> AppendWork {
    AppendWork(strategy: strategy, size: size, processes: 3, operations: 300)
  }

  private static func count(_ bytes: [UInt8], _ work: AppendWork) throws -> AppendCount {
    let directory = try TemporaryDirectory()
    try directory.write(bytes, to: "append.log")
    return try AppendCount.count(directory.open().openFile(AppendWork.fileName), after: work)
  }

  @Test(arguments: [1, 2, 9, 10, 11, 128, 4095])
  func `is nothing for a whole file, whatever stands behind it`(size: Int) throws {
    let work = Self.work(size)
    let bytes = Self.bytes(work)
    #expect(try Self.count(bytes, work) == AppendCount())
    #expect(
      try Self.count(bytes + [UInt8](repeating: 0, count: 5000), work) == AppendCount())
  }

  @Test(arguments: [1, 9, 10, 11, 128, 4095])
  func `tells records that are zeros, and those that are cut off`(size: Int) throws {
    let work = Self.work(size)
    var bytes = Self.bytes(work)
    for index in 5 * size..<7 * size { bytes[index] = 0 }
    #expect(try Self.count(bytes, work).lost == UInt64(2 * size))
    bytes.removeLast(3 * size)
    #expect(try Self.count(bytes, work).lost == UInt64(5 * size))
    #expect(try Self.count([], work).lost == work.payload)
  }

  @Test(arguments: [10, 11, 128])
  func `tells records that were overwritten, torn or come twice`(size: Int) throws {
    let work = Self.work(size)
    let whole = Self.bytes(work)
    var twice = whole
    twice.replaceSubrange(0..<size, with: whole[size..<2 * size])
    #expect(try Self.count(twice, work) == AppendCount(lost: UInt64(size), wrong: 1))
    for place in [0, 1, 8, size - 1] {
      var torn = whole
      torn[4 * size + place] = UInt8(ascii: "~")
      #expect(try Self.count(torn, work) == AppendCount(lost: UInt64(size), wrong: 1))
    }
  }

  @Test func `tells a byte of one process in place of another's`() throws {
    let work = Self.work(1)
    var bytes = Self.bytes(work)
    bytes[0] = bytes[1]
    #expect(try Self.count(bytes, work) == AppendCount(lost: 1, wrong: 1))
  }

  @Test func `looks for the regions of direct writes where they are`() throws {
    let work = AppendWork(strategy: .direct, size: 128, processes: 2, operations: 600)
    #expect(work.regions == [0..<76_800, 131_072..<207_872])
    var bytes = [UInt8](repeating: 0, count: 262_144)
    for process in 0..<2 {
      var one: [UInt8] = []
      for number in 0..<600 {
        var record = [UInt8](repeating: 0, count: 128)
        ca_begin(&record, ca_records(size: 128, process: UInt32(process), count: 0))
        ca_stamp(&record, 128, UInt64(number))
        one += record
      }
      let start = Int(work.regionStart(process))
      bytes.replaceSubrange(start..<start + one.count, with: one)
    }
    #expect(try Self.count(bytes, work) == AppendCount())
  }

  @Test func `is told with the words of the work`() {
    let work = Self.work(128, .ioUring)
    #expect(AppendWork(arguments: work.arguments) == work)
    #expect(AppendWork(arguments: ["write", "0", "1", "1"]) == nil)
    #expect(AppendWork(arguments: ["append", "1", "1", "1"]) == nil)
  }
}
