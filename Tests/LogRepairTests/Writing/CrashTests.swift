import Glibc
import LogFiles
import LogFormats
import LogInspection
import LogRepair
import NumberedRecords
import TestSupport
import Testing

/// Every format that can be written, with each of its policies: a writer that is killed at any
/// moment loses nothing that it acknowledged, "recover" brings its log back, and it is gone on with.
///
/// A killed process loses what it held back itself, and nothing that it had given to Linux: that a
/// policy also survives a loss of power cannot be shown so.
@Suite(.serialized) struct `A log whose writer is killed` {
  struct Case: CustomTestStringConvertible {
    var format: any LogFormat
    var policy: WriterPolicy
    var testDescription: String { "\(format.name), \(policy.name)" }
  }

  static let cases = FormatRegistry.formats.flatMap { format in
    format.writerPolicies.map { Case(format: format, policy: $0) }
  }

  /// Kills for each case: 200 or more for each format when all of it is asked for.
  private static func kills(of format: any LogFormat) -> Int {
    Thoroughness.isExhaustive ? 199 / format.writerPolicies.count + 1 : 12
  }

  /// Kills of the same log, one session after the other.
  private static let sessions = 4

  @Test(arguments: cases)
  func `keeps what was acknowledged, and is gone on with`(_ tried: Case) throws {
    var random = SeededGenerator(
      seed: tried.testDescription.utf8.reduce(7) { $0 &* 31 &+ UInt64($1) })
    var killed = 0
    while killed < Self.kills(of: tried.format) {
      let log = try KilledLog(
        tried.format, policy: tried.policy.name, threads: Int.random(in: 1...4, using: &random),
        valueSize: [40, 900, 5000].randomElement(using: &random) ?? 40)
      for _ in 0..<Self.sessions {
        try log.writeAndKill(after: Int.random(in: 1...400, using: &random))
        killed += 1
        let state = try log.read()
        log.expectAll(in: state)
        #expect(state.verdicts.isSubset(of: log.expected), "\(state.verdicts)")
      }
      if Bool.random(using: &random) {
        try log.recover()
        let state = try log.read()
        log.expectAll(in: state)
        #expect(state.verdicts.isSubset(of: log.recovered), "\(state.verdicts)")
      }
      try log.goOn()
      let state = try log.read()
      log.expectAll(in: state)
      #expect(state.verdicts.isSubset(of: log.ended), "\(state.verdicts)")
    }
  }
}

/// A log in a directory of its own, and what its writers have acknowledged.
private final class KilledLog {
  struct State {
    /// How often each number was found.
    var numbers: [UInt64: Int] = [:]
    /// Places where a record's content is not what it should be.
    var broken: [String] = []
    var verdicts: Set<SegmentVerdict> = []
  }

  /// What a killed writer of mmlog had reserved and not written stays a gap for good.
  private var lasting: Set<SegmentVerdict> { format is Mmlog ? [.damagedInside] : [] }

  /// What a crash may leave: a record in part, and space that was not used.
  var expected: Set<SegmentVerdict> {
    lasting.union([.clean, .preallocatedTail, .tornTail, .staleTail, .empty])
  }

  /// What "recover" leaves of it.
  var recovered: Set<SegmentVerdict> {
    lasting.union([.clean, .preallocatedTail, .staleTail, .empty])
  }

  /// What a closed log is. nori-wal gives its last segment the length of its records; others leave
  /// what they took for the next ones.
  var ended: Set<SegmentVerdict> {
    format is NoriWAL ? [.clean, .empty] : lasting.union([.clean, .empty, .preallocatedTail])
  }

  private let format: any LogFormat
  private let policy: String
  private let threads: Int
  private let valueSize: Int
  private let directory: TemporaryDirectory
  private var acknowledged: [UInt64] = []
  /// Above all numbers that a writer may have used.
  private var next: UInt64 = 0
  private let segmentSize: UInt64 = 1 << 20

  init(_ format: any LogFormat, policy: String, threads: Int, valueSize: Int) throws {
    self.format = format
    self.policy = policy
    self.threads = threads
    self.valueSize = valueSize
    directory = try TemporaryDirectory()
  }

  /// Runs a writer until it has acknowledged so many records, and kills it there.
  func writeAndKill(after count: Int) throws {
    let writer = try ChildProcess([
      try TerminalSession.builtProgram("LogWriterProbe"), format.name, policy, directory.path,
      "--threads", "\(threads)", "--value-size", "\(valueSize)", "--segment-size",
      "\(segmentSize)", "--first", "\(next)",
    ])
    var lines = 0
    while let line = writer.readLine() {
      let words = line.split(separator: " ")
      let number = try #require(words.first.flatMap { UInt64($0) }, "\(line)")
      acknowledged.append(number)
      next = max(next, number + UInt64(threads) + 1)
      lines += 1
      // What it told before the signal reached it counts too.
      if lines == count { kill(writer.pid, SIGKILL) }
    }
    #expect(writer.wait() == 128 + SIGKILL, "it ended by itself after \(lines) records")
  }

  /// Has "recover" bring the log back, where that finds something to do.
  func recover() throws {
    for log in try LogTree.open(FileName(directory.path), format: format.name).logs {
      do {
        var plan = try log.plan(
          .recover(droppingUncommitted: true), report: log.scan(), tool: "test")
        plan.options.acknowledgements.formUnion(plan.needed)
        _ = try plan.apply(to: log) { $0.scan() }
      } catch PlanFailure.refused(let refusal) {
        #expect(refusal.kind == .nothingToDo, "\(refusal)")
      }
    }
  }

  /// Opens the log here, appends to it and closes it.
  func goOn() throws {
    let writer = try format.openWriter(
      in: try directory.open(), options: WriterOptions(policy: policy, segmentSize: segmentSize))
    for _ in 0..<10 {
      let record = NumberedRecord(next, size: valueSize)
      _ = try writer.append(key: record.key, value: record.value)
      acknowledged.append(next)
      next += 1
    }
    try writer.close()
  }

  /// What a scan finds in the log, and the numbers of the records in it.
  func read() throws -> State {
    var state = State()
    for log in try LogTree.open(FileName(directory.path), format: format.name).logs {
      for (index, segment) in log.scan().segments.enumerated() {
        state.verdicts.insert(segment.verdict)
        var reader = try RecordReader(log, segment: index, end: segment.fileSize)
        for range in segment.ranges where range.kind == .records {
          let bytes = try reader.bytes(at: range.offset, limit: Int(range.length))
          let found = NumberedRecord.find(in: bytes)
          for number in found.numbers { state.numbers[number, default: 0] += 1 }
          state.broken += found.broken.map {
            "\(segment.file.name.utf8 ?? "") at \(range.offset + UInt64($0))"
          }
        }
      }
    }
    return state
  }

  func expectAll(in state: State) {
    let missing = acknowledged.filter { state.numbers[$0] == nil }
    #expect(missing.isEmpty, "\(missing.count) of \(acknowledged.count), \(missing.prefix(3))")
    let repeated = state.numbers.filter { $0.value > 1 }.keys
    #expect(repeated.isEmpty, "\(repeated.prefix(3))")
    // Without checksums nobody can tell a record in part that was never acknowledged.
    if format.evidence == .checksum {
      #expect(state.broken.isEmpty, "\(state.broken.prefix(3))")
    }
    #expect(state.numbers.keys.allSatisfy { $0 < next })
  }
}
