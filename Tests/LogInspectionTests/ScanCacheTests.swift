import Glibc
import LogFiles
import LogFormats
import TestSupport
import Testing

@testable import LogInspection

@Suite struct `What a scan leaves for the next opening` {
  private let directory: TemporaryDirectory
  private let home: TemporaryDirectory
  private let cache: ScanCache

  init() throws {
    directory = try TemporaryDirectory()
    home = try TemporaryDirectory()
    cache = ScanCache(in: FileName(home.path("cache/walscope")), version: "1")
    for number in 0..<9 {
      let story = try LogStory().write(records: 50 + number)
      _ = try directory.write(story.bytes, to: "00000\(number).wal")
    }
  }

  /// Long after the files were last written.
  private static var later: Timestamp {
    Timestamp(seconds: Timestamp.now.seconds + 100, nanoseconds: 0)
  }

  private func log(_ calls: SystemCalls = .linux) throws -> Log {
    try #require(try LogTree.open(FileName(directory.path), calls: calls).logs.first)
  }

  /// Scans the log and keeps what is found.
  private func keep() throws -> LogReport {
    let log = try log()
    let report = log.scan()
    cache.keep(report.segments, of: log, scannedFrom: Self.later)
    return report
  }

  private func entries() throws -> [DirectoryEntry] {
    try OpenDirectory.open(home.path("cache/walscope")).entries()
  }

  @Test func `is the same report, and nothing of the segments is read`() throws {
    let first = try keep()
    let script = FaultScript()
    let log = try log(script.calls)
    let known = try #require(cache.reports(of: log))
    let opened = script.count(.read)
    let second = log.scan(threads: 2, known: known)
    #expect(script.count(.read) == opened)
    #expect(known.used == 9)
    #expect("\(Array(second.segments))" == "\(Array(first.segments))")
    #expect("\(second.forecasts)" == "\(first.forecasts)")
  }

  /// A thread that asks for a segment may get no processor until others have asked for many.
  @Test func `is found in whatever order the segments are asked for`() throws {
    let bytes = try LogStory().write(records: 1).bytes
    for number in 9..<400 {
      let digits = String(number)
      let name = String(repeating: "0", count: 6 - digits.count) + digits
      _ = try directory.write(bytes, to: "\(name).wal")
    }
    _ = try keep()
    let log = try log()
    let known = try #require(cache.reports(of: log))
    let segments = log.layout.segments
    for index in segments.indices.reversed() {
      let status = try log.status(ofSegment: index)
      #expect(known.report(of: segments[index], status, at: index) != nil, "segment \(index)")
    }
  }

  @Test func `is for its owner's eyes only, and never beside the log`() throws {
    _ = try keep()
    let open = try OpenDirectory.open(home.path("cache/walscope"))
    #expect(try open.status().mode & 0o777 == 0o700)
    let entry = try #require(try entries().first)
    #expect(try open.status(of: entry.name).mode & 0o777 == 0o600)
    #expect(try entries().count == 1)
    #expect(try directory.open().entries().count == 9)
  }

  @Test func `does not hold for a file that has changed, by whatever`() throws {
    _ = try keep()
    let changed = try LogStory().write(records: 70)
    _ = try directory.write(changed.bytes, to: "000003.wal")
    #expect(chmod(directory.path("000004.wal"), 0o640) == 0)
    let log = try log()
    let known = try #require(cache.reports(of: log))
    let report = log.scan(known: known)
    #expect(known.used == 7)
    #expect(report.segments[3].records == 70)
  }

  @Test func `survives that segments come and go`() throws {
    _ = try keep()
    #expect(unlink(directory.path("000000.wal")) == 0)
    #expect(unlink(directory.path("000005.wal")) == 0)
    _ = try directory.write(try LogStory().write(records: 5).bytes, to: "000009.wal")
    let log = try log()
    let known = try #require(cache.reports(of: log))
    #expect(log.scan(known: known).segments.count == 8)
    // The one that was active is sealed now, and is read again.
    #expect(known.used == 6)
  }

  @Test func `is nothing where the files changed a moment ago`() throws {
    let log = try log()
    cache.keep(log.scan().segments, of: log, scannedFrom: .now)
    #expect(cache.reports(of: log) == nil)
  }

  @Test func `is nothing for another version of the program`() throws {
    _ = try keep()
    let other = ScanCache(in: FileName(home.path("cache/walscope")), version: "2")
    #expect(other.reports(of: try log()) == nil)
  }

  @Test func `is ignored when a byte of it is another one, or missing`() throws {
    _ = try keep()
    let name = try #require(try entries().first?.name)
    let path = home.path("cache/walscope/" + (name.utf8 ?? ""))
    let store = CacheStore(FileName(home.path("cache/walscope")))
    let good = try #require(store.bytes(of: name))
    let log = try log()
    for place in stride(from: 0, to: good.count, by: max(1, good.count / 150)) {
      var bad = good
      bad[place] ^= 0x10
      _ = unlink(path)
      _ = try home.write(bad, to: "cache/walscope/" + (name.utf8 ?? ""))
      #expect(cache.reports(of: log) == nil, "byte \(place)")
      _ = unlink(path)
      _ = try home.write(Array(good[..<place]), to: "cache/walscope/" + (name.utf8 ?? ""))
      #expect(cache.reports(of: log) == nil, "the first \(place) bytes")
    }
    _ = try keep()
    #expect(cache.reports(of: log) != nil)
  }

  @Test func `is silently not kept where it cannot be written`() throws {
    _ = try home.write([1], to: "file")
    let log = try log()
    for place in ["file/walscope", "cache\u{0}"] {
      let cache = ScanCache(in: FileName(home.path(place)), version: "1")
      cache.keep(log.scan().segments, of: log, scannedFrom: Self.later)
      #expect(cache.reports(of: log) == nil)
    }
  }

  @Test func `takes no more room than it may: the oldest goes`() throws {
    let path = FileName(home.path("store"))
    let store = CacheStore(path, limit: 10_000)
    let names = "abcdef".map { FileName(String(repeating: $0, count: 64)) }
    for name in names { store.keep(Array(repeating: 7, count: 3_000), as: name) }
    let left = try OpenDirectory.open(path).entries()
    #expect(left.count == 3)
    #expect(left.map(\.name).contains(names[5]))
    store.keep(Array(repeating: 7, count: 10_001), as: names[0])
    #expect(store.bytes(of: names[0]) == nil)
  }

  @Test func `has the index of a large segment's records`() throws {
    let story = try LogStory().write(records: 9_000, valueSize: 1_000)
    _ = try directory.write(story.bytes, to: "000009.wal")
    let log = try log()
    let scanned = log.scanSegment(9)
    cache.keep(scanned, of: log, segment: 9, scannedFrom: Self.later)
    let again = try #require(cache.scan(of: log, segment: 9))
    #expect("\(again.report)" == "\(scanned.report)")
    for row in stride(from: UInt64(0), to: scanned.index.rowCount, by: 777) {
      #expect(
        "\(again.index.place(ofRow: row) as Any)" == "\(scanned.index.place(ofRow: row) as Any)")
    }
    #expect(cache.scan(of: log, segment: 0) == nil)
  }
}
