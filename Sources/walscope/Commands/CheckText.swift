import JSON
import LogInspection
import LogFiles
import LogFormats
import Quantities

/// What `check` says about a log, for somebody who is tired: the verdict first, then only what is
/// worth knowing.
struct CheckText {
  let output: TextOutput
  /// Columns into which sentences are broken, nil for unbroken lines.
  let columns: Int?

  init(_ output: TextOutput, columns: Int?) {
    self.output = output
    self.columns = columns
  }

  // MARK: One line

  /// The log in one line, for monitoring.
  /// - Parameter naming: whether the file that names the log is told, for logs that share a directory.
  func writeLine(_ checked: CheckedLog, naming: Bool) {
    let report = checked.report
    let errors = report.findings.lazy.filter { $0.severity == .error }.countOfAll
    let warnings = report.findings.lazy.filter { $0.severity == .warning }.countOfAll
    let unread = report.segments.figures.count(where: \.isUnread)
    var text = ": \(Quantity.count(report.segments.count, "segment"))"
    if unread > 0 { text += ", \(Quantity.grouped(unread)) not read whole" }
    text += ", \(Quantity.count(errors, "error")), \(Quantity.count(warnings, "warning"))"
    // Why something was not read may be a note; it is told then, as the exit status depends on it.
    let told = report.findings.first { $0.severity > .note || $0.code == .vanishedSegment }
    if let worst = told {
      text += "; " + (worst.file.map { "\(DisplayName.text($0)): " } ?? "") + worst.message
    }
    let file = naming ? checked.log.layout.primary : nil
    let name = file.map(checked.path.appending) ?? checked.path
    output.line(verdict(report), "  ", Phrase(DisplayName.text(name)), Phrase(text))
  }

  // MARK: In full

  func write(_ checked: CheckedLog) {
    let report = checked.report
    output.line(
      verdict(report), ": ", Phrase(DisplayName.text(checked.path), .strong),
      Phrase(" (\(summary(checked)))"))
    for segment in report.segments where segment.verdict != .clean {
      output.line([Phrase("  ")] + sentence(segment, checked.log.format.evidence))
    }
    writeFindings(report)
    ForecastText(output, columns: columns).write(report, of: checked.log.format)
  }

  private func verdict(_ report: LogReport) -> Phrase {
    switch report.verdict {
    case .clean: Phrase("clean", .good)
    case .attention: Phrase("attention", .warning)
    case .damaged: Phrase("damaged", .bad)
    }
  }

  private func summary(_ checked: CheckedLog) -> String {
    let report = checked.report
    let segments = Quantity.count(report.segments.count, "segment")
    if report.segments.isEmpty { return "\(report.layout.format), no segments" }
    let counted = report.segments.figures.lazy.filter(\.countsRecords)
    let records = counted.reduce(0) { $0 + $1.records }
    let logical = report.segments.figures.reduce(0) { $0 + $1.logicalEnd }
    let size = report.segments.indices.reduce(0) {
      $0 + (report.segments.status(at: $1)?.size ?? 0)
    }
    return "\(report.layout.format), \(segments), "
      + (!counted.contains { _ in true } ? "" : "\(count(records, checked.log.format.evidence)), ")
      + "\(Quantity.bytes(logical)) of \(Quantity.bytes(size)) used"
  }

  private func count(_ records: UInt64, _ evidence: Evidence) -> String {
    Quantity.count(records, "\(evidence.acceptedAsAdjective) record")
  }

  // MARK: Segments

