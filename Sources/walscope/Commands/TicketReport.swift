import JSON
import LogFiles
import LogFormats
import LogInspection
import Quantities

/// The text that `check --report` leaves in a new file, for a ticket.
final class TicketReport {
  private let file: NewOutputFile
  private let context: CommandContext
  private let output: TextOutput
  private static let columns = 100

  private init(_ file: NewOutputFile, _ context: CommandContext) {
    self.file = file
    self.context = context
    output = TextOutput(stream: file.stream, isASCII: context.command.has(.ascii))
    output.line("walscope \(Walscope.version): report of `walscope check`")
    output.line(
      quotesContents
        ? "Quotes record contents." : "Holds no record contents; file names are as they are.")
  }

  private var quotesContents: Bool { context.command.has(.contents) && !context.isRedacted }

  /// Makes the file; nil after it was said why it could not be made.
  static func make(_ path: FileName, _ context: CommandContext) -> TicketReport? {
    NewOutputFile.make(path, what: "a report", context).map { TicketReport($0, context) }
  }

  func addUnopened(_ path: FileName) {
    output.line()
    output.line("\(DisplayName.text(path)): not opened; standard error told why")
  }

  func add(_ checked: CheckedLog) {
    output.line()
    CheckText(output, columns: Self.columns).write(checked)
    output.line()
    output.line("Recognised: \(checked.report.layout.recognition)")
    for index in checked.report.segments.indices { add(checked, segment: index) }
  }

  /// Writes the rest; false after it was said that the report is not whole.
  func finish() -> Bool { file.finish() }

  // MARK: Segments

  private func add(_ checked: CheckedLog, segment index: Int) {
    let segment = checked.report.segments[index]
    output.line()
    output.line(
      "Segment \(DisplayName.text(segment.file.name)): \(segment.file.state.rawValue), \(segment.verdict.title)"
    )
    addNumber("file size", segment.fileSize)
    addNumber("allocated", segment.allocatedSize)
    addNumber("logical end", segment.logicalEnd)
    addNumber("slack", segment.slack)
    if segment.countsRecords { addNumber("records", segment.records) }
    addNumber("records behind damage", segment.afterDamage.records)
    for (kind, records) in segment.kinds { addNumber("of both, \(kind)", records) }
    if let status = segment.status {
      output.line("  modified               \(status.modified.text)")
    }
    if let invalid = segment.firstInvalid {
      output.line(
        "  first invalid          \(invalid.offset): \(invalid.fault.reason.explanation)")
    }
    for range in segment.ranges.prefix(1_000) {
      output.line(
        "  range                  \(range.offset)..<\(range.end) \(range.kind.rawValue)"
          + (range.isFoundByResync ? " (found by resync)" : ""))
    }
    if segment.ranges.count > 1_000 {
      output.line("  and \(Quantity.grouped(segment.ranges.count - 1_000)) more ranges")
    }
    addContents(checked, segment: index)
  }

  private func addNumber(_ name: String, _ value: UInt64) {
    let fill = String(repeating: " ", count: max(1, 23 - name.count))
    output.line("  \(name)\(fill)\(value)")
  }

  private func addContents(_ checked: CheckedLog, segment index: Int) {
    let segment = checked.report.segments[index]
    do throws(FileError) {
      var reader = try RecordReader(checked.log, segment: index, end: segment.fileSize)
      var checksum: UInt32 = 0
      try reader.forEachPiece(of: 0..<segment.fileSize) {
        checksum = CRC32C.checksum($0, continuing: checksum)
      }
      output.line("  CRC-32C of the file    \(Hexadecimal.digits(checksum))")
      guard quotesContents else { return }
      for finding in checked.report.findings where finding.file == segment.file.name {
        guard let range = finding.range else { continue }
        let start = range.lowerBound - min(range.lowerBound, 64) & ~15
        let bytes = try reader.bytes(at: start & ~15, limit: 256)
        output.line("  bytes around \(range.lowerBound):")
        HexDump(start: start & ~15).write(bytes, to: output, indentation: 4)
      }
    } catch {
      output.line("  not read again: \(error.message)")
    }
  }
}
