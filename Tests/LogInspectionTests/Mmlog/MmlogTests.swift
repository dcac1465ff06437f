import LogFiles
import LogFormats
import LogInspection
import TestSupport
import Testing

struct `An mmlog pair` {
  // MARK: What is there

  @Test func `is lines and gaps up to the cursor, and space behind it`() throws {
    let report = try MmlogPair.example().judge()
    let data = try #require(report.data)
    #expect(data.logicalEnd == 32 && data.records == 3 && data.slack == 8160)
    #expect(data.gaps?.ranges == [18..<26])
    #expect(data.verdict == .damagedInside && report.verdict == .damaged)
    #expect(data.firstInvalid?.offset == 18 && data.firstInvalid?.fault.reason == .gap)
    #expect(data.facts["metadataStatus"] == .word("ok"))
    #expect(data.facts["chunkSize"] == .size(8192))
    #expect(report.metadata?.verdict == .clean && report.metadata?.countsRecords == false)
    let insert = try #require(report.forecasts.first { $0.mode == "insert" })
    #expect(insert.outcome == .clean && insert.attributes["insertOffset"] == .size(32))
  }

  @Test func `whose growth failed misses what was taken behind the file`() throws {
    let pair = try MmlogPair(
      MmlogPair.filled("ok\n", to: 8192), cursor: 9013, locked: 1, panicked: 1)
    let report = try pair.judge()
    #expect(report.data?.gaps?.ranges == [3..<8192])
    #expect(report.data?.facts["missingBytes"] == .size(821))
    #expect(report.has(.missingBytes, .error) && report.has(.gap, .error))
    #expect(report.has(.growthLock, .warning) && report.has(.panicked, .warning))
    let insert = try pair.forecast("insert")
    #expect(insert.outcome == .loses && insert.attributes["result"] == .word("fails"))
  }

  @Test func `that ends in a line without a newline counts it`() throws {
    let report = try MmlogPair(MmlogPair.filled("a\nbc", to: 8192), cursor: 4).judge()
    #expect(report.data?.records == 2 && report.data?.verdict == .preallocatedTail)
    #expect(report.has(.unterminatedLine, .note) && report.verdict == .clean)
  }

  @Test func `never takes what stands behind the cursor for lines of the log`() throws {
    let pair = try MmlogPair(MmlogPair.filled("one\ntwo\nthree\n", to: 8192), cursor: 4)
    let report = try pair.judge()
    let data = try #require(report.data)
    #expect(data.records == 1 && data.logicalEnd == 4 && data.afterDamage.records == 0)
    #expect(data.verdict == .staleTail && report.verdict == .damaged)
    #expect(report.findings.contains { $0.code == .bytesAfterEnd && $0.range == 4..<14 })
    #expect(try pair.forecast("insert").outcome == .rewrites)
  }

