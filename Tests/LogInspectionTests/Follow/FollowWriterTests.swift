import Glibc
import LogFiles
import LogFormats
import LogInspection
import NumberedRecords
import TestSupport
import Testing

/// The real writers, as processes of their own.
@Suite(.serialized) struct `A writer that is followed` {
  struct Case: CustomTestStringConvertible, Sendable {
    let format: String
    let policy: String
    let threads: Int
    var testDescription: String { "\(format) \(policy), \(threads) threads" }
  }

  static var cases: [Case] {
    FormatRegistry.formats.flatMap { format in
      format.writerPolicies.flatMap { policy in
        [1, 3].map { Case(format: format.name, policy: policy.name, threads: $0) }
      }
    }
  }

  @Test(arguments: cases)
  func `has each of its records told once, and none called corrupt`(_ case: Case) throws {
    let directory = try TemporaryDirectory()
    let writer = try ChildProcess([
      try TerminalSession.builtProgram("LogWriterProbe"), `case`.format, `case`.policy,
      directory.path, "--threads", "\(`case`.threads)", "--segment-size", "\(1 << 20)",
      "--value-size", "2000",
    ])
    // The first record that came back is in the log, so that there is one.
    var written: [UInt64] = []
    func read() -> Bool {
      guard let line = writer.readLine() else { return false }
      if let number = line.split(separator: " ").first.flatMap({ UInt64($0) }) {
        written.append(number)
      }
      return true
    }
    #expect(read())
    let log = try FollowedLog(directory.path, format: `case`.format, from: .start)
    for _ in 0..<1500 where read() {}
    writer.closeInput()
    while read() {}
    #expect(writer.wait() == 0)
    let count = written.count
    #expect(log.wait { $0.numbers.count >= count })
    let missing = written.filter { log.numbers[$0] == nil }
    #expect(missing.isEmpty, "\(missing.count) of \(count): \(missing.prefix(5))")
    let repeated = log.numbers.filter { $0.value > 1 }.keys.sorted()
    #expect(repeated.isEmpty, "\(repeated.prefix(5))")
    #expect(log.badRows.isEmpty, "\(log.badRows.prefix(3))")
    #expect(log.complaints.isEmpty, "\(log.complaints.prefix(3))")
  }

  @Test func `in pieces is waited for, and what it leaves torn is told`() throws {
    let directory = try TemporaryDirectory()
    let writer = try ChildProcess([
      try TerminalSession.builtProgram("LogWriterProbe"), "--in-pieces", directory.path,
    ])
    #expect(writer.readLine() == "writing")
    let log = try FollowedLog(directory.path)
    #expect(
      log.wait { log in
        log.added > 200 && log.has { if case .appeared = $0 { true } else { false } }
          && log.has { if case .vanished = $0 { true } else { false } }
      })
    #expect(log.complaints.isEmpty, "\(log.complaints.prefix(3))")
    writer.closeInput()
    #expect(writer.wait() == 0)
    #expect(log.wait { !$0.complaints.isEmpty })
  }

  @Test func `that compacts its database is followed into the new file`() throws {
    let database = try TegDBDatabase()
    let writer = try database.writer()
    for number in 0..<50 {
      _ = try writer.append(key: [0x6b], value: NumberedRecord(UInt64(number), size: 60).value)
    }
    let log = try FollowedLog(database.directory.path, format: "tegdb")
    try writer.compact()
    _ = try writer.append(key: [0x6c], value: NumberedRecord(50, size: 60).value)
    #expect(
      log.wait { $0.has { if case .replaced = $0 { true } else { false } } })
    _ = try writer.append(key: [0x6d], value: NumberedRecord(51, size: 60).value)
    #expect(log.wait { $0.numbers[51] == 1 })
    // What was there before, and went along into the new file, is not told as new.
    #expect(log.numbers.keys.allSatisfy { $0 >= 50 }, "\(log.numbers)")
    #expect(log.complaints.isEmpty, "\(log.complaints)")
    try writer.close()
  }

  /// The aim is 100 ms; the limit leaves room for machines that do other things as well.
  @Test(arguments: ["nori-wal", "mmlog"])
  func `is told within a moment`(format: String) throws {
    let directory = try TemporaryDirectory()
    let format = try #require(FormatRegistry.format(named: format))
    let writer = try format.openWriter(in: try directory.open(), options: WriterOptions())
    _ = try writer.append(key: [0x6b], value: [0x76])
    let log = try FollowedLog(directory.path, format: format.name)
    var delays: [Duration] = []
    for number in 1...20 {
      let start = ContinuousClock.now
      _ = try writer.append(key: [0x6b], value: Array("value \(number)".utf8))
      #expect(log.wait { $0.added == UInt64(number) })
      delays.append(.now - start)
    }
    delays.sort()
    print("\(format.name): median \(delays[10]), longest \(delays[19])")
    #expect(delays[10] < .seconds(1))
    try writer.close()
  }
}
