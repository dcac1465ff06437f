import Foundation
import LogFiles
import LogFormats
import LogInspection
import LogRepair
import TestSupport
import Testing

@Suite(.enabled(if: Fixtures.root != nil, Fixtures.absence))
struct `A repair of real okaywal logs` {
  private struct Truth: Decodable {
    struct Configuration: Decodable { var preallocate_bytes: UInt64 }
    var recovery_config: Configuration
  }

  private func trial(_ name: String) throws -> LogOnTrial {
    let truth = try JSONDecoder().decode(
      Truth.self, from: Data(try Fixtures.bytes("okaywal/\(name)/expected.json")))
    return try LogOnTrial(
      "\(Fixtures.root ?? "")/okaywal/\(name)/data", format: "okaywal",
      assuming: ["preallocate-bytes": truth.recovery_config.preallocate_bytes])
  }

  @Test(arguments: Fixtures.cases("okaywal"))
  func `loses nothing that could be had`(name: String) throws {
    try expectRecovers(try trial(name), "\(name)")
  }

  @Test(arguments: [
    "torn-tail", "torn-in-preallocated", "torn-tail-id", "torn-tail-chunk-header", "recycled-torn",
    "huge-length", "huge-length-max", "garbage-tail", "aborted-tail",
  ])
  func `puts zeros behind the last committed entry and keeps the length`(name: String) throws {
    let trial = try trial(name)
    guard case .success(let plan) = try trial.plan(.recover(droppingUncommitted: false)) else {
      // Decided by the differential above.
      return
    }
    for planned in plan.steps {
      guard case .zero(let range) = planned.step.change else {
        Issue.record("\(planned.step.change)")
        continue
      }
      let segment = trial.report.segments.first { $0.file.name == planned.step.file }
      #expect(range.lowerBound >= segment?.logicalEnd ?? .max)
    }
    let after = try #require(try trial.after(plan.steps.map(\.step)))
    #expect(after.report.segments.map(\.fileSize) == trial.report.segments.map(\.fileSize))
  }

  @Test(arguments: ["zero-length-last", "zero-length", "all-zero"])
  func `removes a newest file that holds nothing`(name: String) throws {
    let plan = try trial(name).plan(.recover(droppingUncommitted: false)).get()
    #expect(plan.steps.map(\.step.change) == [.remove])
  }

  @Test(arguments: ["rollback-hides-commits", "double-checkpoint", "only-checkpointed"])
  func `rescues commits that the owner would lose, in a new log`(name: String) throws {
    let trial = try trial(name)
    let refusal = try #require(try trial.refusal(of: .recover(droppingUncommitted: false)))
    #expect(refusal.kind == .unsafe && refusal.advice?.contains("walscope salvage") == true)
    let (result, _) = try trial.salvaged()
    #expect(result.acceptable == trial.acceptable)
    for forecast in result.forecasts { #expect(forecast.keepsRecords == trial.acceptable) }
  }

  @Test(arguments: [
    "clean-multi", "active-only", "fresh", "default-config", "checkpointed", "recycled",
    "recycled-not-yet-written", "truncated-clean", "zero-filled-tail", "all-kinds",
  ])
  func `has nothing to do where the owner loses nothing`(name: String) throws {
    let refusal = try trial(name).refusal(of: .recover(droppingUncommitted: false))
    #expect(refusal?.kind == .nothingToDo)
  }

  @Test(arguments: ["bad-magic", "newer-version"])
  func `leaves a file with an unknown header alone`(name: String) throws {
    let trial = try trial(name)
    #expect(try trial.refusal(of: .recover(droppingUncommitted: false))?.kind == .unsafe)
    #expect(try trial.refusal(of: .repairBit(nil))?.kind == .impossible)
    let foreign = try #require(trial.report.segments.first { $0.verdict == .foreign })
    #expect(try trial.refusal(of: .truncate(foreign.file.name, at: .lastValid))?.kind == .unsafe)
    #expect(try trial.refusal(of: .finalize(foreign.file.name))?.kind == .unsafe)
  }

  @Test(arguments: ["bitflip-payload", "bitflip-crc"])
  func `flips one bit of a chunk back`(name: String) throws {
    let trial = try trial(name)
    let steps = try trial.plan(.repairBit(nil)).get().steps.map(\.step)
    #expect(steps.count == 1)
    let after = try #require(try trial.after(steps))
    after.expectRepaired("\(name)")
    #expect(after.acceptable == trial.acceptable + 1)
  }
}

struct `A repair of a made okaywal log` {
  private static let assuming: [String: UInt64] = ["preallocate-bytes": 8192]

  private static func recipe(_ preallocation: Preallocation = .none, cleanly: Bool = true)
    -> LogRecipe
  {
    var recipe = LogRecipe()
    recipe.records = 200
    recipe.segmentSize = 8192
    recipe.preallocation = preallocation
    recipe.closesCleanly = cleanly
    return recipe
  }

  private static func log(_ files: [String: [UInt8]]) throws -> LogOnTrial {
    try LogOnTrial(files, format: "okaywal", assuming: assuming)
  }

