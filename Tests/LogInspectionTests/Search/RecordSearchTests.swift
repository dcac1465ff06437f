import LogFiles
import LogFormats
import LogInspection
import TestSupport
import Testing

@Suite struct `A search through records` {
  /// The numbers of all records that hold a pattern, searched from the start and from the end.
  private func numbers(_ story: LogStory, _ scanned: ScannedSegment, _ pattern: String) throws
    -> [UInt64]
  {
    var search = try story.search(scanned, SearchPattern(pattern))
    var found: [RecordSearch.Match] = []
    var place = RecordSearch.Place.start
    while case .match(let match) = try search.next(from: place) {
      found.append(match)
      place = match.end
    }
    var backwards: [RecordSearch.Match] = []
    place = RecordSearch.Place(offset: scanned.report.fileSize, frame: scanned.index.frameCount)
    while case .match(let match) = try search.previous(from: place) {
      backwards.insert(match, at: 0)
      place = match.place
    }
    #expect(found == backwards)
    return found.map(\.place.frame)
  }

  /// The numbers of all records that hold a pattern, by looking at each row.
  private func plainNumbers(_ story: LogStory, _ scanned: ScannedSegment, _ pattern: String) throws
    -> [UInt64]
  {
    let pattern = try SearchPattern(pattern)
    var reader = try story.reader(scanned)
    var found: [UInt64] = []
    try reader.forEachRow(from: 0, previewLimit: 1 << 30) { row in
      if case .record(let record, let number) = row {
        let key = record.key.map { pattern.occurs(in: $0.bytes) } ?? false
        let value = record.value.map { pattern.occurs(in: $0.bytes) } ?? false
        if key || value && !pattern.wantsKey { found.append(number) }
      }
      return true
    }
    return found
  }

  /// A row of TegDB needs the whole scan, but the search goes on beside it: what the scan comes to
  /// while a row waits is searched too.
  @Test func `finds what stands behind a hit whose row has to wait for the scan`() throws {
    let filler = [UInt8](repeating: 0x2e, count: 4_000)
    let put = TegDBBytes.put("k", String(decoding: filler, as: UTF8.self))
    var records = TegDBBytes.put("k", "needle")
    for _ in 0..<4_000 { records += put }
    records += TegDBBytes.put("k", "needle") + TegDBBytes.marker
    let file = try TegDBFile(TegDBBytes.header(dataEnd: 64 + UInt64(records.count)) + records)
    let rows = try StreamedRows(file.log, segment: 0)
    var found: [UInt64] = []
    try rows.forEachMatch(
      of: SearchPattern("needle"), previewLimit: 16, searching: { _ in }
    ) { row in
      found.append(row.offset)
      return true
    }
    #expect(found == [64, 64 + UInt64(records.count - TegDBBytes.marker.count - 15)])
  }

