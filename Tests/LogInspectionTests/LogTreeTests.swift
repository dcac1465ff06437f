import Glibc
import LogFiles
import LogFormats
import LogInspection
import TestSupport
import Testing

@Suite struct `The logs under a path` {
  private static let record = LogStory.record(key: [0x6b], value: [1])

  private func makeLog(_ directory: TemporaryDirectory, at place: String) throws {
    var path = directory.path
    for part in place.split(separator: "/") {
      path += "/\(part)"
      mkdir(path, 0o755)
    }
    try directory.write(Self.record, to: place.isEmpty ? "000000.wal" : "\(place)/000000.wal")
  }

  private func places(_ tree: LogTree) -> [String] { tree.logs.compactMap(\.place.utf8) }

  @Test(arguments: [
    (["000000.wal"], "1 file is named like a nori-wal segment, and a valid record starts it."),
    (
      ["000000.wal", "000001.wal"],
      "2 files are named like nori-wal segments, and a valid record starts the first of them that"
        + " has any."
    ),
    (["wal-1"], "1 file is named like an okaywal segment; it has no okaywal header."),
    (
      ["wal-1", "wal-2"],
      "2 files are named like okaywal segments; those looked at have no okaywal header."
    ),
  ])
  func `say in a sentence why they are taken for logs`(names: [String], sentence: String) throws {
    let directory = try TemporaryDirectory()
    for name in names { try directory.write(Self.record, to: name) }
    let tree = try LogTree.open(FileName(directory.path))
    #expect(tree.logs.map(\.layout.recognition) == [sentence])
  }

  @Test func `are found in directories of directories, in order`() throws {
    let directory = try TemporaryDirectory()
    for place in ["", "b/deep/er", "a", "b"] { try makeLog(directory, at: place) }
    try makeLog(directory, at: "a/.walscope")
    #expect(symlink("\(directory.path)/b", directory.path("link")) == 0)
    let tree = try LogTree.open(FileName(directory.path))
    #expect(places(tree) == ["", "a", "b", "b/deep/er"])
    #expect(!tree.isTruncated)
    #expect(tree.problems.isEmpty)
  }

  @Test func `are found beside a directory that cannot be read, which is told`() throws {
    let directory = try TemporaryDirectory()
    for place in ["a", "b"] { try makeLog(directory, at: place) }
    // The first one is that of the listing.
    let script = FaultScript { call, number in
      call == .openAt && number == 1 ? .error(EACCES) : nil
    }
    let tree = try LogTree.open(FileName(directory.path), calls: script.calls)
    #expect(places(tree) == ["b"])
    #expect(tree.problems.map(\.place) == [FileName("a")])
    #expect(tree.problems.map(\.error.code) == [EACCES])
  }

  @Test func `are looked for to a limited depth, which is told`() throws {
    let directory = try TemporaryDirectory()
    try makeLog(directory, at: (1...20).map { "d\($0)" }.joined(separator: "/"))
    try makeLog(directory, at: "d1/d2")
    let tree = try LogTree.open(FileName(directory.path))
    #expect(places(tree) == ["d1/d2"])
    #expect(tree.isTruncated)
  }

  @Test func `are one for a file, whatever its name`() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.write(Self.record + Self.record, to: "copy of a segment.bak")
    let tree = try LogTree.open(FileName(path))
    #expect(tree.logs.count == 1)
    #expect(tree.logs[0].scan().segments[0].records == 2)
  }

  @Test func `are one for a file that a link leads to`() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.write(Self.record, to: "000007.wal")
    #expect(symlink(path, directory.path("link")) == 0)
    let tree = try LogTree.open(FileName(directory.path("link")))
    #expect(tree.logs[0].scan().segments[0].file.id == 7)
  }

  @Test func `are none where there is none, unless raw bytes will do`() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.write(Array("hello".utf8), to: "notes.txt")
    for path in [directory.path, path] {
      let failure = #expect(throws: OpenFailure.self) { try LogTree.open(FileName(path)) }
      guard case .notALog = failure else {
        Issue.record("\(String(describing: failure))")
        continue
      }
      let raw = try LogTree.open(FileName(path), fallsBackToRaw: true)
      #expect(raw.logs.map(\.format.name) == ["raw"])
    }
  }

  @Test func `are not waited for at a FIFO`() throws {
    let directory = try TemporaryDirectory()
    #expect(mkfifo(directory.path("000001.wal"), 0o644) == 0)
    let failure = #expect(throws: OpenFailure.self) {
      try LogTree.open(FileName(directory.path("000001.wal")))
    }
    guard case .refusedKind(.fifo) = failure else {
      Issue.record("\(String(describing: failure))")
      return
    }
    try makeLog(directory, at: "")
    let log = try #require(try LogTree.open(FileName(directory.path)).logs.first)
    #expect(log.scan().segments.map(\.file.name) == [FileName("000000.wal")])
  }

  @Test func `need a path and a format that exist`() throws {
    let directory = try TemporaryDirectory()
    let missing = #expect(throws: OpenFailure.self) {
      try LogTree.open(FileName(directory.path("nothing")))
    }
    guard case .file(let error) = missing, error.isVanished else {
      Issue.record("\(String(describing: missing))")
      return
    }
    #expect(throws: OpenFailure.self) { try LogTree.open(FileName(directory.path), format: "nope") }
  }
}
