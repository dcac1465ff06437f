import LogFiles
import LogFormats
import LogInspection
import LogRepair
import TestSupport
import Testing

@Suite(.enabled(if: Fixtures.root != nil, Fixtures.absence))
struct `A repair of real nori-wal logs` {
  private func trial(_ name: String) throws -> LogOnTrial {
    try LogOnTrial("\(Fixtures.root ?? "")/nori-wal/\(name)/data", format: "nori-wal")
  }

  @Test(arguments: Fixtures.cases("nori-wal"))
  func `loses nothing that could be had`(name: String) throws {
    try expectRecovers(try trial(name), "\(name)")
  }

  @Test(arguments: [
    ("torn-tail", true), ("torn-in-preallocated", true), ("garbage-tail", true),
    ("active-preallocated", false), ("zero-tail-middle", false), ("zero-filled-tail", false),
    ("clean-rotated", false), ("missing-segment", false),
  ])
  func `cuts what is torn and leaves preallocated zeros alone`(name: String, cuts: Bool) throws {
    let trial = try trial(name)
    switch try trial.plan(.recover(droppingUncommitted: false)) {
    case .success(let plan):
      #expect(cuts)
      for planned in plan.steps {
        let segment = trial.report.segments.first { $0.file.name == planned.step.file }
        #expect(planned.step.change == .cut(to: segment?.logicalEnd ?? 0))
      }
    case .failure(let refusal): #expect(!cuts && refusal.kind == .nothingToDo)
    }
  }

  @Test(arguments: [
    "bitflip-middle", "first-record-bad", "two-damaged-segments", "records-after-zeros",
    "wrong-length-inside", "huge-length", "varint-overflow",
  ])
  func `refuses to cut what valid records follow`(name: String) throws {
    let refusal = try #require(try trial(name).refusal(of: .recover(droppingUncommitted: false)))
    #expect(refusal.kind == .unsafe)
    #expect(refusal.advice?.contains("walscope salvage") == true)
  }

  @Test(arguments: [
    "clean-rotated", "all-kinds", "odd-names", "missing-segment", "non-canonical-name",
  ])
  func `saves a log that needs no repair as it is`(name: String) throws {
    let trial = try trial(name)
    let (result, salvage) = try trial.salvaged()
    result.expectRepaired("\(name)")
    #expect(try result.records() == trial.records())
    #expect(salvage.gaps.isEmpty)
  }

  @Test func `flips one bit back by one byte, and then nothing is left to do`() throws {
    let trial = try trial("bitflip-middle")
    let plan = try trial.plan(.repairBit(nil)).get()
    #expect(plan.steps.count == 1)
    guard case .write(let bytes, _)? = plan.steps.first?.step.change else {
      Issue.record("no write")
      return
    }
    #expect(bytes.count == 1)
    let after = try #require(try trial.after(plan.steps.map(\.step)))
    #expect(after.report.verdict == .clean)
    #expect(try after.records().count == trial.records().count + 1)
    #expect(try after.refusal(of: .repairBit(nil))?.kind == .nothingToDo)
  }
}

struct `A repair of a made nori-wal log` {
  private static func recipe(_ preallocation: Preallocation = .none) -> LogRecipe {
    var recipe = LogRecipe()
    recipe.records = 300
    recipe.segmentSize = 8192
    recipe.preallocation = preallocation
    recipe.closesCleanly = preallocation == .none
    return recipe
  }

  @Test(arguments: LogDamage.allCases, [Preallocation.none, .setLength])
  func `loses nothing that could be had`(damage: LogDamage, preallocation: Preallocation) throws {
    for seed in 1...3 as ClosedRange<UInt64> {
      guard let trial = try LogOnTrial(NoriWAL(), Self.recipe(preallocation), damage, seed: seed)
      else { continue }
      try expectRecovers(trial, "\(damage), seed \(seed)")
      try expectSalvages(trial, "\(damage), seed \(seed)")
    }
  }

  @Test func `cuts where a record ends and nowhere else`() throws {
    let story = LogStoryBytes(records: 12)
    let trial = try LogOnTrial(["000000.wal": story.bytes], format: "nori-wal")
    let file = FileName("000000.wal")
    for offset in 0..<UInt64(story.bytes.count) {
      let plan = try trial.plan(.truncate(file, at: .offset(offset)))
      switch plan {
      case .success(let plan):
        #expect(story.borders.contains(offset))
        #expect(plan.steps.first?.step.change == .cut(to: offset))
        #expect(plan.needed.contains(.lose(plan.prospect?.recordsLost ?? 0)))
      case .failure(let refusal):
        #expect(!story.borders.contains(offset))
        let before = story.borders.last { $0 < offset } ?? 0
        let behind = story.borders.first { $0 > offset } ?? 0
        #expect(refusal.advice == "the nearest places to cut are \(before) and \(behind)")
      }
    }
    let end = UInt64(story.bytes.count)
    #expect(try trial.refusal(of: .truncate(file, at: .offset(end)))?.kind == .nothingToDo)
    #expect(try trial.refusal(of: .truncate(file, at: .lastValid))?.kind == .nothingToDo)
    #expect(try trial.refusal(of: .truncate(file, at: .offset(end + 1)))?.kind == .impossible)
  }