  @Test func `in binary data has stretches, and gaps from sixteen zeros on`() throws {
    var bytes = (0..<12000).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ $0 >> 5) | 1 }
    bytes.replaceSubrange(100..<115, with: [UInt8](repeating: 0, count: 15))
    bytes.replaceSubrange(4090..<4106, with: [UInt8](repeating: 0, count: 16))
    bytes.replaceSubrange(9000..<9500, with: [UInt8](repeating: 0, count: 500))
    let report = try MmlogPair(bytes, cursor: 12000).judge()
    let data = try #require(report.data)
    #expect(data.facts["content"] == .word("binary") && !data.countsRecords)
    #expect(data.gaps?.ranges == [4090..<4106, 9000..<9500])
    // What the verdict calls damage is an error.
    #expect(report.has(.gap, .error) && report.verdict == .damaged)
    #expect(report.forecasts.allSatisfy { $0.keepsRecords == nil })
  }

  @Test func `may have lines and gaps that no window holds`() throws {
    let line = [UInt8](repeating: 0x61, count: 700_000) + [0x0a]
    let bytes = line + [UInt8](repeating: 0, count: 600_000) + line + line.dropLast()
    let pair = try MmlogPair(bytes, cursor: UInt64(bytes.count))
    let log = try pair.open()
    let scanned = log.scanSegment(0)
    #expect(scanned.report.records == 3)
    #expect(scanned.report.gaps?.ranges == [700_001..<1_300_001])
    var reader = try RecordReader(log, segment: 0, end: UInt64(bytes.count), index: scanned.index)
    #expect(
      try allRows(&reader).map(\.length) == [700_001, 600_000, 700_001, 700_000])
  }

  @Test func `shows a line that a gap cuts as cut, whatever its length`() throws {
    let cut = [UInt8](repeating: 0x61, count: 700_000)
    let bytes = cut + [UInt8](repeating: 0, count: 50) + cut + [0x0a] + Array("end\n".utf8)
    let pair = try MmlogPair(bytes, cursor: UInt64(bytes.count))
    let log = try pair.open()
    let scanned = log.scanSegment(0)
    #expect(scanned.report.facts["cutLines"] == .number(1))
    var reader = try RecordReader(log, segment: 0, end: UInt64(bytes.count), index: scanned.index)
    let records = try allRows(&reader).compactMap { row -> Record? in
      if case .record(let record, _) = row { record } else { nil }
    }
    #expect(records.map(\.kind) == ["cut-line", "gap", "line", "line"])
    #expect(records.map { $0.value?.total } == [700_000, nil, 700_000, 3])
    #expect(
      records.map { $0.attributes["terminated"] } == [.flag(false), nil, .flag(true), .flag(true)])
    let described = try reader.describe(offset: 0, payloadLimit: 10)
    #expect(described.record.kind == "cut-line")
    #expect(described.record.attributes["terminated"] == .flag(false))
  }

  @Test func `counts lines by the first words with which each process starts its own`() throws {
    let lines = (0..<40).map { "[p\($0 % 5 == 0 ? 1 : 2)] \($0) something\n" }.joined()
    let facts = try #require(
      try MmlogPair(MmlogPair.filled(lines + "\n", to: 8192), cursor: UInt64(lines.utf8.count) + 1)
        .judge().data?.facts)
    #expect(facts["linePrefixes"] == .number(2))
    let text = Array("[p2] (32), [p1] (8)".utf8)
    #expect(facts["linesByPrefix"] == .bytes(text, total: UInt64(text.count)))
  }

  @Test(arguments: ["word %", "%", "averyveryverylongfirstwordofaline%"])
  func `has no prefixes where first words are as good as all different`(line: String) throws {
    let lines = (0..<40).map { number in
      let text = line.replacing("%", with: "\(number)")
      return line.hasPrefix("word") && number > 0 ? "\(number)-\(text)\n" : text + "\n"
    }.joined()
    let pair = try MmlogPair(MmlogPair.filled(lines, to: 8192), cursor: UInt64(lines.utf8.count))
    #expect(try pair.judge().data?.facts["linePrefixes"] == nil)
  }

  @Test func `with more gaps than are kept tells their number`() throws {
    var bytes: [UInt8] = []
    for _ in 0..<10_500 { bytes += [0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x0a] }
    for number in 0..<10_400 { bytes[number * 10 + 5] = 0 }
    let report = try MmlogPair(bytes, cursor: UInt64(bytes.count)).judge()
    // A zero in each line is more than lost lines leave: these are read as bytes.
    #expect(report.data?.facts["content"] == .word("binary"))
    var list = GapList()
    for number in 0..<UInt64(GapList.limit + 7) { list.append(number * 4..<number * 4 + 2) }
    #expect(list.ranges.count == GapList.limit && list.total == UInt64(GapList.limit) + 7)
  }

  // MARK: What is missing or wrong

  @Test func `without metadata would be wiped`() throws {
    let pair = try MmlogPair(MmlogPair.filled("plain\ntext\n", to: 64), cursor: 0)
    pair.metadata = nil
    let report = try pair.judge()
    #expect(report.data?.records == 2 && report.data?.logicalEnd == 11)
    #expect(report.has(.missingMetadata, .error))
    let open = try pair.forecast("open")
    #expect(open.opens && open.outcome == .wipes && open.losesRecords == 2)
  }

  @Test func `without data cannot be opened`() throws {
    let report = try MmlogPair(nil, cursor: 10, recorded: 8192).judge()
    #expect(report.data == nil && report.has(.missingData, .error))
    #expect(report.forecasts.first?.ownerError == "data not ready (open)")
  }

  @Test(arguments: [0, 1, 16, 31])
  func `whose metadata are too short shows its data all the same`(length: Int) throws {
    let pair = try MmlogPair.example()
    pair.metadata?.removeSubrange(length...)
    let report = try pair.judge()
    #expect(report.data?.logicalEnd == 32 && report.data?.records == 3)
    #expect(report.has(.unusableMetadata, .error))
    #expect(report.forecasts.first?.ownerError == "metadata not ready (fstat)")
  }

  @Test func `that was trimmed warns of the next insert`() throws {
    let lines = String(repeating: "0123456789abcde\n", count: 600)
    let trimmed = try MmlogPair(Array(lines.utf8), cursor: 9600, recorded: 16384)
    #expect(try trimmed.judge().verdict == .attention)
    #expect(try trimmed.forecast("insert").attributes["keptBytes"] == .size(0))
    // The insert reaches into the next page, of which the file has nothing.
    let killed = try trimmed.forecast("insert", insert: 4096)
    #expect(killed.outcome == .crashes && killed.attributes["signal"] == .word("SIGBUS"))
    // Over two boundaries it is written by pwrite, and the file grows.
    #expect(try trimmed.forecast("insert", insert: 20_000).outcome == .grows)
  }

  // MARK: Recognition

  @Test func `is found by either of its files, and several are several logs`() throws {
    let pair = try MmlogPair.example()
    try pair.save()
    try pair.directory.write(pair.metadata ?? [], to: "other.log.mmlog")
    try pair.directory.write(pair.data ?? [], to: "other.log")
    let tree = try LogTree.open(FileName(pair.directory.path))
    #expect(tree.logs.map(\.layout.primary?.utf8) == ["app.log", "other.log"])
    #expect(tree.logs.allSatisfy { $0.layout.confidence == .certain })
    let forced = try LogTree.open(FileName(pair.directory.path), format: "mmlog")
    #expect(forced.logs.count == 2)
    for (index, name) in ["app.log", "app.log.mmlog"].enumerated() {
      let tree = try LogTree.open(FileName(pair.directory.path(name)))
      let log = tree.logs[0]
      #expect(tree.onlySegment == index)
      #expect(log.layout.segments.map(\.name.utf8) == ["app.log", "app.log.mmlog"])
      #expect(log.format.name == "mmlog")
    }
  }

  @Test func `may hold data in a file that is named like metadata`() throws {
    let pair = try MmlogPair(MmlogPair.filled("one\n", to: 8192), cursor: 4, name: "x.mmlog")
    try pair.save()
    let tree = try LogTree.open(FileName(pair.directory.path), format: "mmlog")
    #expect(tree.logs.map(\.layout.primary?.utf8) == ["x.mmlog"])
    let report = try pair.judge()
    #expect(report.data?.file.name.utf8 == "x.mmlog" && report.data?.records == 1)
    #expect(report.verdict == .clean)
    // With a data file of its own it is metadata, whatever else there is.
    try pair.directory.write(pair.data ?? [], to: "x")
    let both = try LogTree.open(FileName(pair.directory.path), format: "mmlog")
    #expect(both.logs.contains { $0.layout.primary?.utf8 == "x" })
  }

  // MARK: While it is written to

  @Test func `with a writer at work has a note where the last insert is being copied`() throws {
    let pair = try MmlogPair(MmlogPair.filled("a\nb\n", to: 8192), cursor: 40)
    let log = try pair.open()
    let path = pair.directory.path(pair.name)
    let writer = try ChildProcess(["sh", "-c", "exec 3<>'\(path)'; echo ready; read end"])
    #expect(writer.readLine() == "ready")
    let report = log.scan()
    #expect(report.data?.beingWrittenBy == writer.pid && report.data?.gaps?.total == 0)
    #expect(report.data?.verdict == .preallocatedTail && report.verdict == .clean)
    #expect(report.findings.contains { $0.code == .beingWritten && $0.range == 4..<40 })
    writer.closeInput()
    writer.wait()
    #expect(log.scan().data?.verdict == .damagedInside)
  }

  @Test func `with a writer at work still has the gaps that stay`() throws {
    let pair = try MmlogPair.example()
    let log = try pair.open()
    let path = pair.directory.path(pair.name)
    let writer = try ChildProcess(["sh", "-c", "exec 3<>'\(path)'; echo ready; read end"])
    #expect(writer.readLine() == "ready")
    let report = log.scan()
    #expect(report.data?.gaps?.ranges == [18..<26] && report.verdict == .damaged)
    writer.closeInput()
    writer.wait()
  }
}
