import Glibc
import LogFiles
import LogInspection
import TestSupport
import Testing

@testable import LogFormats

/// What opening makes of what a crash or damage left (format page, section 5).
struct `An okaywal log that is opened again` {
  private let log: OkayWALLog

  init() throws { log = try OkayWALLog() }
  private static let whole =
    OkayWALEncoder.header() + OkayWALEncoder.entry(id: 1, chunks: [Array("first".utf8)])
  private static let last = OkayWALEncoder.entry(
    id: 2, chunks: [Array("chunk one".utf8), Array("two".utf8)])

  @Test(arguments: 0...last.count, [TornTail.cut, .zeros, .stale])
  func `goes on behind the last whole entry, wherever the one behind it is torn`(
    length: Int, tail: TornTail
  ) throws {
    try log.directory.write(
      Self.whole + Self.last.prefix(length) + tail.bytes(length), to: "wal-1")
    try log.write(["new"])
    let expected = length == Self.last.count ? [["first"], ["chunk one", "two"]] : [["first"]]
    #expect(try log.entries("wal-1").map(\.chunks) == expected + [["new"]])
    #expect(try log.bytes("wal-1").count == 4096)
    try log.expectSound(entries: UInt64(expected.count + 1))
  }

  enum TornTail: CaseIterable {
    case cut
    case zeros
    /// Remains of an earlier life.
    case stale

    func bytes(_ length: Int) -> [UInt8] {
      switch self {
      case .cut: []
      case .zeros: [UInt8](repeating: 0, count: 500)
      case .stale:
        [0xee, 0xee, 0xee]
          + (0..<9).flatMap { _ in
            OkayWALEncoder.entry(id: 0, chunks: [[UInt8](repeating: 7, count: 30)])
          }
      }
    }
  }

  @Test func `keeps aborted entries where the owner would, and their ids`() throws {
    try log.directory.write(
      Self.whole + OkayWALEncoder.entry(id: 2, chunks: [[1]], isCommitted: false), to: "wal-1")
    try log.write(["new"])
    #expect(try log.entries("wal-1").map(\.id) == [1, 3])
    #expect(try log.report().segments[0].flawedRecords == 1)
  }

  @Test(arguments: 5..<(5 + 24 + 24))
  func `is refused, and left as it is, where good entries stand behind damage`(offset: Int) throws {
    let bytes =
      Self.whole + OkayWALEncoder.entry(id: 2, chunks: [Array("secnd".utf8)])
      + OkayWALEncoder.entry(id: 3, chunks: [Array("third".utf8)])
      + [UInt8](repeating: 0, count: 100)
    var damaged = bytes
    damaged[offset] ^= 0x40
    try log.directory.write(damaged, to: "wal-1")
    // Ids have no checksum, and a short id that became long is one.
    let isID = [5, 29].contains { offset > $0 && offset <= $0 + 8 }
    if isID {
      _ = try log.writer()
      return
    }
    #expect("\(offset)") { try log.writer() } throws: { error in
      guard case WriterFailure.unusable(let name, let reason) = error else { return false }
      return name == FileName("wal-1") && reason.contains("check, recover or salvage")
    }
    #expect(try log.bytes("wal-1") == damaged)
  }

  @Test func `is refused where an earlier segment is torn`() throws {
    try log.directory.write(Self.whole + Self.last.prefix(20), to: "wal-1")
    try log.directory.write(
      OkayWALEncoder.header() + OkayWALEncoder.entry(id: 3, chunks: []), to: "wal-3")
    #expect(throws: WriterFailure.self) { try log.writer() }
    #expect(try log.bytes("wal-1") == Self.whole + Self.last.prefix(20))
  }

  @Test(arguments: ["wal-1-bak", "wal-+1", "wal-01", "wal-1-CP"])
  func `is refused beside copies that the owner reads as well`(name: String) throws {
    try log.directory.write(Self.whole, to: "wal-1")
    try log.directory.write(Self.whole, to: name)
    #expect(throws: WriterFailure.self) { try log.writer() }
    #expect(try log.names == ["wal-1", name].sorted())
  }

  @Test(arguments: ["wal-1.bak", "WAL-1", "wal-", "notes.txt", "wal-9x-cp"])
  func `does not mind files that the owner ignores`(name: String) throws {
    try log.directory.write([1, 2, 3], to: name)
    try log.write(["a"])
    #expect(try log.names == ["wal-1", name].sorted())
    #expect(try log.bytes(name) == [1, 2, 3])
  }

  @Test(arguments: [0, 1, 5, 5000])
  func `makes a newest segment whole that a crash left without a header`(length: Int) throws {
    try log.directory.write(Self.whole, to: "wal-1")
    try log.directory.write([UInt8](repeating: 0, count: length), to: "wal-5")
    try log.write(["new"])
    #expect(try log.entries("wal-5").map(\.id) == [5])
    try log.expectSound(entries: 2)
  }

  @Test func `gives ids behind all that were given, in whatever file they are`() throws {
    try log.directory.write(
      OkayWALEncoder.header() + OkayWALEncoder.entry(id: 30, chunks: []), to: "wal-2")
    try log.directory.write(OkayWALEncoder.header(), to: "wal-7")
    #expect(try log.writer().nextEntryID == 31)
    try log.directory.write(
      OkayWALEncoder.header() + OkayWALEncoder.entry(id: .max, chunks: []), to: "wal-7")
    #expect(throws: WriterFailure.self) { try log.writer() }
  }

  @Test func `is refused where something stands in its place`() throws {
    mkdir(log.directory.path("wal-3"), 0o755)
    #expect(throws: WriterFailure.self) { try log.writer() }
    rmdir(log.directory.path("wal-3"))
    try log.write(["a"])
  }
}

