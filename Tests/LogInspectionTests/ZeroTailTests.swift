import LogFormats
import LogInspection
import TestSupport
import Testing

@Suite struct `Zeros behind the last record` {
  private static let borders = [512, 4096, 65536, 1 << 18]
  private static let lengths =
    Array(1...16) + borders.flatMap { $0 - 2...$0 + 2 } + [(1 << 20) + 1]

  @Test(arguments: lengths)
  func `are a preallocated tail of any size, however they lie on disk`(length: Int) throws {
    for kind in LogStory.Zeros.allCases {
      let story = try LogStory().write(records: 5)
      let end = story.bytes.count
      story.grow(to: end + length, kind)
      let scanned = try story.scan()
      expectSound(scanned, size: end + length, "\(kind)")
      let report = scanned.report
      #expect(report.verdict == .preallocatedTail)
      #expect(report.records == 5)
      #expect(report.logicalEnd == UInt64(end))
      #expect(report.tail == Tail(kind: .zeros, offset: UInt64(end), length: UInt64(length)))
      #expect(report.firstInvalid == nil)
    }
  }

  /// Ends of records around borders of sectors, pages and blocks.
  @Test(arguments: borders.dropLast().flatMap { $0 - 5...$0 + 5 })
  func `start where the last record ends, at borders too`(end: Int) throws {
    let story = try LogStory()
    let rest = end - LogStory.record(key: [0x6b], value: [UInt8](repeating: 1, count: 300)).count
    story.write(key: [0x6b], value: [UInt8](repeating: 1, count: 300))
    story.write(key: [0x6b], value: [UInt8](repeating: 1, count: max(0, rest - 12)))
    let actual = story.bytes.count
    let verdicts = try LogStory.Zeros.allCases.map { kind in
      try story.shrink(to: actual).grow(to: 1 << 17, kind).scan().report
    }
    for report in verdicts {
      #expect(report.verdict == .preallocatedTail)
      #expect(report.logicalEnd == UInt64(actual))
    }
  }

  @Test(arguments: [LogStory.Zeros.hole, .unwritten])
  func `cost no reads where nobody wrote them`(kind: LogStory.Zeros) throws {
    let story = try LogStory().write(records: 50_000, valueSize: 50)
    let end = story.bytes.count
    story.grow(to: 64 << 20, kind)
    let scanned = try story.scan()
    expectSound(scanned, size: 64 << 20)
    #expect(scanned.report.verdict == .preallocatedTail)
    #expect(scanned.report.records == 50_000)
    #expect(scanned.report.bytesRead < UInt64(end) + (1 << 18))
    #expect(scanned.report.bytesSkipped > 60 << 20)
  }

  @Test func `cost no reads in a segment of 100 GB, with records at both ends`() throws {
    let story = try LogStory().write(records: 10)
    let end = story.bytes.count
    story.grow(to: 100 << 30, .hole)
    try story.save()
    let last = LogStory.record(key: [1], value: [2])
    try FileWriter(story.directory.path(story.fileName)).write(last + last, at: 99 << 30)
    let scanned = story.scanFile()
    expectSound(scanned, size: 100 << 30)
    #expect(scanned.report.verdict == .damagedInside)
    #expect(scanned.report.afterDamage.records == 2)
    #expect(scanned.report.ranges.map(\.kind) == [.records, .padding, .records, .zeroTail])
    #expect(scanned.report.ranges[1].offset == UInt64(end))
    #expect(scanned.report.bytesRead < 4 << 20)
  }

  @Test func `alone are a segment without records yet`() throws {
    let scanned = try LogStory().grow(to: 8192).scan()
    expectSound(scanned, size: 8192)
    #expect(scanned.report.verdict == .preallocatedTail)
    #expect(scanned.report.records == 0)
  }

  @Test func `of no bytes at all are an empty segment`() throws {
    let scanned = try LogStory().scan()
    expectSound(scanned, size: 0)
    #expect(scanned.report.verdict == .empty)
  }
}
