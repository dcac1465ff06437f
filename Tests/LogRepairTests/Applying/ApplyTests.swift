import Glibc
import LogFiles
import LogFormats
import LogInspection
import TestSupport
import Testing

@testable import LogRepair

@Suite struct ApplyTests {
  @Test(arguments: RepairSample.allCases)
  func `A plan is applied, verified, undone exactly and purged`(sample: RepairSample) throws {
    let scene = try RepairScene()
    let before = try scene.files()
    let plan = try scene.plan(sample.steps)
    #expect(try scene.files() == before, "a plan changes nothing")

    let promised = try scene.log([]).directory.asIfChanged(
      by: sample.steps.map { ($0.file, $0.change) })
    let expected = try promised.entries().reduce(into: [FileName: [UInt8]]()) { files, entry in
      if entry.name == .backups { return }
      let file = try promised.openFile(entry.name)
      files[entry.name] = try file.bytes(in: 0..<file.status().size)
    }
    let result = try scene.apply(plan)
    #expect(result.isVerified, "\(result.differences)")
    #expect(result.notProven == nil)
    #expect(result.canUndo)
    #expect(result.stepsMade == sample.steps.count)
    #expect(try scene.bytes() == expected)
    for (name, state) in try scene.files() where !plan.files.contains(where: { $0.name == name }) {
      #expect(state == before[name], "only the named files are changed")
    }

    let entries = try scene.history().entries()
    #expect(entries.map(\.id) == [plan.id])
    #expect(entries.map(\.state) == [.applied])
    let preview = try scene.history().previewUndo()
    #expect(Set(preview.files.map(\.name)) == Set(plan.files.map(\.name)))

    let undone = try scene.history().undo { $0.scan() }
    #expect(undone.entry == plan.id)
    #expect(try scene.files() == before)
    #expect(try scene.history().entries().map(\.state) == [.undone])
    #expect(throws: RepairFailure.self) { try scene.history().undo { $0.scan() } }

    #expect(try scene.history().purge(.all).entries.count == 1)
    #expect(!scene.hasStore)
    #expect(try scene.files() == before)
  }

