import LogFiles
import LogFormats
import LogInspection
import Quantities

/// `show`: one record, its fields and its bytes.
struct ShowCommand {
  private let context: CommandContext
  private let path: FileName
  private let position: RecordPlace.Position

  /// Bytes of the hex dump.
  private static let dumpLimit = 4096
  /// Decoded bytes that are held for `--raw` and JSON.
  private static let rawLimit = 64 << 20
  private static let payloadLimit = 1 << 16

  init(_ context: CommandContext) throws(UsageError) {
    self.context = context
    let word = context.command.operands[0]
    guard let place = RecordPlace.pathAndPosition(word) else {
      throw UsageError(
        "\(word.lossyText) names no place",
        hint: "write PATH@OFFSET or PATH@record:N, such as 000001.wal@0x40")
    }
    (path, position) = place
    if context.command.has(.raw) {
      if context.isRedacted { throw UsageError("--raw and --redact contradict each other") }
      if context.wantsJSON { throw UsageError("--raw and --json contradict each other") }
      if context.output.isTerminal {
        throw UsageError(
          "raw bytes are not written to a terminal", hint: "send them to a file or a pipe")
      }
    }
  }

  func run() -> ExitStatus {
    guard let tree = context.open(path, fallsBackToRaw: true) else { return .failed }
    guard let segment = tree.onlySegment else {
      context.diagnostics.report(
        path, "it is not a single segment, so the place is not clear",
        advice: "name the segment: `walscope ls` lists them")
      return .failed
    }
    do throws(FileError) {
      return try show(tree.logs[0], segment: segment)
    } catch {
      context.diagnostics.report(path, error)
      return .failed
    }
  }

  private func show(_ log: Log, segment: Int) throws(FileError) -> ExitStatus {
    let size = try log.status(ofSegment: segment).size
    if let offset = position.offset, offset >= size { return reportAbsence(size) }
    let rows = try StreamedRows(
      log, segment: segment, isCancelled: { Interruption.isRequested })
    let progress = context.progressLine()
    try rows.seek(to: position) { progress.update(done: $0, total: size) }
    progress.erase()
    if Interruption.isRequested {
      context.diagnostics.report(path, "interrupted before the place was reached")
      return .interrupted
    }
    guard let row = try rows.row(previewLimit: 0) else { return reportAbsence(size) }
    return try show(row, rows, log)
  }

  private func reportAbsence(_ size: UInt64) -> ExitStatus {
    let (message, advice) = position.absence(size: size)
    context.diagnostics.report(path, offset: position.offset, message, advice: advice)
    return .failed
  }

  private func show(_ row: Row, _ rows: StreamedRows, _ log: Log) throws(FileError) -> ExitStatus {
    let isRaw = context.command.has(.raw)
    let description = try rows.describe(
      offset: start(of: row), payloadLimit: isRaw ? Self.rawLimit : Self.payloadLimit)
    if let part = context.command.text(.raw) {
      return try writeRaw(part, row, description, rows)
    }
    let shown = ShownRecord(row: row, description: description, log: log)
    let bytes = try rows.bytes(
      at: description.record.offset,
      limit: Int(min(description.record.length, UInt64(Self.dumpLimit))))
    if context.wantsJSON {
      ShowJSON(context, path: path).write(shown)
    } else {
      ShowText(context, path: path).write(shown, bytes: bytes)
    }
    return .done
  }

  /// Where the description begins: the record, or in damage the very byte that was asked for.
  private func start(of row: Row) -> UInt64 {
    guard case .range = row, case .offset(let offset) = position else { return row.offset }
    return offset
  }

  // MARK: Raw bytes

  private func writeRaw(
    _ part: String, _ row: Row, _ description: RecordDescription, _ rows: StreamedRows
  ) throws(FileError) -> ExitStatus {
    let record = description.record
    if part == "record" {
      return try write(record.offset..<record.offset + record.length, rows)
    }
    guard let payload = description.payloads.first(where: { $0.name == part }) else {
      context.diagnostics.report(path, offset: record.offset, "this \(record.kind) has no \(part)")
      return .failed
    }
    guard let decoded = payload.decoded else { return try write(payload.stored, rows) }
    context.output.write(decoded)
    guard UInt64(decoded.count) == payload.decodedLength else {
      context.output.flush()
      context.diagnostics.report(
        path, offset: payload.stored.lowerBound,
        "only \(Quantity.count(decoded.count, "byte")) of "
          + "\(Quantity.count(payload.decodedLength, "byte")) could be decoded: "
          + (payload.note ?? "the value is damaged"),
        advice: "--raw record writes the bytes as they are stored")
      return .failed
    }
    return .done
  }

  private func write(_ range: Range<UInt64>, _ rows: StreamedRows) throws(FileError) -> ExitStatus {
    let output = context.output
    try rows.forEachPiece(of: range) { if output.isOpen { output.write($0) } }
    return .done
  }
}

/// What `show` found at a place.
struct ShownRecord {
  let row: Row
  let description: RecordDescription
  let log: Log

  /// The range that stands there instead of a record.
  var range: ByteRange? {
    guard case .range(let range) = row else { return nil }
    return range
  }

  /// The record's number in the segment, counted from 0.
  var number: UInt64? {
    guard case .record(_, let number) = row else { return nil }
    return number
  }

  /// Whether the record was found behind damage.
  var isFoundByResync: Bool {
    guard case .record(let record, _) = row else { return false }
    return record.isFoundByResync
  }
}
