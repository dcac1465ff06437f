import Glibc
import LogFiles
import TestSupport
import Testing

@Suite struct OpenDirectoryTests {
  private func error(_ body: () throws -> Void) -> FileError? {
    do {
      try body()
      return nil
    } catch {
      return error as? FileError
    }
  }

  @Test func `A directory lists names of any bytes, sorted by bytes, with their kinds`() throws {
    let directory = try TemporaryDirectory()
    let names: [[UInt8]] = [
      Array("00000000000000000002.wal".utf8), Array("00000000000000000010.wal".utf8),
      Array("new\nline".utf8), [0x1B] + Array("[2Jclear".utf8), [0xFF, 0xFE, 0x80],
      Array(repeating: UInt8(ascii: "n"), count: 255), Array("-rf".utf8), Array("...".utf8),
    ]
    for name in names {
      let path = Array(directory.path.utf8) + [0x2F] + name
      let descriptor = creat(path.map { CChar(bitPattern: $0) } + [0], 0o600)
      #expect(descriptor >= 0)
      close(descriptor)
    }
    #expect(mkdir(directory.path("below"), 0o700) == 0)
    #expect(symlink("/etc/passwd", directory.path("link")) == 0)
    #expect(mkfifo(directory.path("pipe"), 0o600) == 0)

    let opened = try directory.open()
    let entries = try opened.entries()
    let expected = (names + ["below", "link", "pipe"].map { Array($0.utf8) })
      .sorted { $0.lexicographicallyPrecedes($1) }
    #expect(entries.map(\.name.bytes) == expected)
    let kinds = entries.reduce(into: [FileName: FileKind]()) { $0[$1.name] = $1.kind }
    #expect(kinds[FileName("below")] == .directory)
    #expect(kinds[FileName("link")] == .symbolicLink)
    #expect(kinds[FileName("pipe")] == .fifo)
    for name in names {
      #expect(kinds[FileName(name)] == .regular)
      let file = try opened.openFile(FileName(name))
      let size = try file.status().size
      #expect(size == 0)
    }
    #expect(try opened.linkTarget(of: FileName("link")) == FileName("/etc/passwd"))
  }

  @Test func `A hundred thousand entries are listed with few system calls`() throws {
    let directory = try TemporaryDirectory()
    let target = try directory.write([], to: "first")
    // Hard links are the quickest entries to make; a file has room for 65,000 of them on ext4.
    for number in 0..<2 { try directory.write([], to: "target\(number)") }
    unlink(target)
    for number in 0..<100_000 {
      let target = directory.path("target\(number & 1)")
      guard link(target, directory.path("\(1_000_000 + number).wal")) == 0 else {
        throw SetupFailure("link", errno)
      }
    }
    let script = FaultScript()
    let entries = try directory.open(calls: script.calls).entries()
    #expect(entries.count == 100_002)
    #expect(entries.first?.name == FileName("1000000.wal"))
    #expect(entries[99_999].name == FileName("1099999.wal"))
    #expect(script.count(.status) == 0)
    #expect(script.totalCount < 1000)
  }

  @Test(arguments: [
    [], ["a"], ["0", "a", "b", "bb", "c", "zz"], ["a", "aa", "b"], ["zz"], ["c", "b", "a"],
    ["b", "b", "c"],
  ])
  func `A listing is the same whatever names of an earlier one it shares`(_ known: [String]) throws
  {
    let directory = try TemporaryDirectory()
    for name in ["aa", "a", "c", "b.wal", "b", "\u{e9}"] { try directory.write([], to: name) }
    let opened = try directory.open()
    let again = try opened.entries(sharing: known.map { FileName($0) })
    #expect(again == (try opened.entries()))
    #expect(again.count == 6)
  }

