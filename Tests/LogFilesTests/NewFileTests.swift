import Glibc
import TestSupport
import Testing

@testable import LogFiles

struct `New files` {
  private static let name = FileName("000000.wal")
  private static let contents = (0..<5000).map { UInt8(truncatingIfNeeded: $0 * 7) }

  @Test func `hold what was written, also when writes and reads come back short`() throws {
    let directory = try TemporaryDirectory()
    let calls = SystemCalls { $0 == .write || $0 == .read ? .short(700) : nil }
    let file = try directory.open(calls: calls).makeFile(Self.name)
    try file.write(Self.contents.rawBytes, at: 100)
    #expect(try file.bytes(at: 100, limit: 9000) == Self.contents)
    #expect(try file.bytes(at: 0, limit: 101) == [UInt8](repeating: 0, count: 100) + [0])
    try file.setLength(50)
    #expect(try file.status().size == 50)
    try file.sync()
  }

  @Test func `never take the place of anything`() throws {
    let directory = try TemporaryDirectory()
    let open = try directory.open()
    try directory.write([1], to: "file")
    #expect(symlink("/nowhere", directory.path("link")) == 0)
    #expect(mkdir(directory.path("directory"), 0o700) == 0)
    for name in ["file", "link", "directory"] {
      var found: FileError?
      do { _ = try open.makeFile(FileName(name)) } catch { found = error }
      #expect(found?.isExisting == true, "\(name)")
      #expect(found?.message.contains("overwritten") == true)
    }
    for name in ["..", "a/b", ""] {
      var found: FileError?
      do { _ = try open.makeFile(FileName(name)) } catch { found = error }
      #expect(found?.code == EINVAL, "\(name)")
    }
    #expect(throws: FileError.self) {
      try OpenDirectory.make(FileName(directory.path("directory")))
    }
    let made = try OpenDirectory.make(FileName(directory.path("new")))
    #expect(try made.entries().isEmpty)
  }

  @Test func `tell how far a write came`() throws {
    let directory = try TemporaryDirectory()
    let script = FaultScript { call, number in
      guard call == .write else { return nil }
      return number == 0 ? .short(1000) : .error(ENOSPC)
    }
    let file = try directory.open(calls: script.calls).makeFile(Self.name)
    var found: FileError?
    do { try file.write(Self.contents.rawBytes, at: 10) } catch { found = error }
    #expect(found?.code == ENOSPC && found?.offset == 1010)
    #expect(found?.message.contains("no room is left") == true)
  }

  @Test func `get their length alone where space cannot be allocated`() throws {
    let directory = try TemporaryDirectory()
    let lacking = SystemCalls { $0 == .preallocate ? .error(EOPNOTSUPP) : nil }
    let file = try directory.open(calls: lacking).makeFile(Self.name)
    try file.preallocate(1 << 20)
    #expect(try file.status().size == 1 << 20)
    let full = SystemCalls { $0 == .preallocate ? .error(ENOSPC) : nil }
    let other = try directory.open(calls: full).makeFile(FileName("other"))
    var found: FileError?
    do { try other.preallocate(1 << 20) } catch { found = error }
    #expect(found?.code == ENOSPC)
    #expect(try other.status().size == 0)
  }

  @Test func `are opened and removed again only as the file that was made`() throws {
    let directory = try TemporaryDirectory()
    let open = try directory.open()
    let identity = try open.makeFile(Self.name).identity
    let again = try open.reopen(Self.name, identity: identity)
    try again.write([1, 2, 3].rawBytes, at: 0)
    try directory.write([9], to: "other")
    #expect(rename(directory.path("other"), directory.path("000000.wal")) == 0)
    for action in [0, 1] {
      var found: FileError?
      do {
        if action == 0 {
          _ = try open.reopen(Self.name, identity: identity)
        } else {
          try open.remove(Self.name, identity: identity)
        }
      } catch { found = error }
      #expect(found?.code == ESTALE)
    }
    #expect(try open.status(of: Self.name).size == 1)
    let other = try open.status(of: Self.name).identity
    try open.remove(Self.name, identity: other)
    #expect(try open.entries().isEmpty)
  }
}
