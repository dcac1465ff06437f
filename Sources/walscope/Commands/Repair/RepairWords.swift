import LogFiles
import LogFormats
import LogInspection
import LogRepair
import Quantities

extension RepairResult {
  /// What was done, line by line; `path` is the log's, as the user can write it again.
  func words(_ path: FileName) -> [[Phrase]] {
    var lines: [[Phrase]] = [
      [
        Phrase("done", .good), ": ",
        Phrase(
          "\(Quantity.count(stepsMade, "step")) made"
            + (isVerified ? "; scanned again, and it is as it was promised" : "")),
      ]
    ]
    if let report {
      lines.append([
        "  the log's verdict is now ",
        Phrase(report.verdict.rawValue, report.verdict == .clean ? .good : .warning),
      ])
    }
    for difference in differences {
      lines.append(["  ", Phrase("not as promised", .bad), Phrase(": \(difference)")])
    }
    if let notProven {
      lines.append([
        "  ", Phrase("not proven that nobody wrote meanwhile", .warning),
        Phrase(": \(notProven)"),
      ])
    }
    for note in notes { lines.append([Phrase("  \(note)")]) }
    if canUndo {
      lines.append([
        "  to take it back: ",
        Phrase("walscope undo \(DisplayName.text(path)) --id \(entry) --yes", .strong),
      ])
    }
    return lines
  }
}

extension RepairFailure {
  /// One thing to say about it.
  struct Remark {
    var path: FileName
    var text: String
    var advice: String?
  }

  /// Why it was not done, and what is left behind; `path` is the log's.
  func remarks(_ path: FileName) -> [Remark] {
    let place = file.map { path.appending($0) } ?? path
    var remarks = [Remark(path: place, text: reason, advice: advice)]
    for holder in holders {
      remarks.append(
        Remark(
          path: place,
          text: "\(DisplayName.text(holder.program)) (\(holder.pid)) "
            + (holder.isWriting ? "is writing it" : "has it open")))
    }
    if let entry {
      let name = DisplayName.text(path)
      remarks.append(
        Remark(
          path: path, text: "the repair \(entry) is left unfinished",
          advice: "walscope undo \(name) puts everything back, walscope apply --finish \(name)"
            + " makes the rest"))
    }
    if let backups {
      remarks.append(
        Remark(path: path, text: "the saved bytes are in \(DisplayName.text(backups))"))
    }
    return remarks
  }
}

extension WayBack.FileChangeBack {
  /// What happens to the file, behind its name.
  var words: String {
    // What comes back or goes as a whole has one size only.
    guard let size, let newSize, size != newSize else {
      return "\(what) (\(Quantity.count(size ?? newSize ?? 0, "byte")))"
    }
    return "\(what) (from \(Quantity.grouped(size)) to \(Quantity.count(newSize, "byte")))"
  }
}