  private static func entry(_ id: UInt64, _ text: String, isCommitted: Bool = true) -> [UInt8] {
    OkayWALEncoder.entry(id: id, chunks: [Array(text.utf8)], isCommitted: isCommitted)
  }

  private static func segment(_ parts: [UInt8]..., size: Int = 8192) -> [UInt8] {
    let bytes = OkayWALEncoder.header(versionInfo: Array("v7".utf8)) + parts.joined()
    return bytes + [UInt8](repeating: 0, count: max(0, size - bytes.count))
  }

  @Test(arguments: LogDamage.allCases, [true, false])
  func `loses nothing that could be had`(damage: LogDamage, cleanly: Bool) throws {
    for seed in 1...3 as ClosedRange<UInt64> {
      let recipe = Self.recipe(cleanly: cleanly)
      guard
        let trial = try LogOnTrial(
          OkayWAL(), recipe, damage, seed: seed, assuming: Self.assuming)
      else { continue }
      try expectRecovers(trial, "\(damage), seed \(seed)")
      if damage != .missingSegment { try expectSalvages(trial, "\(damage), seed \(seed)") }
    }
  }

  /// A chunk or an end marker that stands where the entries end is taken by the owner at its word.
  @Test(
    arguments: [
      [0x02, 0xff, 0xff, 0xff, 0x7f, 1, 2, 3, 4], [0x02, 3, 0, 0, 0, 9, 9, 9, 1, 1, 1, 1, 7],
      [0x03, 0x01, 9, 0, 0, 0, 0, 0, 0, 0, 0x02, 1, 0, 0, 0, 5, 5, 5, 5, 5],
    ] as [[UInt8]])
  func `takes away remains that the owner would read on`(remains: [UInt8]) throws {
    let trial = try Self.log([
      "wal-1": Self.segment(Self.entry(1, "one"), Self.entry(2, "two"), remains)
    ])
    let plan = try trial.plan(.recover(droppingUncommitted: false)).get()
    guard case .zero(let range)? = plan.steps.first?.step.change else {
      Issue.record("no zeros")
      return
    }
    #expect(range.lowerBound == trial.report.segments[0].logicalEnd)
    try expectRecovers(trial, "\(remains)")
  }

  @Test func `leaves what the owner recycles alone behind a torn entry`() throws {
    let torn = Array(Self.entry(41, "torn off here").dropLast(9)) + [0xff, 0xfe, 0xfd]
    let stale = Self.entry(12, "old") + Self.entry(13, "older")
    let bytes = Self.segment(Self.entry(40, "new"), torn, stale)
    let trial = try Self.log(["wal-40": bytes])
    try expectRecovers(trial, "recycled")
    let plan = try trial.plan(.recover(droppingUncommitted: false)).get()
    let after = try #require(try trial.after(plan.steps.map(\.step)))
    #expect(after.report.segments[0].ranges.contains { $0.kind == .stale && $0.records > 0 })
  }

  @Test func `keeps an empty newest file where ids would start again without it`() throws {
    for files in [
      ["wal-40": [UInt8](repeating: 0, count: 8192)], ["wal-40": []],
      [
        "wal-38": Self.segment(Self.entry(38, "three")), "wal-40": [],
        "wal-39-cp": Self.segment(),
      ],
    ] as [[String: [UInt8]]] {
      let trial = try Self.log(files)
      let steps = try trial.plan(.recover(droppingUncommitted: false)).get().steps.map(\.step)
      #expect(!steps.contains { $0.change == .remove })
      try expectNoWorse(trial, steps)
      let after = try #require(try trial.after(steps))
      after.expectRepaired("\(files.keys)")
      for forecast in after.forecasts {
        #expect(forecast.attributes.first { $0.name == "nextEntryId" }?.value == .number(40))
      }
      #expect(try after.refusal(of: .recover(droppingUncommitted: false))?.kind == .nothingToDo)
    }
  }

  @Test func `refuses to go on without an empty file in the middle`() throws {
    let trial = try Self.log([
      "wal-1": Self.segment(Self.entry(1, "one")), "wal-2": [],
      "wal-30": Self.segment(Self.entry(30, "three")),
    ])
    #expect(try trial.refusal(of: .recover(droppingUncommitted: false))?.kind == .unsafe)
    let (result, salvage) = try trial.salvaged()
    result.expectRepaired("without the empty file")
    #expect(try result.records() == trial.records())
    #expect(result.log.layout.segments.map(\.id) == [1, 2])
    #expect(salvage.gaps.map(\.file) == [FileName("wal-2")])
  }

  @Test func `saves committed entries between damaged and aborted ones, and tells the gaps`() throws
  {
    var damaged = Self.entry(3, "three")
    damaged[damaged.count - 7] ^= 0x41
    let trial = try Self.log([
      "wal-1": Self.segment(
        Self.entry(1, "one"), Self.entry(2, "two", isCommitted: false), damaged,
        Self.entry(4, "four"), Array("remains of a rollback".utf8), Self.entry(6, "six"))
    ])
    #expect(try trial.refusal(of: .recover(droppingUncommitted: false))?.kind == .unsafe)
    let (result, salvage) = try trial.salvaged()
    #expect(
      try result.records() == [Self.entry(1, "one"), Self.entry(4, "four"), Self.entry(6, "six")])
    #expect(salvage.gaps.count == 2)
    result.expectRepaired("salvage")
  }

