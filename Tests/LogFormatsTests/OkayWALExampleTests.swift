import LogFiles
import TestSupport
import Testing

@testable import LogFormats

/// The worked examples of the format's page, and what their neighbours look like.
struct `The okaywal examples on the page` {
  static let twoChunks = bytes(
    hex: """
      6f6b7700027637 010100000000000000 0205000000616c706861812fd978 020000000000000000 03
      """.replacing("\n", with: ""))
  static let recycled = bytes(
    hex: "6f6b770000 012800000000000000 02030000006e65772efc43d703 "
      + "010c00000000000000 02080000006f6c642064617461ea58794b03")

  private func walker(_ id: UInt64?, _ bytes: [UInt8]) -> (OkayWALWalker, UInt64) {
    var walker = OkayWALWalker(fileID: id)
    guard case .records(let first) = walker.begin(bytes.rawBytes, fileSize: UInt64(bytes.count))
    else { return (walker, 0) }
    return (walker, first)
  }

  @Test func `Two chunks and an end marker are one entry of 33 bytes`() throws {
    var (walker, first) = walker(1, Self.twoChunks)
    #expect(first == 7)
    guard
      case .record(33, let kind) = walker.frame(Self.twoChunks.rawBytes, at: 7, remaining: 33)
    else {
      Issue.record("not an entry")
      return
    }
    #expect(OkayWAL().kinds[Int(kind)] == "entry")
    let row = walker.summarise(
      Array(Self.twoChunks[7...]).rawBytes, kind: kind, offset: 7, length: 33, fault: nil,
      previewLimit: 10)
    #expect(row.attribute("entryId") == .number(1))
    #expect(row.attribute("chunks") == .number(2))
    #expect(row.attribute("payloadLength") == .size(5))
    #expect(row.value?.bytes == Array("alpha".utf8))
  }

  @Test func `An entry below the id in the name is of an earlier life of the file`() throws {
    var (walker, _) = walker(40, Self.recycled)
    guard case .record(22, _) = walker.frame(Self.recycled.rawBytes, at: 5, remaining: 49) else {
      Issue.record("entry 40 not found")
      return
    }
    guard case .stale(27, _) = walker.frame(Self.recycled.rawBytes, at: 27, remaining: 27) else {
      Issue.record("entry 12 not told as stale")
      return
    }
    #expect(
      walker.facts.first { $0.name == "resumeOffset" }?.value == .number(27))
    let directory = try TemporaryDirectory()
    var source = try directory.source(Self.recycled)
    let file = SegmentFile(name: FileName("wal-40"), id: 40, state: .active)
    let described = try OkayWAL().describe(
      &source, of: file, in: try directory.open(), offset: 27, payloadLimit: 64)
    #expect(described.record.attribute("recycled") == .flag(true))
  }

  @Test func `The same bytes under the name of their first life are two entries`() {
    var (walker, _) = walker(12, Self.recycled)
    guard case .record = walker.frame(Self.recycled.rawBytes, at: 27, remaining: 27) else {
      Issue.record("not an entry")
      return
    }
  }

  @Test func `A file of another name takes its first entry's id`() {
    let (walker, _) = walker(nil, Self.recycled)
    #expect(walker.fileID == 40)
  }

  /// What the walk finds at the entry of the first example, cut after `count` bytes.
  @Test func `A cut entry is aborted at a marker, and torn inside a chunk`() throws {
    let directory = try TemporaryDirectory()
    for count in 8..<Self.twoChunks.count {
      let cut = Array(Self.twoChunks.prefix(count))
      var (walker, _) = walker(1, cut)
      let frame = walker.frame(cut.rawBytes, at: 7, remaining: UInt64(count - 7))
      switch (count, frame) {
      case (..<16, .end(.short)): break
      case (16, .flawed(9, _, nil)), (30, .flawed(23, _, nil)), (39, .flawed(32, _, nil)): break
      case (17..<30, .invalid(let fault)):
        #expect(fault.offset == 9 && fault.reason == .incomplete)
        #expect(fault.claimedLength == (count < 21 ? nil : 23))
      case (31..<39, .invalid(let fault)):
        #expect(fault.offset == 23 && fault.reason == .incomplete)
      default: Issue.record("cut after \(count): \(frame)")
      }
      var source = try directory.source(cut)
      let described = try OkayWAL().describe(&source, offset: 7, payloadLimit: 10)
      #expect(described.fields.tile(7..<UInt64(count)), "cut after \(count)")
      #expect(!described.record.isAccepted)
    }
  }

  @Test func `Headers tell what is wrong where the owner looks`() {
    func failure(_ bytes: [UInt8]) -> OkayWALHeader.Failure? {
      do throws(OkayWALHeader.Failure) {
        _ = try OkayWALHeader(bytes.rawBytes)
        return nil
      } catch {
        return error
      }
    }
    #expect(failure([])?.ownerError == "failed to fill whole buffer")
    #expect(failure([0, 0, 0, 0, 0])?.offset == 0)
    #expect(failure(Array("okw".utf8) + [1, 0])?.reason == .unknownVersion)
    #expect(failure(Array("okw".utf8) + [1, 0])?.offset == 3)
    #expect(failure(Array("okw".utf8) + [0, 2, 0x76])?.offset == 0)
    #expect(failure(Array("okw".utf8) + [0, 0]) == nil)
  }

  @Test(
    arguments: [
      ("wal-7", 7, false), ("wal-7-cp", 7, true), ("wal-7-bak", 7, false), ("wal-07", 7, false),
      ("wal-+7", 7, false), ("wal-7-cp-x", 7, true), ("wal-7-", 7, false), ("wal-7--cp", 7, false),
      ("wal-18446744073709551615", UInt64.max, false), ("wal-0", 0, false),
    ] as [(String, UInt64, Bool)])
  func `Names are read as the owner reads them`(name: String, id: UInt64, isCheckpointed: Bool) {
    #expect(
      OkayWALNames.parsed(FileName(name))
        == OkayWALNames.Parsed(id: id, isCheckpointed: isCheckpointed))
  }

  @Test(arguments: [
    "wal-7.bak", "WAL-7", "wal-", "wal-x", "wal", "wal7", "xwal-7", "wal-18446744073709551616",
    "wal--7", "wal- 7",
  ])
  func `Other names are ignored`(name: String) {
    #expect(OkayWALNames.parsed(FileName(name)) == nil)
  }

  @Test func `A name that is no UTF-8 is ignored`() {
    #expect(OkayWALNames.parsed(FileName(Array("wal-7-".utf8) + [0xff])) == nil)
  }
}
