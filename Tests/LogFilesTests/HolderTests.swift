import Glibc
import TestSupport
import Testing

@testable import LogFiles

@Suite struct HolderTests {
  private func holders(of directory: OpenDirectory, _ name: String) throws -> HolderReport? {
    let identity = try directory.status(of: FileName(name)).identity
    return findHolders(of: [identity])[identity]
  }

  /// A shell that opened `redirection` as descriptor 3.
  private func shell(_ redirection: String) throws -> ChildProcess {
    let child = try ChildProcess(["sh", "-c", "exec 3\(redirection); echo ready; read end"])
    guard child.readLine() == "ready" else { throw SetupFailure("the shell") }
    return child
  }

  @Test func `Processes with the file open are named, and which of them write`() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.write([1, 2, 3], to: "log")
    let writer = try shell(">>'\(path)'")
    let reader = try shell("<'\(path)'")
    let ours = try FileWriter(path)
    let report = try holders(of: directory.open(), "log")
    let found = report?.holders.map { ($0.pid, $0.isWriting, $0.isMapped) } ?? []
    #expect(found.count == 2)
    #expect(found.contains { $0 == (writer.pid, true, false) })
    #expect(found.contains { $0 == (reader.pid, false, false) })
    #expect(
      report?.holders.allSatisfy { ["sh", "dash", "bash"].contains($0.program.utf8) } == true)
    withExtendedLifetime(ours) {}

    writer.closeInput()
    writer.wait()
    let after = try holders(of: directory.open(), "log")
    #expect(after?.holders.map(\.pid) == [reader.pid])
  }

  @Test func `A process that mapped the file and closed it is named`() async throws {
    let directory = try TemporaryDirectory()
    let path = try directory.write([UInt8](repeating: 1, count: 8192), to: "log")
    let mapping = try FileWriter(path).map(8192)
    // Our own process is left out, so another one looks at us.
    await #expect(processExitsWith: .success) { [path = path as String] in
      let (parent, name) = try OpenDirectory.openParent(ofFile: path)
      let identity = try parent.status(of: name).identity
      let found = findHolders(of: [identity])[identity]?.holders ?? []
      #expect(found.map(\.pid) == [getppid()])
      #expect(found.allSatisfy { $0.isMapped && $0.isWriting && !$0.program.bytes.isEmpty })
    }
    withExtendedLifetime(mapping) {}
  }

  @Test(arguments: ["btrfs", "xfs"])
  func `Mappings are seen where the kernel shows another device number`(type: String) async throws {
    guard let disk = LoopFileSystem.mounted(type) else { return }
    let path = disk.path + "/log"
    let writer = try FileWriter(path)
    try writer.fill(1, count: 8192, at: 0)
    let mapping = try writer.map(8192)
    await #expect(processExitsWith: .success) { [path = path as String] in
      let (parent, name) = try OpenDirectory.openParent(ofFile: path)
      let identity = try parent.status(of: name).identity
      let found = findHolders(of: [identity])[identity]?.holders ?? []
      #expect(found.contains { $0.pid == getppid() && $0.isMapped && $0.isWriting })
    }
    // Without the right to follow the links of map_files, number or path decide.
    let identity = try disk.open().status(of: FileName("log")).identity
    let search = HolderSearch(files: [identity], calls: .linux)
    var found: [FileIdentity?] = []
    try OpenDirectory.open("/proc/self").openFile(FileName("maps")).forEachLine { line in
      guard let ours = Mapping(line), ours.path == FileName(path) else { return }
      found.append(search.identity(of: ours, nil))
    }
    #expect(found == [identity])
    withExtendedLifetime(mapping) {}
  }

  @Test func `A lock that a process holds is seen`() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.write([1], to: "log")
    let child = try ChildProcess(
      ["flock", path, "sh", "-c", "echo ready; read end"])
    #expect(child.readLine() == "ready")
    let report = try holders(of: directory.open(), "log")
    #expect(report?.holders.contains { $0.isLocked } == true)
  }

  @Test func `Many files are looked for in one pass, and nobody holds most of them`() throws {
    let directory = try TemporaryDirectory()
    for number in 0..<200 { try directory.write([1], to: "\(number)") }
    let holder = try shell("<'\(directory.path("77"))'")
    let opened = try directory.open()
    let script = FaultScript()
    let identities = try opened.entries().map { try opened.status(of: $0.name).identity }
    let reports = findHolders(of: Set(identities), calls: script.calls)
    #expect(reports.count == 200)
    let held = try opened.status(of: FileName("77")).identity
    for (identity, report) in reports {
      #expect(report.holders.map(\.pid) == (identity == held ? [holder.pid] : []))
    }
    #expect(script.count(.open) < 10)
    #expect(findHolders(of: []).isEmpty)
  }

  @Test func `What could not be looked into is told`() throws {
    let directory = try TemporaryDirectory()
    try directory.write([1], to: "log")
    let identity = try directory.open().status(of: FileName("log")).identity
    for denied in [SystemCalls.Name.open, .openAt, .readDirectory] {
      let calls = SystemCalls { $0 == denied ? .error(EACCES) : nil }
      #expect(findHolders(of: [identity], calls: calls)[identity]?.isComplete == false)
    }
    // A process that ended between two looks hides nothing.
    let seen = findHolders(of: [identity])[identity]?.isComplete
    let script = FaultScript { call, number in
      call == .openAt && number > 20 && number % 5 == 0 ? .error(ESRCH) : nil
    }
    #expect(findHolders(of: [identity], calls: script.calls)[identity]?.isComplete == seen)
  }
}
