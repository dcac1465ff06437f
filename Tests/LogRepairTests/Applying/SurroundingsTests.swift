import Glibc
import LogFiles
import LogFormats
import LogInspection
import TestSupport
import Testing

@testable import LogRepair

/// T14: directories and file systems in which a repair cannot be made as usual. Parts that only
/// root can set up are skipped with a printed reason.
@Suite struct SurroundingsTests {
  private static let nobody: uid_t = 65534

  /// A log in the only directory of a file system of its own.
  private func scene(on path: String) throws -> RepairScene {
    let log = "\(path)/log"
    guard mkdir(log, 0o755) == 0 else { throw SetupFailure("mkdir", errno) }
    try RepairScene.fill(log)
    return try RepairScene(at: log)
  }

  private func fill(_ path: String) {
    let descriptor = open("\(path)/filler", O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
    defer { close(descriptor) }
    var size = 1 << 20
    let zeros = [UInt8](repeating: 1, count: size)
    while size > 0 {
      if write(descriptor, zeros, size) <= 0 { size /= 2 }
    }
  }

  @Test(arguments: ["tmpfs", "ext4"])
  func `A full disk stops a repair before anything is changed, and --save-to helps`(type: String)
    throws
  {
    guard let disk = MountedFileSystem.small(type) else { return }
    let scene = try scene(on: disk.path)
    fill(disk.path)
    let before = try scene.files()
    // The torn tail and the preallocated space behind it: what goes is more than nothing.
    for sample in [RepairSample.cut, .zero, .several] {
      let failure = #expect(throws: RepairFailure.self) {
        try scene.apply(scene.plan(sample.steps))
      }
      #expect(failure?.kind == .refused, "\(String(describing: failure))")
      guard case .noRoom? = failure?.cause else {
        Issue.record("\(String(describing: failure))")
        continue
      }
      #expect(failure?.advice?.contains("--save-to") == true)
      #expect(try scene.files() == before)
      #expect(!scene.hasStore)
    }
    let elsewhere = try TemporaryDirectory()
    var options = PlanOptions()
    options.savesTo = FileName(elsewhere.path)
    let plan = try scene.plan(RepairSample.several.steps, options: options)
    #expect(try scene.apply(plan).isVerified)
    #expect(!scene.hasStore)
    let entries = try scene.history(savesTo: elsewhere.path).entries()
    #expect(entries.map(\.state) == [.applied])
    #expect(entries.first?.isBesideLog == false)
    // What an undo takes comes from the space that the repair has given back.
    _ = try scene.history(savesTo: elsewhere.path).undo { $0.scan() }
    expectSame(try scene.files(), before)
    _ = try scene.history(savesTo: elsewhere.path).purge(.all)
    #expect(try elsewhere.open().entries().isEmpty)
  }

  /// Equal but for the inode of a file that was copied back.
  private func expectSame(
    _ found: [FileName: RepairScene.FileState], _ before: [FileName: RepairScene.FileState],
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    func withoutIdentity(_ states: [FileName: RepairScene.FileState])
      -> [FileName: RepairScene.FileState]
    {
      states.mapValues { state in
        var state = state
        state.identity = FileIdentity(device: 0, inode: 0)
        return state
      }
    }
    #expect(withoutIdentity(found) == withoutIdentity(before), sourceLocation: sourceLocation)
  }