  @Test func `gives preallocated zeros back, once, and never those behind damage`() throws {
    let trial = try #require(try LogOnTrial(NoriWAL(), Self.recipe(.setLength), nil))
    let plan = try trial.plan(.finalize(nil)).get()
    let after = try #require(try trial.after(plan.steps.map(\.step)))
    #expect(after.report.segments.allSatisfy { $0.slack == 0 })
    #expect(try after.records() == trial.records())
    #expect(try after.refusal(of: .finalize(nil))?.kind == .nothingToDo)
    let torn = try #require(try LogOnTrial(NoriWAL(), Self.recipe(.setLength), .tornTail))
    let damaged = try #require(torn.report.segments.first { $0.verdict == .tornTail })
    #expect(try torn.refusal(of: .finalize(damaged.file.name))?.kind == .unsafe)
  }

  @Test func `removes whole segments below a point, oldest first, never the newest`() throws {
    let trial = try #require(try LogOnTrial(NoriWAL(), Self.recipe(), nil))
    let names = trial.log.layout.segments.map(\.name)
    #expect(names.count > 3)
    func removed(_ point: DeletePoint) throws -> [FileName] {
      guard case .success(let plan) = try trial.plan(.deleteBefore(point)) else { return [] }
      #expect(plan.steps.allSatisfy { $0.step.change == .remove })
      try expectNoGap(trial, plan.steps.map(\.step))
      return plan.steps.map(\.step.file)
    }
    #expect(try removed(.segment(names[2])) == Array(names[..<2]))
    #expect(try removed(.id(1)) == Array(names[..<1]))
    #expect(try removed(.id(.max)) == Array(names.dropLast()))
    #expect(try removed(.keeping(2)) == Array(names.dropLast(2)))
    #expect(try removed(.keeping(1)) == Array(names.dropLast()))
    #expect(try removed(.keeping(1000)) == [])
    #expect(try removed(.unchangedSince(.now)) == Array(names.dropLast()))
    #expect(try removed(.unchangedSince(Timestamp(seconds: 0, nanoseconds: 0))) == [])
    #expect(try trial.refusal(of: .deleteBefore(.keeping(0)))?.kind == .impossible)
    #expect(try trial.refusal(of: .deleteBefore(.id(0)))?.kind == .nothingToDo)
  }

  private func expectNoGap(_ trial: LogOnTrial, _ steps: [RepairStep]) throws {
    for count in 1...steps.count {
      let state = try #require(try trial.after(Array(steps.prefix(count))))
      #expect(state.log.layout.missing.isEmpty)
    }
  }

  @Test func `leaves a foreign file alone and says so`() throws {
    let trial = try LogOnTrial(
      [
        "000000.wal": LogStoryBytes(records: 3).bytes,
        "000001.wal": Array("#!/bin/sh\nexit 0\n".utf8),
      ],
      format: "nori-wal")
    for action in [
      RepairAction.recover(droppingUncommitted: false),
      .truncate(FileName("000001.wal"), at: .lastValid), .finalize(FileName("000001.wal")),
    ] {
      #expect(try trial.refusal(of: action)?.kind == .unsafe, "\(action)")
    }
    let (result, salvage) = try trial.salvaged()
    result.expectRepaired("without the foreign file")
    #expect(salvage.gaps.map(\.file) == [FileName("000001.wal")])
  }

  @Test func `saves every record where there are more damaged places than a report tells apart`()
    throws
  {
    let part = LogStory.record(key: [1], value: [2, 3]) + LogStory.record(key: [4], value: [])
    let bytes = Array((0..<5200).map { _ in part + [0xff] }.joined())
    let trial = try LogOnTrial(["000000.wal": bytes], format: "nori-wal")
    #expect(trial.report.segments[0].rangesAreTruncated)
    #expect(throws: RepairRefusal.self) {
      try trial.log.format.salvage(trial.report, in: trial.log.directory)
    }
    let told = trial.log.tellingRangesApart(in: trial.report)
    let salvage = try trial.log.format.salvage(told, in: trial.log.directory)
    let copies = salvage.files[0].pieces.compactMap { piece in
      if case .copy(_, let range) = piece { range.count } else { nil }
    }
    #expect(copies == [Int](repeating: part.count, count: 5200))
  }

  @Test func `flips a bit of the last record back instead of cutting it off`() throws {
    var bytes = LogStoryBytes(records: 5).bytes
    bytes[bytes.count - 8] ^= 4
    let trial = try LogOnTrial(["000000.wal": bytes], format: "nori-wal")
    let refusal = try #require(try trial.refusal(of: .recover(droppingUncommitted: false)))
    #expect(refusal.kind == .unsafe && refusal.advice?.contains("repair-bit") == true)
    let plan = try trial.plan(.repairBit(nil)).get()
    #expect(try trial.after(plan.steps.map(\.step))?.records().count == 5)
  }
}

/// The bytes of a nori-wal segment and the offsets at which its records start and end.
struct LogStoryBytes {
  private(set) var bytes: [UInt8] = []
  private(set) var borders: [UInt64] = [0]

  init(records: Int) {
    for number in 0..<records {
      bytes += LogStory.record(
        key: Array("key-\(number)".utf8), value: [UInt8](repeating: 7, count: number * 5))
      borders.append(UInt64(bytes.count))
    }
  }
}
