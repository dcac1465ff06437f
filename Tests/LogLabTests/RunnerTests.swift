import Glibc
import LogFiles
import Synchronization
import TestSupport
import Testing

@testable import LogLab

@Suite struct RunnerTests {
  private func failure(_ body: () throws -> Void) -> LabFailure? {
    do {
      try body()
      return nil
    } catch {
      return error as? LabFailure
    }
  }

  @Test func `The variants take turns, after a warm-up that does not count`() throws {
    let directory = try TemporaryDirectory()
    let experiment = PlannedExperiment(["a", "b"], cells: ["x", "y"]) { _ in 100 }
    let report = try experiment.run(in: directory.path, rounds: 2)
    let rounds = ["x", "y"].flatMap { cell in
      (0...2).flatMap { round in ["a", "b"].map { "\(cell)/\(round)/\($0)" } }
    }
    #expect(experiment.order == rounds)
    #expect(report.cells.map(\.cell.title) == ["x", "y"])
    for cell in report.cells {
      #expect(cell.variants.allSatisfy { $0.runs.count == 2 && $0.latencies.count == 20 })
    }
  }

  @Test func `The number of operations follows from the warm-up`() throws {
    let directory = try TemporaryDirectory()
    let experiment = PlannedExperiment(["a", "b"]) { $0.variant.name == "a" ? 1_000 : 10_000 }
    // 2 variants, 3 rounds and the warm-up share the time; half of it goes elsewhere.
    let report = try experiment.run(
      in: directory.path, operations: .within(nanoseconds: 8 * 2 * 50 * 10_000))
    #expect(report.cells[0].operations == 50)
    let hurried = try experiment.run(in: directory.path, operations: .within(nanoseconds: 1))
    #expect(hurried.cells[0].operations == 4)
    let patient = try experiment.run(in: directory.path, operations: .within(nanoseconds: 1 << 50))
    #expect(patient.cells[0].operations == 1_000)
  }

  @Test func `A variant that is not possible leaves the others alone`() throws {
    let directory = try TemporaryDirectory()
    let experiment = PlannedExperiment(["a", "b"]) { (turn) throws(LabFailure) in
      if turn.variant.name == "a" { throw LabFailure(.unsupported, "it cannot") }
      return 5
    }
    let report = try experiment.run(in: directory.path)
    #expect(report.cells[0].variant("a")?.obstacle == "it cannot")
    #expect(report.cells[0].variant("a")?.runs.isEmpty == true)
    #expect(report.cells[0].variant("b")?.runs.count == 3)
    #expect(experiment.order.filter { $0.hasSuffix("a") } == ["one/0/a"])
    #expect(!report.conclusions.contains { $0.hasPrefix("On this disk") })
  }

  @Test func `An error ends it, and everything it made is gone`() throws {
    let directory = try TemporaryDirectory()
    let experiment = PlannedExperiment(["a", "b"]) { (turn) throws(LabFailure) in
      try Self.litter(turn)
      if turn.round == 2 { throw LabFailure(.failed, "broken") }
      return 5
    }
    #expect(failure { _ = try experiment.run(in: directory.path) }?.message == "broken")
    #expect(experiment.order.last == "one/2/a")
    #expect(try directory.open().entries().isEmpty)
  }

  @Test func `Stopping keeps what is known, and everything it made is gone`() throws {
    let directory = try TemporaryDirectory()
    let control = LabControl()
    let experiment = PlannedExperiment(["a", "b"]) { (turn) throws(LabFailure) in
      try Self.litter(turn)
      if turn.round == 2, turn.variant.name == "a" { control.stop() }
      return 5
    }
    let report = try experiment.run(in: directory.path, control: control)
    #expect(report.isInterrupted)
    #expect(report.cells[0].variants.map(\.runs.count) == [2, 1])
    #expect(report.leftover == nil)
    #expect(try directory.open().entries().isEmpty)
    #expect(control.progress.isFinished)
  }

  /// Files and directories, as an experiment leaves them.
  private static func litter(_ turn: LabTurn) throws(LabFailure) {
    let directory = turn.laboratory.directory
    let name = FileName("\(turn.variant.name)\(turn.round)")
    try inLab { () throws(FileError) in
      let below = try Self.below(directory)
      _ = try below.openForWriting(name, .creates)
      _ = try directory.openForWriting(name, .creates)
      try directory.openForWriting(FileName([0xFF, 0x0A]), .creates).write([1, 2, 3], at: 0)
    }
  }

  private static func below(_ directory: OpenDirectory) throws(FileError) -> OpenDirectory {
    do throws(FileError) {
      return try directory.makeDirectory(FileName("deep"))
    } catch {
      return try directory.openDirectory(FileName("deep"))
    }
  }

  @Test func `A pause holds it before the next run`() async throws {
    let directory = try TemporaryDirectory()
    let control = LabControl()
    let experiment = PlannedExperiment(["a", "b"]) { turn in
      if turn.round == 1 { control.pause() }
      return 5
    }
    let path = directory.path
    let report = Task.detached { try experiment.run(in: path, control: control) }
    while !control.isPaused { usleep(1_000) }
    while experiment.order.last != "one/1/a" { usleep(1_000) }
    #expect(control.progress.runsDone <= 3)
    #expect(control.progress.round == 1)
    // Each run of round 1 pauses anew.
    while !control.progress.isFinished {
      control.resume()
      usleep(1_000)
    }
    #expect(try await report.value.cells[0].variants.allSatisfy { $0.runs.count == 3 })
  }

