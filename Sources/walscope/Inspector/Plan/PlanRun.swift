import LogFiles
import LogFormats
import LogInspection
import LogRepair
import Quantities
import TerminalUI

/// Something that is done to a log, or made of it, on another thread: what it is, and what came of
/// it once it has ended.
struct PlanRun {
  /// What another thread has come to.
  enum Outcome: Sendable {
    case salvaged(Result<SalvagedLog, NewLogFailure>, to: FileName)
    case copied(Result<LogCopy, NewLogFailure>, to: FileName)
    case saved(SavedPlan)
    case repaired(Result<RepairResult, RepairFailure>)
    case purged(Result<Purge, RepairFailure>)
  }

  /// What it does, as a heading: `salvage`.
  let title: String
  /// The log's path.
  let source: FileName
  let evidence: Evidence
  /// The change that it is; nil where only something new is made.
  let job: RepairJob?
  private let progress: RepairProgress?
  private(set) var outcome: Outcome?
  private var sheet = FactSheet([])

  init(
    _ title: String, source: FileName, evidence: Evidence, job: RepairJob? = nil,
    control: RepairControl? = nil
  ) {
    self.title = title
    self.source = source
    self.evidence = evidence
    self.job = job
    var backupSize: UInt64 = 0
    if case .apply(let plan) = job { backupSize = plan.prospect?.backupSize ?? 0 }
    progress = control.map { RepairProgress(control: $0, backupSize: backupSize) }
  }

  var isOver: Bool { outcome != nil }

  mutating func end(_ outcome: Outcome) {
    self.outcome = outcome
    sheet = FactSheet(items(outcome))
  }

  /// What stands in the place of the sentence.
  var sentence: [StyledText] {
    if let failure, failure.entry != nil {
      return [StyledText("The repair is unfinished: u finishes or undoes it.", .error)]
    }
    if isOver { return [canUndo ? "u can undo it. Enter goes on." : "Enter goes on."] }
    return [
      job == nil
        ? "Esc stops it; what was made is removed again then."
        : "Esc stops it after the step that it is at; what is done then can be finished or undone."
    ]
  }

  /// Why the change was not made, or not to its end.
  var failure: RepairFailure? {
    switch outcome {
    case .repaired(.failure(let failure)), .purged(.failure(let failure)): failure
    default: nil
    }
  }

  private var canUndo: Bool {
    if case .repaired(.success(let result)) = outcome { result.canUndo } else { false }
  }

  func draw(
    into buffer: inout CellBuffer, in area: Rect, scroll: inout ScrollPosition,
    _ context: InspectorContext
  ) {
    var room = area
    guard isOver else {
      buffer.text(title, in: room.takeTop(), style: Style(.heading))
      _ = room.takeTop()
      if let progress {
        progress.draw(into: &buffer, in: room)
      } else {
        buffer.text("under way…", in: room.takeTop())
      }
      return
    }
    var sheet = sheet
    sheet.scroll = scroll
    sheet.draw(into: &buffer, in: room)
    scroll = sheet.scroll
  }

  // MARK: What came of it

  private func items(_ outcome: Outcome) -> [FactSheet.Item] {
    switch outcome {
    case .salvaged(.success(let made), let path):
      let lines = made.words(from: source, to: path, evidence: evidence)
      return [.heading(title)] + lines.map { .text($0.map { StyledText($0) }) }
    case .copied(.success(let made), let path):
      let lines = made.words(from: source, to: path)
      return [.heading(title)] + lines.map { .text($0.map { StyledText($0) }) }
    case .salvaged(.failure(let failure), let path), .copied(.failure(let failure), let path):
      let text = NewLogFailureText(failure, from: source, to: path)
      return failed(text.path, text.reason, text.advice)
    case .repaired(.success(let result)):
      return [.heading(title)] + result.words(source).map { .text($0.map { StyledText($0) }) }
    case .purged(.success(let purge)):
      return [
        .heading(title),
        .text([
          StyledText("purged", .good), StyledText(": \(Quantity.bytes(purge.freed)) given back"),
        ]),
      ]
    case .repaired(.failure(let failure)), .purged(.failure(let failure)):
      return failed(failure)
    case .saved(let saved):
      if let reason = saved.reason { return failed(saved.path, reason, saved.advice) }
      return [
        .heading("plan saved"),
        .text([
          "Saved to ", StyledText(bytes: saved.path.bytes, Style(.accent)), "; ",
          StyledText("walscope apply ", .normal, .bold),
          StyledText(bytes: saved.path.bytes, Style(.normal, .bold)),
          StyledText(" --yes", .normal, .bold), " carries it out.",
        ]),
      ]
    }
  }

  private func failed(_ failure: RepairFailure) -> [FactSheet.Item] {
    var items: [FactSheet.Item] = [
      .heading(failure.entry == nil ? "\(title): not done" : "\(title): not finished")
    ]
    for (index, remark) in failure.remarks(source).enumerated() {
      items.append(
        .text([
          StyledText(bytes: remark.path.bytes, Style(.accent)), ": ",
          StyledText(remark.text.endingSentence, index == 0 ? .error : .normal),
        ]))
      if let advice = remark.advice {
        items.append(.text([StyledText("What to do: " + advice.endingSentence)]))
      }
    }
    return items
  }

  private func failed(_ path: FileName, _ reason: String, _ advice: String?) -> [FactSheet.Item] {
    var items: [FactSheet.Item] = [
      .heading("\(title): not done"),
      .text([
        StyledText(bytes: path.bytes, Style(.accent)), ": ",
        StyledText(reason.endingSentence, .error),
      ]),
    ]
    if let advice { items.append(.text([StyledText("What to do: " + advice.endingSentence)])) }
    return items
  }
}

extension StyledText {
  /// A phrase of the command line.
  init(_ phrase: Phrase) {
    switch phrase.emphasis {
    case .plain: self.init(phrase.text)
    case .strong: self.init(phrase.text, .accent)
    case .good: self.init(phrase.text, .good)
    case .warning: self.init(phrase.text, .warning)
    case .bad: self.init(phrase.text, .error)
    case .faint: self.init(phrase.text, .dim)
    }
  }
}

extension BackgroundWork {
  /// Makes a new log of the records that can be had, and posts a `PlanRun.Outcome`.
  static func salvage(
    _ log: Log, _ report: LogReport, to path: FileName, assuming: [String: UInt64]
  ) -> BackgroundWork {
    BackgroundWork("salvaging") { control, post in
      let result = Result { () throws(NewLogFailure) in
        try log.salvage(report, to: path, assuming: assuming, control: control)
      }
      post(PlanRun.Outcome.salvaged(result, to: path))
    }
  }

  /// Copies a log, and posts a `PlanRun.Outcome`.
  static func copy(_ log: Log, to path: FileName) -> BackgroundWork {
    BackgroundWork("copying") { control, post in
      let result = Result { () throws(NewLogFailure) in
        try log.copy(to: path) { _ in !control.isCancelled }
      }
      post(PlanRun.Outcome.copied(result, to: path))
    }
  }
}