  @Test func `Only regular files are opened, and nothing blocks or is followed`() throws {
    let directory = try TemporaryDirectory()
    try directory.write([1, 2, 3], to: "file")
    #expect(mkfifo(directory.path("fifo"), 0o600) == 0)
    #expect(mkdir(directory.path("directory"), 0o700) == 0)
    #expect(symlink("file", directory.path("link")) == 0)
    #expect(symlink("directory", directory.path("directory-link")) == 0)
    let socketDescriptor = try bindSocket(directory.path("socket"))
    defer { close(socketDescriptor) }

    let opened = try directory.open()
    let refused: [(String, FileKind)] = [
      ("fifo", .fifo), ("directory", .directory), ("link", .symbolicLink), ("socket", .socket),
    ]
    for (name, kind) in refused {
      let found = error { _ = try opened.openFile(FileName(name)) }
      #expect(found?.refused == kind)
      #expect(found?.name == FileName(name))
      #expect(found?.message.contains(kind.words) == true)
    }
    let device = error { _ = try OpenDirectory.open("/dev").openFile(FileName("null")) }
    #expect(device?.refused == .characterDevice)
    let link = error { _ = try opened.openDirectory(FileName("directory-link")) }
    #expect(link?.refused == .symbolicLink)
    _ = try opened.openDirectory(FileName("directory"))
  }

  private func bindSocket(_ path: String) throws -> Int32 {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let bound = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard bound == 0 else { throw SetupFailure("bind \(path)", errno) }
    return descriptor
  }

  /// What somebody may put in place of the file between our look at it and our open.
  @Test(arguments: ["fifo", "link"])
  func `A file swapped right before it is opened is refused`(replacement: String) throws {
    let directory = try TemporaryDirectory()
    try directory.write([1], to: "log")
    #expect(mkfifo(directory.path("fifo"), 0o600) == 0)
    #expect(symlink("/etc/passwd", directory.path("link")) == 0)
    let swap = FaultScript { [from = directory.path(replacement), to = directory.path("log")] in
      if $0 == .openAt, $1 == 0 { rename(from, to) }
      return nil
    }
    let opened = try directory.open(calls: swap.calls)
    let found = error { _ = try opened.openFile(FileName("log")) }
    #expect(replacement == "fifo" ? found?.refused == .fifo : found?.code == ELOOP)
  }

  @Test func `A name that would lead out of the directory is no name`() throws {
    let directory = try TemporaryDirectory()
    try directory.write([1], to: "log")
    let opened = try directory.open()
    for name in ["", ".", "..", "../log", "/etc/passwd", "./log", "log\0"] {
      #expect(error { _ = try opened.openFile(FileName(name)) }?.code == EINVAL)
      #expect(error { _ = try opened.openDirectory(FileName(name)) }?.code == EINVAL)
      #expect(error { _ = try opened.status(of: FileName(name)) }?.code == EINVAL)
      #expect(error { _ = try opened.linkTarget(of: FileName(name)) }?.code == EINVAL)
    }
  }

  @Test func `A name may lead through directories, but not through a link and not out`() throws {
    let directory = try TemporaryDirectory()
    #expect(mkdir(directory.path("below"), 0o700) == 0)
    #expect(mkdir(directory.path("below/deep"), 0o700) == 0)
    try directory.write([1, 2, 3], to: "below/deep/log")
    #expect(symlink("below", directory.path("link")) == 0)
    #expect(symlink("/etc", directory.path("below/out")) == 0)
    let opened = try directory.open()
    let name = FileName("below/deep/log")
    let file = try opened.openFile(name)
    let size = try file.status().size
    #expect(size == 3)
    #expect(file.name == name)
    #expect(try opened.status(of: name).kind == .regular)
    #expect(try opened.status(of: FileName("below/out")).kind == .symbolicLink)
    for name in ["link/deep/log", "below/out/passwd"] {
      #expect(error { _ = try opened.openFile(FileName(name)) }?.refused == .symbolicLink)
      #expect(error { _ = try opened.status(of: FileName(name)) }?.refused == .symbolicLink)
    }
    for name in ["below/../below/deep/log", "below//deep/log", "below/deep/log/", "below/./deep"] {
      #expect(error { _ = try opened.openFile(FileName(name)) }?.code == EINVAL)
    }
    #expect(error { _ = try opened.openDirectory(FileName("below/deep")) }?.code == EINVAL)
    #expect(error { _ = try opened.status(of: FileName("no/log")) }?.isVanished == true)
  }