  @Test func `Conclusions follow from planted figures`() throws {
    let directory = try TemporaryDirectory()
    func conclude(_ time: @escaping @Sendable (LabTurn) -> UInt64) throws -> [String] {
      try PlannedExperiment(["zeros", "plain"], cells: ["x", "y"]) { turn in time(turn) }
        .run(in: directory.path).conclusions.filter { $0.hasPrefix("On this disk") }
    }
    let isFirst = { @Sendable (turn: LabTurn) in turn.variant.name == "zeros" }
    #expect(
      try conclude { isFirst($0) ? 100 : 230 + UInt64($0.round) }
        == ["On this disk, zeros makes a commit 2.3 times faster than plain."])
    #expect(
      try conclude { isFirst($0) ? 30_000 : 10_000 }
        == ["On this disk, zeros makes a commit 3.0 times slower than plain."])
    #expect(
      try conclude { _ in 10_000 }
        == ["On this disk, zeros changes nothing that can be measured, compared with plain."])
    #expect(
      try conclude { isFirst($0) ? 1_000 * UInt64($0.round + 1) : 2_500 }
        == ["On this disk, the rounds of zeros and plain lie too far apart to conclude anything."])
    #expect(
      try conclude { isFirst($0) && $0.cell.title == "x" ? 100 : 200 }
        == [
          "On this disk, zeros makes a commit 2.0 times faster than plain in 1 of 2 cases (x); zeros"
            + " changes nothing that can be measured, compared with plain in 1 of 2 cases (y)."
        ])
  }

  @Test func `Where threads waited for a processor nothing is called the same`() throws {
    func result(_ name: String, waiting milliseconds: Double) -> LabVariantResult {
      var latencies = Distribution()
      for _ in 0..<100 { latencies.record(1_000_000) }
      let run = LabRun(
        operations: 100, payloadBytes: 0, elapsed: 1, latencies: latencies,
        measures: [LabValue(ProcessorWait.measure, .real(milliseconds))])
      return LabVariantResult(
        variant: LabVariant(name: name, title: name), runs: [run, run, run])
    }
    func sentence(waiting milliseconds: Double) throws -> String? {
      let (one, two) = (result("a", waiting: milliseconds), result("b", waiting: 0))
      let cell = LabCellResult(
        cell: LabCell(title: "x", settings: []), operations: 100, variants: [one, two])
      return Conclusion(one.variant, with: two.variant, in: [cell]) { $0.medians }
        .sentence(place: "this disk", work: "a commit")
    }
    #expect(result("a", waiting: 30).processorWaitShare == 0.3)
    #expect(try sentence(waiting: 5)?.contains("nothing that can be measured") == true)
    #expect(try sentence(waiting: 30)?.contains("waited for a processor") == true)
  }

  @Test func `Too few rounds allow no conclusion`() throws {
    let directory = try TemporaryDirectory()
    let experiment = PlannedExperiment(["a", "b"]) { $0.variant.name == "a" ? 1 : 1_000 }
    let report = try experiment.run(in: directory.path, rounds: 2)
    #expect(report.conclusions[0].contains("too far apart to conclude"))
  }
}

@Suite struct RoomTests {
  @Test func `A file system that would become too full is refused, before and meanwhile`() throws {
    guard let disk = MountedFileSystem.small("ext4") else { return }
    let parent = try OpenDirectory.open(disk.path)
    // 16 MB: the reserve is never left free.
    #expect(throws: LabFailure.self) { try Laboratory.make(below: parent, for: 0) }
    #expect(try parent.entries().filter { $0.name != FileName("lost+found") }.isEmpty)
  }

  @Test func `The room shrinks with what is written`() throws {
    guard let disk = LoopFileSystem.mounted("ext4", megabytes: 96) else { return }
    let parent = try disk.open()
    let free = try parent.fileSystem().free
    let laboratory = try Laboratory.make(below: parent, for: 40 << 20)
    let file = try laboratory.directory.openForWriting(FileName("f"), .creates)
    try file.allocate(0..<(free - (20 << 20)), keepingSize: false)
    let refused = #expect(throws: LabFailure.self) { try laboratory.requireRoom(for: 40 << 20) }
    #expect(refused?.kind == .refused)
    #expect(laboratory.close() == nil)
    #expect(laboratory.close() == nil)
    #expect(try parent.entries().map(\.name) == [FileName("lost+found")])
  }

  @Test func `More than the limit is refused`() throws {
    let directory = try TemporaryDirectory()
    let refused = #expect(throws: LabFailure.self) {
      try Laboratory.make(below: directory.open(), for: 101, room: LabRoom(limit: 100))
    }
    #expect(refused?.kind == .refused)
    #expect(refused?.advice?.contains("--max-bytes") == true)
  }

  @Test func `What a killed experiment has left is found, what a running one uses is not`() throws {
    let directory = try TemporaryDirectory()
    let parent = try directory.open()
    let own = try Laboratory.make(below: parent, for: 0)
    let ended = try ChildProcess(["true"])
    ended.wait()
    let left = FileName("\(Laboratory.prefix)\(ended.pid)-0")
    for name in [left, FileName("\(Laboratory.prefix)x-0"), FileName("other")] {
      _ = try parent.makeDirectory(name)
    }
    #expect(try Laboratory.abandoned(below: parent) == [left])
    #expect(own.close() == nil)
  }

  @Test func `Two laboratories beside each other are two directories`() throws {
    let directory = try TemporaryDirectory()
    let parent = try directory.open()
    let first = try Laboratory.make(below: parent, for: 0)
    var second: Laboratory? = try Laboratory.make(below: parent, for: 0)
    #expect(first.name != second?.name)
    #expect(try parent.entries().count == 2)
    second = nil
    #expect(try parent.entries().map(\.name) == [first.name])
  }
}