  @Test(arguments: ["key-7", "bcd", "k:key-1", "k:bcd", "KEY", "x:6b 65 79", "nowhere"])
  func `finds what a look at each row finds`(pattern: String) throws {
    let story = try LogStory().write(records: 500)
    let scanned = try story.scan()
    #expect(
      try numbers(story, scanned, pattern) == plainNumbers(story, scanned, pattern))
  }

  @Test func `does not take bytes of headers, checksums and damage for contents`() throws {
    let story = try LogStory().write(records: 50).damage(record: 20)
    let scanned = try story.scan()
    #expect(scanned.report.afterDamage.records > 0)
    // The four bytes of a checksum; the lengths and flags before a key; the damaged value.
    let checksum = story.bytes[story.records[5].upperBound - 4..<story.records[5].upperBound]
    let header = story.bytes[story.records[7].lowerBound..<story.records[7].lowerBound + 5]
    for bytes in [Array(checksum), Array(header), [0xee, 0xee]] {
      let pattern =
        "x:"
        + bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }
        .joined()
      #expect(try numbers(story, scanned, pattern) == plainNumbers(story, scanned, pattern))
    }
    #expect(try numbers(story, scanned, "x:ee ee").isEmpty)
    // Neither does a hit reach from a key into the value behind it.
    #expect(try numbers(story, scanned, "k:key-9").count == 1)
    let value = String(decoding: story.bytes[story.records[3]].suffix(24).prefix(3), as: UTF8.self)
    #expect(try numbers(story, scanned, "key-3" + value).isEmpty)
  }

  @Test func `finds a pattern on both sides of each border between windows`() throws {
    let story = try LogStory()
    var expected: [UInt64] = []
    var number: UInt64 = 0
    // Records of odd sizes around a mark, so that windows end in all parts of them.
    while story.bytes.count < 3 << 20 {
      let isMarked = number % 3 == 0
      let filler = [UInt8](repeating: 0x2e, count: Int(number * 7919 % 30_011))
      story.write(
        key: [1], value: filler + (isMarked ? Array("the mark".utf8) : Array("no mark".utf8)))
      if isMarked { expected.append(number) }
      number += 1
    }
    let scanned = try story.scan()
    #expect(try numbers(story, scanned, "the mark") == expected)
  }

  @Test func `searches a value larger than any window in pieces`() throws {
    var value = [UInt8](repeating: 0x2e, count: 5 << 20)
    for place in [0, (512 << 10) - 20, (512 << 10) - 3, (3 << 20) + 5, (5 << 20) - 4] {
      value.replaceSubrange(place..<place + 4, with: Array("mark".utf8))
      let story = try LogStory().write("a", "b").write(key: [7, 7], value: value).write("c", "mark")
      let scanned = try story.scan()
      #expect(try numbers(story, scanned, "mark") == [1, 2])
      var search = try story.search(scanned, SearchPattern("mark"))
      guard case .match(let match) = try search.next(from: .start) else {
        Issue.record("nothing was found")
        return
      }
      let start = story.records[1].upperBound - 4 - value.count
      #expect(match.offset == UInt64(start + place))
      value.replaceSubrange(place..<place + 4, with: [0x2e, 0x2e, 0x2e, 0x2e])
    }
  }

  @Test func `decodes compressed values, and finds nothing in what is stored of them`() throws {
    var bytes: [UInt8] = []
    let text = Array(String(repeating: "the same words again and again; ", count: 40).utf8)
    for number in 0..<200 {
      let value = text + Array("number \(number)".utf8)
      let compression: [NoriWALRecord.Compression] = [.none, .lz4, .zstd]
      bytes += NoriWALEncoder.encode(
        NoriWALRecord(
          key: Array("key-\(number)".utf8), value: value, compression: compression[number % 3]))
    }
    let story = try LogStory(bytes)
    let scanned = try story.scan()
    #expect(scanned.report.records == 200)
    #expect(try numbers(story, scanned, "again and again") == Array(0..<200))
    #expect(try numbers(story, scanned, "number 77") == [77])
    #expect(try numbers(story, scanned, "k:number 77").isEmpty)
    #expect(try numbers(story, scanned, "key-199") == [199])
    // The magic number of a Zstandard frame stands in the file, not in a value.
    #expect(try numbers(story, scanned, "x:28 b5 2f fd").isEmpty)
  }

  @Test func `reads nothing that lies before its place, and stops when it is told`() throws {
    let story = try LogStory().write(records: 60_000, valueSize: 100)
    let scanned = try story.scan()
    var search = try story.search(scanned, SearchPattern("key-59999"))
    let place = try search.place(beforeRow: 59_000)
    let before = search.bytesRead
    guard case .match(let match) = try search.next(from: place) else {
      Issue.record("nothing was found")
      return
    }
    #expect(match.place.frame == 59_999)
    #expect(search.bytesRead - before <= scanned.report.fileSize - place.offset)
    #expect(search.bytesRead < 2 << 20)

    var pieces = 0
    let outcome = try search.next(from: .start) { _ in
      pieces += 1
      return pieces < 4
    }
    guard case .stopped(let stopped) = outcome else {
      Issue.record("the search was not stopped")
      return
    }
    #expect(stopped.offset > 0)
    #expect(stopped.offset < scanned.report.fileSize / 2)
    // It goes on from there, with the right numbers.
    guard case .match(let again) = try search.next(from: stopped) else {
      Issue.record("the search did not go on")
      return
    }
    #expect(again == match)
  }

  @Test func `finds a whole key only where it is the key`() throws {
    let story = try LogStory().write("ab", "x").write("a", "ab").write("abc", "y").write("ab", "z")
    let scanned = try story.scan()
    var search = try story.search(scanned, #require(SearchPattern(key: Array("ab".utf8))))
    var found: [UInt64] = []
    var place = RecordSearch.Place.start
    while case .match(let match) = try search.next(from: place) {
      found.append(match.place.frame)
      place = match.end
    }
    #expect(found == [0, 3])
  }

  @Test func `passes the hole in a huge file without reading it`() throws {
    let story = try LogStory().write(records: 100).grow(to: 100 << 30, .hole)
    let scanned = try story.scan()
    var search = try story.search(scanned, SearchPattern("nowhere"))
    guard case .nothing = try search.next(from: .start) else {
      Issue.record("something was found")
      return
    }
    #expect(search.bytesRead < 1 << 20)
  }
}