/// Logs of the real owner.
@Suite(.enabled(if: Fixtures.root != nil, Fixtures.absence))
struct `Real okaywal logs` {
  /// Why some are not continued.
  private static let refused: Set<String> = [
    "aborted-then-committed", "bad-magic", "bitflip-chunk-marker", "bitflip-crc",
    "bitflip-end-marker", "bitflip-marker",
    "bitflip-payload", "double-checkpoint", "huge-length", "huge-length-max", "newer-version",
    "odd-names", "only-checkpointed", "rollback-hides-commits", "version-info-length-damaged",
    "wrong-length-inside",
  ]

  private static let oddIDs: Set<String> = ["bitflip-id", "missing-segment", "zero-length-last"]

  @Test(arguments: Fixtures.cases("okaywal"))
  func `are continued where nothing is lost by it, and refused unchanged where it is`(name: String)
    throws
  {
    let log = try OkayWALLog()
    let files = try OpenDirectory.open("\(Fixtures.root ?? "")/okaywal/\(name)/data").entries()
      .compactMap(\.name.utf8)
    for file in files {
      try log.directory.write(try Fixtures.bytes("okaywal/\(name)/data/\(file)"), to: file)
    }
    let before = try files.map { try log.bytes($0) }
    let report = try log.report()
    var options = OkayWALWriter.Options()
    options.preallocateBytes = 65_536
    if Self.refused.contains(name) {
      #expect { try log.writer(options) } throws: { error in
        if case WriterFailure.unusable = error { true } else { false }
      }
      #expect(try files.map { try log.bytes($0) } == before)
      #expect(try log.names == files.sorted())
      return
    }
    let entries = report.segments.filter { $0.file.isLive }.reduce(0) { $0 + $1.records }
    try log.write(["walscope was here", "twice"], options)
    let live = try log.report().segments.filter { $0.file.isLive }
    #expect(live.reduce(0) { $0 + $1.records } == entries + 2)
    #expect(try log.ownerKeeps() == entries + 2)
    let texts = try log.texts
    #expect(texts.suffix(2) == ["walscope was here", "twice"])
    // Where ids are missing or wrong, they stay so.
    if !Self.oddIDs.contains(name) { #expect(try log.report().verdict == .clean) }
  }
}
