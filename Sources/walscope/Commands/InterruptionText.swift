import LogFiles
import LogFormats
import LogInspection
import Quantities
import TerminalUI

/// What is known of a log whose scan was stopped, as one line.
enum InterruptionText {
  static func known(_ report: LogReport, control: ScanControl) -> String {
    let whole = report.segments.figures.count { !$0.isInterrupted }
    let records = report.segments.acceptableRecords
    var text = "interrupted after \(Quantity.bytes(control.bytesDone))"
    text += " of \(Quantity.bytes(control.bytesTotal)); so far "
    text += "\(Quantity.grouped(whole)) of \(Quantity.count(report.segments.count, "segment"))"
    text += " whole, \(Quantity.count(records, "record"))"
    guard let worst = report.findings.first(where: { $0.severity > .note }) else {
      return text + ", nothing wrong yet"
    }
    let file = worst.file.map { DisplayText.escape($0.bytes) + ": " } ?? ""
    return text + ", \(worst.severity.rawValue): \(file)\(worst.message)"
  }
}
