import LogFiles
import LogFormats
import LogInspection
import LogRepair
import TestSupport
import Testing

/// What a repaired TegDB file must be: whole, but for what nobody may decide alone.
private func expectWhole(
  _ trial: LogOnTrial, _ what: Comment, allowing: Set<FindingCode> = [.uncommittedTail],
  sourceLocation: SourceLocation = #_sourceLocation
) {
  let told = trial.report.findings.filter { $0.severity != .note && !allowing.contains($0.code) }
  #expect(told.isEmpty, "\(what): \(told.map(\.message))", sourceLocation: sourceLocation)
  let undone = trial.report.segments.first?.facts.first { $0.name == "uncommittedRecords" }?.value
  for forecast in trial.report.forecasts {
    #expect(forecast.opens, "\(what): \(forecast.message)", sourceLocation: sourceLocation)
    #expect(
      [.clean, .drops, .grows].contains(forecast.outcome), "\(what): \(forecast.message)",
      sourceLocation: sourceLocation)
    #expect(
      FieldValue.number(forecast.losesRecords ?? 0) == undone ?? .number(0),
      "\(what): \(forecast.message)", sourceLocation: sourceLocation)
  }
}

/// The records of a file, zeros that count as deletes left out.
private func records(_ trial: LogOnTrial) throws -> [[UInt8]] {
  try trial.records().filter { $0.contains { $0 != 0 } }
}

/// The keys that a reader sees, each with its value.
private func contents(_ trial: LogOnTrial) throws -> [[UInt8]: [UInt8]] {
  guard let keys = try trial.log.liveKeys(trial.report) else { return [:] }
  var contents: [[UInt8]: [UInt8]] = [:]
  try trial.log.forEachRecord(of: keys, trial.report, previewLimit: 1 << 20) { _, record in
    contents[record.key?.bytes ?? []] = record.value?.bytes ?? []
    return true
  }
  return contents
}

/// Recovers a log, or saves its records where that is refused, and looks at what comes of it.
private func expectRepairs(
  _ trial: LogOnTrial, _ what: Comment, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  switch try trial.plan(.recover(droppingUncommitted: false)) {
  case .success(let plan):
    let steps = plan.steps.map(\.step)
    let after = try #require(try trial.after(steps))
    // Zeros with records behind them stay: in place nothing moves up.
    expectWhole(
      after, what, allowing: [.uncommittedTail, .phantomDeletes], sourceLocation: sourceLocation)
    #expect(try records(after).starts(with: records(trial)), what, sourceLocation: sourceLocation)
    #expect(try contents(after) == contents(trial), what, sourceLocation: sourceLocation)
    let codes = trial.report.findings.map(\.code)
    // Zeros that count as deletes count as records of a file without markers.
    if !codes.contains(.phantomDeletes) || !codes.contains(.noCommitMarker) {
      try expectNoWorse(trial, steps, sourceLocation: sourceLocation)
    }
    let again = try after.refusal(of: .recover(droppingUncommitted: false))
    #expect(again?.kind == .nothingToDo, what, sourceLocation: sourceLocation)
  case .failure(let refusal) where refusal.kind == .nothingToDo:
    expectWhole(
      trial, what, allowing: [.uncommittedTail, .markerWithValue, .phantomDeletes],
      sourceLocation: sourceLocation)
  case .failure(let refusal):
    #expect(refusal.advice != nil, what, sourceLocation: sourceLocation)
    try expectSaves(trial, what, sourceLocation: sourceLocation)
  }
}

private func expectSaves(
  _ trial: LogOnTrial, _ what: Comment, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  guard trial.acceptable > 0 else { return }
  let (result, salvage) = try trial.salvaged()
  expectWhole(
    result, what, allowing: [.uncommittedTail, .markerWithValue], sourceLocation: sourceLocation)
  #expect(try records(result) == records(trial), what, sourceLocation: sourceLocation)
  let damaged = trial.report.segments.flatMap(\.ranges).filter {
    [.damage, .padding, .unknown].contains($0.kind)
  }
  for range in damaged {
    #expect(
      salvage.gaps.contains { $0.range == range.offset..<range.end }, what,
      sourceLocation: sourceLocation)
  }
}

@Suite(.enabled(if: Fixtures.root != nil, Fixtures.absence))
struct `Real TegDB logs under repair` {
  static let cases = Fixtures.cases("tegdb").filter { !$0.hasPrefix("tgstream") }

  private func trial(_ name: String) throws -> LogOnTrial {
    try LogOnTrial("\(Fixtures.root ?? "")/tegdb/\(name)/data", format: "tegdb")
  }

  @Test(arguments: cases)
  func `are recovered or saved, and lose nothing that the owner would have kept`(name: String)
    throws
  {
    try expectRepairs(try trial(name), "\(name)")
  }

