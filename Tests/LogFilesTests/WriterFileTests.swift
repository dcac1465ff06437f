import TestSupport
import Testing

@testable import LogFiles

struct `Files that an owner writes` {
  /// What holds the open file longer is a reader here; a child process that another thread has
  /// just started holds it until it runs its program.
  @Test func `are free again as soon as their writer is gone, whoever holds them open`() throws {
    let directory = try TemporaryDirectory()
    try directory.write([1, 2, 3], to: "file")
    let (open, name) = (try directory.open(), FileName("file"))
    var file: WriterFile? = try open.openForWriting(name)
    let taken = try #require(file)
    try taken.takeFileLock()
    try taken.takeLock(on: 1..<3, exclusive: true, waits: false)
    let reader = try taken.reader()
    let next = try open.openForWriting(name)
    #expect(throws: FileError.self) { try next.takeFileLock() }
    #expect(throws: FileError.self) { try next.takeLock(on: 2..<9, exclusive: true, waits: false) }
    _ = consume taken
    file = nil
    try next.takeFileLock()
    try next.takeLock(on: 2..<9, exclusive: true, waits: false)
    #expect(try reader.status().size == 3)
  }

  @Test func `give their lease back as soon as their writer is gone`() throws {
    let directory = try TemporaryDirectory()
    try directory.write([1, 2, 3], to: "file")
    let (open, name) = (try directory.open(), FileName("file"))
    var file: WriterFile? = try open.openForWriting(name)
    let taken = try #require(file)
    do throws(FileError) {
      try taken.takeLease()
    } catch {
      print("skipped: no lease here: \(error.message)")
      return
    }
    let reader = try taken.reader()
    #expect(throws: FileError.self) { _ = try open.openFile(name) }
    _ = consume taken
    file = nil
    #expect(try open.openFile(name).status().size == 3)
    #expect(try reader.status().size == 3)
  }
}
