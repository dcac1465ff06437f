import LogFiles
import LogFormats
import LogRepair
import Quantities
import TerminalUI

/// What a plan pane asks before it goes on.
enum PlanQuestion {
  /// Whether to do something; what is still to be asked after it stands in `then`.
  case confirm(Dialog, PlanStep)
  /// A path, and what it is for.
  case path(PathQuestion, PlanStep)
}

/// What follows a question that was answered.
enum PlanStep {
  /// The plan with what was acknowledged so far; what is left is asked first.
  case apply(Plan, left: [Acknowledgement])
  case change(RepairJob)
  case savePlan(Plan)
  /// Keep backups in the directory that is typed.
  case saveTo
  case salvage
  case copy
}

extension PlanQuestion {
  /// Draws it, and answers it as it has been fitted to the screen.
  func drawn(into buffer: inout CellBuffer, in area: Rect) -> PlanQuestion {
    switch self {
    case .confirm(var dialog, let step):
      dialog.draw(into: &buffer, in: area)
      return .confirm(dialog, step)
    case .path(let path, _):
      path.draw(into: &buffer, in: area)
      return self
    }
  }

  /// What stands in the place of the sentence while something is asked.
  static let sentence: StyledText = "Nothing is done before you say so here. Esc cancels."

  /// The next thing to ask before a plan is applied.
  static func next(_ plan: Plan, left: [Acknowledgement]) -> PlanQuestion {
    guard let need = left.first else {
      return .confirm(confirmation(plan), .change(.apply(plan)))
    }
    let body = [StyledText(need.question.wholeSentence, .warning)]
    var acknowledged = plan
    acknowledged.options.acknowledgements.insert(need)
    let step = PlanStep.apply(acknowledged, left: Array(left.dropFirst()))
    if case .lose(let records) = need {
      return .confirm(
        Dialog(
          title: "\(Quantity.count(records, "record")) will be lost", body: body,
          actions: ["Lose them"], typedName: String(records)), step)
    }
    return .confirm(
      Dialog(title: "Before \(plan.action.verb)", body: body, actions: ["I know"]), step)
  }

  /// What is asked where a change was refused and the user can say more; nil where nothing helps.
  static func after(_ failure: RepairFailure, of job: RepairJob) -> PlanQuestion? {
    let reason = StyledText(failure.reason.wholeSentence, .warning)
    switch failure.cause {
    case .notProven:
      guard let job = job.withOwnerStopped else { return nil }
      let holders = failure.holders.map {
        StyledText(bytes: $0.program.bytes + Array(" (\($0.pid)) has it open".utf8))
      }
      return .confirm(
        Dialog(
          title: "Is the owner stopped?",
          body: [reason] + holders + [
            "", "Go on only where you know that no process writes to the log.",
          ], actions: ["The owner is stopped"]), .change(job))
    case .noRoom:
      guard case .apply = job else { return nil }
      return .path(
        PathQuestion(
          "no room for the backup",
          "\(failure.reason.wholeSentence) Type the path of a directory on another file system to"
            + " keep it there; Esc leaves it:"), .saveTo)
    default: return nil
    }
  }

  private static func confirmation(_ plan: Plan) -> Dialog {
    var body: [StyledText] = []
    for planned in plan.steps.prefix(8) {
      body.append(
        StyledText(
          bytes: planned.step.file.bytes + Array(": \(planned.changeWords)".utf8)))
    }
    if plan.steps.count > 8 {
      body.append(StyledText("and \(Quantity.grouped(plan.steps.count - 8)) more steps"))
    }
    if let prospect = plan.prospect {
      let words = PlanWords(plan: plan, prospect: prospect)
      body += [
        "",
        StyledText(
          "\(words.staying), \(words.lost)" + (words.removed.map { ", \($0)" } ?? ""),
          prospect.recordsLost > 0 ? .error : .good),
        StyledText(
          plan.options.keepsBackup
            ? "What goes is saved first; undo puts it back." : "Nothing can be undone."),
      ]
    }
    return Dialog(
      title: plan.action.verb, body: body, actions: ["Apply"],
      typedName: plan.confirmation.typed)
  }
}

extension FileName {
  /// The name as it can be typed: as it is shown where its bytes are no text.
  fileprivate var typed: String {
    String(validating: bytes, as: UTF8.self) ?? DisplayName.text(self)
  }
}