  @Test func `A backup that was put elsewhere is found again without being told where`()
    async
    throws
  {
    let scene = try RepairScene()
    let elsewhere = try TemporaryDirectory()
    let state = try TemporaryDirectory()
    await #expect(processExitsWith: .success) {
      [path = scene.path as String, store = elsewhere.path as String, state = state.path as String]
      in
      setenv("XDG_STATE_HOME", state + "/not/there/yet", 1)
      let scene = try RepairScene(at: path)
      let before = try scene.files()
      var options = PlanOptions()
      options.savesTo = FileName(store)
      _ = try scene.apply(scene.plan(RepairSample.several.steps, options: options))
      #expect(!scene.hasStore)
      #expect(try scene.history().entries().map(\.state) == [.applied])
      _ = try scene.history().undo { $0.scan() }
      #expect(try scene.bytes() == before.mapValues(\.bytes))
      _ = try scene.history().purge(.all)
      #expect(try scene.history().entries().isEmpty)
      let notes = try OpenDirectory.open(state + "/not/there/yet/walscope/stores")
      #expect(try notes.entries().isEmpty)
    }
  }

  @Test func `Backups are not put among the files of the log`() throws {
    let scene = try RepairScene()
    var options = PlanOptions()
    options.savesTo = FileName(scene.path)
    let plan = try scene.plan(RepairSample.cut.steps, options: options)
    let before = try scene.files()
    #expect(throws: RepairFailure.self) { try scene.apply(plan) }
    #expect(try scene.files() == before)
  }

  @Test func `Nothing can be changed on a read-only file system`() throws {
    guard let disk = MountedFileSystem.small("ext4") else { return }
    let scene = try scene(on: disk.path)
    let before = try scene.files()
    let plan = try scene.plan(RepairSample.cut.steps)
    try ChildProcess.require(["mount", "-o", "remount,ro", disk.path])
    let failure = #expect(throws: RepairFailure.self) { try scene.apply(plan) }
    #expect(failure?.kind == .failed)
    guard case .file(let error)? = failure?.cause else {
      Issue.record("\(String(describing: failure))")
      return
    }
    #expect(error.code == EROFS)
    #expect(try scene.files() == before)
  }

  @Test(arguments: ["+i", "+a"])
  func `A file that is marked immutable or append-only is named as such`(flag: String) throws {
    guard let disk = MountedFileSystem.small("ext4") else { return }
    let scene = try scene(on: disk.path)
    let path = "\(scene.path)/000001.wal"
    let plan = try scene.plan(RepairSample.cut.steps)
    try ChildProcess.require(["chattr", flag, path])
    defer { _ = try? ChildProcess.run(["chattr", "-ia", path]) }
    let fresh = try scene.plan(RepairSample.cut.steps)
    for plan in [plan, fresh] {
      let failure = #expect(throws: RepairFailure.self) { try scene.apply(plan) }
      #expect(failure?.entry == nil)
      #expect(!scene.hasStore)
      guard case .file? = failure?.cause else { continue }
      #expect(failure?.kind == .failed)
      #expect(failure?.advice?.contains("immutable") == true)
    }
  }

  @Test func `In a directory that may not be written, the backup goes elsewhere`() async throws {
    guard getuid() == 0 else {
      print("skipped: only root can become another user")
      return
    }
    let scene = try RepairScene()
    let elsewhere = try TemporaryDirectory()
    for path in [scene.path, elsewhere.path]
      + RepairScene.names.map({
        "\(scene.path)/\($0.utf8 ?? "")"
      })
    {
      #expect(chown(path, Self.nobody, Self.nobody) == 0)
    }
    #expect(chmod(scene.path, 0o555) == 0)
    await #expect(processExitsWith: .success) {
      [path = scene.path as String, store = elsewhere.path as String] in
      guard setegid(65534) == 0, seteuid(65534) == 0 else { exit(9) }
      let scene = try RepairScene(at: path)
      let before = try scene.files()
      let failure = #expect(throws: RepairFailure.self) {
        try scene.apply(scene.plan(RepairSample.cut.steps))
      }
      #expect(failure?.kind == .failed)
      #expect(failure?.advice?.contains("--save-to") == true)
      var options = PlanOptions()
      options.savesTo = FileName(store)
      #expect(try scene.apply(scene.plan(RepairSample.cut.steps, options: options)).isVerified)
      _ = try scene.history(savesTo: store).undo { $0.scan() }
      #expect(try scene.files() == before)
    }
  }

  @Test func `Who is not the owner can prove nothing`() async throws {
    guard getuid() == 0 else {
      print("skipped: only root can become another user")
      return
    }
    let scene = try RepairScene()
    #expect(chmod(scene.path, 0o777) == 0)
    for name in RepairScene.names { #expect(chmod("\(scene.path)/\(name.utf8 ?? "")", 0o666) == 0) }
    await #expect(processExitsWith: .success) { [path = scene.path as String] in
      guard setegid(65534) == 0, seteuid(65534) == 0 else { exit(9) }
      let scene = try RepairScene(at: path)
      let failure = try #require(
        #expect(throws: RepairFailure.self) {
          try scene.apply(scene.plan(RepairSample.cut.steps))
        })
      guard case .notProven = failure.cause else { throw failure }
      #expect(failure.kind == .refused)
      #expect(!scene.hasStore)
      var options = PlanOptions()
      options.acknowledgements = [.ownerStopped]
      let result = try scene.apply(scene.plan(RepairSample.cut.steps, options: options))
      #expect(result.notProven != nil)
    }
  }

  @Test func `A journal that another user could have written is not believed`() throws {
    guard getuid() == 0 else {
      print("skipped: only root can give a file to another user")
      return
    }
    let scene = try RepairScene()
    _ = try scene.apply(scene.plan(RepairSample.cut.steps))
    #expect(chown("\(scene.path)/.walscope", Self.nobody, Self.nobody) == 0)
    #expect(throws: RepairFailure.self) { try scene.history().entries() }
    #expect(throws: RepairFailure.self) { try scene.history().undo { $0.scan() } }
  }

  @Test(arguments: ["ext4", "xfs", "btrfs"])
  func `An undo restores bytes and allocation on each file system`(type: String) throws {
    guard let disk = LoopFileSystem.mounted(type) else { return }
    for sample in RepairSample.allCases {
      let log = "\(disk.path)/\(sample)"
      #expect(mkdir(log, 0o755) == 0)
      try RepairScene.fill(log)
      let scene = try RepairScene(at: log)
      let before = try scene.files()
      let result = try scene.apply(scene.plan(sample.steps))
      #expect(result.isVerified, "\(sample): \(result.differences)")
      _ = try scene.history().undo { $0.scan() }
      #expect(try scene.files() == before, "\(sample)")
    }
  }

  /// T20's half that is about owners: no discovery rule sees what lies in `.walscope`.
  @Test func `No format takes anything in the store for a log of its own`() throws {
    let scene = try RepairScene()
    let plan = try scene.plan(RepairSample.several.steps)
    _ = try scene.apply(plan)
    #expect(try LogTree.open(FileName(scene.path)).logs.count == 1)
    #expect(throws: OpenFailure.self) { try LogTree.open(FileName("\(scene.path)/.walscope")) }
    let parent = try OpenDirectory.open(scene.path)
    let store = try parent.openDirectory(.backups)
    let entry = try store.openDirectory(FileName(plan.id))
    for format in FormatRegistry.formats {
      for directory in [store, entry] {
        let entries = try directory.entries()
        #expect(!entries.isEmpty)
        #expect(format.logs(in: directory, entries: entries).isEmpty, "\(format.name)")
      }
      // The names as a rule of an owner sees them that lists the log's own directory.
      let inLog = try parent.entries().filter { $0.name.bytes.first == UInt8(ascii: ".") }
      #expect(inLog.map(\.name) == [.backups])
      #expect(format.logs(in: parent, entries: inLog).isEmpty, "\(format.name)")
      // A new file on its way has such a name for a moment.
      let temporary = DirectoryEntry(name: FileName(".walscope-\(plan.id)-1"), kind: .regular)
      #expect(format.logs(in: parent, entries: [temporary]).isEmpty, "\(format.name)")
    }
  }
}
