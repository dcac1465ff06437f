import Glibc
import LogFiles
import TestSupport
import Testing

@testable import LogFormats

struct `Names of nori-wal segments` {
  @Test(
    arguments: [
      ("000000.wal", 0), ("0.wal", 0), ("+3.wal", 3), ("0000002.wal", 2),
      ("1000000.wal", 1_000_000),
      ("999999.wal", 999_999), ("00000000000000000000000000000000007.wal", 7),
      ("18446744073709551615.wal", UInt64.max), ("+18446744073709551615.wal", .max),
    ] as [(String, UInt64)])
  func `are found however the number is spelled`(name: String, id: UInt64) {
    #expect(NoriWALNames.id(of: FileName(name)) == id)
  }

  @Test(arguments: [
    "x.wal", "-1.wal", "000004.WAL", "000005.wal.tmp", "000005.wal.bak", ".wal", "+.wal", "++1.wal",
    "18446744073709551616.wal", "99999999999999999999999.wal", "1 .wal", " 1.wal", "1.2.wal",
    "0x1.wal", "1e3.wal", "１.wal", "000001wal", "000001.wal\n", "000001.waL", "wal", "",
  ])
  func `are not found otherwise`(name: String) {
    #expect(NoriWALNames.id(of: FileName(name)) == nil)
  }

  @Test func `have six digits or more in their canonical form`() {
    for (id, name) in [
      (0, "000000.wal"), (42, "000042.wal"), (999_999, "999999.wal"), (1_000_000, "1000000.wal"),
      (.max, "18446744073709551615.wal"),
    ] as [(UInt64, String)] {
      #expect(NoriWALNames.canonical(id) == FileName(name))
      #expect(NoriWALNames.id(of: FileName(name)) == id)
    }
  }

  @Test func `are told from what only looks like them`() {
    for name in [
      "x.wal", "000009.WAL", "000005.wal.bak", "000001.wal~", "backup-000000.wal", "000001.wal-old",
    ] {
      #expect(NoriWALNames.resemblesSegment(FileName(name)), "\(name)")
    }
    for name in ["notes.txt", "wal", "db-wal", "app.wallet", "x.wal2", "walrus.log", ""] {
      #expect(!NoriWALNames.resemblesSegment(FileName(name)), "\(name)")
    }
  }

  // MARK: Layout

  private func layout(_ names: [String], kinds: [String: FileKind] = [:]) throws -> LogLayout {
    let entries = names.map { DirectoryEntry(name: FileName($0), kind: kinds[$0] ?? .regular) }
    let directory = try TemporaryDirectory()
    return NoriWAL().forcedLog(in: try directory.open(), entries: entries, file: nil)
  }

  @Test func `are ordered by number, the highest is active, gaps are told`() throws {
    let layout = try layout([
      "1000000.wal", "000007.wal", "000003.wal", "000004.wal", "999999.wal",
    ])
    #expect(layout.segments.map(\.id) == [3, 4, 7, 999_999, 1_000_000])
    #expect(layout.segments.map(\.state) == [.sealed, .sealed, .sealed, .sealed, .active])
    #expect(layout.missing == [5...6, 8...999_998])
  }

  @Test func `that are spelled otherwise stand behind the one that is opened`() throws {
    let layout = try layout(["+1.wal", "000001.wal", "1.wal", "000002.wal"])
    #expect(layout.segments.map(\.name.utf8) == ["+1.wal", "000001.wal", "1.wal", "000002.wal"])
    #expect(layout.segments.map(\.state) == [.unknown, .sealed, .unknown, .active])
    #expect(layout.missing.isEmpty)
  }

