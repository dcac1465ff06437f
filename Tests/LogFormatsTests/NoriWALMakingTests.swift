import Glibc
import LogFiles
import TestSupport
import Testing

@testable import LogFormats

struct `Made nori-wal logs` {
  /// A made log and the directory that keeps it.
  private final class Made {
    let directory: TemporaryDirectory
    let open: OpenDirectory
    var log: MadeLog

    init(_ recipe: LogRecipe) throws {
      directory = try TemporaryDirectory()
      open = try directory.open()
      log = try NoriWAL().make(recipe, in: open) { _ in true }
    }

    func bytes(_ name: FileName) throws -> [UInt8] {
      let file = try open.openFile(name)
      var bytes = [UInt8](repeating: 0, count: Int(try file.status().size))
      var span = bytes.mutableSpan
      var room = span.mutableBytes
      _ = try file.read(into: &room, at: 0)
      return bytes
    }

    func scan(_ name: FileName) throws -> PlainScan {
      PlainScan(try bytes(name), walker: NoriWALWalker())
    }
  }

  @Test(arguments: LogRecipe.Contents.allCases)
  func `hold the records of the recipe in segments of its size`(contents: LogRecipe.Contents) throws
  {
    var recipe = LogRecipe()
    recipe.contents = contents
    recipe.segmentSize = 20_000
    recipe.valueSizes = 0...3000
    recipe.records = 300
    let made = try Made(recipe)
    var total = 0
    for (index, segment) in made.log.segments.enumerated() {
      let bytes = try made.bytes(segment.file)
      let scan = PlainScan(bytes, walker: NoriWALWalker())
      #expect(scan.stop.cause == .endOfFile)
      #expect(UInt64(scan.frames.count) == segment.records)
      #expect(UInt64(bytes.count) == segment.logicalEnd && segment.fileSize == segment.logicalEnd)
      #expect(bytes.count <= 20_000)
      #expect(segment.file == NoriWALNames.canonical(UInt64(index)))
      #expect(scan.frames.map(\.offset) == segment.places.map(\.offset))
      total += scan.frames.count
    }
    #expect(total == 300 && made.log.records == 300)
    #expect(made.log.segments.count > 3)
  }

  @Test func `are the same for the same seed and differ for another`() throws {
    var recipe = LogRecipe()
    recipe.records = 50
    func hash(_ recipe: LogRecipe) throws -> String {
      let made = try Made(recipe)
      return SHA256.hex(try made.log.segments.flatMap { try made.bytes($0.file) })
    }
    let first = try hash(recipe)
    #expect(try hash(recipe) == first)
    recipe.seed = 2
    #expect(try hash(recipe) != first)
  }

  @Test(arguments: Array(NoriWAL().kinds.prefix(12)))
  func `hold only the kind that was asked for, and the walker reads it back`(kind: String) throws {
    var recipe = LogRecipe()
    recipe.records = 40
    recipe.kinds = [kind]
    let made = try Made(recipe)
    let scan = try made.scan(made.log.segments[0].file)
    #expect(scan.frames.count == 40)
    #expect(scan.frames.allSatisfy { NoriWAL().kinds[Int($0.kind)] == kind })
  }

  @Test(arguments: [Preallocation.allocate, .setLength])
  func `keep their preallocated tail after a crash and lose it when closed`(
    preallocation: Preallocation
  ) throws {
    var recipe = LogRecipe()
    recipe.records = 100
    recipe.segmentSize = 8192
    recipe.preallocation = preallocation
    recipe.closesCleanly = false
    let made = try Made(recipe)
    let last = try #require(made.log.segments.last)
    #expect(last.fileSize == 8192 && last.logicalEnd < 8192)
    #expect(made.log.segments.dropLast().allSatisfy { $0.fileSize == $0.logicalEnd })
    let tail = try made.bytes(last.file).dropFirst(Int(last.logicalEnd))
    #expect(tail.allSatisfy { $0 == 0 })
    recipe.closesCleanly = true
    let closed = try Made(recipe)
    #expect(closed.log.segments.allSatisfy { $0.fileSize == $0.logicalEnd })
  }

  @Test func `give a record beyond the segment size a segment of its own`() throws {
    let directory = try TemporaryDirectory()
    var recipe = LogRecipe()
    recipe.kinds = ["put"]
    recipe.records = 2
    recipe.segmentSize = 4096
    recipe.valueSizes = 6000...6000
    let made = try NoriWAL().make(recipe, in: try directory.open()) { _ in true }
    // The first segment was empty when the large record came: it stays, without bytes.
    #expect(made.segments.map(\.records) == [0, 1, 1])
    #expect(made.segments.map { $0.fileSize > 6000 } == [false, true, true])
    #expect(made.segments[0].fileSize == 0)
  }

  @Test func `never overwrite a file`() throws {
    let directory = try TemporaryDirectory()
    try directory.write([1, 2, 3], to: "000000.wal")
    let open = try directory.open()
    var found: MakeError?
    do { _ = try NoriWAL().make(LogRecipe(), in: open) { _ in true } } catch { found = error }
    guard case .file(let error)? = found else {
      Issue.record("expected a file error, got \(String(describing: found))")
      return
    }
    #expect(error.isExisting)
    #expect(try open.status(of: FileName("000000.wal")).size == 3)
  }

