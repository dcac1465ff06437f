import LogFiles
import LogFormats
import LogInspection
import Quantities
import TerminalUI

/// What is to be said about one row of the segment list, in a sentence or two.
struct SegmentSentence {
  let log: LogState

  func pieces(_ row: SegmentRow) -> [StyledText] {
    switch row {
    case .segment(let index): segment(index)
    case .gap(let index): gap(log.log.layout.missing[index])
    case .stray(let index): stray(log.log.layout.strays[index])
    }
  }

  private func segment(_ index: Int) -> [StyledText] {
    let name = name(log.log.layout.segments[index].name)
    guard let report = log.reports.report(at: index) else {
      return name + [
        StyledText(
          log.scan.wasStopped
            ? "it has not been scanned, because the scan was stopped. r scans anew."
            : "it is still to be scanned; its size is all that is known yet.")
      ]
    }
    if log.isRaw {
      return name + [
        StyledText(
          "\(Quantity.bytes(report.fileSize)) of no known format. Enter shows the bytes, x where"
            + " they lie on disk.")
      ]
    }
    if let finding = worstFinding(of: report.file.name), finding.severity > .note {
      return name + told(finding)
    }
    let flow = text(report)
    return name + [StyledText(flow)]
  }

  private func text(_ report: SegmentReport) -> String {
    let records =
      report.countsRecords
      ? Quantity.count(report.records, "record") : Quantity.bytes(report.logicalEnd)
    let accepted = log.log.format.evidence.accepted
    if let pid = report.beingWrittenBy {
      return "\(records), and one that \(pid > 0 ? "process \(pid)" : "its owner") is writing"
        + " at this moment. That is not damage."
    }
    if report.isInterrupted {
      return "\(records) as far as it was read; the scan was stopped before its end."
    }
    switch report.verdict {
    case .clean where report.file.state == .metadata:
      return "metadata, \(accepted). Nothing is wrong. i shows what it says."
    case .clean where !report.countsRecords:
      return "\(records), from the first byte to the last. Nothing is wrong."
    case .clean:
      return "\(records), all \(accepted), from the first byte to the last. Nothing is wrong."
    case .preallocatedTail:
      return
        "\(records), then \(Quantity.bytes(report.tail?.length ?? report.slack)) of preallocated zeros."
        + " Nothing is wrong."
    case .empty where report.fileSize == 0: return "it is empty. Nothing is wrong."
    case .empty:
      return "\(Quantity.bytes(report.fileSize)) of zeros and no record. Nothing is wrong."
    case .staleTail:
      return "\(records); the \(Quantity.bytes(report.slack)) after them are left from an earlier"
        + " life of the file and are ignored."
    case .foreign: return "nothing in it is a record of \(log.log.format.name)."
    case .tornTail:
      return "\(records), then \(Quantity.bytes(report.slack)) that are not a whole record."
    case .damagedInside:
      return "\(records), then damage at \(Quantity.offset(report.logicalEnd)) and"
        + " \(Quantity.grouped(report.afterDamage.records)) \(accepted) after it."
    case .unreadable: return "it could not be read\(report.failure.map { ": \($0)" } ?? ".")"
    }
  }

  private func gap(_ ids: ClosedRange<UInt64>) -> [StyledText] {
    let layout = log.log.layout
    let name = name(layout.name(ofMissing: ids.lowerBound))
    let missing =
      ids.lowerBound == ids.upperBound
      ? "the sequence has no such segment."
      : "\(Quantity.grouped(ids.upperBound - ids.lowerBound + 1)) segments are missing in the"
        + " sequence from here on."
    let words = name + [StyledText(missing)]
    let finding = log.findings.first { $0.code == .missingSegment && $0.explanation != nil }
    return words + (finding?.explanation.map { [StyledText(" \($0.wholeSentence)")] } ?? [])
  }

  private func stray(_ file: SegmentFile) -> [StyledText] {
    if let finding = worstFinding(of: file.name) { return name(file.name) + told(finding) }
    return name(file.name) + [
      StyledText("a \(file.kind.words) that \(log.log.format.owner) does not take for a segment.")
    ]
  }

  private func worstFinding(of file: FileName) -> Finding? {
    log.findings.first { $0.file == file }
  }

  private func told(_ finding: Finding) -> [StyledText] {
    var text = finding.message.endingSentence
    if let explanation = finding.explanation { text += " " + explanation.wholeSentence }
    return [StyledText(text)]
  }

  private func name(_ name: FileName) -> [StyledText] {
    [StyledText(bytes: name.bytes, Style(.accent)), ": "]
  }

}

extension String {
  /// The text with the point that ends a sentence.
  var endingSentence: String {
    guard let last, last != ".", last != "?", last != "!" else { return self }
    return self + "."
  }

  /// The text as a sentence of its own.
  var wholeSentence: String {
    (first.map { $0.uppercased() } ?? "") + dropFirst().endingSentence
  }
}

extension Substring {
  fileprivate var endingSentence: String { String(self).endingSentence }
}
