import LogFiles
import LogFormats
import LogInspection
import LogRepair
import TestSupport
import Testing

private let dataName = FileName("app.log")

/// What a repaired pair must be: whole for its owner, but for gaps, which nothing can fill.
private func expectWhole(
  _ trial: LogOnTrial, _ what: Comment, allowing: Set<FindingCode> = [.gap],
  sourceLocation: SourceLocation = #_sourceLocation
) {
  let told = trial.report.findings.filter { $0.severity != .note && !allowing.contains($0.code) }
  #expect(told.isEmpty, "\(what): \(told.map(\.message))", sourceLocation: sourceLocation)
  for forecast in trial.report.forecasts {
    #expect(forecast.opens, "\(what): \(forecast.message)", sourceLocation: sourceLocation)
    #expect(
      [.clean, .grows, .cuts].contains(forecast.outcome), "\(what): \(forecast.message)",
      sourceLocation: sourceLocation)
    #expect(
      forecast.losesRecords ?? 0 == 0, "\(what): \(forecast.message)",
      sourceLocation: sourceLocation)
  }
}

/// How bad it is for the log when its owner opens and appends now.
private func harm(_ forecast: Forecast) -> Int {
  switch forecast.outcome {
  case .clean, .grows, .cuts: 0
  case .rewrites: 1
  case .refuses: 2
  case .drops, .loses, .misreads, .crashes: 3
  case .wipes: 4
  }
}

/// Every state on the way is no worse for the owner than the state before the first step.
private func expectNoHarm(
  _ before: LogOnTrial, _ steps: [RepairStep], sourceLocation: SourceLocation = #_sourceLocation
) throws {
  for count in 1...steps.count {
    let state = try #require(try before.after(Array(steps.prefix(count))))
    for mode in ["open", "insert"] {
      let old = try #require(before.report.forecasts.first { $0.mode == mode })
      let new = try #require(state.report.forecasts.first { $0.mode == mode })
      #expect(
        harm(new) <= harm(old), "\(count): \(new.message)", sourceLocation: sourceLocation)
    }
  }
}

private func lines(_ trial: LogOnTrial) throws -> [[UInt8]] {
  try trial.records { $0.state != .metadata }
}

private func withoutNewline(_ line: [UInt8]) -> [UInt8] {
  line.last == 0x0a ? line.dropLast() : line
}

private func expectRepairs(
  _ trial: LogOnTrial, _ what: Comment, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  switch try trial.plan(.recover(droppingUncommitted: false)) {
  case .success(let plan):
    let steps = plan.steps.map(\.step)
    let after = try #require(try trial.after(steps))
    expectWhole(after, what, sourceLocation: sourceLocation)
    #expect(try lines(after) == lines(trial), what, sourceLocation: sourceLocation)
    try expectNoHarm(trial, steps, sourceLocation: sourceLocation)
    let again = try after.refusal(of: .recover(droppingUncommitted: false))
    #expect(again?.kind == .nothingToDo, what, sourceLocation: sourceLocation)
  case .failure(let refusal) where refusal.kind == .nothingToDo:
    expectWhole(trial, what, sourceLocation: sourceLocation)
  case .failure(let refusal):
    try expectSaves(trial, what, sourceLocation: sourceLocation)
    guard trial.acceptable > 0 else { return }
    #expect(refusal.advice != nil, what, sourceLocation: sourceLocation)
  }
}

private func expectSaves(
  _ trial: LogOnTrial, _ what: Comment, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  guard trial.acceptable > 0 else { return }
  let (result, salvage) = try trial.salvaged()
  let isText = trial.report.segments.first { $0.file.state != .metadata }?.countsRecords ?? false
  expectWhole(result, what, allowing: isText ? [] : [.gap], sourceLocation: sourceLocation)
  guard isText, !trial.report.findings.contains(where: { $0.code == .bytesAfterEnd }) else {
    return
  }
  // A line that a gap cuts is ended by a newline.
  #expect(
    try lines(result).map(withoutNewline) == lines(trial).map(withoutNewline), what,
    sourceLocation: sourceLocation)
  let gaps = trial.report.segments.compactMap(\.gaps).flatMap(\.ranges)
  #expect(
    gaps == salvage.gaps.map(\.range).filter { !$0.isEmpty }, what, sourceLocation: sourceLocation)
}

