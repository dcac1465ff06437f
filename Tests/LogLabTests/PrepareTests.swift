import LogFiles
import TestSupport
import Testing

@testable import LogLab

@Suite struct PrepareTests {
  private func run(
    in path: String, ways: [PreparationWay] = PreparationWay.allCases, call: SyncCall = .fdatasync,
    threads: Int = 2, size: Int = 4096, operations: Int = 64, rounds: Int = 2
  ) throws(LabFailure) -> LabReport {
    var settings = PrepareExperiment.Settings()
    settings.ways = ways
    settings.recordSizes = [size]
    settings.threads = [threads]
    settings.syncCalls = [call]
    return try PrepareExperiment(settings).run(
      in: FileName(path), plan: LabPlan(rounds: rounds, operations: .fixed(operations)),
      control: LabControl())
  }

  @Test(arguments: ["ext4", "xfs", "btrfs"])
  func `What was allocated is unwritten before, and written after`(type: String) throws {
    guard let disk = LoopFileSystem.mounted(type) else { return }
    let report = try run(in: disk.path)
    let capacity: Double = 64 * 4096
    for way in PreparationWay.allCases {
      let result = try #require(report.cells[0].variant(way.rawValue))
      #expect(result.obstacle == nil && result.runs.count == 2)
      for run in result.runs {
        #expect(run.operations == 64 && run.latencies.count == 64)
        #expect(run.measure("recordsLost") == 0)
        #expect(run.measure("fileSizeAfter") == capacity)
        // xfs may keep some space beyond the end for what it expects to come.
        if way != .none || type != "xfs" { #expect(run.measure("unwrittenBytesAfter") == 0) }
        #expect((run.measure("allocatedSizeAfter") ?? 0) >= capacity)
        let unwritten = way == .fallocate || way == .fallocateKeepSize ? capacity : 0
        #expect(run.measure("unwrittenBytesBefore") == unwritten, "\(way)")
        #expect(run.measure("convertedBytes") == unwritten, "\(way)")
        let isLong = way != .none && way != .fallocateKeepSize
        #expect(run.measure("fileSizeBefore") == (isLong ? capacity : 0), "\(way)")
        let isAllocated = way != .none && way != .setLength
        #expect(((run.measure("extentsBefore") ?? 0) > 0) == isAllocated, "\(way)")
        // One sync serves several threads, never more than one each.
        let syncs = try #require(run.measure("syncs"))
        #expect(syncs >= 1 && syncs <= 64)
      }
    }
    let conversions = report.conclusions.filter { $0.contains("unwritten extents") }
    #expect(conversions.count == 1)
    #expect(conversions[0].contains("fallocate (100 % of what was appended)"))
    #expect(
      try disk.open().entries().allSatisfy { !$0.name.lastComponentText.hasPrefix("walscope") })
  }

  @Test(arguments: SyncCall.allCases)
  func `Every record of every thread is read back`(call: SyncCall) throws {
    let directory = try TemporaryDirectory()
    let report = try run(
      in: directory.path, ways: [.none, .recycled], call: call, threads: 5, size: 100,
      operations: 333, rounds: 3)
    for run in report.cells[0].variants.flatMap(\.runs) {
      #expect(run.measure("recordsLost") == 0)
      #expect(run.operations == 333)
      #expect((run.measure("syncs") == 0) == (call == .none))
    }
  }

  @Test func `A record that is missing, doubled or of an earlier round is noticed`() throws {
    let directory = try TemporaryDirectory()
    func missing(_ stamps: [(round: Int, operation: Int)]) throws -> Int {
      var bytes: [UInt8] = []
      for stamp in stamps {
        var record = [UInt8](repeating: 0, count: 16)
        RecordStamp(round: stamp.round, operation: stamp.operation).write(to: &record)
        bytes += record
      }
      try directory.write(bytes, to: "log")
      return try RecordStamp.missing(
        in: try directory.open().openFile(FileName("log")), round: 2, operations: 3, recordSize: 16)
    }
    #expect(try missing([(2, 1), (2, 0), (2, 2)]) == 0)
    #expect(try missing([(2, 1), (2, 1), (2, 2)]) == 1)
    #expect(try missing([(2, 0), (1, 1), (2, 2)]) == 1)
    #expect(try missing([(2, 0)]) == 2)
    #expect(try missing([]) == 3)
  }

  @Test func `A full disk ends it with a refusal`() throws {
    let directory = try TemporaryDirectory()
    let writes = CallCounter()
    let calls = SystemCalls { call in
      call == .write && writes.next() == 40 ? .error(28) : nil
    }
    let parent = try OpenDirectory.open(directory.path, calls: calls)
    let laboratory = try Laboratory.make(below: parent, for: 0)
    let experiment = PrepareExperiment(.init())
    let turn = LabTurn(
      cell: experiment.cells[1], variant: PreparationWay.none.variant, round: 1, operations: 100,
      laboratory: laboratory,
      reporter: LabReporter(control: LabControl(), variant: 0, counts: true))
    let refused = #expect(throws: LabFailure.self) { try experiment.run(turn) }
    #expect(refused?.kind == .refused)
    #expect(laboratory.close() == nil)
    #expect(try directory.open().entries().isEmpty)
  }

  @Test func `The table has the columns and units of the published one`() throws {
    #expect(PublishedTable.time(808_400) == "808.4us")
    #expect(PublishedTable.time(1_441_000) == "1.441ms")
    #expect(PublishedTable.time(25_000_000) == "25.00ms")
    #expect(PublishedTable.time(135_100_000) == "135.1ms")
    #expect(PublishedTable.time(2_500_000_000) == "2.500s")
    let directory = try TemporaryDirectory()
    let report = try run(
      in: directory.path, ways: [.none, .fallocate], threads: 1, size: 256, operations: 8)
    let lines = PublishedTable.lines(report).map { $0.split(separator: ",") }
    #expect(lines.map { $0[2] } == ["fallocate", "none"])
    #expect(lines.allSatisfy { $0.count == 10 && $0[3] == "256B" && $0[4] == "1" })
  }

  @Test(arguments: [(256, "256B"), (1024, "1KB"), (4096, "4KB"), (1 << 20, "1MB"), (1500, "1500B")])
  func `Sizes are written as published`(bytes: Int, text: String) {
    #expect(PrepareExperiment.sizeText(bytes) == text)
  }
}

extension FileName {
  fileprivate var lastComponentText: String { String(decoding: lastComponent.bytes, as: UTF8.self) }
}
