import Glibc
import LogFiles
import LogFormats
import LogInspection
import TestSupport
import Testing

@testable import LogRepair

/// T10 and T11: every system call of every kind of repair fails once, and every kind of repair is
/// killed at every system call. What is left is old or new, and known to be.
@Suite struct RepairFaultTests {
  /// Where a disk is waited for thousands of times, memory stands in for it.
  private static let base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : nil

  /// Runs `body` on fresh logs with a fault at each call in turn, until none is reached.
  private func forEachFault(
    _ sample: RepairSample, _ manner: CallFault.Manner, only: Set<SystemCalls.Name>?,
    stride: Int = 1, _ body: (RepairScene, Plan, CallFault) throws -> Void
  ) throws {
    var place = 0
    while true {
      let scene = try RepairScene(below: Self.base)
      let plan = try scene.plan(sample.steps)
      let fault = CallFault(at: place, manner, only: only)
      try body(scene, plan, fault)
      if !fault.wasReached { break }
      place += stride
      if place > 5000 {
        Issue.record("a repair of some files makes that many calls?")
        return
      }
    }
  }

  /// The files after all steps.
  private func expected(_ sample: RepairSample) throws -> [FileName: [UInt8]] {
    let scene = try RepairScene(below: Self.base)
    _ = try scene.apply(scene.plan(sample.steps))
    return try scene.bytes()
  }

  /// The files before the first step, and after each.
  private func known(_ steps: [RepairStep]) throws -> [[FileName: [UInt8]]] {
    let scene = try RepairScene(below: Self.base)
    return try (0...steps.count).map { count in
      let directory = try scene.log([]).directory.asIfChanged(
        by: steps.prefix(count).map { ($0.file, $0.change) })
      return try directory.entries().reduce(into: [:]) { files, entry in
        let file = try directory.openFile(entry.name)
        files[entry.name] = try file.bytes(in: 0..<file.status().size)
      }
    }
  }

  // MARK: T10

  private static let samplesOfErrors: [(RepairSample, Int32)] =
    RepairSample.allCases.map { ($0, EIO) }
    + (Thoroughness.isExhaustive ? RepairSample.allCases : [.cutAndPreallocate, .create, .several])
    .flatMap { [($0, ENOSPC), ($0, EDQUOT)] }

  @Test(arguments: samplesOfErrors)
  func `A call that fails leaves each file old or new, and what to do about it is known`(
    sample: RepairSample, code: Int32
  ) throws {
    let new = try expected(sample)
    // Any call can meet a broken device, only some a full one.
    let only = code == EIO ? CallFault.changing : CallFault.takingRoom
    try forEachFault(sample, .error(code), only: only) { scene, plan, fault in
      let before = try scene.files()
      do {
        let result = try scene.apply(plan, calls: fault.calls)
        // What does not matter to the repair may fail: the lock of another file system, say.
        #expect(try scene.bytes() == new)
        #expect(result.isVerified)
      } catch let failure as RepairFailure {
        try expectKnown(scene, plan, before: before, new: new, failure, code)
      }
    }
  }

  private func expectKnown(
    _ scene: RepairScene, _ plan: Plan, before: [FileName: RepairScene.FileState],
    new: [FileName: [UInt8]], _ failure: RepairFailure, _ code: Int32
  ) throws {
    let now = try scene.bytes()
    guard let entry = failure.entry else {
      // Before the first step: nothing is changed, and nothing is to be done.
      try scene.expectUnchanged(since: before, "\(failure)")
      #expect(try scene.history().unfinished() == nil, "\(failure)")
      if code != EIO, case .file(let error) = failure.cause {
        #expect(!error.isNoRoom || failure.file != nil, "\(failure)")
      }
      return
    }
    #expect(entry == plan.id)
    #expect(failure.backups != nil)
    let states = try known(plan.steps.map(\.step))
    for (name, bytes) in now {
      #expect(
        states.contains { $0[name] == bytes }, "\(name.utf8 ?? "") \(failure)")
    }
    if try scene.history().unfinished() == nil { return #expect(now == new) }
    _ = try scene.history().undo { $0.scan() }
    try scene.expectUnchanged(since: before, "\(failure)")
  }