  @Test(arguments: cases)
  func `have no uncommitted records once those are dropped`(name: String) throws {
    let before = try trial(name)
    guard case .success(let plan) = try before.plan(.recover(droppingUncommitted: true)) else {
      return
    }
    let steps = plan.steps.map(\.step)
    let after = try #require(try before.after(steps))
    expectWhole(after, "\(name)", allowing: [.markerWithValue])
    #expect(try contents(after) == contents(before))
    try expectNoWorse(before, steps)
    #expect(try after.refusal(of: .recover(droppingUncommitted: true))?.kind == .nothingToDo)
  }

  @Test(arguments: cases)
  func `end with their data once they are finalized, or say why they cannot`(name: String) throws {
    let before = try trial(name)
    switch try before.plan(.finalize(nil)) {
    case .success(let plan):
      let steps = plan.steps.map(\.step)
      let after = try #require(try before.after(steps))
      #expect(after.report.segments.first?.verdict == .clean)
      #expect(try contents(after) == contents(before))
      try expectNoWorse(before, steps)
      #expect(try after.refusal(of: .finalize(nil))?.kind == .nothingToDo)
    case .failure(let refusal):
      let segment = try #require(before.report.segments.first)
      if refusal.kind == .nothingToDo { #expect(segment.slack == 0) }
    }
  }

  @Test(arguments: [
    "v2-vde-beyond-file", "v2-vde-max", "v2-vde-stale", "v2-vde-below-header",
    "v2-vde-too-large-prealloc", "v2-zero-tail-stale-vde",
  ])
  func `with a wrong noted end are mended by eight bytes`(name: String) throws {
    guard case .success(let plan) = try trial(name).plan(.recover(droppingUncommitted: false))
    else {
      Issue.record("no plan")
      return
    }
    #expect(plan.steps.map(\.going) == [21..<29])
  }

  @Test(arguments: [
    "v2-prealloc-half", "v2-prealloc-empty", "v2-zero-tail", "v2-clean-small", "v2-compacted",
  ])
  func `that are whole stay as they are, their zeros too`(name: String) throws {
    #expect(
      try trial(name).refusal(of: .recover(droppingUncommitted: false))?.kind == .nothingToDo)
  }

  @Test(arguments: ["v1-clean", "v1-zero-tail", "v0-headerless", "v2-unsupported-version"])
  func `of other versions are not changed, and become version 2 in a new log`(name: String) throws {
    let before = try trial(name)
    for action: RepairAction in [
      .recover(droppingUncommitted: false), .recover(droppingUncommitted: true), .finalize(nil),
      .truncate(FileName("db.teg"), at: .lastValid), .deleteBefore(.keeping(1)), .repairBit(nil),
    ] {
      #expect(try before.refusal(of: action)?.kind == .impossible, "\(action.verb)")
    }
    let (saved, _) = try before.salvaged()
    expectWhole(saved, "\(name)")
    #expect(saved.acceptable > 0)
  }

  @Test(arguments: ["v2-bad-magic", "v2-bad-endian"])
  func `without a usable header are saved record by record`(name: String) throws {
    let (saved, salvage) = try trial(name).salvaged()
    #expect(saved.acceptable == 16)
    expectWhole(saved, "\(name)", allowing: [])
    #expect(salvage.gaps.map(\.range) == [0..<64])
  }

  @Test func `are cut where a record starts or ends, and nowhere else`() throws {
    let before = try trial("v2-clean-small")
    let segment = try #require(before.report.segments.first)
    var cuts: [UInt64] = []
    for offset in 0...segment.fileSize + 1 {
      let action = RepairAction.truncate(segment.file.name, at: .offset(offset))
      guard case .success(let plan) = try before.plan(action) else { continue }
      let steps = plan.steps.map(\.step)
      let after = try #require(try before.after(steps))
      #expect(after.report.segments.first?.fileSize == offset)
      #expect(after.report.segments.first?.verdict == .clean)
      #expect(!after.report.findings.contains { $0.code == .wrongDataEnd })
      #expect(plan.needed.contains(.lose(before.acceptable - after.acceptable)))
      #expect(try after.refusal(of: action)?.kind == .nothingToDo)
      cuts.append(offset)
    }
    #expect(UInt64(cuts.count) == segment.records)
  }

  @Test func `damaged inside are cut only by name, and the loss is said`() throws {
    let before = try trial("v2-flip-keylen-high")
    let file = try #require(before.report.segments.first?.file.name)
    guard case .success(let plan) = try before.plan(.truncate(file, at: .lastValid)) else {
      Issue.record("no plan")
      return
    }
    #expect(plan.needed.contains(.lose(11)))
    #expect(plan.needed.contains(.wellFormedOnly))
  }
}

