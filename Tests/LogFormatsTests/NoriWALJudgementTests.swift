import Glibc
import LogFiles
import TestSupport
import Testing

@testable import LogFormats

/// Findings and forecasts for directories that no fixture has.
struct `What nori-wal makes of odd directories` {
  private static func segment(_ records: Int, tail: [UInt8] = []) -> [UInt8] {
    var bytes: [UInt8] = []
    for number in 0..<records {
      NoriWALEncoder.append(
        NoriWALRecord(key: [UInt8(number)], value: Array("value".utf8)), to: &bytes)
    }
    return bytes + tail
  }

  private static let zeros = [UInt8](repeating: 0, count: 1000)

  private struct Judged {
    var report: LogReport
    var findings: [Finding]
    var forecast: Forecast

    func finding(_ code: FindingCode) -> Finding? { findings.first { $0.code == code } }
  }

  /// Scans the files of a directory plainly, and judges them.
  private func judge(
    _ files: [String: [UInt8]], directories: [String] = [], fifos: [String] = [],
    links: [String] = [], singleFile: String? = nil, afterDamage: UInt64 = 0
  ) throws -> Judged {
    let directory = try TemporaryDirectory()
    for (name, bytes) in files { try directory.write(bytes, to: name) }
    for name in directories { #expect(mkdir(directory.path(name), 0o700) == 0) }
    for name in fifos { #expect(mkfifo(directory.path(name), 0o600) == 0) }
    for name in links { #expect(symlink("/nowhere", directory.path(name)) == 0) }
    let open = try directory.open()
    let layout = NoriWAL().forcedLog(
      in: open, entries: try open.entries(), file: singleFile.map { FileName($0) })
    let segments = try layout.segments.map { file in
      try scanned(file, files[file.name.utf8 ?? ""] ?? [], open, afterDamage)
    }
    let report = LogReport(layout: layout, segments: segments)
    return Judged(
      report: report, findings: NoriWAL().findings(for: report, in: open),
      forecast: try #require(NoriWAL().forecasts(for: report, in: open, assuming: [:]).first))
  }

  private func scanned(
    _ file: SegmentFile, _ bytes: [UInt8], _ directory: OpenDirectory, _ afterDamage: UInt64
  ) throws -> SegmentReport {
    let scan = PlainScan(bytes, walker: NoriWALWalker())
    let end = UInt64(bytes.count)
    let isZero = bytes.dropFirst(Int(scan.lastEnd)).allSatisfy { $0 == 0 }
    var report = SegmentReport(
      file: file, status: try directory.status(of: file.name),
      verdict: scan.fault == nil ? .clean : isZero ? .preallocatedTail : .damagedInside)
    report.records = UInt64(scan.frames.count)
    report.logicalEnd = scan.lastEnd
    if scan.fault != nil {
      report.ranges = [
        ByteRange(isZero ? .zeroTail : .damage, offset: scan.lastEnd, length: end - scan.lastEnd)
      ]
      if !isZero { report.afterDamage.records = afterDamage }
    }
    return report
  }

  private func sizes(_ forecast: Forecast) -> [String: UInt64] {
    Dictionary(
      (forecast.sizesAfter ?? []).map { ($0.file.utf8 ?? "", $0.size) }, uniquingKeysWith: max)
  }

  // MARK: Names

  @Test func `A second spelling is counted twice, and the file with it is never read`() throws {
    let judged = try judge(["000001.wal": Self.segment(3, tail: [1]), "1.wal": Self.segment(7)])
    #expect(judged.forecast.opens && judged.forecast.ownerError == nil)
    #expect(judged.forecast.keepsRecords == 6)
    #expect(judged.forecast.message.contains("counted twice"))
    #expect(judged.forecast.attributes.value("segmentsScanned") == .number(2))
    let size = UInt64(Self.segment(3).count)
    #expect(sizes(judged.forecast) == ["000001.wal": size, "1.wal": UInt64(Self.segment(7).count)])
    let finding = try #require(judged.finding(.duplicateSegment))
    #expect(finding.severity == .error && finding.file == FileName("1.wal"))
    #expect(judged.finding(.nonCanonicalName) == nil)
  }

  @Test func `A name that leads nowhere stops the open, after the segments before it were cut`()
    throws
  {
    let judged = try judge(
      ["000000.wal": Self.segment(2, tail: [9, 9]), "+1.wal": Self.segment(1)], afterDamage: 5)
    #expect(!judged.forecast.opens && judged.forecast.outcome == .refuses)
    #expect(
      judged.forecast.ownerError == "I/O error: No such file or directory (os error 2)")
    #expect(judged.forecast.keepsRecords == nil)
    #expect(judged.forecast.cutsBytes == 2 && judged.forecast.losesRecords == 5)
    #expect(sizes(judged.forecast)["000000.wal"] == UInt64(Self.segment(2).count))
    #expect(judged.forecast.message.contains("000001.wal"))
    #expect(judged.forecast.message.contains("By then it has cut 2 bytes"))
    #expect(judged.finding(.nonCanonicalName)?.severity == .error)
    #expect(judged.forecast.steps.map(\.file.utf8) == ["000000.wal", "+1.wal"])
  }

  @Test func `Segments behind the obstacle are left as they are`() throws {
    let tail = Self.segment(2, tail: Self.zeros)
    let judged = try judge(["0.wal": Self.segment(1), "000001.wal": tail])
    #expect(judged.forecast.cutsBytes == 0)
    #expect(sizes(judged.forecast)["000001.wal"] == UInt64(tail.count))
  }

  @Test func `A directory named like a segment stops the open`() throws {
    let judged = try judge(["000000.wal": Self.segment(2)], directories: ["000001.wal"])
    #expect(judged.forecast.ownerError == "I/O error: Is a directory (os error 21)")
    #expect(judged.finding(.directoryNamedLikeSegment)?.severity == .error)
  }

  @Test func `What the owner does with links and FIFOs is not guessed`() throws {
    let link = try judge(["000000.wal": Self.segment(2)], links: ["000001.wal"])
    #expect(!link.forecast.opens && link.forecast.ownerError == nil)
    #expect(link.forecast.message.contains("cannot be told"))
    #expect(link.finding(.notARegularFile)?.severity == .warning)
    let fifo = try judge(["000000.wal": Self.segment(2)], fifos: ["000001.wal"])
    #expect(!fifo.forecast.opens && fifo.forecast.message.contains("waits"))
    #expect(fifo.finding(.notARegularFile)?.severity == .error)
  }

  @Test func `Leftovers and files that only look like segments are told, others are not`() throws {
    let judged = try judge([
      "000000.wal": Self.segment(1), "000000.wal.tmp": [1], "x.wal": [2], "notes.txt": [3],
    ])
    #expect(judged.finding(.leftoverTemporaryFile)?.severity == .warning)
    #expect(judged.finding(.strayFile)?.severity == .note)
    #expect(judged.findings.count == 2)
    #expect(judged.forecast.outcome == .clean && judged.forecast.opens)
  }

  // MARK: Order and contents

  @Test func `Gaps are errors that the owner does not notice`() throws {
    let judged = try judge([
      "000002.wal": Self.segment(1), "000004.wal": Self.segment(1), "000009.wal": Self.segment(1),
    ])
    let gaps = judged.findings.filter { $0.code == .missingSegment }
    #expect(gaps.map(\.severity) == [.error, .error])
    #expect(
      gaps.map(\.message) == [
        "000003.wal is missing", "000005.wal to 000008.wal are missing (4 segments)",
      ])
    #expect(judged.forecast.outcome == .clean && judged.forecast.keepsRecords == 3)
    #expect(judged.forecast.message.contains("does not notice"))
  }

  @Test func `A hundred thousand gaps become a thousand findings and a number`() throws {
    let directory = try TemporaryDirectory()
    let open = try directory.open()
    let entries = (0..<100_000).map {
      DirectoryEntry(name: NoriWALNames.canonical($0 * 2), kind: .regular)
    }
    let layout = NoriWAL().forcedLog(in: open, entries: entries, file: nil)
    let findings = NoriWAL().findings(for: LogReport(layout: layout, segments: []), in: open)
    #expect(findings.count == 1001)
    #expect(findings.last?.message == "98,999 more gaps in the sequence")
  }

  @Test func `Preallocated zeros are cut, told as harmless, and a note in a sealed segment`() throws
  {
    let judged = try judge([
      "000000.wal": Self.segment(2, tail: Self.zeros), "000001.wal": [],
      "000002.wal": Self.segment(4, tail: Self.zeros),
    ])
    #expect(judged.forecast.opens && judged.forecast.outcome == .cuts)
    #expect(judged.forecast.keepsRecords == 6 && judged.forecast.losesRecords == 0)
    #expect(judged.forecast.cutsBytes == 2000)
    #expect(judged.forecast.message.contains("preallocated zeros"))
    #expect(judged.forecast.message.contains("not preallocated again"))
    let sealed = try #require(judged.finding(.zeroTailInSealedSegment))
    #expect(sealed.severity == .note && sealed.file == FileName("000000.wal"))
    #expect(judged.finding(.zeroLengthSegment)?.file == FileName("000001.wal"))
    #expect(judged.findings.allSatisfy { $0.severity == .note })
  }

  @Test func `Records behind damage are lost without a copy, and later segments leave a hole`()
    throws
  {
    let judged = try judge(
      ["000000.wal": Self.segment(2, tail: [7, 7, 7]), "000001.wal": Self.segment(1)],
      afterDamage: 9)
    #expect(judged.forecast.outcome == .drops && judged.forecast.losesRecords == 9)
    #expect(judged.forecast.keepsRecords == 3)
    #expect(judged.forecast.message.contains("keeps no copy"))
    #expect(
      judged.forecast.message.contains("9 valid records behind the damage go with it, for good"))
    #expect(judged.forecast.message.contains("hole"))
  }

  @Test func `An empty directory opens as a new log`() throws {
    let judged = try judge([:])
    #expect(judged.forecast.opens && judged.forecast.outcome == .clean)
    #expect(judged.forecast.keepsRecords == 0 && judged.forecast.message.contains("000000.wal"))
    #expect(judged.findings.isEmpty && judged.report.segments.isEmpty)
  }

  @Test func `A file opened by itself is not judged by its name`() throws {
    let judged = try judge(
      ["copy.bin": Self.segment(3, tail: [1]), "000001.wal": Self.segment(1)],
      singleFile: "copy.bin")
    #expect(judged.findings.isEmpty)
    #expect(judged.forecast.opens && judged.forecast.keepsRecords == 3)
    #expect(judged.forecast.cutsBytes == 1)
  }

  @Test func `A segment that could not be read leaves the forecast open`() throws {
    var judged = try judge(["000000.wal": Self.segment(3)])
    judged.report.segments[0].verdict = .unreadable
    judged.report.segments[0].failure = "reading it failed"
    let directory = try TemporaryDirectory()
    let forecast = try #require(
      NoriWAL().forecasts(for: judged.report, in: try directory.open(), assuming: [:]).first)
    #expect(!forecast.opens && forecast.message.contains("cannot be told"))
    #expect(forecast.keepsRecords == nil)
  }

  @Test func `A scan that was stopped gives no figures`() throws {
    var judged = try judge(["000000.wal": Self.segment(3)])
    judged.report.segments[0].isInterrupted = true
    let directory = try TemporaryDirectory()
    let forecast = try #require(
      NoriWAL().forecasts(for: judged.report, in: try directory.open(), assuming: [:]).first)
    #expect(forecast.keepsRecords == nil && forecast.sizesAfter == nil)
    #expect(forecast.message.contains("Not everything was read"))
  }

  @Test func `What was noticed in accepted records becomes a finding`() throws {
    var judged = try judge(["000000.wal": Self.segment(3)])
    judged.report.segments[0].observations = [
      Observation(code: .reservedFlagBits, records: 2, firstOffset: 12),
      Observation(code: .uncheckedValue, records: 1, firstOffset: 0),
      Observation(code: .readerLimit, records: 1, firstOffset: 5),
    ]
    let directory = try TemporaryDirectory()
    let findings = NoriWAL().findings(for: judged.report, in: try directory.open())
    #expect(findings.map(\.severity) == [.note, .note, .note])
    #expect(findings.first?.message.contains("0xc") == true)
  }
}
