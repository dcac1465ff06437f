import LogFiles
import LogFormats
import LogRepair
import Quantities

extension SalvagedLog {
  /// Gaps that are told in words; JSON tells them all.
  private static let gapLimit = 100

  /// What was made, line by line.
  func words(from source: FileName, to destination: FileName, evidence: Evidence) -> [[Phrase]] {
    let saved =
      recordsSaved.map { Quantity.count($0, "\(evidence.accepted) record") }
      ?? Quantity.bytes(bytesCopied)
    var lines: [[Phrase]] = [
      [
        Phrase("salvaged", .good),
        Phrase(" \(saved) of "),
        Phrase(DisplayName.text(source), .strong), " into ",
        Phrase(DisplayName.text(destination), .strong),
        Phrase(": \(Quantity.count(files.count, "file")), verdict "),
        Phrase(report.verdict.rawValue, report.verdict == .clean ? .good : .warning),
      ]
    ]
    if gaps.isEmpty { lines.append(["  nothing was left behind"]) }
    for gap in gaps.prefix(Self.gapLimit) {
      lines.append([
        "  left behind: ", Phrase(DisplayName.text(gap.file), .strong),
        Phrase(" " + gap.words),
      ])
    }
    if gaps.count > Self.gapLimit {
      lines.append([Phrase("  and \(Quantity.grouped(gaps.count - Self.gapLimit)) more")])
    }
    if let words = gapsTakenAlong.wordsTakenAlong { lines.append([Phrase("  " + words)]) }
    return lines
  }
}

extension Salvage.Gap {
  /// Where it is, how large, and why; without the file's name.
  var words: String {
    let size = range.isEmpty ? "" : ", \(Quantity.bytes(range.upperBound - range.lowerBound))"
    return "\(Quantity.offset(range.lowerBound))\(size): \(reason)"
  }
}

extension GapList {
  /// What a salvage says of gaps that are in the new log too; nil where there are none.
  var wordsTakenAlong: String? {
    guard total > 0 else { return nil }
    return
      "taken along: \(Quantity.bytes(bytes)) in \(Quantity.count(total, "gap")), whose zeros may "
      + "be data: the new log counts as damaged because of them"
  }
}

extension LogCopy {
  /// What was made, line by line.
  func words(from source: FileName, to destination: FileName) -> [[Phrase]] {
    let how =
      isShared
      ? "its blocks are shared with the original until one of them changes"
      : "\(Quantity.bytes(copied)) copied, \(Quantity.bytes(skipped)) never written"
        + (preallocated > 0 ? ", \(Quantity.bytes(preallocated)) preallocated" : "")
    var lines: [[Phrase]] = [
      [
        Phrase("copied", .good), " ", Phrase(DisplayName.text(source), .strong), " to ",
        Phrase(DisplayName.text(destination), .strong),
        Phrase(": \(Quantity.count(files.count, "file")), \(Quantity.bytes(size)); \(how)"),
      ]
    ]
    for file in files where file.copy.sawShrink {
      lines.append([
        "  ", Phrase(DisplayName.text(file.name), .strong),
        Phrase(" was truncated meanwhile: the copy ends at \(Quantity.bytes(file.copy.size))"),
      ])
    }
    let written = files.filter { $0.wasWritten && !$0.copy.sawShrink }
    if let first = written.first {
      let others = written.count > 1 ? " and \(Quantity.count(written.count - 1, "other"))" : ""
      lines.append([
        "  ", Phrase(DisplayName.text(first.name), .strong),
        Phrase(
          "\(others) \(written.count > 1 ? "were" : "was") written to meanwhile: "
            + "the last records there may be copied in part"),
      ])
    }
    return lines
  }
}