  private func sentence(_ segment: SegmentReport, _ evidence: Evidence) -> [Phrase] {
    let name = Phrase(DisplayName.text(segment.file.name), .strong)
    let end = Quantity.offset(segment.logicalEnd)
    let records =
      segment.countsRecords
      ? count(segment.records, evidence) : Quantity.bytes(segment.logicalEnd)
    switch segment.verdict {
    case .clean where segment.file.state == .metadata:
      return [name, ": metadata, \(evidence.accepted)"]
    case .clean:
      return [name, ": \(records), clean"]
    case .preallocatedTail:
      return [
        name, ": ", Phrase("preallocated tail", .good),
        Phrase(
          // Entries that were never committed may stand between the logical end and the zeros.
          ": \(Quantity.bytes(segment.tail?.offset ?? segment.logicalEnd)) of records, "
            + "\(Quantity.bytes(segment.tail?.length ?? segment.slack)) never written, "
            + "nothing is wrong"),
      ]
    case .tornTail where segment.slack == 0:
      return [
        name, ": ", Phrase("torn tail", .warning),
        Phrase(": \(records) up to \(end), where the file ends before its data do"),
      ]
    case .tornTail:
      return [
        name, ": ", Phrase("torn tail", .warning),
        Phrase(
          ": \(records) up to \(end), then \(Quantity.bytes(segment.slack)) that are no record"),
      ]
    case .damagedInside where (segment.gaps?.total ?? 0) > 0:
      let gaps = segment.gaps ?? GapList()
      return [
        name, ": ", Phrase("damaged inside", .bad),
        Phrase(
          ": \(records) and \(Quantity.count(gaps.total, "gap")) "
            + "(\(Quantity.bytes(gaps.bytes))) up to \(end)"),
      ]
    case .damagedInside where segment.afterDamage.records == 0 && segment.damagedRecords > 0:
      return [
        name, ": ", Phrase("damaged inside", .bad),
        Phrase(
          ": \(records) up to \(end), and "
            + "\(Quantity.count(segment.damagedRecords, "damaged record")) among them"),
      ]
    case .damagedInside:
      return [
        name, ": ", Phrase("damaged inside", .bad),
        Phrase(
          ": \(records) up to \(end), then \(count(segment.afterDamage.records, evidence)) "
            + "(\(Quantity.bytes(segment.afterDamage.bytes))) that the owner does not reach"),
      ]
    case .staleTail:
      return [
        name, ": ", Phrase("stale tail", .good),
        Phrase(
          ": \(records) up to \(end), then \(Quantity.bytes(segment.slack)) "
            + (segment.gaps == nil ? "of an earlier life of the file" : "behind the end")),
      ]
    case .foreign:
      return [name, ": ", Phrase("foreign", .bad), ": nothing in it is a record of this format"]
    case .empty:
      return [
        name, ": ", Phrase("empty", .good),
        Phrase(
          segment.fileSize == 0
            ? ": no bytes" : ": \(Quantity.bytes(segment.fileSize)) of zeros, no record yet"),
      ]
    case .unreadable:
      return [name, ": ", Phrase("unreadable", .bad), ": \(segment.failure ?? "not read")"]
    }
  }

  // MARK: Findings

  private func writeFindings(_ report: LogReport) {
    guard !report.findings.isEmpty else { return }
    output.line()
    output.line(Phrase("Findings: \(Self.counts(report.findings))", .strong))
    for finding in report.findings.prefix(JSONWriter.arrayLimit) { write(finding) }
    if report.findings.count > JSONWriter.arrayLimit {
      let rest = report.findings.count - JSONWriter.arrayLimit
      output.line("  and \(Quantity.grouped(rest)) more")
    }
  }

  private static func counts(_ findings: [Finding]) -> String {
    [Severity.error, .warning, .note].compactMap { severity in
      let count = findings.count { $0.severity == severity }
      return count > 0 ? Quantity.count(count, severity.rawValue) : nil
    }.joined(separator: ", ")
  }

  private func write(_ finding: Finding) {
    let severity =
      switch finding.severity {
      case .error: Phrase("error  ", .bad)
      case .warning: Phrase("warning", .warning)
      case .note: Phrase("note   ", .faint)
      }
    output.line("  ", severity, "  ", Phrase(place(of: finding)), Phrase(finding.code.title))
    output.paragraph(finding.message, indentation: 11, columns: columns)
    if let explanation = finding.explanation {
      output.paragraph(explanation, indentation: 11, columns: columns)
    }
    if let advice = finding.advice {
      output.paragraph("What to do: \(advice)", indentation: 11, columns: columns)
    }
  }

  private func place(of finding: Finding) -> String {
    guard let file = finding.file else { return "" }
    guard let range = finding.range else { return "\(DisplayName.text(file)): " }
    let offset = "\(range.lowerBound) (\(Quantity.offset(range.lowerBound)))"
    let length = range.upperBound - range.lowerBound
    let bytes = length > 0 ? ", \(Quantity.count(length, "byte"))" : ""
    return "\(DisplayName.text(file)) at \(offset)\(bytes): "
  }
}