@Suite(.enabled(if: Fixtures.root != nil, Fixtures.absence))
struct `Real mmlog pairs under repair` {
  private func trial(_ name: String) throws -> LogOnTrial {
    try LogOnTrial("\(Fixtures.root ?? "")/mmlog/\(name)/data", format: "mmlog")
  }

  @Test(arguments: Fixtures.cases("mmlog"))
  func `are recovered or saved, and lose no line`(name: String) throws {
    let before = try trial(name)
    try expectRepairs(before, "\(name)")
    try expectSaves(before, "\(name)")
  }

  @Test(arguments: Fixtures.cases("mmlog"))
  func `stay open to their owner once they are finalized, or say why they cannot`(name: String)
    throws
  {
    let before = try trial(name)
    guard case .success(let plan) = try before.plan(.finalize(nil)) else { return }
    let steps = plan.steps.map(\.step)
    let after = try #require(try before.after(steps))
    #expect(try lines(after) == lines(before))
    for forecast in after.report.forecasts { #expect(forecast.opens) }
    try expectNoHarm(before, steps)
    #expect(try after.refusal(of: .finalize(nil))?.kind == .nothingToDo)
  }

  @Test(arguments: [0, 1, 600, 1333, 2666, 2667, 16384, 16385] as [UInt64])
  func `are cut anywhere, with cursor, recorded size and file together`(offset: UInt64) throws {
    let before = try trial("cursor-stale")
    let action = RepairAction.truncate(dataName, at: .offset(offset))
    guard case .success(let plan) = try before.plan(action) else {
      #expect(offset > 2666)
      return
    }
    #expect(offset <= 2666)
    let steps = plan.steps.map(\.step)
    let after = try #require(try before.after(steps))
    expectWhole(after, "cut at \(offset)")
    #expect(after.report.segments.first?.logicalEnd == offset)
    #expect(try after.refusal(of: action)?.kind == .nothingToDo)
    try expectNoHarm(before, steps)
  }

  @Test(arguments: ["clean-untrimmed", "big-write", "multi-process"])
  func `larger than a chunk are cut to size`(name: String) throws {
    let before = try trial(name)
    let action = RepairAction.truncate(dataName, at: .offset(30000))
    guard case .success(let plan) = try before.plan(action) else {
      Issue.record("no plan")
      return
    }
    let after = try #require(try before.after(plan.steps.map(\.step)))
    expectWhole(after, "\(name)")
    #expect(after.report.segments.first?.fileSize == 30000)
  }

  @Test func `with data behind the cursor are left to the user's choice`() throws {
    let refusal = try trial("cursor-stale").refusal(of: .recover(droppingUncommitted: false))
    #expect(refusal?.kind == .unsafe)
    #expect(refusal?.advice?.contains("2666") == true)
  }

  @Test func `of another version are not changed`() throws {
    let before = try trial("version-mismatch")
    for action: RepairAction in [
      .recover(droppingUncommitted: false), .finalize(nil), .truncate(dataName, at: .lastValid),
      .deleteBefore(.keeping(1)), .repairBit(nil),
    ] {
      #expect(try before.refusal(of: action)?.kind == .impossible, "\(action.verb)")
    }
  }

  @Test(arguments: [
    "clean-trimmed", "locked-left-set", "panicked-with-room", "trimmed-on-page-boundary",
  ])
  func `are mended in their metadata alone`(name: String) throws {
    guard case .success(let plan) = try trial(name).plan(.recover(droppingUncommitted: false))
    else {
      Issue.record("no plan")
      return
    }
    #expect(plan.files.map(\.name) == [FileName("app.log.mmlog")])
    #expect(plan.steps.allSatisfy { $0.going.count <= 8 })
  }
}

struct `Mmlog pairs under repair` {
  private static func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
    (0..<value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  private static func metadata(
    cursor: UInt64, recorded: UInt64, chunk: UInt32 = 8192, flags: [UInt8] = [1, 0, 0, 0]
  ) -> [UInt8] {
    littleEndian(UInt32(1)) + flags + littleEndian(recorded) + littleEndian(cursor)
      + littleEndian(UInt32(4096)) + littleEndian(chunk)
  }

  private static func filled(_ text: String, to size: Int) -> [UInt8] {
    Array(text.utf8) + [UInt8](repeating: 0, count: size - text.utf8.count)
  }

  private func trial(_ data: [UInt8]?, _ metadata: [UInt8]?) throws -> LogOnTrial {
    var files: [String: [UInt8]] = [:]
    files["app.log"] = data
    files["app.log.mmlog"] = metadata
    return try LogOnTrial(files, format: "mmlog")
  }

  @Test func `never join two lines over a gap`() throws {
    let before = try trial(
      Self.filled("first\nsec\0\0\0\0ond\nthird\n", to: 8192),
      Self.metadata(cursor: 23, recorded: 8192))
    let (saved, salvage) = try before.salvaged()
    #expect(
      try lines(saved).map { String(decoding: $0, as: UTF8.self) }
        == ["first\n", "sec\n", "ond\n", "third\n"])
    #expect(salvage.gaps.map(\.range) == [9..<13])
    expectWhole(saved, "a gap inside a line", allowing: [])
  }

