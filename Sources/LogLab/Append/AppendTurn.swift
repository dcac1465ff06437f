import LogFiles

/// One run of one strategy: processes that begin together, and a look at what they left.
struct AppendTurn {
  private let turn: LabTurn
  private let work: AppendWork

  init(_ turn: LabTurn, _ work: AppendWork) {
    self.turn = turn
    self.work = work
  }

  func run() throws(LabFailure) -> LabRun {
    let name = FileName(turn.variant.name)
    try turn.laboratory.remove(name)
    let directory = try inLab { () throws(FileError) in
      try turn.laboratory.directory.makeDirectory(name)
    }
    turn.reporter.enter(.running)
    let elapsed = try append(in: turn.laboratory.path.appending(name))
    turn.reporter.enter(.looking)
    let count = try inLab { () throws(FileError) in
      try AppendCount.count(try directory.openFile(AppendWork.fileName), after: work)
    }
    try turn.laboratory.remove(name)
    return LabRun(
      operations: UInt64(work.processes) * UInt64(work.operations), payloadBytes: work.payload,
      elapsed: elapsed,
      measures: [
        LabValue("bytesLost", .integer(count.lost)), LabValue("wrongPlaces", .integer(count.wrong)),
      ])
  }

  /// Has the processes append, and answers the nanoseconds from the first one's beginning to the
  /// last one's end. They are killed when this fails.
  private func append(in path: FileName) throws(LabFailure) -> UInt64 {
    var children: [ChildProgram] = []
    for process in 0..<work.processes {
      let arguments =
        [FileName(AppendProcess.word), path, FileName(String(process))]
        + work.arguments.map { FileName($0) }
      children.append(
        try inLab { () throws(FileError) in try ChildProgram(arguments: arguments) })
    }
    for child in children {
      guard try answer(child) == "ready" else { throw Self.ended }
    }
    for child in children { try inLab { () throws(FileError) in try child.send("go") } }
    var start = UInt64.max
    var end: UInt64 = 0
    for child in children {
      let words = try answer(child).split(separator: " ")
      guard words.count == 3, words[0] == "done", let first = UInt64(words[1]),
        let last = UInt64(words[2])
      else { throw Self.ended }
      start = min(start, first)
      end = max(end, last)
      child.wait()
    }
    return end - min(start, end)
  }

  private static let ended = LabFailure(.failed, "a process that appends has ended too early")

  /// The next thing it says, but for that it goes on.
  private func answer(_ child: ChildProgram) throws(LabFailure) -> String {
    while let line = try inLab({ () throws(FileError) in try child.nextLine() }) {
      if turn.control.isStopped { throw .stopped }
      if line == "." { continue }
      let words = line.split(separator: " ", maxSplits: 1).map(String.init)
      switch words.first {
      case "failed"?: throw LabFailure(.failed, words.last ?? line)
      case "unsupported"?: throw LabFailure(.unsupported, words.last ?? line)
      default: return line
      }
    }
    throw Self.ended
  }
}
