import JSON
import LogFiles
import LogFormats
import LogInspection
import Quantities

/// `ls`: the logs under a path and their segments.
struct ListCommand {
  let context: CommandContext
  init(_ context: CommandContext) { self.context = context }

  func run() -> ExitStatus {
    let operands = context.command.operands
    var status = ExitStatus.done
    var isFirst = true
    for path in operands.isEmpty ? [FileName(".")] : operands {
      guard let tree = context.open(path) else {
        status = status.combined(with: .failed)
        continue
      }
      if !tree.problems.isEmpty || tree.isTruncated { status = .failed }
      var lines = ListJSON(context)
      if context.wantsJSON { lines.begin(path) }
      for log in tree.logs {
        let place = path.appending(log.place)
        guard let report = context.scan(log, at: place) else { return .interrupted }
        status = status.combined(with: context.status(of: report))
        let checked = CheckedLog(log: log, path: place, report: report)
        if context.wantsJSON {
          lines.add(checked)
        } else {
          if !isFirst { context.text.line() }
          writeText(checked)
        }
        isFirst = false
      }
      if context.wantsJSON { lines.end() }
    }
    return status
  }

  private func writeText(_ checked: CheckedLog) {
    let report = checked.report
    let layout = report.layout
    context.text.line(
      Phrase(DisplayName.text(checked.path), .strong),
      ": \(layout.format) (\(layout.confidence.title)), \(report.verdict.rawValue)")
    context.text.line("\(layout.recognition)")
    var table = TextTable([
      ("ID", .right), ("STATE", .left), ("VERDICT", .left), ("RECORDS", .right),
      ("LOGICAL", .right), ("SIZE", .right), ("ALLOCATED", .right), ("SLACK", .right),
      ("EXTENTS", .right), ("MODIFIED", .left), ("SEGMENT", .left),
    ])
    table.add(totals(report))
    let counts = report.segments.indices.map { extents(of: checked.log, segment: $0) }
    table.print(report.segments.indices, to: context.text, indentation: 2) { index in
      row(
        report.segments[index], extents: counts[index].map { String($0) } ?? "-")
    }
    for gap in layout.missing.prefix(100) {
      let count = gap.upperBound - gap.lowerBound
      context.text.line(
        Phrase(
          count == 0
            ? "  missing: segment \(gap.lowerBound)"
            : "  missing: segments \(gap.lowerBound) to \(gap.upperBound)", .bad))
    }
    for stray in layout.strays.prefix(100) {
      context.text.line(
        "  also there: \(stray.kind.words) \(DisplayName.text(stray.name)) (not a segment)")
    }
  }

  private func row(_ segment: SegmentReport, extents: String) -> [Phrase] {
    [
      Phrase(segment.file.id.map { String($0) } ?? "-"), Phrase(segment.file.state.rawValue),
      Phrase(segment.verdict.rawValue, Self.emphasis(segment.verdict)),
      Phrase(segment.countsRecords ? String(segment.records) : "-"),
      Phrase(String(segment.logicalEnd)),
      Phrase(String(segment.fileSize)), Phrase(String(segment.allocatedSize)),
      Phrase(String(segment.slack)), Phrase(extents),
      Phrase(segment.status?.modified.text ?? "-"), Phrase(DisplayName.text(segment.file.name)),
    ]
  }

  private func totals(_ report: LogReport) -> [Phrase] {
    var sums = SegmentSums()
    for index in report.segments.indices { sums.add(report.segments, index) }
    func text(_ sum: UInt64) -> Phrase { Phrase(String(sum), .strong) }
    return [
      "", Phrase("total", .strong), "", text(sums.records), text(sums.logicalEnd),
      text(sums.size), text(sums.allocated), text(sums.slack), "", "",
      Phrase(Quantity.count(report.segments.count, "segment")),
    ]
  }

  private func extents(of log: Log, segment index: Int) -> Int? {
    guard case .mapped(let extents, _)? = try? log.extents(ofSegment: index) else { return nil }
    return extents.count
  }

  static func emphasis(_ verdict: SegmentVerdict) -> Emphasis {
    switch verdict {
    case .clean, .preallocatedTail, .staleTail, .empty: .good
    case .tornTail: .warning
    case .damagedInside, .foreign, .unreadable: .bad
    }
  }
}

/// Sums over the segments of a log, which stay within 64 bits whatever sizes sparse files claim.
private struct SegmentSums {
  var records: UInt64 = 0
  var logicalEnd: UInt64 = 0
  var size: UInt64 = 0
  var allocated: UInt64 = 0
  var slack: UInt64 = 0

  mutating func add(_ segments: SegmentReports, _ index: Int) {
    let figures = segments.figures(at: index)
    let status = segments.status(at: index)
    let end = figures?.logicalEnd ?? 0
    let length = status?.size ?? 0
    records &+= figures?.records ?? 0
    logicalEnd &+= end
    size &+= length
    allocated &+= status?.allocated ?? 0
    slack &+= length - min(length, end)
  }
}

/// What `ls --json` prints for one path.
private struct ListJSON {
  private var json: JSONWriter
  init(_ context: CommandContext) { json = context.json }

  mutating func begin(_ path: FileName) {
    json.begin("{")
    json.member("schemaVersion", 1)
    json.member("path", file: path)
    json.key("logs")
    json.begin("[")
  }

  mutating func end() {
    json.end("]")
    json.end("}")
    json.endLine()
  }

  mutating func add(_ checked: CheckedLog) {
    let layout = checked.report.layout
    json.object { json in
      json.member("path", file: checked.path)
      json.member("format", layout.format)
      json.member("confidence", layout.confidence.title)
      json.member("recognition", layout.recognition)
      json.member("verdict", checked.report.verdict.rawValue)
      json.member(
        "segments", array: Array(checked.report.segments.indices), isCut: false
      ) { json, index in
        Self.write(
          checked.report.segments[index], extents: try? checked.log.extents(ofSegment: index),
          &json)
      }
      json.member("missing", array: layout.missing) { json, gap in
        json.object {
          $0.member("first", gap.lowerBound)
          $0.member("last", gap.upperBound)
        }
      }
      json.member("strays", array: layout.strays) { json, stray in
        json.object {
          $0.member("file", file: stray.name)
          $0.member("kind", stray.kind.rawValue)
        }
      }
    }
  }

  private static func write(
    _ segment: SegmentReport, extents: ExtentMap?, _ json: inout JSONWriter
  ) {
    json.object { json in
      json.member("file", file: segment.file.name)
      json.member("id", segment.file.id)
      json.member("state", segment.file.state.rawValue)
      json.member("verdict", segment.verdict.rawValue)
      json.member("records", segment.countsRecords ? segment.records : nil)
      json.member("logicalEnd", segment.logicalEnd)
      json.member("fileSize", segment.fileSize)
      json.member("allocatedSize", segment.allocatedSize)
      json.member("slack", segment.slack)
      if case .mapped(let extents, _)? = extents {
        json.member("extents", extents.count)
      } else {
        json.member("extents", Int?.none)
      }
      json.member("modified", segment.status?.modified.text)
    }
  }
}
