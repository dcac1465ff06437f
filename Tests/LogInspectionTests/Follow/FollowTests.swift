import Glibc
import LogFiles
import LogFormats
import LogInspection
import Synchronization
import TestSupport
import Testing

@Suite(.serialized) struct `A log that is followed` {
  private static func record(_ number: Int, size: Int = 100) -> [UInt8] {
    LogStory.record(
      key: Array("key\(number)".utf8), value: [UInt8](repeating: UInt8(number & 0x7f), count: size))
  }

  @Test func `tells what is added, and nothing of what was there`() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.write(Self.record(1) + Self.record(2), to: "000000.wal")
    let log = try FollowedLog(directory.path)
    #expect(log.added == 0)
    let writer = try FileWriter(path)
    let old = UInt64(Self.record(1).count * 2)
    try writer.write(Self.record(3), at: Int(old))
    #expect(log.wait { $0.added == 1 })
    guard case .added(let added)? = log.changes.first?.change else {
      Issue.record("\(log.changes)")
      return
    }
    #expect(added.range == old..<(old + UInt64(Self.record(3).count)))
    #expect(added.firstNumber == 2)
    #expect(log.follower.index(of: FileName("000000.wal"))?.frameCount == 3)
  }

  @Test func `from its start tells everything once`() throws {
    let directory = try TemporaryDirectory()
    try directory.write(Self.record(1) + Self.record(2), to: "000000.wal")
    try directory.write(Self.record(3), to: "000001.wal")
    let log = try FollowedLog(directory.path, from: .start)
    #expect(log.wait { $0.added == 3 })
    log.look()
    #expect(log.added == 3)
  }

  @Test func `waits for a record that is half written, however it is cut`() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.write([], to: "000000.wal")
    let writer = try FileWriter(path)
    try writer.truncate(1 << 20)
    let log = try FollowedLog(directory.path)
    var end = 0
    for (number, cut) in stride(from: 1, to: 108, by: 9).enumerated() {
      let bytes = Self.record(number)
      try writer.write(Array(bytes[..<cut]), at: end)
      log.look()
      #expect(log.added == UInt64(number))
      try writer.write(Array(bytes[cut...]), at: end + cut)
      #expect(log.wait { $0.added == UInt64(number + 1) })
      end += bytes.count
    }
    #expect(log.complaints.isEmpty)
  }

  @Test func `tells what stays half written once nobody writes it`() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.write(Self.record(1), to: "000000.wal")
    let log = try FollowedLog(directory.path)
    do {
      let writer = try FileWriter(path)
      try writer.write(Array(Self.record(2).dropLast(7)), at: Self.record(1).count)
    }
    #expect(log.wait { !$0.complaints.isEmpty })
    #expect(log.complaints.count == 1)
    #expect(log.added == 0)
    #expect(
      log.has {
        if case .damaged(let offset, _) = $0 {
          offset == UInt64(Self.record(1).count)
        } else {
          false
        }
      })
  }

  @Test func `goes on behind damage that the writer leaves behind`() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.write(Self.record(1), to: "000000.wal")
    let log = try FollowedLog(directory.path)
    var broken = Self.record(2)
    broken[20] ^= 0x40
    let writer = try FileWriter(path)
    try writer.write(broken + Self.record(3) + Self.record(4), at: Self.record(1).count)
    #expect(log.wait { $0.added == 2 })
    #expect(log.complaints.count == 1)
    let end = Self.record(1).count * 4
    try writer.write(Self.record(5), at: end)
    #expect(log.wait { $0.added == 3 })
  }

  @Test func `tells segments that come, go, and are cut to their end`() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.write(
      Self.record(1) + [UInt8](repeating: 0, count: 4096), to: "000000.wal")
    let log = try FollowedLog(directory.path)
    try FileWriter(path).truncate(Self.record(1).count)
    #expect(log.wait { $0.has { if case .finalized = $0 { true } else { false } } })
    try directory.write(Self.record(2), to: "000001.wal")
    #expect(log.wait { $0.has { if case .appeared = $0 { true } else { false } } && $0.added == 1 })
    try #require(unlink(path) == 0)
    #expect(log.wait { $0.has { if case .vanished = $0 { true } else { false } } })
    #expect(log.complaints.isEmpty && !log.isDeleted)
  }

  @Test func `tells that segments are checkpointed, and begin another life`() throws {
    let directory = try TemporaryDirectory()
    let format = try #require(FormatRegistry.format(named: "okaywal"))
    let writer = try format.openWriter(in: try directory.open(), options: WriterOptions())
    _ = try writer.append(key: [0x6b], value: [0x76])
    let name =
      try #require(try LogTree.open(FileName(directory.path)).logs[0].layout.segments.first)
      .name.utf8 ?? ""
    let log = try FollowedLog(directory.path, format: "okaywal")
    _ = try writer.append(key: [0x6b], value: [0x77])
    #expect(log.wait { $0.added == 1 })
    try writer.close()
    try #require(rename(directory.path(name), directory.path(name + "-cp")) == 0)
    #expect(
      log.wait {
        $0.has {
          if case .checkpointed(let from) = $0 { from == FileName(name) } else { false }
        }
      })
    try #require(rename(directory.path(name + "-cp"), directory.path("wal-77")) == 0)
    #expect(
      log.wait {
        $0.has {
          if case .recycled(let from) = $0 { from == FileName(name + "-cp") } else { false }
        }
      })
    // What the file held in its old life is not told as new.
    #expect(log.added == 1)
    #expect(log.complaints.isEmpty, "\(log.complaints)")
  }

  @Test func `tells that it was cut, and follows what comes then`() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.write(
      Self.record(1) + Self.record(2) + Self.record(3), to: "000000.wal")
    let log = try FollowedLog(directory.path)
    let writer = try FileWriter(path)
    let one = Self.record(1).count
    try writer.truncate(one)
    #expect(log.wait { $0.has { if case .truncated = $0 { true } else { false } } })
    try writer.write(Self.record(9), at: one)
    #expect(log.wait { $0.added == 1 })
  }

  @Test func `tells that a file was replaced, and follows the new one`() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.write(Self.record(1) + Self.record(2), to: "000000.wal")
    let log = try FollowedLog(directory.path)
    let other = try directory.write(Self.record(7), to: "new")
    try #require(rename(other, path) == 0)
    #expect(
      log.wait { $0.has { if case .replaced(let records) = $0 { records == 1 } else { false } } })
    try FileWriter(path).write(Self.record(8), at: Self.record(7).count)
    #expect(log.wait { $0.added == 1 })
  }

  @Test(arguments: [("000000", "000001"), ("000001", "000000")])
  func `tells a file that was renamed from the one that took its name`(
    from: String, to: String
  ) throws {
    let directory = try TemporaryDirectory()
    let (old, new) = (FileName(from + ".wal"), FileName(to + ".wal"))
    let path = try directory.write(Self.record(1), to: from + ".wal")
    let log = try FollowedLog(directory.path)
    // Both happen between two listings.
    try #require(rename(path, directory.path(to + ".wal")) == 0)
    try directory.write(Self.record(2) + Self.record(3), to: from + ".wal")
    #expect(log.wait { $0.changes.contains { $0.file == new } && $0.changes.count >= 2 })
    #expect(
      log.changes.contains { name, change in
        if case .recycled(old) = change { name == new } else { false }
      })
    #expect(
      log.changes.contains { name, change in
        switch change {
        case .replaced, .appeared: name == old
        default: false
        }
      })
    #expect(!log.has { if case .vanished = $0 { true } else { false } })
  }

  @Test func `does not take a new file for one that is gone and had its number`() throws {
    let directory = try TemporaryDirectory()
    for number in 0...2 { try directory.write(Self.record(number), to: "00000\(number).wal") }
    let log = try FollowedLog(directory.path)
    // Sealed, it is not held open: file systems give its number to the next file.
    let first = FileName("000000.wal")
    let opened = try directory.open()
    guard try opened.fileSystem().keepsBirths, let made = try opened.status(of: first).created
    else {
      print("skipped: this file system does not keep births, so nothing tells such files apart")
      return
    }
    let clock = FileName("clock")
    while true {
      let path = try directory.write([], to: "clock")
      if try opened.status(of: clock).created != made { break }
      unlink(path)
    }
    try #require(unlink(directory.path("000000.wal")) == 0)
    try directory.write(Self.record(3), to: "000003.wal")
    #expect(
      log.wait { $0.has { if case .appeared = $0 { true } else { false } } }, "\(log.changes)")
    #expect(
      log.changes.contains { name, change in
        if case .vanished = change { name == first } else { false }
      }, "\(log.changes)")
    #expect(log.added == 1)
  }

  @Test func `in an order that is not that of its names tells what came and went`() throws {
    let directory = try TemporaryDirectory()
    // As numbers 9, 10, 11; as names the first is the last.
    for number in [9, 10, 11] {
      try directory.write(Self.record(number), to: "\(number).wal")
    }
    let log = try FollowedLog(directory.path)
    #expect(log.follower.log.layout.segments.map(\.id) == [9, 10, 11])
    try #require(unlink(directory.path("10.wal")) == 0)
    try directory.write(Self.record(1), to: "100.wal")
    try directory.write(Self.record(2), to: "8.wal")
    func told(_ name: String, _ isWanted: (SegmentChange) -> Bool) -> Bool {
      log.changes.contains { $0.file == FileName(name) && isWanted($0.change) }
    }
    #expect(
      log.wait { _ in
        told("10.wal") { if case .vanished = $0 { true } else { false } }
          && told("100.wal") { if case .appeared = $0 { true } else { false } }
          && told("8.wal") { if case .appeared = $0 { true } else { false } }
      }, "\(log.changes)")
    #expect(log.follower.log.layout.segments.map(\.id) == [8, 9, 11, 100])
    #expect(!told("9.wal") { _ in true } && !told("11.wal") { _ in true })
  }

  @Test func `stays the same object until files come or go, and then nobody holds the old one`()
    throws
  {
    let directory = try TemporaryDirectory()
    try directory.write(Self.record(1), to: "000000.wal")
    let log = try FollowedLog(directory.path)
    weak let first = log.follower.log
    #expect(first != nil)
    try directory.write([1], to: "notes.txt")
    _ = log.follower.next(waitingAtMost: 50)
    #expect(log.follower.log === first)
    try directory.write(Self.record(2), to: "000001.wal")
    #expect(log.wait { $0.added == 1 })
    #expect(log.follower.openSegments.count == 2)
    #expect(first == nil)
  }

  @Test(arguments: [true, false])
  func `ends when somebody deletes it`(withItsDirectory: Bool) throws {
    let outer = try TemporaryDirectory()
    let path = outer.path("log")
    try #require(mkdir(path, 0o755) == 0)
    try outer.write(Self.record(1), to: "log/000000.wal")
    let log = try FollowedLog(path)
    try #require(unlink(outer.path("log/000000.wal")) == 0)
    if withItsDirectory { try #require(rmdir(path) == 0) }
    #expect(log.wait { $0.isDeleted })
    #expect(log.follower.next(waitingAtMost: 1).isEmpty)
  }

  /// The records that the follower tells until they are as many as awaited, or a minute is over.
  private static func added(to follower: LogFollower, awaiting count: UInt64) -> UInt64 {
    var added: UInt64 = 0
    let deadline = ContinuousClock.now + .seconds(60)
    while added < count, ContinuousClock.now < deadline {
      for case .segment(_, .added(let news)) in follower.next(waitingAtMost: 100) {
        added += news.records
      }
    }
    return added
  }

  @Test func `that cannot be watched is looked at again and again`() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.write(Self.record(1), to: "000000.wal")
    let script = FaultScript { call, _ in call == .watch ? .error(ENOSPC) : nil }
    let tree = try LogTree.open(FileName(directory.path), calls: script.calls)
    let follower = LogFollower(tree.logs[0])
    #expect(follower.isPolling)
    _ = follower.next(waitingAtMost: 1)
    try FileWriter(path).write(Self.record(2), at: Self.record(1).count)
    try directory.write(Self.record(3), to: "000001.wal")
    #expect(Self.added(to: follower, awaiting: 2) == 2)
  }

  @Test(arguments: [true, false])
  func `tells a segment that came before it was looked at first`(canBeWatched: Bool) throws {
    let directory = try TemporaryDirectory()
    try directory.write(Self.record(1), to: "000000.wal")
    let script = FaultScript { call, _ in
      call == .watch && !canBeWatched ? .error(ENOSPC) : nil
    }
    let tree = try LogTree.open(FileName(directory.path), calls: script.calls)
    try directory.write(Self.record(2), to: "000001.wal")
    let follower = LogFollower(tree.logs[0])
    #expect(Self.added(to: follower, awaiting: 1) == 1)
  }

  @Test func `can lie on a file system that is mounted read-only`() throws {
    guard let mounted = LoopFileSystem.mounted("ext4", megabytes: 16) else { return }
    let path = "\(mounted.path)/000000.wal"
    let bytes = Self.record(1) + Self.record(2)
    let descriptor = open(path, O_WRONLY | O_CREAT, 0o644)
    try #require(write(descriptor, bytes, bytes.count) == bytes.count)
    close(descriptor)
    try ChildProcess.require(["mount", "-o", "remount,ro", mounted.path])
    let log = try FollowedLog(mounted.path, from: .start)
    #expect(log.wait { $0.added == 2 })
    #expect(!log.follower.isPolling)
    #expect(log.complaints.isEmpty)
  }

  @Test func `can lie on a file system with layers, which moves it when it is written`() throws {
    let base = try TemporaryDirectory()
    for name in ["lower", "upper", "work", "merged"] {
      try #require(mkdir(base.path(name), 0o755) == 0)
    }
    try base.write(Self.record(1), to: "lower/000000.wal")
    let layers =
      "lowerdir=\(base.path("lower")),upperdir=\(base.path("upper")),workdir=\(base.path("work"))"
    let merged = base.path("merged")
    // Temporary directories may lie on such a file system themselves, which takes no other one.
    guard getuid() == 0,
      try ChildProcess.run(["mount", "-t", "overlay", "-o", layers, "none", merged]).status == 0
    else {
      print("skipped: no overlay can be mounted here")
      return
    }
    defer { _ = try? ChildProcess.run(["umount", "-l", merged]) }
    let log = try FollowedLog(merged)
    #expect(log.follower.isPolling)
    try FileWriter("\(merged)/000000.wal").write(Self.record(2), at: Self.record(1).count)
    #expect(log.wait { $0.added == 1 })
    try FileWriter("\(merged)/000000.wal").write(Self.record(3), at: Self.record(1).count * 2)
    #expect(log.wait { $0.added == 2 })
    #expect(log.complaints.isEmpty, "\(log.complaints)")
  }

  /// okaywal gives a new segment its name once it has a header: the first one may be gone between
  /// the look at the directory and the opening of the file.
  @Test(arguments: 0...3)
  func `is told whole where its first name is gone before it is opened`(opens: Int) throws {
    let directory = try TemporaryDirectory()
    func entries(_ ids: ClosedRange<UInt64>) -> [UInt8] {
      OkayWALEncoder.header()
        + ids.flatMap { OkayWALEncoder.entry(id: $0, chunks: [Array("entry".utf8)]) }
    }
    try directory.write(entries(1...2), to: "wal-1")
    let opened = Atomic<Int>(0)
    let script = FaultScript { call, _ in
      guard call == .openAt, access(directory.path("wal-3-cp"), F_OK) == 0,
        opened.add(1, ordering: .relaxed).oldValue == opens
      else { return nil }
      rename(directory.path("wal-3-cp"), directory.path("wal-3"))
      return .error(ENOENT)
    }
    let log = try FollowedLog(directory.path, calls: script.calls)
    try directory.write(entries(3...4), to: "wal-3-cp")
    let end = ContinuousClock.now + .seconds(2)
    while access(directory.path("wal-3-cp"), F_OK) == 0, ContinuousClock.now < end { log.look() }
    if access(directory.path("wal-3-cp"), F_OK) == 0 {
      try #require(rename(directory.path("wal-3-cp"), directory.path("wal-3")) == 0)
    }
    log.look()
    try FileWriter(directory.path("wal-3")).write(
      OkayWALEncoder.entry(id: 5, chunks: [Array("entry".utf8)]), at: entries(3...4).count)
    #expect(log.wait(seconds: 10) { $0.added == 3 })
    #expect(log.complaints.isEmpty, "\(log.complaints)")
  }

  /// As one of another machine does, this one remembers what it was told of a file; here for an hour.
  @Test func `can lie on a file system that does not ask again by itself`() throws {
    let base = try TemporaryDirectory()
    for name in ["stored", "seen"] { try #require(mkdir(base.path(name), 0o755) == 0) }
    try base.write(Self.record(1), to: "stored/000000.wal")
    let seen = base.path("seen")
    let mount = ["bindfs", "-o", "attr_timeout=3600", base.path("stored"), seen]
    guard getuid() == 0, (try? ChildProcess.run(mount).status) == 0 else {
      print("skipped: bindfs cannot mount anything here")
      return
    }
    defer { _ = try? ChildProcess.run(["umount", "-l", seen]) }
    let log = try FollowedLog(seen)
    #expect(log.follower.isPolling)
    let writer = try FileWriter(base.path("stored/000000.wal"))
    for number in 1...3 {
      try writer.write(Self.record(number + 1), at: Self.record(1).count * number)
      #expect(log.wait(seconds: 10) { $0.added == UInt64(number) })
    }
    try base.write(Self.record(1), to: "stored/000001.wal")
    #expect(log.wait(seconds: 10) { $0.added == 4 })
    #expect(log.complaints.isEmpty, "\(log.complaints)")
  }

  @Test func `costs no more memory for following long`() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.write([], to: "000000.wal")
    let writer = try FileWriter(path)
    let log = try FollowedLog(directory.path)
    var end = 0
    let piece = (0..<500).flatMap { Self.record($0, size: 20) }
    for round in 1...40 {
      try writer.write(piece, at: end)
      end += piece.count
      #expect(log.wait { $0.added == UInt64(round * 500) })
    }
    let index = try #require(log.follower.index(of: FileName("000000.wal")))
    #expect(index.rowCount == 20_000)
    #expect(index.ranges.count == 1)
  }
}
