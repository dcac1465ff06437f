import LogFiles
import LogFormats
import LogInspection
import LogRepair
import Quantities

/// A plan in words: what happens to which bytes, what it costs, what the owner would do before and
/// after.
struct PlanText {
  private let output: TextOutput
  private let columns: Int?

  init(_ output: TextOutput, columns: Int?) {
    self.output = output
    self.columns = columns
  }

  /// Steps that are printed; of more only the number is told.
  private static let stepLimit = 100

  func write(_ plan: Plan, _ target: RepairTarget) {
    output.line(
      Phrase("plan", .strong), ": \(plan.action.verb) ",
      Phrase(DisplayName.text(target.path), .strong), Phrase(" (\(plan.format))"))
    // One look at all processes, however many files there are.
    let holders = target.log.holders().files
    for file in plan.files { writeHolders(of: file.name, holders[file.name] ?? []) }
    writeSteps(plan)
    if let prospect = plan.prospect {
      let words = PlanWords(plan: plan, prospect: prospect)
      writeRecords(words)
      writeSpace(words)
      writeForecasts(words, of: target.log.format)
    }
    writeNeeds(plan)
  }

  // MARK: Parts

  private func writeHolders(of file: FileName, _ holders: [Holder]) {
    for holder in holders {
      let what = holder.isWriting ? "is writing" : "has open"
      output.line(
        "  ", Phrase("in use", .warning),
        Phrase(": \(DisplayName.text(holder.program)) (\(holder.pid)) \(what) "),
        Phrase(DisplayName.text(file), .strong))
    }
  }

  private func writeSteps(_ plan: Plan) {
    var table = TextTable([("STEP", .right), ("FILE", .left), ("CHANGE", .left), ("WHY", .left)])
    for (number, planned) in plan.steps.prefix(Self.stepLimit).enumerated() {
      table.add([
        Phrase(String(number + 1)), Phrase(DisplayName.text(planned.step.file), .strong),
        Phrase(planned.changeWords), Phrase(planned.step.purpose),
      ])
    }
    table.print(to: output, indentation: 2)
    if plan.steps.count > Self.stepLimit {
      output.line("  and \(Quantity.grouped(plan.steps.count - Self.stepLimit)) more steps")
    }
  }

  private func writeRecords(_ words: PlanWords) {
    output.line(
      "  records: \(words.staying), ",
      Phrase(words.lost, words.prospect.recordsLost > 0 ? .bad : .good),
      Phrase(words.removed.map { ", \($0)" } ?? ""))
  }

  private func writeSpace(_ words: PlanWords) {
    output.line("  space: \(words.space)")
    if words.plan.options.keepsBackup {
      output.line("  what goes is kept in ", Phrase(DisplayName.text(words.plan.backups)))
    }
    if let preallocation = words.preallocation {
      output.line("  preallocation: \(preallocation); --reallocate takes them again")
    }
  }

  private func writeForecasts(_ words: PlanWords, of format: any LogFormat) {
    output.line("  if \(format.owner) opens it")
    for (label, forecast) in words.forecasts {
      output.paragraph(
        "\(label): \(forecast.outcome.rawValue): \(forecast.message)", indentation: 6,
        first: "    ", columns: columns)
    }
  }

  private func writeNeeds(_ plan: Plan) {
    for need in plan.unacknowledged {
      output.line("  ", Phrase("needs", .warning), Phrase(" \(need.word): \(need.reason)"))
    }
  }

  // MARK: What comes next

  func writeNextSteps(_ plan: Plan) {
    let needs = plan.unacknowledged.map { " \($0.word)" }.joined()
    output.line()
    output.line(
      "To do it: the same call with ", Phrase("\(needs) --apply".dropFirstBlank, .strong),
      Phrase("; it asks for the name "), Phrase(DisplayName.text(plan.confirmation), .strong),
      Phrase(". Nothing was changed yet."))
  }
}

extension Acknowledgement {
  /// The option as it is written on the command line.
  var word: String {
    switch self {
    case .lose(let records): "--lose \(records)"
    case .hardLinks, .ownerStopped, .wellFormedOnly: "--\(option)"
    }
  }

  /// Why it is asked for, as a sentence.
  var reason: String {
    switch self {
    case .hardLinks: "the file has other names, which will show the change too"
    case .lose(let records): "\(Quantity.count(records, "record")) that could be kept will be gone"
    case .ownerStopped: "nobody could prove that no process writes the files"
    case .wellFormedOnly:
      "the format has no checksums: what is kept is well formed, which is less than proven"
    }
  }
}

extension String {
  fileprivate var dropFirstBlank: String { hasPrefix(" ") ? String(dropFirst()) : self }
}
