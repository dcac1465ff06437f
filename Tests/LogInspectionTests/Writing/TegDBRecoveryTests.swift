import Glibc
import LogFiles
import LogInspection
import TestSupport
import Testing

@testable import LogFormats

/// What opening makes of what a crash or damage left (format page, section 4.2).
struct `A TegDB database that is opened again` {
  private typealias Bytes = TegDBBytes
  private static let committed = Bytes.put("k1", "old") + Bytes.marker
  private static let open = Bytes.put("k2", "new") + Bytes.delete("k1") + Bytes.put("k3", "x")

  @Test(arguments: 0...open.count, [0, 4096])
  func `goes on behind the last marker, wherever what follows is torn`(length: Int, space: Int)
    throws
  {
    let kept = Self.committed + Self.open.prefix(length)
    let zeros = [UInt8](repeating: 0, count: max(0, space - 64 - kept.count))
    let database = try TegDBDatabase(
      Bytes.header(dataEnd: 64 + UInt64(Self.committed.count)) + kept + zeros)
    let writer = try database.writer()
    #expect(try writer.text("k1") == "old" && writer.text("k2") == nil)
    try writer.put("k4", "1")
    let expected = Self.committed + Bytes.put("k4", "1") + Bytes.marker
    #expect(try database.records().starts(with: expected))
    #expect(try database.records().dropFirst(expected.count).allSatisfy { $0 == 0 })
    try writer.close()
    try database.expectSound(keys: 2)
  }

  @Test func `changes nothing but the noted end before the first transaction`() throws {
    let records = Self.committed + Self.open
    let database = try TegDBDatabase.of(records: records, noted: 70)
    try database.writer().close()
    #expect(try database.records() == records)
    #expect(try database.notedEnd() == 64 + UInt64(records.count))
  }

  @Test(arguments: [65, 100, 262_144])
  func `takes a long value for torn that the file cuts, and loses nothing behind it`(length: Int)
    throws
  {
    let torn = Bytes.number(UInt32(4)) + Bytes.number(UInt32(length)) + Array("torn".utf8)
    let database = try TegDBDatabase.of(
      records: Self.committed + torn + [UInt8](repeating: 0x78, count: 40))
    for number in 0..<3 {
      let writer = try database.writer()
      try writer.put("n\(number)", String(repeating: "v", count: 50))
      try writer.close()
    }
    let writer = try database.writer()
    #expect(writer.keyCount == 4)
    #expect(try writer.text("torn") == nil)
    try database.expectSound(keys: 4)
  }

  @Test func `does not bring a transaction back that a crash left`() throws {
    let database = try TegDBDatabase.of(records: Self.committed + Bytes.put("ghost", "1"))
    let writer = try database.writer()
    try writer.put("a", "1")
    try writer.close()
    #expect(try database.writer().text("ghost") == nil)
    try database.expectSound(keys: 2)
  }

  @Test func `lets a crash leave nothing of the first transaction of a file`() throws {
    let database = try TegDBDatabase()
    let writer = try database.writer()
    let transaction = try writer.begin()
    try transaction.put("half", "1")
    let crashed = try TegDBDatabase(try database.bytes())
    let second = try crashed.writer()
    #expect(second.keyCount == 0)
    try second.put("a", "1")
    try crashed.expectSound(keys: 1)
  }