  @Test(arguments: RepairSample.allCases)
  func `Calls that are interrupted or come back short are made again`(sample: RepairSample)
    throws
  {
    let scene = try RepairScene(below: Self.base)
    let before = try scene.files()
    let plan = try scene.plan(sample.steps)
    let script = FaultScript { call, number in
      if call == .close { return nil }
      if number % 3 < 2 { return .error(EINTR) }
      return call == .write || call == .read ? .short(1 + number % 1000) : nil
    }
    #expect(try scene.apply(plan, calls: script.calls).isVerified)
    #expect(try scene.bytes() == expected(sample))
    _ = try scene.history(calls: script.calls).undo { $0.scan() }
    try scene.expectUnchanged(since: before)
  }

  @Test func `An error of fsync is final, and says so`() throws {
    let counting = FaultScript()
    let counted = try RepairScene(below: Self.base)
    _ = try counted.apply(counted.plan(RepairSample.write.steps), calls: counting.calls)
    var finals = 0
    for number in 0..<counting.count(.sync) {
      let scene = try RepairScene(below: Self.base)
      let plan = try scene.plan(RepairSample.write.steps)
      let script = FaultScript { $0 == .sync && $1 == number ? .error(EIO) : nil }
      let failure = #expect(throws: RepairFailure.self) {
        try scene.apply(plan, calls: script.calls)
      }
      guard failure?.entry != nil else { continue }
      finals += 1
      #expect(failure?.reason.contains("what is on the disk is not known") == true)
      #expect(failure?.advice?.contains("backup") == true)
    }
    #expect(finals > 0)
  }

  @Test(arguments: Thoroughness.isExhaustive ? RepairSample.allCases : [.create, .several])
  func `A read that fails stops a repair before the first step`(sample: RepairSample) throws {
    try forEachFault(
      sample, .error(EIO), only: [.read, .seekData, .openAt, .status, .duplicate],
      stride: sample == .create ? 1 : 3
    ) { scene, plan, fault in
      let before = try scene.files()
      do {
        _ = try scene.apply(plan, calls: fault.calls)
      } catch let failure as RepairFailure {
        if failure.entry == nil {
          try scene.expectUnchanged(since: before, "\(failure)")
        } else if try scene.history().unfinished() != nil {
          _ = try scene.history().undo { $0.scan() }
          try scene.expectUnchanged(since: before, "\(failure)")
        }
      } catch is OpenFailure {
        // It did not come to a repair.
      }
    }
  }

  // MARK: T11

  @Test(arguments: RepairSample.allCases)
  func `A repair that is killed at any call is finished or undone`(sample: RepairSample) throws {
    let new = try expected(sample)
    for bytes in [nil, 1] {
      let only = bytes == nil ? CallFault.changing : [.write]
      for ways in Thoroughness.isExhaustive ? [[true], [false]] : [[true, false]] {
        var place = 0
        try forEachFault(sample, .killAfter(bytes: bytes), only: only) { scene, plan, fault in
          let before = try scene.files()
          _ = try? scene.apply(plan, calls: fault.calls)
          // Neighbouring calls leave much the same: one is finished, the next undone.
          try expectWayOut(scene, ways[place % ways.count], before: before, new: new)
          place += 1
        }
      }
    }
  }

  @Test(arguments: RepairSample.allCases)
  func `Without a backup, a repair that is killed is finished all the same`(sample: RepairSample)
    throws
  {
    let new = try expected(sample)
    var place = 0
    while place < 5000 {
      let scene = try RepairScene(below: Self.base)
      var options = PlanOptions()
      options.keepsBackup = false
      let plan = try scene.plan(sample.steps, options: options)
      let before = try scene.bytes()
      let fault = CallFault(at: place, .killAfter(bytes: 1), only: CallFault.changing)
      _ = try? scene.apply(plan, calls: fault.calls)
      if let entry = try scene.history().unfinished() {
        #expect(!entry.canUndo)
        #expect(throws: RepairFailure.self) { try scene.history().undo { $0.scan() } }
        _ = try scene.history().finish { $0.scan() }
        #expect(try scene.bytes() == new, "call \(place)")
      } else {
        let now = try scene.bytes()
        #expect(now == before || now == new, "call \(place)")
      }
      if !fault.wasReached { break }
      place += Thoroughness.isExhaustive ? 1 : 2
    }
  }

  /// After a kill: nothing was begun, or it is finished or undone.
  private func expectWayOut(
    _ scene: RepairScene, _ finishes: Bool, before: [FileName: RepairScene.FileState],
    new: [FileName: [UInt8]]
  ) throws {
    let now = try scene.bytes().filter { !$0.key.bytes.starts(with: Array(".walscope-".utf8)) }
    guard let entry = try scene.history().unfinished() else {
      let isOld = now == before.mapValues(\.bytes)
      #expect(isOld || now == new)
      return
    }
    #expect(entry.isKept)
    if finishes {
      _ = try scene.history().previewFinish()
      _ = try scene.history().finish { $0.scan() }
      #expect(try scene.bytes() == new)
      #expect(try scene.history().entries().first?.state == .applied)
    } else {
      _ = try scene.history().previewUndo()
      _ = try scene.history().undo { $0.scan() }
      try scene.expectUnchanged(since: before)
      #expect(try scene.history().entries().first?.state == .undone)
    }
    _ = try scene.history().purge(.all)
    #expect(!scene.hasStore)
  }

  private static let samplesOfUndo: [(RepairSample, Int?)] =
    RepairSample.allCases.map { ($0, nil) } + [(.zero, 1), (.several, 1)]

  @Test(arguments: samplesOfUndo)
  func `An undo that is killed at any call is undone by the next one`(
    sample: RepairSample, bytes: Int?
  ) throws {
    var place = 0
    while place < 5000 {
      let scene = try RepairScene(below: Self.base)
      let before = try scene.files()
      _ = try scene.apply(scene.plan(sample.steps))
      let only = bytes == nil ? CallFault.changing : [.write]
      let fault = CallFault(at: place, .killAfter(bytes: bytes), only: only)
      _ = try? scene.history(calls: fault.calls).undo { $0.scan() }
      let state = try scene.history().entries().first?.state
      if state != .undone { _ = try scene.history().undo { $0.scan() } }
      try scene.expectUnchanged(since: before, "call \(place)")
      if !fault.wasReached { break }
      place += 1
    }
  }

  @Test(arguments: [RepairSample.several, .zero, .create])
  func `A process that is really killed leaves what the next one finishes`(sample: RepairSample)
    async throws
  {
    let new = try expected(sample)
    for place in stride(from: 0, to: 60, by: Thoroughness.isExhaustive ? 1 : 7) {
      let scene = try RepairScene()
      let before = try scene.files()
      await #expect(processExitsWith: .signal(SIGKILL)) {
        [path = scene.path as String, place = place as Int, name = sample.rawValue as String] in
        let scene = try RepairScene(at: path)
        let plan = try scene.plan(RepairSample(rawValue: name)?.steps ?? [])
        _ = try scene.apply(
          plan, calls: CallFault(at: place, .kill, only: CallFault.changing).calls)
        // Fewer calls than that: killed at its end.
        kill(getpid(), SIGKILL)
      }
      try expectWayOut(scene, place % 2 == 0, before: before, new: new)
    }
  }

  @Test func `A torn last line of the journal counts for nothing`() throws {
    let scene = try RepairScene()
    let before = try scene.files()
    _ = try scene.apply(scene.plan(RepairSample.several.steps))
    let path = "\(scene.path)/.walscope/journal.jsonl"
    let whole = try OpenDirectory.open("\(scene.path)/.walscope").openFile(Journal.name)
    let size = Int(try whole.status().size)
    let bytes = try whole.bytes(in: 0..<UInt64(size))
    let lastLine = bytes.dropLast().lastIndex(of: 0x0A).map { bytes.count - $0 - 1 } ?? 0
    // Without its newline alone it is whole.
    for cut in [2, lastLine / 2, lastLine] {
      #expect(truncate(path, size - cut) == 0)
      let entry = try #require(try scene.history().entries().first)
      #expect(entry.state == .unfinished(stepsDone: 5, steps: 5))
    }
    _ = try scene.history().finish { $0.scan() }
    #expect(try scene.history().entries().first?.state == .applied)
    _ = try scene.history().undo { $0.scan() }
    try scene.expectUnchanged(since: before)
  }

  @Test func `A line of the journal whose bytes have changed counts for nothing`() throws {
    let line = JournalLine("id", .begins(.apply, index: 3)).encoded()
    #expect(JournalLine(Array(line.dropLast())) != nil)
    for place in line.indices.dropLast() {
      var damaged = Array(line.dropLast())
      damaged[place] ^= 1
      #expect(JournalLine(damaged) == nil, "byte \(place)")
    }
  }
}