  /// Else a file could take as much memory as it likes.
  @Test func `with more gaps than one salvage takes are copied up to there`() throws {
    let line = Array("a line\n".utf8) + [UInt8](repeating: 0, count: 16)
    let data = Array(repeatElement(line, count: 1_000_100).joined())
    let before = try trial(
      data, Self.metadata(cursor: UInt64(data.count), recorded: UInt64(data.count)))
    let salvage = try before.log.format.salvage(before.report, in: before.log.directory)
    let last = try #require(salvage.gaps.last)
    #expect(salvage.gaps.count == 1_000_001)
    #expect(last.range == UInt64(1_000_000 * line.count)..<UInt64(data.count))
    #expect(last.reason.contains("more gaps"))
    #expect(salvage.bytesCopied == 7_000_000)
  }

  /// Every value of one field that can be wrong, and of two of them at once.
  @Test(
    arguments: [0, 9000, .max] as [UInt64],
    [0, 16384] as [UInt64])
  func `with wrong numbers are made right in one write`(cursor: UInt64, recorded: UInt64) throws {
    let data = Self.filled("first\nsecond\nline\n", to: 8192)
    for chunk: UInt32 in [0, 8192, .max] {
      for flags: [UInt8] in [[1, 0, 0, 0], [0, 1, 9, 7]] {
        let before = try trial(
          data, Self.metadata(cursor: cursor, recorded: recorded, chunk: chunk, flags: flags))
        let what: Comment = "cursor \(cursor), recorded \(recorded), chunk \(chunk), \(flags)"
        try expectRepairs(before, what)
        try expectSaves(before, what)
      }
    }
  }

  @Test(arguments: [0, 1, 4, 5, 8, 16, 24, 31])
  func `with metadata that were cut get them back`(length: Int) throws {
    let data = Self.filled("first\nsecond\n", to: 8192)
    let whole = Self.metadata(cursor: 13, recorded: 8192)
    let before = try trial(data, Array(whole.prefix(length)))
    try expectRepairs(before, "\(length) bytes of metadata")
    guard case .success = try before.plan(.recover(droppingUncommitted: false)) else {
      Issue.record("no plan")
      return
    }
  }

  @Test(arguments: [0, 1, 100, 4095, 4096, 10000, 70000])
  func `that lost their metadata are never left to be wiped`(size: Int) throws {
    let before = try LogOnTrial(
      ["app.log": Self.filled(size > 0 ? "x" : "", to: size)], format: "mmlog")
    try expectRepairs(before, "\(size) bytes")
  }

  @Test func `that another process has open are left alone`() throws {
    let data = Self.filled("first\n", to: 8192)
    let before = try trial(data, Self.metadata(cursor: 6, recorded: 16384, flags: [1, 1, 0, 0]))
    let path = before.log.directory.path + "/app.log.mmlog"
    let child = try ChildProcess(["sh", "-c", "exec 3>>'\(path)'; echo ready; read end"])
    try #require(child.readLine() == "ready")
    let refusal = try before.refusal(of: .recover(droppingUncommitted: false))
    #expect(refusal?.kind == .unsafe)
    #expect(refusal?.reason.contains("\(child.pid)") == true)
  }

  @Test(arguments: [true, false], [.text, .binary] as [LogRecipe.Contents])
  func `that were made are recovered or saved`(closesCleanly: Bool, contents: LogRecipe.Contents)
    throws
  {
    for damage: LogDamage? in [nil] + LogDamage.allCases {
      var recipe = LogRecipe()
      recipe.records = 30
      recipe.segmentSize = 8192
      recipe.closesCleanly = closesCleanly
      recipe.contents = contents
      guard let before = try LogOnTrial(Mmlog(), recipe, damage) else { continue }
      let what: Comment = "\(damage?.rawValue ?? "whole")"
      try expectRepairs(before, what)
      try expectSaves(before, what)
    }
  }
}
