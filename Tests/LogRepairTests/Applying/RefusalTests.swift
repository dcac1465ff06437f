import Glibc
import LogFiles
import LogFormats
import LogInspection
import TestSupport
import Testing

@testable import LogRepair

/// T12 and T13: what a repair refuses, and that it changes nothing then.
@Suite struct RefusalTests {
  private func refusal(
    _ scene: RepairScene, _ plan: Plan, calls: SystemCalls = .linux,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> RepairFailure {
    let before = try scene.files()
    let failure = try #require(
      #expect(throws: RepairFailure.self, sourceLocation: sourceLocation) {
        try scene.apply(plan, calls: calls)
      })
    #expect(failure.kind == .refused, "\(failure)", sourceLocation: sourceLocation)
    #expect(failure.entry == nil, sourceLocation: sourceLocation)
    #expect(!scene.hasStore, "nothing is left behind", sourceLocation: sourceLocation)
    #expect(try scene.files() == before, sourceLocation: sourceLocation)
    return failure
  }

  /// A shell that opened `redirection` as descriptor 3.
  private func shell(_ redirection: String) throws -> ChildProcess {
    let child = try ChildProcess(["sh", "-c", "exec 3\(redirection); echo ready; read end"])
    guard child.readLine() == "ready" else { throw SetupFailure("the shell") }
    return child
  }

  // MARK: T12

  @Test(arguments: RepairSample.allCases.filter { $0 != .create })
  func `A process that has a file open for writing is named`(sample: RepairSample) throws {
    let scene = try RepairScene()
    let plan = try scene.plan(sample.steps)
    let file = try #require(plan.files.first?.name.utf8)
    let writer = try shell(">>'\(scene.path)/\(file)'")
    let failure = try refusal(scene, plan)
    guard case .inUse = failure.cause else {
      Issue.record("\(failure)")
      return
    }
    #expect(failure.holders.map(\.pid) == [writer.pid])
    #expect(failure.holders.first?.program.bytes.isEmpty == false)
    #expect(failure.reason.contains("PID \(writer.pid)"))
    writer.closeInput()
    writer.wait()
    #expect(try scene.apply(plan).isVerified)
  }

  @Test func `The owner is at work even where it has only another file of the log open`() throws {
    let scene = try RepairScene()
    let plan = try scene.plan(RepairSample.remove.steps)
    let writer = try shell(">>'\(scene.path)/000002.wal'")
    #expect(try refusal(scene, plan).holders.map(\.pid) == [writer.pid])
  }

  @Test func `That the user calls the owner stopped does not outweigh a writer that is seen`()
    throws
  {
    let scene = try RepairScene()
    var options = PlanOptions()
    options.acknowledgements = [.ownerStopped]
    let plan = try scene.plan(RepairSample.cut.steps, options: options)
    let writer = try shell(">>'\(scene.path)/000001.wal'")
    #expect(try refusal(scene, plan).holders.map(\.pid) == [writer.pid])
  }

  @Test func `A process that has mapped a file and closed its descriptor is named`() async throws {
    let scene = try RepairScene()
    let mapping = try FileWriter("\(scene.path)/000001.wal").map(8192)
    // Our own process is left out, so another one does the repair.
    await #expect(processExitsWith: .success) { [path = scene.path as String] in
      let scene = try RepairScene(at: path)
      let failure = try #require(
        #expect(throws: RepairFailure.self) {
          try scene.apply(scene.plan(RepairSample.cut.steps))
        })
      #expect(failure.holders.map(\.pid) == [getppid()])
      guard case .inUse = failure.cause else { throw failure }
    }
    withExtendedLifetime(mapping) {}
    #expect(!scene.hasStore)
  }

  @Test func `A lock that a process holds is respected, and the process named`() throws {
    let scene = try RepairScene()
    let plan = try scene.plan(RepairSample.cut.steps)
    let child = try ChildProcess(
      ["flock", "--shared", "\(scene.path)/000001.wal", "sh", "-c", "echo ready; read end"])
    #expect(child.readLine() == "ready")
    let failure = try refusal(scene, plan)
    #expect(failure.holders.contains { $0.isLocked })
  }

  @Test func `A lock of fcntl keeps a repair out`() async throws {
    let scene = try RepairScene()
    let descriptor = open("\(scene.path)/000001.wal", O_RDONLY | O_CLOEXEC)
    defer { close(descriptor) }
    var lock = flock()
    lock.l_type = Int16(F_RDLCK)
    lock.l_whence = Int16(SEEK_SET)
    #expect(fcntl(descriptor, F_SETLK, &lock) == 0)
    await #expect(processExitsWith: .success) { [path = scene.path as String] in
      let scene = try RepairScene(at: path)
      let failure = try #require(
        #expect(throws: RepairFailure.self) {
          try scene.apply(scene.plan(RepairSample.cut.steps))
        })
      guard case .inUse = failure.cause else { throw failure }
      #expect(failure.holders.map(\.pid) == [getppid()])
    }
  }

  @Test func `A mere reader is named; with the owner called stopped, the journal says not proven`()
    throws
  {
    let scene = try RepairScene()
    let plan = try scene.plan(RepairSample.cut.steps)
    let reader = try shell("<'\(scene.path)/000001.wal'")
    let failure = try refusal(scene, plan)
    guard case .notProven = failure.cause else {
      Issue.record("\(failure)")
      return
    }
    #expect(failure.holders.map(\.pid) == [reader.pid])
    #expect(failure.advice?.contains("--owner-stopped") == true)

    var options = PlanOptions()
    options.acknowledgements = [.ownerStopped]
    let result = try scene.apply(scene.plan(RepairSample.cut.steps, options: options))
    #expect(result.notProven?.contains("PID \(reader.pid)") == true)
    #expect(try scene.history().entries().first?.notProven == result.notProven)
  }

  @Test(arguments: [EACCES, EINVAL, ENOLCK])
  func `Where no lease is to be had, nothing is proven`(code: Int32) throws {
    let scene = try RepairScene()
    let plan = try scene.plan(RepairSample.cut.steps)
    let script = FaultScript { call, _ in call == .lease ? .error(code) : nil }
    let failure = try refusal(scene, plan, calls: script.calls)
    guard case .notProven = failure.cause else {
      Issue.record("\(failure)")
      return
    }
    var options = PlanOptions()
    options.acknowledgements = [.ownerStopped]
    let stopped = try scene.plan(RepairSample.cut.steps, options: options)
    #expect(try scene.apply(stopped, calls: script.calls).notProven != nil)
  }

  @Test func `Whoever opens a file during the change waits until it is made`() throws {
    let scene = try RepairScene()
    let plan = try scene.plan(RepairSample.cut.steps)
    let path = "\(scene.path)/000001.wal"
    let saw = SharedText()
    let script = FaultScript { call, _ in
      if call == .setLength {
        let descriptor = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC)
        saw.add("\(descriptor < 0 ? errno : 0)")
        if descriptor >= 0 { close(descriptor) }
      }
      return nil
    }
    #expect(try scene.apply(plan, calls: script.calls).isVerified)
    // The first is the backup's own, the second is the change.
    #expect(saw.all.contains("\(EAGAIN)"))
  }

  // MARK: T13

  /// What somebody does to a file behind a plan's back.
  enum Meddling: String, CaseIterable, Sendable {
    case swappedByRename, swappedByLink, grown, shrunk, edited, removed, touched

    func happen(_ path: String) throws {
      switch self {
      case .swappedByRename:
        try ChildProcess.require(["cp", "-p", path, path + ".new"])
        guard rename(path + ".new", path) == 0 else { throw SetupFailure("rename", errno) }
      case .swappedByLink:
        try ChildProcess.require(["mv", path, path + ".real"])
        guard symlink(path + ".real", path) == 0 else { throw SetupFailure("symlink", errno) }
      case .grown: try FileWriter(path).write([1], at: 70_000)
      case .shrunk: try FileWriter(path).truncate(9000)
      case .edited: try FileWriter(path).write([0xFF], at: 9205)
      case .removed: unlink(path)
      case .touched: try ChildProcess.require(["touch", path])
      }
    }
  }

  @Test(arguments: Meddling.allCases)
  func `A file that was meddled with since the plan is not changed`(how: Meddling) throws {
    let scene = try RepairScene()
    let plan = try scene.plan(RepairSample.cutAndPreallocate.steps)
    try how.happen("\(scene.path)/000001.wal")
    let states = try? scene.files()
    let failure = #expect(throws: RepairFailure.self) { try scene.apply(plan) }
    #expect(!scene.hasStore)
    #expect((try? scene.files()) == states)
    switch how {
    case .touched:
      guard case .timesDiffer? = failure?.cause else {
        Issue.record("\(String(describing: failure))")
        return
      }
      #expect(failure?.kind == .refused)
    // A file that is gone or a link cannot be planned for again.
    case .removed, .swappedByLink: #expect(failure != nil)
    default: #expect(failure?.kind == .refused)
    }
  }

  @Test(arguments: Meddling.allCases)
  func `Nor one that is meddled with between the last scan and the change`(how: Meddling) throws {
    let scene = try RepairScene()
    let before = try scene.bytes()
    let plan = try scene.plan(RepairSample.cutAndPreallocate.steps)
    let path = "\(scene.path)/000001.wal"
    let script = FaultScript { call, number in
      // The directory of the backup: all files have been looked at once by then.
      if call == .makeDirectory, number == 0 { try? how.happen(path) }
      return nil
    }
    let failure = #expect(throws: RepairFailure.self) {
      try scene.apply(plan, calls: script.calls)
    }
    #expect(failure?.entry == nil, "\(String(describing: failure))")
    #expect(!scene.hasStore)
    // A link among the files cannot be read as one of them.
    if how == .swappedByLink { return }
    let expected = try RepairScene()
    try how.happen("\(expected.path)/000001.wal")
    #expect(try scene.bytes() == expected.bytes())
    #expect(try scene.bytes()[RepairScene.names[0]] == before[RepairScene.names[0]])
  }

  @Test(arguments: Meddling.allCases)
  func `A file that was changed after the repair is not undone`(how: Meddling) throws {
    let scene = try RepairScene()
    let plan = try scene.plan(RepairSample.cutAndPreallocate.steps)
    _ = try scene.apply(plan)
    try how.happen("\(scene.path)/000001.wal")
    let states = try? scene.bytes()
    if how == .touched {
      // Its digest says that the bytes are those that the repair left.
      _ = try scene.history().undo { $0.scan() }
      return
    }
    let failure = #expect(throws: RepairFailure.self) {
      try scene.history().undo { $0.scan() }
    }
    #expect((try? scene.bytes()) == states)
    #expect(try scene.history().entries().first?.state == .applied)
    if how == .swappedByLink { return }
    #expect(failure?.kind == .refused)
    #expect(failure?.backups?.bytes.starts(with: Array("\(scene.path)/.walscope/".utf8)) == true)
    #expect(failure?.advice?.contains("file-0.saved") == true)
  }
}

/// Text that system calls of a test leave behind.
private final class SharedText: @unchecked Sendable {
  private var texts: [String] = []
  func add(_ text: String) { texts.append(text) }
  var all: [String] { texts }
}
