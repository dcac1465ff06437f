import JSON
import LogFiles
import LogFormats
import LogInspection
import Quantities

/// `dump`: the records, one a line, as they are read.
struct DumpCommand {
  private let context: CommandContext
  private let from: RecordPlace?
  private let to: RecordPlace?
  private let filter: DumpFilter

  init(_ context: CommandContext) throws(UsageError) {
    self.context = context
    from = try Self.place(.from, context.command)
    to = try Self.place(.to, context.command)
    filter = try DumpFilter(context.command)
  }

  private static func place(_ option: OptionName, _ command: ParsedCommand)
    throws(UsageError) -> RecordPlace?
  {
    guard let word = command.bytes(option) else { return nil }
    guard let place = RecordPlace(word) else {
      throw UsageError(
        "--\(option.rawValue) \(word.lossyText) is not understood",
        hint: "write an offset (4096, 0x1000), record:N, or SEGMENT@ and one of them")
    }
    return place
  }

  func run() throws(UsageError) -> ExitStatus {
    let path = context.command.operands[0]
    guard let tree = context.open(path) else { return .failed }
    try filter.requireKnownKind(in: tree.logs)
    try requireOnePlace(tree)
    var work = DumpWork(context, path: path, tree: tree, filter: filter)
    if !tree.problems.isEmpty || tree.isTruncated { work.status = .failed }
    for log in tree.logs where work.wantsMore {
      guard let span = try span(in: log) else {
        context.diagnostics.report(
          path, "there is no such segment in the log", advice: "`walscope ls` lists them")
        return .failed
      }
      for segment in span where work.wantsMore {
        work.dump(
          log, segment: segment, from: segment == span.first ? from?.position : nil,
          to: segment == span.last ? to?.position : nil)
      }
    }
    return work.finish()
  }

  /// A place without a segment has a meaning only where there is one segment.
  private func requireOnePlace(_ tree: LogTree) throws(UsageError) {
    let places = [from, to].compactMap { $0 }
    guard !places.isEmpty else { return }
    if tree.logs.count > 1 {
      throw UsageError(
        "there are \(tree.logs.count) logs under the path, so a place is not clear",
        hint: "name one log or one segment as PATH")
    }
    let segments = tree.logs.first?.layout.segments.count ?? 0
    if segments > 1, places.contains(where: { $0.segment == nil }) {
      throw UsageError(
        "the log has \(segments) segments, so a place is not clear",
        hint: "write SEGMENT@PLACE, or name the segment as PATH")
    }
  }

  /// The segments between the two places; nil when a place names none.
  private func span(in log: Log) throws(UsageError) -> Range<Int>? {
    var span = log.layout.segments.indices
    if let name = from?.segment {
      guard let index = log.segment(named: name) else { return nil }
      span = index..<span.upperBound
    }
    if let name = to?.segment {
      guard let index = log.segment(named: name) else { return nil }
      span = min(span.lowerBound, index + 1)..<(index + 1)
    }
    return span
  }
}

/// A dump under way.
struct DumpWork {
  private let context: CommandContext
  private let path: FileName
  private let isOneLog: Bool
  private let progress: ProgressLine
  private let filter: DumpFilter
  private var linesLeft: UInt64
  private var bytesBefore: UInt64 = 0
  private let bytesTotal: UInt64
  private var text: DumpText
  private var json: JSONWriter

  /// Bytes of a key or value that a line shows.
  static let textLimit = 128
  static let jsonLimit = 1 << 16

  var status = ExitStatus.done
  /// Values of which only the beginning could be searched.
  private var partlySearched: UInt64 = 0

  init(_ context: CommandContext, path: FileName, tree: LogTree, filter: DumpFilter) {
    self.context = context
    self.path = path
    self.filter = filter
    isOneLog = tree.logs.count == 1
    progress = context.progressLine(streamsOutput: true)
    linesLeft = context.command.count(.limit) ?? .max
    bytesTotal = tree.logs.reduce(0) { sum, log in
      log.layout.segments.indices.reduce(sum) {
        $0 &+ ((try? log.status(ofSegment: $1).size) ?? 0)
      }
    }
    text = DumpText(context, logs: tree.logs, valueLimit: Self.textLimit)
    json = context.json
  }