  @Test func `keeps all records of a file without a marker, and lets them count from then on`()
    throws
  {
    let records = Bytes.put("a", "1") + Bytes.put("b", "2") + Bytes.delete("a")
    let database = try TegDBDatabase.of(records: records)
    let writer = try database.writer()
    #expect(writer.keyCount == 1)
    try writer.put("c", "3")
    #expect(
      try database.records() == records + Bytes.marker + Bytes.put("c", "3") + Bytes.marker)
    try database.expectSound(keys: 2)
  }

  @Test(arguments: [0, 1, 63, 64, 70, 98, 99, 5000, .max] as [UInt64])
  func `puts a noted end right that is wrong`(noted: UInt64) throws {
    let database = try TegDBDatabase.of(records: Self.committed, noted: noted)
    let writer = try database.writer()
    #expect(try database.notedEnd() == 64 + UInt64(Self.committed.count))
    try writer.put("a", "1")
    try writer.close()
    try database.expectSound(keys: 2)
  }

  @Test func `is refused, and left as it is, where records that count stand behind damage`() throws
  {
    let whole =
      Self.committed + Bytes.put("k2", "value two") + Bytes.marker + Bytes.put("k3", "3")
      + Bytes.marker
    for place in [0, Self.committed.count, Self.committed.count + 4] {
      var records = whole
      records[place] = 0x7f
      let database = try TegDBDatabase.of(records: records)
      let before = try database.bytes()
      #expect("\(place)") {
        try database.writer()
      } throws: { error in
        guard case WriterFailure.unusable(_, let reason) = error else { return false }
        return reason.contains("check, recover or salvage")
      }
      #expect(try database.bytes() == before)
    }
  }

  @Test func `is refused where the owner refuses it`() throws {
    let good = Bytes.header(dataEnd: 64)
    var bad: [[UInt8]] = [[1], Array(good.prefix(63)), Bytes.header(version: 1, dataEnd: 0)]
    for place in [0, 7, 20] {
      var damaged = good
      damaged[place] ^= 0x10
      bad.append(damaged)
    }
    for bytes in bad {
      let database = try TegDBDatabase(bytes)
      #expect(throws: WriterFailure.self) { try database.writer() }
      #expect(try database.bytes() == bytes)
    }
    let empty = try TegDBDatabase([])
    try empty.writer().put("a", "1")
    try empty.expectSound(keys: 1)
    let directory = try TegDBDatabase().directory.open()
    #expect(throws: WriterFailure.self) { try TegDBWriter(FileName("db.log"), in: directory) }
  }

  // MARK: Errors

  @Test(
    arguments: 0..<70, [TegDBWriter.EndUpdates.eachRecord, .atCommit]
  )
  func `acknowledges nothing that could not be written, and goes on behind what was`(
    failing: Int, updates: TegDBWriter.EndUpdates
  ) throws {
    let isShort = failing % 2 == 1
    let script = FaultScript { call, number in
      guard call == .write else { return nil }
      if isShort, number == failing { return .short(failing % 23) }
      return number == (isShort ? failing + 1 : failing) ? .error(ENOSPC) : nil
    }
    let database = try TegDBDatabase()
    guard let writer = try? database.writer(calls: script.calls, { $0.endUpdates = updates })
    else { return }
    var expected: [String: String] = [:]
    for number in 0..<12 {
      guard let transaction = try? writer.begin() else { break }
      do {
        try transaction.put(
          "key\(number % 5)", String(repeating: "\(number % 10)", count: number * 9 + 1))
        try transaction.put("other\(number)", "x")
        try transaction.commit()
        expected["key\(number % 5)"] = String(repeating: "\(number % 10)", count: number * 9 + 1)
        expected["other\(number)"] = "x"
      } catch {}
    }
    // Where what is torn could not be cut off either, the database has ended.
    if (try? writer.sync()) != nil {
      for (key, value) in expected { #expect(try writer.text(key) == value) }
    }
    try? writer.close()
    let second = try database.writer()
    #expect(second.keyCount == expected.count)
    for (key, value) in expected { #expect(try second.text(key) == value) }
    try second.put("again", "1")
    try second.close()
    try database.expectSound(keys: expected.count + 1)
  }

  @Test func `ends with the first error of the disk`() throws {
    let fails = Monitor(false)
    let script = FaultScript { call, _ in
      call == .sync && fails.change { $0 } ? .error(EIO) : nil
    }
    let database = try TegDBDatabase()
    let writer = try database.writer(calls: script.calls)
    try writer.put("a", "1")
    fails.change { $0 = true }
    #expect(throws: WriterFailure.self) { try writer.put("b", "1") }
    fails.change { $0 = false }
    #expect(throws: WriterFailure.ended) { try writer.put("c", "1") }
    #expect(throws: WriterFailure.ended) { try writer.sync() }
    try writer.close()
    let second = try database.writer()
    #expect(try second.text("a") == "1" && second.text("c") == nil)
  }

  @Test func `takes writes that come through in pieces`() throws {
    let script = FaultScript { call, number in call == .write ? .short(1 + number % 7) : nil }
    let database = try TegDBDatabase()
    let writer = try database.writer(calls: script.calls)
    for number in 0..<20 { try writer.put("\(number)", "value") }
    try database.expectSound(keys: 20)
  }
}

/// Databases of the real owner.
@Suite(.enabled(if: Fixtures.root != nil, Fixtures.absence))
struct `Real TegDB databases` {
  @Test(arguments: TegDBTruth.logs)
  func `are continued where nothing is lost by it, and refused unchanged where it is`(name: String)
    throws
  {
    let truth = try TegDBTruth.read(name)
    let file = try #require(truth.file?.split(separator: "/").last.map(String.init))
    let bytes = try Fixtures.bytes("tegdb/\(name)/data/\(file)")
    let database = try TegDBDatabase(bytes)
    let keys = try LiveKeys.find(TegDB(), try database.report(), in: database.directory.open())
    let isRefused = Self.refused.contains(name)
    let writer: TegDBWriter
    do {
      writer = try database.writer()
    } catch {
      #expect(isRefused, "\(error)")
      #expect(try database.bytes() == bytes)
      return
    }
    #expect(!isRefused)
    #expect(writer.keyCount == keys?.count)
    try writer.put("walscope", "was here")
    try writer.put("walscope 2", "twice")
    try writer.close()
    let report = try database.report()
    let isNoted = ["v2-marker-as-user-key", "v2-marker-with-value"].contains(name)
    #expect(
      report.verdict == (isNoted ? .attention : .clean), "\(report.findings.map(\.message))")
    let found = try LiveKeys.find(TegDB(), report, in: database.directory.open())
    #expect(found?.count == (keys?.count ?? 0) + 2)
    #expect(try database.writer().text("walscope 2") == "twice")
  }

  /// No version of the owner that there is opens the first ones; in the others records that count,
  /// or that the owner counts, stand behind the end of the walk.
  private static let refused: Set<String> = [
    "v0-headerless", "v1-clean", "v1-flip-vallen", "v1-no-marker", "v1-torn",
    "v1-uncommitted-tail", "v1-zero-tail", "v2-all-zero", "v2-bad-endian", "v2-bad-magic",
    "v2-one-byte", "v2-short", "v2-unsupported-version",
    "v2-flip-keylen-high", "v2-flip-keylen-low", "v2-flip-vallen-high", "v2-flip-vallen-low",
    "v2-marker-value-past-eof", "v2-oversize-key", "v2-torn-large-then-append",
  ]
}