  @Test func `What was opened stays reachable after its directory is renamed`() throws {
    let directory = try TemporaryDirectory()
    #expect(mkdir(directory.path("before"), 0o700) == 0)
    try directory.write([7], to: "before/log")
    let opened = try OpenDirectory.open(directory.path("before"))
    rename(directory.path("before"), directory.path("after"))
    #expect(mkdir(directory.path("before"), 0o700) == 0)
    #expect(try opened.entries().map(\.name) == [FileName("log")])
    let size = try opened.openFile(FileName("log")).status().size
    #expect(size == 1)
  }

  @Test func `A single file is opened through its directory, links of the path followed`() throws {
    let directory = try TemporaryDirectory()
    #expect(mkdir(directory.path("logs"), 0o700) == 0)
    try directory.write([1, 2], to: "logs/one.wal")
    #expect(symlink("logs/one.wal", directory.path("link")) == 0)
    for path in ["logs/one.wal", "link", "logs/../logs//one.wal"] {
      let (parent, name) = try OpenDirectory.openParent(ofFile: directory.path(path))
      #expect(name == FileName("one.wal"))
      #expect(parent.path.hasSuffix("/logs"))
      let size = try parent.openFile(name).status().size
      #expect(size == 2)
    }
    let missing = error { _ = try OpenDirectory.openParent(ofFile: directory.path("none")) }
    #expect(missing?.code == ENOENT)
    #expect(error { _ = try OpenDirectory.openParent(ofFile: "/") }?.refused == .directory)
  }

  @Test func `The status tells size, allocation, links, times and kind`() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.write(Array(repeating: 1, count: 5000), to: "log")
    try directory.write([], to: "log2")
    link(path, directory.path("other"))
    let status = try directory.open().status(of: FileName("log"))
    var expected = stat()
    #expect(stat(path, &expected) == 0)
    #expect(status.size == 5000)
    #expect(status.allocated == UInt64(expected.st_blocks) * 512)
    #expect(status.links == 2)
    #expect(status.kind == .regular)
    #expect(status.device == UInt64(expected.st_dev))
    #expect(status.inode == UInt64(expected.st_ino))
    #expect(status.mode == expected.st_mode)
    #expect(status.modified.seconds == expected.st_mtim.tv_sec)
    #expect(status.modified.nanoseconds == Int32(expected.st_mtim.tv_nsec))
    #expect(status.horizon.size == 5000)
    if let created = status.created { #expect(created <= status.changed) }
  }

  @Test func `Reading leaves the access time alone`() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.write([1, 2, 3], to: "log")
    // Older than the last change, so that a plain read would renew it (mount option relatime).
    let times = [timespec(tv_sec: 1000, tv_nsec: 0), timespec(tv_sec: 2000, tv_nsec: 0)]
    #expect(utimensat(AT_FDCWD, path, times, 0) == 0)
    let file = try directory.open().openFile(FileName("log"))
    var window = FileWindow()
    try window.load(file, at: 0, end: 3)
    let count = window.count
    #expect(count == 3)
    var after = stat()
    #expect(stat(path, &after) == 0)
    #expect(after.st_atim.tv_sec == 1000)
  }

  @Test func `Kinds are asked for where the directory does not keep them`() throws {
    guard let disk = LoopFileSystem.mounted("ext4", options: ["-q", "-O", "^filetype"]) else {
      return
    }
    _ = try FileWriter(disk.path + "/log")
    #expect(symlink("log", disk.path + "/link") == 0)
    let script = FaultScript()
    let entries = try disk.open(calls: script.calls).entries()
    #expect(script.count(.status) == 3)
    #expect(
      entries == [
        DirectoryEntry(name: FileName("link"), kind: .symbolicLink),
        DirectoryEntry(name: FileName("log"), kind: .regular),
        DirectoryEntry(name: FileName("lost+found"), kind: .directory),
      ])
  }
}
