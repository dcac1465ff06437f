import LogFiles
import LogFormats
import Synchronization

/// One run: start a log, have threads commit records to it, and close it.
struct CommitTurn {
  private let turn: LabTurn
  private let contestant: CommitContestant
  private let value: [UInt8]
  private let threads: Int
  private let operations: Int

  private static let keySize = 16

  init(_ turn: LabTurn, _ contestant: CommitContestant) {
    self.turn = turn
    self.contestant = contestant
    threads = max(1, Int(turn.cell.integer("threads")))
    let size = max(Self.keySize + 1, Int(turn.cell.integer("recordSize")))
    value = [UInt8](repeating: UInt8(ascii: "v"), count: size - Self.keySize)
    let factor = contestant.isDurable ? 1 : CommitExperiment.undurableFactor
    operations = max(threads, turn.operations * factor)
  }

  func run() throws(LabFailure) -> LabRun {
    turn.reporter.enter(.preparing)
    let name = FileName(turn.variant.name)
    try turn.laboratory.remove(name)
    let laboratory = turn.laboratory
    let directory = try inLab { () throws(FileError) in
      try laboratory.directory.makeDirectory(name)
    }
    let target: any CommitTarget =
      switch contestant.kind {
      case .plain(let syncs):
        try PlainTarget(
          in: directory, recordSize: Self.keySize + value.count, syncs: syncs)
      case .writer(let format, let policy):
        try WriterTarget(in: directory, format: format, policy: policy)
      }
    turn.reporter.enter(.running)
    let run = try commit(to: target)
    turn.reporter.enter(.looking)
    try target.end()
    try turn.laboratory.remove(name)
    return run
  }

  private struct Outcome: Sendable {
    var latencies = Distribution()
    var paused: UInt64 = 0
    var failure: LabFailure?
  }

  private func commit(to target: any CommitTarget) throws(LabFailure) -> LabRun {
    let outcome = SharedOutcome()
    let (turn, operations, threads, value) = (turn, operations, threads, value)
    let elapsed = try ThreadTeam.run(threads) { thread in
      var recorder = LatencyRecorder(turn.reporter)
      var mine = Outcome()
      var key = [UInt8](repeating: UInt8(ascii: "0"), count: Self.keySize)
      for operation in stride(from: thread, to: operations, by: threads) {
        guard let pause = turn.control.proceed() else { break }
        mine.paused += pause
        Self.write(operation, into: &key)
        let start = MonotonicTime.nanoseconds
        do throws(LabFailure) {
          try target.commit(key: key, value: value)
        } catch {
          mine.failure = error
          break
        }
        recorder.record(
          from: start, to: MonotonicTime.nanoseconds, payload: key.count + value.count)
      }
      recorder.finish()
      mine.latencies = recorder.latencies
      outcome.add(mine)
    }
    let result = outcome.all
    if let failure = result.failure { throw failure }
    if turn.control.isStopped { throw .stopped }
    return LabRun(
      operations: result.latencies.count,
      payloadBytes: result.latencies.count * UInt64(Self.keySize + value.count),
      elapsed: elapsed - min(elapsed, result.paused), latencies: result.latencies)
  }

  /// The number in decimal digits, without making a string for each record.
  private static func write(_ number: Int, into key: inout [UInt8]) {
    var rest = number
    for index in key.indices.reversed() {
      key[index] = UInt8(ascii: "0") + UInt8(rest % 10)
      rest /= 10
    }
  }

  private final class SharedOutcome: Sendable {
    private let outcome = Mutex(Outcome())

    var all: Outcome { outcome.withLock { $0 } }

    func add(_ mine: Outcome) {
      outcome.withLock { all in
        all.latencies.add(mine.latencies)
        all.paused = max(all.paused, mine.paused)
        all.failure = all.failure ?? mine.failure
      }
    }
  }
}

/// What records are committed to; several threads do it at once.
private protocol CommitTarget: Sendable {
  func commit(key: [UInt8], value: [UInt8]) throws(LabFailure)
  func end() throws(LabFailure)
}

/// A writer as its format opens it.
private struct WriterTarget: CommitTarget {
  private let writer: any LogWriter

  init(in directory: OpenDirectory, format: any LogFormat, policy: WriterPolicy)
    throws(LabFailure)
  {
    do throws(WriterFailure) {
      writer = try format.openWriter(
        in: directory, options: WriterOptions(policy: policy.name))
    } catch {
      throw LabFailure(error)
    }
  }

  func commit(key: [UInt8], value: [UInt8]) throws(LabFailure) {
    do throws(WriterFailure) {
      _ = try writer.append(key: key, value: value)
    } catch {
      throw LabFailure(error)
    }
  }

  func end() throws(LabFailure) {
    do throws(WriterFailure) {
      try writer.close()
    } catch {
      throw LabFailure(error)
    }
  }
}

/// As many bytes, one record behind the other, by one call each.
private final class PlainTarget: CommitTarget {
  private let file: WriterFile
  private let syncs: Bool
  private let record: [UInt8]
  private let position = Atomic<UInt64>(0)

  init(in directory: OpenDirectory, recordSize: Int, syncs: Bool) throws(LabFailure) {
    record = [UInt8](repeating: UInt8(ascii: "r"), count: recordSize)
    file = try inLab { () throws(FileError) in
      try directory.openForWriting(FileName("plain"), .creates)
    }
    self.syncs = syncs
  }

  func commit(key: [UInt8], value: [UInt8]) throws(LabFailure) {
    let (file, record, syncs) = (file, record, syncs)
    let offset = position.wrappingAdd(UInt64(record.count), ordering: .relaxed).oldValue
    try inLab { () throws(FileError) in
      try file.write(record, at: offset)
      if syncs { try file.syncData() }
    }
  }

  func end() throws(LabFailure) { try inLab(file.sync) }
}

extension LabFailure {
  /// A writer that gave up.
  init(_ failure: WriterFailure) {
    switch failure {
    case .file(let error): self.init(error)
    case .unsupported: self.init(.unsupported, failure.message)
    case .refused, .inUse, .unusable, .ended: self.init(.failed, failure.message)
    }
  }
}