  @Test func `of directories, links and FIFOs are strays in the way`() throws {
    let layout = try layout(
      ["000000.wal", "000001.wal", "000002.wal", "000003.wal.tmp", "notes.txt", "x.wal"],
      kinds: ["000001.wal": .directory, "000002.wal": .symbolicLink])
    #expect(layout.segments.map(\.name.utf8) == ["000000.wal"])
    #expect(
      layout.strays.map { "\($0.name.utf8 ?? "") \($0.kind) \($0.state)" } == [
        "000001.wal directory unknown", "000002.wal symbolicLink unknown",
        "000003.wal.tmp regular ignored", "x.wal regular ignored",
      ])
    #expect(layout.missing.isEmpty)
  }

  @Test func `A FIFO is never opened`() throws {
    let directory = try TemporaryDirectory()
    #expect(mkfifo(directory.path("000000.wal"), 0o600) == 0)
    let open = try directory.open()
    let layout = try #require(NoriWAL().logs(in: open, entries: try open.entries()).first)
    #expect(layout.segments.isEmpty && layout.strays.map(\.kind) == [.fifo])
    #expect(NoriWAL().log(ofFile: FileName("fifo"), in: open) == nil)
  }

  @Test func `A hundred thousand segments are sorted`() throws {
    let names = (0..<100_000).map { NoriWALNames.canonical($0 * 2) }
    let entries = names.reversed().map { DirectoryEntry(name: $0, kind: .regular) }
    let directory = try TemporaryDirectory()
    let layout = NoriWAL().forcedLog(in: try directory.open(), entries: entries, file: nil)
    #expect(layout.segments.map(\.name) == names)
    #expect(layout.missing.count == 99_999)
  }

  // MARK: Recognition

  private static let record = NoriWALEncoder.encode(
    NoriWALRecord(key: Array("key".utf8), value: Array("value".utf8)))

  private func confidence(_ files: [String: [UInt8]]) throws -> Confidence? {
    let directory = try TemporaryDirectory()
    for (name, bytes) in files { try directory.write(bytes, to: name) }
    let open = try directory.open()
    let layouts = NoriWAL().logs(in: open, entries: try open.entries())
    #expect(layouts.allSatisfy { $0.recognition.hasSuffix(".") && $0.format == "nori-wal" })
    return layouts.first?.confidence
  }

  @Test func `are certain with a record, and only names without one`() throws {
    let zeros = [UInt8](repeating: 0, count: 100)
    #expect(try confidence(["000000.wal": Self.record]) == .certain)
    #expect(try confidence(["000000.wal": [], "000001.wal": Self.record]) == .certain)
    #expect(try confidence(["000000.wal": zeros]) == .byName)
    #expect(try confidence(["000000.wal": Array("not a log".utf8)]) == .byName)
    #expect(try confidence(["notes.txt": Self.record]) == nil)
    #expect(try confidence(["000000.wal.tmp": Self.record]) == nil)
    #expect(try confidence([:]) == nil)
  }

  @Test func `A copied file is recognised by its first record, whatever its name`() throws {
    let directory = try TemporaryDirectory()
    let large = NoriWALEncoder.encode(
      NoriWALRecord(key: [1], value: [UInt8](repeating: 3, count: 200_000)))
    for (name, bytes) in [
      ("copy.bin", Self.record), ("large", large), ("zeros", [UInt8](repeating: 0, count: 50)),
      ("text", Array("hello world".utf8)), ("empty", []), ("000009.wal", [1, 2, 3]),
    ] {
      try directory.write(bytes, to: name)
    }
    let open = try directory.open()
    func found(_ name: String) -> Confidence? {
      NoriWAL().log(ofFile: FileName(name), in: open)?.confidence
    }
    #expect(found("copy.bin") == .byContent)
    #expect(found("large") == .byContent)
    #expect(found("zeros") == nil && found("text") == nil && found("empty") == nil)
    #expect(found("000009.wal") == .byName)
    #expect(found("absent") == nil)
    let layout = NoriWAL().log(ofFile: FileName("copy.bin"), in: open)
    #expect(layout?.segments.count == 1 && layout?.primary == FileName("copy.bin"))
  }
}
