import LogFiles
import LogFormats
import LogInspection
import LogRepair
import Quantities
import TerminalUI

/// What a choice would come to, in one line of numbers.
struct PlanConsequence {
  let state: PlanState
  let log: LogState

  /// The line; foreign names in it are escaped when it is drawn.
  var pieces: [StyledText] {
    switch state {
    case .waiting: [StyledText("…", .dim)]
    case .planned(let plan): consequence(of: plan)
    case .salvageable(let prospect): consequence(of: prospect)
    case .copyable:
      [
        StyledText(
          "copies \(Quantity.count(log.log.layout.segments.count, "segment")),"
            + " \(Quantity.bytes(log.totals.size)), to a new directory")
      ]
    case .refused(let refusal): consequence(of: refusal)
    }
  }

  private func consequence(of refusal: PlanRefusal) -> [StyledText] {
    var pieces = [StyledText(refusal.isDone ? "nothing to do: " : "not now: ", .dim)]
    if let file = refusal.file {
      pieces += [StyledText(bytes: file.bytes, Style(.dim)), StyledText(": ", .dim)]
    }
    return pieces + [StyledText(refusal.reason, .dim)]
  }

  private func consequence(of prospect: SalvageProspect) -> [StyledText] {
    let word = "\(log.log.format.evidence.accepted) record"
    let copied =
      prospect.records.map { Quantity.count($0, word) } ?? Quantity.bytes(prospect.bytesCopied)
    let text = "copies \(copied) to a new log"
    let left = prospect.gaps.reduce(UInt64(0)) { $0 + $1.range.upperBound - $1.range.lowerBound }
    return [StyledText(text + (left > 0 ? "; leaves \(Quantity.bytes(left)) behind" : ""))]
  }

  // MARK: Plans

  private func consequence(of plan: Plan) -> [StyledText] {
    var pieces: [StyledText] = []
    for kind in Kind.allCases {
      let steps = plan.steps.filter { Kind($0.step.change) == kind }
      guard !steps.isEmpty else { continue }
      if !pieces.isEmpty { pieces.append(", ") }
      pieces += words(kind, steps)
    }
    guard let prospect = plan.prospect else { return pieces }
    let lost = prospect.recordsLost
    let removed = prospect.recordsRemoved
    if removed > 0 {
      pieces.append(StyledText(" with \(Quantity.count(removed, "record"))"))
    }
    if lost > 0 || removed == 0 {
      pieces += [
        "; ",
        StyledText("loses \(Quantity.count(lost, "record"))", lost > 0 ? .error : .normal),
      ]
    }
    if !plan.options.keepsBackup {
      pieces.append(StyledText("; no undo", .warning))
    } else if prospect.backupSize > 0 {
      pieces.append(StyledText("; \(Quantity.bytes(prospect.backupSize)) saved first"))
    } else if prospect.isFreedByPurge {
      pieces.append("; kept until purge")
    }
    return pieces
  }

  /// Sorts of changes that are told together.
  private enum Kind: CaseIterable {
    case cut, zero, write, remove, create

    /// Nil for taking space again, which goes with a cut.
    init?(_ change: FileChange) {
      switch change {
      case .cut: self = .cut
      case .zero: self = .zero
      case .write: self = .write
      case .remove: self = .remove
      case .create: self = .create
      case .preallocate: return nil
      }
    }
  }

  private func words(_ kind: Kind, _ steps: [PlannedStep]) -> [StyledText] {
    let bytes = steps.reduce(UInt64(0)) { $0 + $1.going.upperBound - $1.going.lowerBound }
    let size = Quantity.bytes(bytes)
    let files = Set(steps.map(\.step.file))
    var file = StyledText(Quantity.count(files.count, "file"))
    if files.count == 1, let name = files.first { file = StyledText(bytes: name.bytes) }
    return switch kind {
    case .cut: [StyledText("cuts \(size) of "), file]
    case .zero: [StyledText("zeroes \(size) of "), file]
    case .write: [StyledText("writes \(size) in "), file]
    case .remove: ["removes ", file, StyledText(", \(size)")]
    case .create: ["makes ", file]
    }
  }
}
