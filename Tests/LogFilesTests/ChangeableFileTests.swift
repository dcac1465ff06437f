import Glibc
import Synchronization
import TestSupport
import Testing

@testable import LogFiles

struct `Files that may be changed` {
  /// What holds the open file longer is a reader here; a child process that another thread has
  /// just started holds it until it runs its program.
  @Test func `are free again as soon as nobody may change them, whoever holds them open`() throws {
    let directory = try TemporaryDirectory()
    try directory.write([1, 2, 3], to: "file")
    let (open, name) = (try directory.open(), FileName("file"))
    var file: ChangeableFile? = try open.openForChange(name)
    let taken = try #require(file)
    do throws(FileError) {
      try taken.takeLease()
    } catch {
      print("skipped: no lease here: \(error.message)")
      return
    }
    try taken.takeLocks()
    let reader = try taken.reader()
    #expect(throws: FileError.self) { _ = try open.openFile(name) }
    _ = consume taken
    file = nil
    #expect(try open.openFile(name).status().size == 3)
    #expect(try !open.isLocked(name))
    #expect(try reader.status().size == 3)
  }

  @Test func `are not locked by looking whether they are`() throws {
    let directory = try TemporaryDirectory()
    try directory.write([1], to: "file")
    let (open, name) = (try directory.open(), FileName("file"))
    #expect(try !open.isLocked(name))
    let file = try open.openForChange(name)
    try file.takeLocks()
    #expect(try open.isLocked(name))
  }

  /// A child process that another thread is starting holds for a moment what was closed.
  @Test func `have no writer when the one that is seen goes a moment later`() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.write([1], to: "file")
    let name = FileName("file")
    let descriptor = Glibc.open(path, O_WRONLY | O_CLOEXEC)
    try #require(descriptor >= 0)
    #expect(try !directory.open().hasNoWriter(name))
    let looks = Atomic<Int>(0)
    let calls = SystemCalls { call in
      if call == .lease, looks.add(1, ordering: .relaxed).newValue == 3 { close(descriptor) }
      return nil
    }
    #expect(try directory.open(calls: calls).hasNoWriter(name))
    #expect(looks.load(ordering: .relaxed) == 3)
  }
}