  var wantsMore: Bool {
    linesLeft > 0 && context.output.isOpen && !Interruption.isRequested
  }

  mutating func dump(
    _ log: Log, segment: Int, from: RecordPlace.Position?, to: RecordPlace.Position?
  ) {
    let name = log.layout.segments[segment].name
    do throws(FileError) {
      let rows = try StreamedRows(
        log, segment: segment, isCancelled: { Interruption.isRequested })
      try dump(rows, of: log, segment: segment, from: from, to: to)
      if let report = rows.report, report.failure != nil {
        fail(log, name, report.failure ?? "")
      }
      bytesBefore += (try? log.status(ofSegment: segment).size) ?? 0
    } catch {
      fail(log, name, error.whatHappened, offset: error.offset, advice: error.advice)
    }
  }

  private mutating func fail(
    _ log: Log, _ name: FileName, _ message: String, offset: UInt64? = nil, advice: String? = nil
  ) {
    progress.erase()
    context.output.flush()
    context.diagnostics.report(
      path.appending(log.place).appending(name), offset: offset, message, advice: advice)
    status = .failed
  }

  private mutating func dump(
    _ rows: StreamedRows, of log: Log, segment: Int, from: RecordPlace.Position?,
    to: RecordPlace.Position?
  ) throws(FileError) {
    let (output, progress, before, total) = (context.output, progress, bytesBefore, bytesTotal)
    let waiting = { (done: UInt64) in
      output.flush()
      progress.update(done: before + done, total: total)
    }
    if let from, try !rows.seek(to: from, waiting: waiting) {
      let (message, advice) = from.absence(size: rows.end)
      fail(
        log, log.layout.segments[segment].name, message, offset: from.offset, advice: advice)
      return
    }
    let line = DumpLine(
      log: log, file: log.layout.segments[segment].name, evidence: log.format.evidence)
    let limit = filter.previewLimit(shown: context.wantsJSON ? Self.jsonLimit : Self.textLimit)
    if let pattern = filter.pattern {
      try rows.forEachMatch(
        of: pattern, before: to?.offset ?? .max, previewLimit: limit, searching: waiting
      ) { row in
        if let to, Self.isAtOrBehind(row, to) { return false }
        if filter.accepts(row) { write(row, line) }
        return wantsMore
      }
      partlySearched += rows.partlySearched
      return
    }
    var passed = 0
    try rows.forEachRow(previewLimit: limit, waiting: waiting) { row in
      if let to, Self.isAtOrBehind(row, to) { return false }
      passed += 1
      if passed % 4096 == 0 { progress.update(done: before + row.offset, total: total) }
      if filter.accepts(row) { write(row, line) }
      return wantsMore
    }
  }

  private static func isAtOrBehind(_ row: Row, _ place: RecordPlace.Position) -> Bool {
    switch (place, row) {
    case (.offset(let offset), _): row.offset >= offset
    case (.record(let last), .record(_, let number)): number >= last
    case (.record, .range): false
    }
  }

  private mutating func write(_ row: Row, _ line: DumpLine) {
    if context.wantsJSON {
      guard DumpJSON.holds(row) else { return }
      let limits = DumpJSON(
        place: isOneLog ? nil : line.log.place, limit: Self.jsonLimit,
        isRedacted: context.isRedacted)
      limits.write(row, line, to: &json)
    } else {
      text.write(row, line)
    }
    linesLeft -= 1
  }

  /// Says what was left out, and answers the exit status.
  func finish() -> ExitStatus {
    progress.erase()
    context.output.flush()
    if Interruption.isRequested {
      context.diagnostics.report(path, "interrupted; what was printed is right, but not all")
      return .interrupted
    }
    if partlySearched > 0 {
      context.diagnostics.report(
        path,
        "\(Quantity.count(partlySearched, "value")) decode to more than is searched: "
          + "only the beginning was looked at",
        advice: "`walscope show PATH@OFFSET --raw value` writes a value")
      return .failed
    }
    return status
  }
}

/// Where the rows of a dump come from.
struct DumpLine {
  let log: Log
  let file: FileName
  let evidence: Evidence
}
