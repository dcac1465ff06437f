import Glibc
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
}