@Suite struct `A search through entries of several chunks` {
  @Test func `finds what stands across two chunks, and nothing across two entries`() throws {
    let entries: [[String]] = [
      ["one chunk, a ma", "rk across"], ["a whole mark"], ["ma"], ["rk"], [], ["m", "a", "r", "k"],
      [String(repeating: ".", count: 700_000) + "ma", "rk"], ["last mark"],
    ]
    var bytes = OkayWALEncoder.header(versionInfo: Array("mark".utf8))
    for (number, chunks) in entries.enumerated() {
      bytes += OkayWALEncoder.entry(id: 300 + UInt64(number), chunks: chunks.map { Array($0.utf8) })
    }
    let story = try LogStory(bytes, fileName: "wal-300", format: "okaywal")
    let scanned = try story.scan()
    var search = try story.search(scanned, SearchPattern("mark"))
    var found: [UInt64] = []
    var place = RecordSearch.Place.start
    while case .match(let match) = try search.next(from: place) {
      found.append(match.place.frame)
      place = match.end
    }
    #expect(found == [0, 1, 5, 6, 7])
  }

  @Test(arguments: ["needle", "t:Needle", String(repeating: "0123456789", count: 7)])
  func `finds it wherever two long chunks part it`(pattern: String) throws {
    let text = pattern == "needle" ? "NeeDLe" : pattern
    let needle = Array(text.utf8.dropFirst(text.hasPrefix("t:") ? 2 : 0))
    var bytes = OkayWALEncoder.header(versionInfo: [])
    let filler = [UInt8](repeating: 0x2e, count: 100)
    for count in 0...needle.count {
      // Alone neither part is found, nor what has one byte of it wrong.
      bytes += OkayWALEncoder.entry(
        id: 2 * UInt64(count) + 1,
        chunks: [filler + needle.prefix(count), needle.dropFirst(count) + filler])
      bytes += OkayWALEncoder.entry(
        id: 2 * UInt64(count) + 2,
        chunks: [filler + needle.prefix(count), needle.dropFirst(count + 1) + filler])
    }
    let story = try LogStory(bytes, fileName: "wal-1", format: "okaywal")
    var search = try story.search(try story.scan(), SearchPattern(pattern))
    var found: [UInt64] = []
    var place = RecordSearch.Place.start
    while case .match(let match) = try search.next(from: place) {
      found.append(match.place.frame)
      place = match.end
    }
    // Behind the last byte of the needle nothing is wrong.
    let last = 2 * UInt64(needle.count)
    #expect(found == (0...UInt64(needle.count)).map { 2 * $0 } + [last + 1])
  }

  @Test func `stops inside an entry that is read piece by piece, and finds it when it goes on`()
    throws
  {
    let chunks = (0..<64).map { number in
      [UInt8](repeating: 0x2e, count: 1 << 16) + (number == 60 ? Array("mark".utf8) : [])
    }
    let bytes = OkayWALEncoder.header(versionInfo: []) + OkayWALEncoder.entry(id: 1, chunks: chunks)
    let story = try LogStory(bytes, fileName: "wal-1", format: "okaywal")
    let scanned = try story.scan()
    var search = try story.search(scanned, SearchPattern("mark"))
    var last: UInt64 = 0
    let outcome = try search.next(from: .start) { offset in
      last = offset
      return offset < 1 << 20
    }
    guard case .stopped(let place) = outcome else {
      Issue.record("the search was not stopped")
      return
    }
    #expect(last < 2 << 20)
    guard case .match(let match) = try search.next(from: place) else {
      Issue.record("nothing was found")
      return
    }
    #expect(match.place == place)
  }
}

extension LogStory {
  fileprivate func search(_ scanned: ScannedSegment, _ pattern: SearchPattern) throws
    -> RecordSearch
  {
    try RecordSearch(
      log, segment: 0, for: pattern, end: scanned.report.fileSize, index: scanned.index)
  }
}