  @Test func `refuse unknown kinds, and stop when told to`() throws {
    let directory = try TemporaryDirectory()
    let open = try directory.open()
    var recipe = LogRecipe()
    recipe.kinds = ["put", "merge"]
    var message = ""
    do { _ = try NoriWAL().make(recipe, in: open) { _ in true } } catch { message = error.message }
    #expect(message.contains("put+ttl+zstd") && !message.contains("merge"))
    #expect(try open.entries().isEmpty)
    recipe.kinds = []
    recipe.segmentSize = 0
    do { _ = try NoriWAL().make(recipe, in: open) { _ in true } } catch { message = error.message }
    #expect(message.contains("at least one byte"))
    #expect(try open.entries().isEmpty)
    recipe.segmentSize = 1 << 20
    recipe.records = 1_000_000
    do { _ = try NoriWAL().make(recipe, in: open) { $0 < 2000 } } catch { message = error.message }
    #expect(message.contains("stopped"))
  }

  @Test func `cannot be made of raw bytes`() throws {
    let directory = try TemporaryDirectory()
    var message = ""
    do { _ = try RawBytes().make(LogRecipe(), in: try directory.open()) { _ in true } } catch {
      message = (error as? MakeError)?.message ?? "\(error)"
    }
    #expect(!RawBytes().canMake && NoriWAL().canMake)
    #expect(message.contains("cannot be made"))
  }

  // MARK: Damage

  private struct Damaged {
    var applied: AppliedDamage
    var log: MadeLog
    var scans: [(file: FileName, scan: PlainScan)]
  }

  private func damaged(_ damage: LogDamage, preallocated: Bool = false) throws -> Damaged {
    var recipe = LogRecipe()
    recipe.records = 400
    recipe.segmentSize = 16_384
    recipe.closesCleanly = !preallocated
    recipe.preallocation = preallocated ? .allocate : .none
    let made = try Made(recipe)
    let applied = try damage.apply(to: &made.log, in: made.open)
    let scans = try made.open.entries().map { ($0.name, try made.scan($0.name)) }
    return Damaged(applied: applied, log: made.log, scans: scans)
  }

  @Test(arguments: LogDamage.allCases)
  func `are damaged in one file, at the place that is told`(damage: LogDamage) throws {
    let damaged = try damaged(damage)
    let (applied, made, scans) = (damaged.applied, damaged.log, damaged.scans)
    if damage == .missingSegment {
      #expect(!scans.contains { $0.file == applied.file })
      #expect(scans.allSatisfy { $0.scan.stop.cause == .endOfFile })
      return
    }
    let broken = scans.filter { $0.scan.fault != nil }
    #expect(broken.map(\.file) == [applied.file])
    let stop = try #require(broken.first?.scan.stop)
    #expect(stop.offset <= applied.range.lowerBound)
    let segment = try #require(made.segments.first { $0.file == applied.file })
    #expect(segment.isDamaged)
    #expect(damage.summary.hasSuffix(".") && damage.rawValue == damage.rawValue.lowercased())
  }

  @Test(arguments: [
    (LogDamage.tornTail, Reason.incomplete), (.tornHeader, .short), (.bitFlip, .checksum),
    (.firstRecord, .checksum), (.hugeLength, .incomplete), (.zeroTail, .checksum),
    (.garbageTail, .varintOverflow), (.zeroHole, .checksum), (.recordsAfterZeros, .checksum),
    (.tornSealedSegment, .incomplete),
  ])
  func `stop the walk for the reason that the damage is about`(damage: LogDamage, reason: Reason)
    throws
  {
    let scans = try damaged(damage).scans
    #expect(scans.compactMap(\.scan.fault?.reason) == [reason])
  }

  @Test func `keep their size when a preallocated tail is torn`() throws {
    let damaged = try damaged(.tornTail, preallocated: true)
    let (applied, made, scans) = (damaged.applied, damaged.log, damaged.scans)
    #expect(made.segments.last?.fileSize == 16_384)
    let last = try #require(scans.last)
    #expect(last.file == applied.file && last.scan.fault?.reason == .checksum)
    #expect(last.scan.stop.offset + 1 <= applied.range.lowerBound)
  }

  @Test func `say what a damage needs that a small log lacks`() throws {
    var recipe = LogRecipe()
    recipe.records = 2
    let made = try Made(recipe)
    for damage in [LogDamage.missingSegment, .tornSealedSegment, .erasedMiddle] {
      var message = ""
      do { _ = try damage.apply(to: &made.log, in: made.open) } catch { message = error.message }
      #expect(message.contains(damage.rawValue + " needs"))
    }
  }

  @Test func `are not touched when another file took the place of theirs`() throws {
    var recipe = LogRecipe()
    recipe.records = 20
    let made = try Made(recipe)
    try made.directory.write([9, 9, 9], to: "other")
    #expect(rename(made.directory.path("other"), made.directory.path("000000.wal")) == 0)
    var found: MakeError?
    do { _ = try LogDamage.bitFlip.apply(to: &made.log, in: made.open) } catch { found = error }
    #expect(found?.message.contains("replaced") == true)
    #expect(try made.bytes(FileName("000000.wal")) == [9, 9, 9])
  }
}
