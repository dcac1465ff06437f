import Glibc
import LogFiles
import TestSupport
import Testing

@Suite struct FaultTests {
  private static let contents = (0..<9000).map { UInt8(truncatingIfNeeded: $0) }

  /// Lists, looks, opens and reads one log; every call of the core passes here.
  private func readAll(_ directory: TemporaryDirectory, _ calls: SystemCalls) throws -> [UInt8] {
    let (parent, name) = try OpenDirectory.openParent(
      ofFile: directory.path("log"), calls: calls)
    let entries = try parent.entries()
    guard entries.contains(where: { $0.name == name }) else { return [] }
    let file = try parent.openFile(name)
    let end = try file.status().size
    var window = FileWindow(capacity: 4096)
    var collected: [UInt8] = []
    repeat {
      try window.load(file, at: UInt64(collected.count), end: end)
      window.bytes.withUnsafeBytes { collected.append(contentsOf: $0) }
    } while window.count > 0
    return collected
  }

  /// The descriptors of this process that lead to the directory or below it.
  private func openDescriptors(_ directory: TemporaryDirectory) throws -> Int {
    let descriptors = try OpenDirectory.open("/proc/self/fd")
    return try descriptors.entries().filter { entry in
      (try? descriptors.linkTarget(of: entry.name))?.utf8?.hasPrefix(directory.path) == true
    }.count
  }

  @Test func `An interrupted call is made again`() throws {
    let directory = try TemporaryDirectory()
    try directory.write(Self.contents, to: "log")
    let script = FaultScript { call, number in
      call != .close && number % 3 < 2 ? .error(EINTR) : nil
    }
    #expect(try readAll(directory, script.calls) == Self.contents)
    #expect(script.count(.read) > 6)
  }

  @Test func `Reads that come back short are continued`() throws {
    let directory = try TemporaryDirectory()
    try directory.write(Self.contents, to: "log")
    let script = FaultScript { call, number in call == .read ? .short(1 + number % 700) : nil }
    #expect(try readAll(directory, script.calls) == Self.contents)
  }

  @Test func `Each call that fails is reported with its error, whichever it is`() throws {
    let directory = try TemporaryDirectory()
    try directory.write(Self.contents, to: "log")
    let counting = FaultScript()
    _ = try readAll(directory, counting.calls)
    for call in SystemCalls.Name.allCases where call != .close {
      for number in 0..<counting.count(call) {
        let script = FaultScript { $0 == call && $1 == number ? .error(EIO) : nil }
        let found = #expect(throws: FileError.self) { try readAll(directory, script.calls) }
        #expect(found?.code == EIO)
        #expect(found?.call == call)
      }
    }
  }

  @Test(arguments: [EIO, ENOMEM, EMFILE])
  func `No descriptor stays open after an error`(code: Int32) throws {
    let directory = try TemporaryDirectory()
    try directory.write(Self.contents, to: "log")
    let counting = FaultScript()
    _ = try readAll(directory, counting.calls)
    for call in SystemCalls.Name.allCases where call != .close {
      for number in 0..<counting.count(call) {
        let script = FaultScript { $0 == call && $1 == number ? .error(code) : nil }
        _ = try? readAll(directory, script.calls)
        #expect(try openDescriptors(directory) == 0)
      }
    }
    let held = try directory.open().openFile(FileName("log"))
    #expect(try openDescriptors(directory) == 1)
    _ = consume held
  }

  @Test func `A read error names the file and the offset, and the bytes before it are kept`()
    throws
  {
    let directory = try TemporaryDirectory()
    try directory.write(Self.contents, to: "log")
    let script = FaultScript { call, number in
      guard call == .read else { return nil }
      return number == 0 ? .short(5000) : .error(EIO)
    }
    let file = try directory.open(calls: script.calls).openFile(FileName("log"))
    var window = FileWindow()
    var found: FileError?
    do { try window.load(file, at: 0, end: 9000) } catch { found = error }
    #expect(found?.code == EIO)
    #expect(found?.call == .read)
    #expect(found?.name == FileName("log"))
    #expect(found?.offset == 5000)
    #expect(window.count == 5000)
    #expect(window.bytesRead == 5000)
    #expect(
      found?.description
        == "\"log\": reading it failed at offset 5000: Input/output error (error 5); the device "
        + "could not give these bytes: see the kernel log, and copy what can be read")
  }

  @Test func `An error text holds no raw byte of a hostile name`() {
    let error = FileError(
      call: .read, code: EIO, name: FileName([0x1B, 0x5D, 0x0A, 0xFF, 0x22, 0x5C, 0x61]))
    #expect(error.description.hasPrefix("\"\\x1b]\\x0a\\xff\\x22\\x5ca\": "))
    #expect(error.description.utf8.allSatisfy { (0x20..<0x7F).contains($0) })
  }

  @Test func `Where access times cannot be kept, the file is opened all the same`() throws {
    let directory = try TemporaryDirectory()
    try directory.write(Self.contents, to: "log")
    let script = FaultScript { call, number in
      call == .openAt && number == 1 ? .error(EPERM) : nil
    }
    #expect(try readAll(directory, script.calls) == Self.contents)
  }

  @Test func `Where the file system cannot tell holes from data, everything is data`() throws {
    let directory = try TemporaryDirectory()
    let writer = try FileWriter(directory.path("log"))
    try writer.truncate(100_000)
    let script = FaultScript { call, _ in
      call == .seekData || call == .seekHole ? .error(EINVAL) : nil
    }
    let file = try directory.open(calls: script.calls).openFile(FileName("log"))
    var window = FileWindow()
    try window.load(file, at: 0, end: 100_000)
    #expect(window.bytesRead == 100_000)
    #expect(window.bytesSkipped == 0)
    #expect(window.bytes.isZero == true)
    let data = try file.nextData(from: 100_000)
    #expect(data == nil)
  }
}