  @Test func `A plan that was read from a file is applied all the same`() throws {
    let scene = try RepairScene()
    let plan = try scene.plan(RepairSample.several.steps)
    let read = try Plan(json: try #require(JournalLine.plan(plan)))
    #expect(try scene.apply(read).isVerified)
  }

  @Test func `The backup and the journal are for their owner's eyes only`() throws {
    let scene = try RepairScene()
    let plan = try scene.plan(RepairSample.several.steps)
    _ = try scene.apply(plan)
    let store = try OpenDirectory.open("\(scene.path)/.walscope")
    #expect(try store.status().mode & 0o777 == 0o700)
    #expect(try store.status(of: Journal.name).mode & 0o777 == 0o600)
    let entry = try store.openDirectory(FileName(plan.id))
    #expect(try entry.status(of: FileName("file-1.saved")).mode & 0o777 == 0o600)
    #expect(try entry.entries().count == 3)
  }

  @Test func `Space that was kept behind the end of a file is there again after an undo`() throws {
    let scene = try RepairScene()
    try ChildProcess.require(
      ["fallocate", "-n", "-o", "0", "-l", "1000000", "\(scene.path)/000000.wal"])
    let before = try scene.files()
    #expect(before[RepairScene.names[0]]?.pieces.last?.kind == .unwritten)
    let plan = try scene.plan([RepairStep(RepairScene.names[0], .cut(to: 4000), "cut")])
    _ = try scene.apply(plan)
    #expect(try scene.files()[RepairScene.names[0]]?.pieces.last?.kind == .data)
    _ = try scene.history().undo { $0.scan() }
    #expect(try scene.files() == before)
  }

  @Test(arguments: RepairSample.allCases)
  func `Without a backup nothing is kept, and there is no undo`(sample: RepairSample) throws {
    let scene = try RepairScene()
    var options = PlanOptions()
    options.keepsBackup = false
    let plan = try scene.plan(sample.steps, options: options)
    let result = try scene.apply(plan)
    #expect(!result.canUndo)
    let entry = try #require(try scene.history().entries().first)
    #expect(entry.state == .applied)
    #expect(entry.backupSize == 0)
    #expect(!entry.canUndo)
    #expect(throws: RepairFailure.self) { try scene.history().undo(entry.id) { $0.scan() } }
    let store = try OpenDirectory.open("\(scene.path)/.walscope")
    #expect(try store.entries().map(\.name) == [Journal.name])
  }

  @Test func `What was acknowledged is asked for again when the plan is applied`() throws {
    let scene = try RepairScene()
    let before = try scene.files()
    var plan = try scene.plan([RepairStep(RepairScene.names[0], .cut(to: 4000), "cut")])
    plan.options.acknowledgements = []
    let failure = #expect(throws: RepairFailure.self) { try scene.apply(plan) }
    #expect(failure?.kind == .refused)
    guard case .unacknowledged(let needed)? = failure?.cause else {
      Issue.record("\(String(describing: failure))")
      return
    }
    #expect(needed == plan.needed)
    #expect(try scene.files() == before)
    #expect(!scene.hasStore)
  }

  @Test func `A repair made twice is made once, by the rules of the format too`() throws {
    let story = try LogStory().write(records: 30, valueSize: 400).append([7, 1, 2, 3, 4, 5])
    try story.save()
    let path = story.directory.path
    // Nobody is to wait for a writer that has just been here.
    let old = timespec(tv_sec: 1_700_000_000, tv_nsec: 0)
    #expect(utimensat(AT_FDCWD, "\(path)/000000.wal", [old, old], 0) == 0)
    withExtendedLifetime(story) {}
    let log = try #require(try LogTree.open(FileName(path)).logs.first)
    func plan(_ log: Log) throws -> Plan {
      try log.plan(.recover(droppingUncommitted: false), report: log.scan(), tool: "test")
    }
    // The story holds its file open for writing.
    let failure = #expect(throws: RepairFailure.self) {
      try plan(log).apply(to: log) { $0.scan() }
    }
    #expect(failure?.kind == .refused)
    let copy = try TemporaryDirectory()
    try ChildProcess.require(["cp", "-p", "\(path)/000000.wal", copy.path])
    let copied = try #require(try LogTree.open(FileName(copy.path)).logs.first)
    let result = try plan(copied).apply(to: copied) { $0.scan() }
    #expect(result.isVerified, "\(result.differences)")
    #expect(result.report?.verdict == .clean)
    let again = try #require(result.log)
    guard
      case .refused(let refusal)? = #expect(
        throws: PlanFailure.self, performing: { try plan(again) })
    else {
      Issue.record("a plan of nothing")
      return
    }
    #expect(refusal.kind == .nothingToDo)
  }

  @Test func `Two repairs are undone one after the other, the newest first`() throws {
    let scene = try RepairScene()
    let before = try scene.files()
    let first = try scene.plan(RepairSample.cut.steps)
    _ = try scene.apply(first)
    let between = try scene.files()
    let second = try scene.plan(RepairSample.remove.steps)
    _ = try scene.apply(second)
    #expect(try scene.history().entries().map(\.id) == [second.id, first.id])
    _ = try scene.history().undo { $0.scan() }
    #expect(try scene.files() == between)
    _ = try scene.history().undo { $0.scan() }
    #expect(try scene.files() == before)
  }

  @Test func `A repair is stopped between two steps, and finished or undone later`() throws {
    for finishes in [true, false] {
      let scene = try RepairScene()
      let before = try scene.files()
      let plan = try scene.plan(RepairSample.several.steps)
      let control = RepairControl()
      // The signal arrives while the first file is being renamed.
      let script = FaultScript { call, _ in
        if call == .rename { control.stop() }
        return nil
      }
      let failure = #expect(throws: RepairFailure.self) {
        try scene.apply(plan, calls: script.calls, control: control)
      }
      #expect(failure?.kind == .interrupted)
      #expect(failure?.entry == plan.id)
      let entry = try #require(try scene.history().unfinished())
      #expect(entry.state == .unfinished(stepsDone: 1, steps: 5))
      let again = #expect(throws: RepairFailure.self) { try scene.apply(plan) }
      #expect(again?.entry == plan.id, "the unfinished one comes first")
      if finishes {
        let preview = try scene.history().previewFinish()
        #expect(preview.files.map(\.name) == [RepairScene.names[1], RepairScene.names[2]])
        #expect(try scene.history().finish { $0.scan() }.stepsMade == 4)
        #expect(try scene.history().entries().map(\.state) == [.applied])
      }
      _ = try scene.history().undo { $0.scan() }
      #expect(try scene.files() == before)
    }
  }
}

extension JournalLine {
  /// A plan as it stands in a file.
  static func plan(_ plan: Plan) -> [UInt8]? {
    let line = String(decoding: JournalLine("x", .planned(plan)).encoded(), as: UTF8.self)
    guard let start = line.firstRange(of: "\"plan\":{"),
      let end = line.lastRange(of: "},\"check\"")
    else { return nil }
    return Array(line[line.index(before: start.upperBound)...end.lowerBound].utf8)
  }
}

extension String {
  fileprivate func firstRange(of text: String) -> Range<Index>? { ranges(of: text).first }
  fileprivate func lastRange(of text: String) -> Range<Index>? { ranges(of: text).last }
}
