import LogFiles

/// One run: prepare a file, append to it, look at what came of it, and read it back.
struct PrepareTurn {
  private let turn: LabTurn
  private let way: PreparationWay
  private let call: SyncCall
  private let recordSize: Int
  private let threads: Int
  private let operations: Int

  private var capacity: UInt64 { UInt64(operations) * UInt64(recordSize) }

  init(_ turn: LabTurn, way: PreparationWay, call: SyncCall) {
    self.turn = turn
    self.way = way
    self.call = call
    recordSize = max(RecordStamp.size, Int(turn.cell.integer("recordSize")))
    threads = max(1, Int(turn.cell.integer("threads")))
    operations = max(1, turn.operations)
  }

  func run() throws(LabFailure) -> LabRun {
    turn.reporter.enter(.preparing)
    let device = (try? Machine.describe(turn.laboratory.directory))?.device
    let (file, took) = try prepare()
    let before = try inLab { () throws(FileError) in try FileLayout(of: file) }
    turn.reporter.update {
      $0.file = LabFile(path: turn.laboratory.path.appending(file.name), file: file)
      $0.logicalEnd = 0
      $0.before = before
      $0.after = nil
      $0.state = .running
    }
    let counters = DeviceCounters.read(device)
    var run = try append(to: file)
    if let counters, let now = DeviceCounters.read(device) {
      run.measures += now.values(since: counters)
    }
    turn.reporter.enter(.looking)
    run.measures.append(LabValue("prepareMilliseconds", .real(Double(took) / 1e6)))
    try look(at: file, before, &run)
    return run
  }

  /// Makes the file as the way has it, on the disk with its name.
  private func prepare() throws(LabFailure) -> (file: WriterFile, nanoseconds: UInt64) {
    let name = FileName(turn.fileName)
    if way != .recycled {
      turn.reporter.update { $0.file = nil }
      try turn.laboratory.remove(name)
    }
    return try inLab { () throws(FileError) in
      let directory = turn.laboratory.directory
      let file = try directory.openForWriting(name, .creates)
      let start = MonotonicTime.nanoseconds
      try way.prepare(file, capacity: capacity)
      try file.sync()
      let took = MonotonicTime.nanoseconds - start
      try directory.sync()
      return (file, took)
    }
  }

  private func append(to file: WriterFile) throws(LabFailure) -> LabRun {
    let log = GroupCommitFile(file, in: turn.laboratory.directory, call: call)
    let round = turn.round
    var run = try turn.measure(
      threads: threads, operations: operations, payload: recordSize,
      buffer: [UInt8](repeating: UInt8(ascii: "."), count: recordSize),
      prepare: { RecordStamp(round: round, operation: $0).write(to: &$1) },
      perform: { (record) throws(LabFailure) in try log.append(record) })
    run.measures.append(LabValue("syncs", .integer(log.syncs)))
    return run
  }

  /// Notes how the file lies on the disk once everything is there, and reads it back from there.
  private func look(
    at file: WriterFile, _ before: FileLayout, _ run: inout LabRun
  ) throws(LabFailure) {
    let settling = MonotonicTime.nanoseconds
    try inLab(file.sync)
    let settled = MonotonicTime.nanoseconds - settling
    let after = try inLab { () throws(FileError) in try FileLayout(of: file) }
    turn.reporter.update { $0.after = after }
    let start = MonotonicTime.nanoseconds
    let missing = try inLab { () throws(FileError) in
      try file.forgetPages()
      return try RecordStamp.missing(
        in: file.reader(), round: turn.round, operations: operations, recordSize: recordSize)
    }
    let readBack = MonotonicTime.nanoseconds - start
    run.measures += Self.values("Before", before) + Self.values("After", after)
    if let unwritten = before.unwritten, let left = after.unwritten {
      run.measures.append(
        LabValue("convertedBytes", .integer(unwritten > left ? unwritten - left : 0)))
    }
    run.measures += [
      LabValue("settleMilliseconds", .real(Double(settled) / 1e6)),
      LabValue("readBackMilliseconds", .real(Double(readBack) / 1e6)),
      LabValue("recordsLost", .integer(UInt64(missing))),
    ]
  }

  private static func values(_ moment: String, _ layout: FileLayout) -> [LabValue] {
    var values = [
      LabValue("fileSize\(moment)", .integer(layout.size)),
      LabValue("allocatedSize\(moment)", .integer(layout.allocated)),
    ]
    if let count = layout.extentCount {
      values.append(LabValue("extents\(moment)", .integer(UInt64(count))))
    }
    if let fragments = layout.fragments {
      values.append(LabValue("fragments\(moment)", .integer(UInt64(fragments))))
    }
    if let unwritten = layout.unwritten {
      values.append(LabValue("unwrittenBytes\(moment)", .integer(unwritten)))
    }
    return values
  }
}