  @Test func `drops entries that were never committed only when asked`() throws {
    let trial = try #require(
      try LogOnTrial(OkayWAL(), Self.recipe(cleanly: false), nil, assuming: Self.assuming))
    #expect(try trial.refusal(of: .recover(droppingUncommitted: false))?.kind == .nothingToDo)
    let plan = try trial.plan(.recover(droppingUncommitted: true)).get()
    let after = try #require(try trial.after(plan.steps.map(\.step)))
    #expect(after.report.segments.allSatisfy { $0.flawedRecords == 0 })
    #expect(try after.records() == trial.records())
    #expect(try after.refusal(of: .recover(droppingUncommitted: true))?.kind == .nothingToDo)
  }

  @Test func `cuts where an entry ends, and never the header`() throws {
    let bytes = Self.segment(Self.entry(1, "one"), Self.entry(2, "two"), Self.entry(3, "three"))
    let trial = try Self.log(["wal-1": bytes])
    let file = FileName("wal-1")
    let borders: [UInt64] = [7, 29, 51, 75]
    for offset in 0..<100 as Range<UInt64> {
      let isBorder = borders.contains(offset)
      switch try trial.plan(.truncate(file, at: .offset(offset))) {
      case .success(let plan):
        #expect(isBorder && plan.steps.first?.step.change == .cut(to: offset))
        let after = try #require(try trial.after(plan.steps.map(\.step)))
        #expect(after.acceptable == UInt64(borders.firstIndex(of: offset) ?? 0))
      case .failure(let refusal): #expect(!isBorder && refusal.kind == .impossible, "\(offset)")
      }
    }
  }

  @Test func `gives unused space back and lets the log open as before`() throws {
    let trial = try #require(
      try LogOnTrial(OkayWAL(), Self.recipe(.none), nil, assuming: Self.assuming))
    let plan = try trial.plan(.finalize(nil)).get()
    let steps = plan.steps.map(\.step)
    try expectNoWorse(trial, steps)
    let after = try #require(try trial.after(steps))
    #expect(after.report.segments.allSatisfy { $0.slack == 0 })
    #expect(try after.records() == trial.records())
    #expect(try after.refusal(of: .finalize(nil))?.kind == .nothingToDo)
    after.expectRepaired("finalized")
  }

  @Test func `removes segments whose entries are all below a position`() throws {
    let trial = try Self.log([
      "wal-1-cp": Self.segment(Self.entry(1, "one"), Self.entry(2, "two")),
      "wal-3": Self.segment(Self.entry(3, "three"), Self.entry(4, "four")),
      "wal-5": Self.segment(Self.entry(5, "five"), Self.entry(6, "six")),
      "wal-9": Self.segment(Self.entry(9, "nine")),
    ])
    func removed(_ point: DeletePoint) throws -> [String] {
      guard case .success(let plan) = try trial.plan(.deleteBefore(point)) else { return [] }
      return plan.steps.compactMap(\.step.file.utf8)
    }
    #expect(try removed(.id(2)) == [])
    #expect(try removed(.id(4)) == ["wal-1-cp"])
    #expect(try removed(.id(5)) == ["wal-1-cp", "wal-3"])
    #expect(try removed(.id(6)) == ["wal-1-cp", "wal-3"])
    #expect(try removed(.id(7)) == ["wal-1-cp", "wal-3", "wal-5"])
    #expect(try removed(.id(.max)) == ["wal-1-cp", "wal-3", "wal-5"])
    #expect(try removed(.segment(FileName("wal-5"))) == ["wal-1-cp", "wal-3"])
    #expect(try removed(.keeping(3)) == ["wal-1-cp"])
    let purposes = try trial.plan(.deleteBefore(.keeping(1))).get().steps.map(\.step.purpose)
    #expect(purposes[0].contains("discards") && purposes[1].contains("application"))
  }

  @Test func `keeps checkpointed segments whose entries nobody may have`() throws {
    let trial = try Self.log([
      "wal-1-cp": Self.segment(Self.entry(1, "one")),
      "wal-2-cp": Self.segment(Self.entry(2, "two")),
    ])
    #expect(try trial.refusal(of: .deleteBefore(.keeping(1)))?.kind == .unsafe)
  }

  @Test func `never flips a bit that no checksum tells`() throws {
    var empty = OkayWALEncoder.entry(id: 3, chunks: [])
    empty[9] = 0x07
    let trial = try Self.log([
      "wal-1": Self.segment(
        Self.entry(1, "one"), empty, Self.entry(4, "four"), Self.entry(5, "five"))
    ])
    #expect(try trial.refusal(of: .repairBit(nil)) != nil)
  }
}
