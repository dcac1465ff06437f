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

  private func commit(to target: any CommitTarget) throws(LabFailure) -> LabRun {
    let value = value
    return try turn.measure(
      threads: threads, operations: operations, payload: Self.keySize + value.count,
      buffer: [UInt8](repeating: UInt8(ascii: "0"), count: Self.keySize),
      prepare: { Self.write($0, into: &$1) },
      perform: { (key) throws(LabFailure) in
        try target.commit(key: key, value: value)
        return 0
      })
  }

  /// The number in decimal digits, without making a string for each record.
  private static func write(_ number: Int, into key: inout [UInt8]) {
    var rest = number
    for index in key.indices.reversed() {
      key[index] = UInt8(ascii: "0") + UInt8(rest % 10)
      rest /= 10
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