struct `TegDB files under repair` {
  private static func number<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    (0..<Number.bitWidth / 8).reversed().map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
  }
  private static func file(_ records: [UInt8]..., dataEnd: UInt64? = nil) -> [UInt8] {
    let body = records.flatMap { $0 }
    return Array("TEGDB".utf8) + [0, 0, 2] + number(UInt32(0)) + number(UInt32(1024))
      + number(UInt32(262_144)) + [1] + number(dataEnd ?? 64 + UInt64(body.count))
      + [UInt8](repeating: 0, count: 35) + body
  }
  private static func put(_ key: String, _ value: String, claiming: Int? = nil) -> [UInt8] {
    number(UInt32(key.utf8.count)) + number(UInt32(claiming ?? value.utf8.count))
      + Array((key + value).utf8)
  }
  private static let marker = put("__TX_COMMIT__", "")
  private static func zeros(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }

  private func trial(_ bytes: [UInt8], _ more: [String: [UInt8]] = [:]) throws -> LogOnTrial {
    try LogOnTrial(more.merging(["db.teg": bytes]) { $1 }, format: "tegdb")
  }

  @Test func `keep committed what a cut commit marker commits for the owner`() throws {
    let cut = Self.put("__TX_COMMIT__", "remains", claiming: 100)
    let before = try trial(
      Self.file(Self.put("a", "1"), Self.marker, Self.put("b", "2"), cut))
    #expect(try contents(before).count == 2)
    try expectRepairs(before, "cut marker")
    let (saved, _) = try before.salvaged()
    #expect(try contents(saved) == contents(before))
    expectWhole(saved, "cut marker", allowing: [])
  }

  @Test(arguments: [1, 2, 3, 100], [0, 1, 7, 8, 4096])
  func `get zeros below a wrong noted end back as space`(pairs: Int, more: Int) throws {
    let bytes = Self.file(Self.put("a", "1"), Self.marker, Self.put("b", "2"), Self.marker)
    var wrong = bytes + Self.zeros(pairs * 8 + more)
    wrong.replaceSubrange(21..<29, with: Self.number(UInt64(bytes.count + pairs * 8)))
    let before = try trial(wrong)
    try expectRepairs(before, "\(pairs) pairs and \(more) bytes")
    guard pairs > 1, case .success(let plan) = try before.plan(.recover(droppingUncommitted: false))
    else { return }
    #expect(
      plan.steps.map(\.step.change) == [.write(Self.number(UInt64(bytes.count)), at: 21)])
  }

  @Test func `keep a delete of the empty key that nothing but zeros follows`() throws {
    let bytes = Self.file(Self.put("", "1"), Self.put("a", "1"))
    var wrong = bytes + Self.zeros(64)
    wrong.replaceSubrange(21..<29, with: Self.number(UInt64(bytes.count + 64)))
    let before = try trial(wrong)
    #expect(try contents(before).count == 1)
    try expectRepairs(before, "empty key")
  }

  @Test func `lose the leftover of a compaction only where they are whole`() throws {
    let whole = Self.file(Self.put("a", "1"), Self.marker)
    let left = try trial(whole, ["db.teg.new": whole])
    guard case .success(let plan) = try left.plan(.recover(droppingUncommitted: false)) else {
      Issue.record("no plan")
      return
    }
    #expect(plan.steps.map(\.step.change) == [.remove])
    let damaged =
      Self.file(Self.put("a", "1")) + [UInt8](repeating: 0xff, count: 40) + Self.put("b", "2")
      + Self.marker
    let refusal = try trial(damaged, ["db.teg.new": whole])
      .refusal(of: .recover(droppingUncommitted: false))
    #expect(refusal?.kind == .unsafe)
  }

  @Test(arguments: [1, 63, 64, 4096])
  func `of nothing but zeros become empty databases`(count: Int) throws {
    try expectRepairs(try trial(Self.zeros(count)), "\(count) zeros")
  }

  @Test(arguments: [0, 1, 13, 20, 21, 22, 40])
  func `torn in their last record lose that record alone`(missing: Int) throws {
    let sound = Self.file(Self.put("a", "1"), Self.marker)
    let last = Self.put("key", String(repeating: "v", count: 200)) + Self.marker
    let before = try trial(sound + last.dropLast(missing))
    try expectRepairs(before, "\(missing) bytes missing")
    try expectSaves(before, "\(missing) bytes missing")
  }

  @Test func `keep the order of both sides of damage, with the gap reported`() throws {
    let garbage = [UInt8](repeating: 0xff, count: 50)
    let before = try trial(
      Self.file(Self.put("a", "1"), Self.put("b", "1"), garbage, Self.put("a", "2"), Self.marker))
    let (saved, salvage) = try before.salvaged()
    expectWhole(saved, "two sides", allowing: [])
    #expect(try contents(saved) == [[0x61]: [0x32], [0x62]: [0x31]])
    #expect(salvage.gaps.map(\.range) == [84..<134])
  }

  @Test(arguments: LogDamage.allCases, [1, 2] as [UInt64])
  func `that were made and damaged are recovered or saved`(damage: LogDamage, seed: UInt64) throws {
    var recipe = LogRecipe()
    recipe.records = 200
    recipe.seed = seed
    recipe.preallocation = seed == 2 ? .setLength : .none
    guard let before = try LogOnTrial(TegDB(), recipe, damage, seed: seed) else { return }
    try expectRepairs(before, "\(damage.rawValue), seed \(seed)")
    try expectSaves(before, "\(damage.rawValue), seed \(seed)")
  }
}
