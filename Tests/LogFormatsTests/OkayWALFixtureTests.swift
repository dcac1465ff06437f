import LogFiles
import TestSupport
import Testing

@testable import LogFormats

@Suite(.enabled(if: Fixtures.root != nil, Fixtures.absence))
struct `Real okaywal files` {
  @Test(arguments: Fixtures.cases("okaywal"))
  func `are found by the owner's rule, copies beside the original included`(name: String) throws {
    let truth = try OkayWALTruth.read(name)
    let directory = try OpenDirectory.open("\(Fixtures.root ?? "")/okaywal/\(name)/data")
    let layout = OkayWAL().forcedLog(in: directory, entries: try directory.entries(), file: nil)
    #expect(
      layout.segments.map { $0.name.utf8 ?? "" }.sorted() == truth.discovered.map(\.file).sorted())
    for segment in layout.segments {
      let expected = truth.discovered.first { $0.file == segment.name.utf8 }
      #expect(segment.id == expected?.segment_id)
      #expect(segment.isLive == (expected?.state == "live"))
    }
  }

  @Test(arguments: Fixtures.cases("okaywal"))
  func `hold the entries and chunks that an independent decoder found`(name: String) throws {
    let directory = try TemporaryDirectory()
    for segment in try OkayWALTruth.read(name).discovered where segment.header != nil {
      let bytes = try segment.bytes(of: name)
      var source = try directory.source(bytes, name: segment.file)
      let file = SegmentFile(name: FileName(segment.file), id: segment.segment_id, state: .unknown)
      var lines = ""
      for expected in entries(of: segment, in: bytes) {
        let description = try OkayWAL().describe(
          &source, of: file, in: try directory.open(), offset: expected.offset, payloadLimit: 64)
        lines += line(description, status: expected.status, bytes)
      }
      if let hash = segment.entries_sha256 { #expect(SHA256.hex(Array(lines.utf8)) == hash) }
      for expected in segment.listed {
        let description = try OkayWAL().describe(
          &source, of: file, in: try directory.open(), offset: expected.offset, payloadLimit: 64)
        check(description, expected)
      }
    }
  }

  private struct Found {
    var offset: UInt64
    var status: String
  }

  /// The walk's frames with the fixtures' words for what became of them.
  private func entries(of segment: OkayWALTruth.Segment, in bytes: [UInt8]) -> [Found] {
    var walker = OkayWALWalker(fileID: segment.segment_id)
    let end = UInt64(bytes.count)
    guard case .records(var offset) = walker.begin(bytes.rawBytes, fileSize: end) else { return [] }
    var found: [Found] = []
    while true {
      switch walker.frame(bytes.rawBytes, at: Int(offset), remaining: end - offset) {
      case .record(let length, _):
        found.append(Found(offset: offset, status: "committed"))
        offset += UInt64(length)
      case .flawed(let length, let kind, _):
        let isAborted = kind == OkayWALEntry.Kind.aborted
        found.append(Found(offset: offset, status: isAborted ? "aborted" : "corrupt"))
        offset += UInt64(length)
      case .invalid:
        found.append(Found(offset: offset, status: "torn"))
        return found
      case .run, .stale, .end, .partial: return found
      }
      if offset == end { return found }
    }
  }

  /// An entry as the fixtures list it for their hash.
  private func line(_ description: RecordDescription, status: String, _ bytes: [UInt8]) -> String {
    let chunks = description.fields.filter { $0.name == "chunk" && !$0.children.isEmpty }
    let whole = chunks.filter { $0.children.last?.name == "crc" && !isCut($0) }
    let words = whole.map { chunk -> String in
      let payload = chunk.children.first { $0.name == "payload" }?.range ?? 0..<0
      guard case .checksum(let stored)? = chunk.children.last?.value else { return "" }
      let part = Array(bytes[Int(payload.lowerBound)..<Int(payload.upperBound)])
      return "\(part.count):\(SHA256.hex(part)):\(hex(stored))"
    }
    let id = description.record.attribute("entryId").map { "\($0)" } ?? ""
    let length = whole.last.map(\.range.upperBound).map { $0 - description.record.offset }
    let columns = [
      "\(description.record.offset)",
      "\(status == "torn" ? length ?? 9 : description.record.length)",
      id.filter(\.isNumber), status, words.joined(separator: ","),
    ]
    return columns.joined(separator: "\t") + "\n"
  }

  private func isCut(_ chunk: Field) -> Bool {
    chunk.children.first { $0.name == "length" }?.isFaulty ?? true
  }

  private func check(_ description: RecordDescription, _ expected: OkayWALTruth.Entry) {
    let record = description.record
    #expect(description.fields.tile(record.offset..<record.offset + record.length))
    #expect(record.attribute("entryId") == .number(expected.entry_id))
    #expect(
      (record.fault == nil) == ["committed", "aborted"].contains(expected.status)
        || expected.chunks.contains { !$0.crc_valid })
    #expect(record.isAccepted == (expected.status == "committed"))
    guard expected.status != "torn" else { return }
    #expect(record.length == expected.length)
    let chunks = description.fields.filter { $0.name == "chunk" }
    #expect(chunks.map(\.range.lowerBound) == expected.chunks.map(\.offset))
    #expect(chunks.map(\.isFaulty) == expected.chunks.map { !$0.crc_valid })
    #expect(description.payloads.map(\.decodedLength) == expected.chunks.map(\.length))
  }

  @Test(arguments: Fixtures.cases("okaywal"))
  func `have headers whose fields own every byte`(name: String) throws {
    let directory = try TemporaryDirectory()
    for segment in try OkayWALTruth.read(name).discovered {
      var source = try directory.source(try segment.bytes(of: name), name: segment.file)
      let description = try OkayWAL().describe(&source, offset: 0, payloadLimit: 300)
      #expect(description.fields.tile(0..<description.record.length))
      #expect((description.record.fault == nil) == (segment.header != nil))
      guard let header = segment.header else { continue }
      #expect(description.record.length == header.header_length)
      let info = bytes(hex: header.version_info_hex)
      if !info.isEmpty {
        #expect(
          description.fields.named("versionInfo")?.value
            == .bytes(info, total: UInt64(info.count)))
      }
    }
  }
}
