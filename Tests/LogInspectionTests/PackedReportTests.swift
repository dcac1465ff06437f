import LogFiles
import LogFormats
import LogInspection
import TestSupport
import Testing

@Suite struct `Reports that are kept packed` {
  /// Logs of every sort: sound, torn, damaged inside, preallocated, erased, empty.
  static func stories() throws -> [LogStory] {
    [
      try LogStory(), try LogStory().write(records: 300),
      try LogStory().write(records: 300).grow(to: 1 << 20),
      try LogStory().write(records: 300).append([1, 2, 3, 4, 5]),
      try LogStory().write(records: 300).damage(record: 20).damage(record: 100),
      try LogStory().write(records: 300).erase(2_000..<3_000),
      try LogStory().append(Array(repeating: 0xee, count: 5_000)),
    ]
  }

  @Test func `come back as they were, with all they tell`() throws {
    var verdicts: Set<SegmentVerdict> = []
    for story in try Self.stories() {
      let report = try story.scan().report
      let packed = SegmentReports([report, report])
      for again in packed { #expect("\(again)" == "\(report)") }
      #expect(packed.figures(at: 1) == report.figures)
      #expect(packed.status(at: 1) == report.status)
      verdicts.insert(report.verdict)
    }
    #expect(verdicts.count >= 5, "\(verdicts)")
  }

  @Test func `keep the bytes of odd names, and one can take the place of another`() throws {
    let report = try LogStory().write(records: 3).scan().report
    let names = ["a\n.wal", "\u{1b}[31m.wal", "-\t\u{202e}.wal"].map { FileName($0) }
    let odd = (names + [FileName([0xff, 0x0a, 0x80])]).map { name in
      var other = report
      other.file = SegmentFile(name: name, id: nil, state: .unknown)
      return other
    }
    var packed = SegmentReports(odd)
    #expect(packed.map(\.file.name) == odd.map(\.file.name))
    for round in 0..<20_000 {
      var newer = odd[round % 4]
      newer.records = UInt64(round)
      packed[round % 4] = newer
    }
    #expect(packed.map(\.records) == [19_996, 19_997, 19_998, 19_999])
    #expect(packed.packedBytes < 4 << 20, "what was replaced is given back")
  }

  @Test func `go to other places with their files, and the others have none`() throws {
    let report = try LogStory().write(records: 3).scan().report
    let old = (0..<4).map { number in
      var other = report
      other.file.name = FileName("\(number).wal")
      other.records = UInt64(number)
      return other
    }
    let files = ["2", "new", "0", "3"].map {
      SegmentFile(name: FileName("\($0).wal"), id: nil, state: .unknown)
    }
    let places = SegmentNames(old.map(\.file)).places(of: files)
    #expect(places == [2, nil, 0, 3])
    var moved = SegmentReports(old).moved(to: files, from: places)
    #expect(moved.known == 3)
    #expect(moved.files == files)
    #expect(moved.figures(at: 1) == nil)
    #expect(moved.map(\.records) == [2, 0, 0, 3])
    #expect(moved.report(at: 3)?.file == files[3])
    moved.set(old[1], at: 1)
    #expect(moved.map(\.records) == [2, 1, 0, 3])
    #expect(SegmentReports(old).moved(to: [], from: []).isEmpty)
  }

  @Test func `take few bytes for each of 20,000 segments, whether sound or torn`() throws {
    for story in [
      try LogStory().write(records: 20), try LogStory().write(records: 20).append([9, 9, 9]),
    ] {
      let report = try story.scan().report
      var packed = SegmentReports(of: Array(repeating: report.file, count: 20_000))
      for index in packed.indices { packed.set(report, at: index) }
      #expect(packed.known == 20_000)
      #expect(packed.packedBytes / 20_000 < 120, "\(packed.packedBytes)")
    }
  }

  @Test func `do not become a finding for each of many torn segments`() throws {
    let directory = try TemporaryDirectory()
    let torn = LogStory.record(key: [1], value: [2]) + [0, 5, 5, 1]
    for number in 0..<1_500 {
      let digits = String(number)
      let name = String(repeating: "0", count: 6 - digits.count) + digits
      _ = try directory.write(torn, to: name + ".wal")
    }
    let report = try LogTree.open(FileName(directory.path)).logs[0].scan()
    let errors = report.findings.filter { $0.severity == .error }
    #expect(errors.count == FindingList.limit + 1)
    #expect(errors.countOfAll == 1_499, "the last one may be torn")
    #expect(report.verdict == .damaged)
    #expect(report.segments.figures.allSatisfy { $0.verdict == .tornTail })
  }
}
