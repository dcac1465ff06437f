import JSON
import LogFiles
import LogFormats
import LogInspection
import LogRepair

/// `recover`, `truncate`, `finalize`, `delete-before`, `repair-bit`: prints a plan, and carries it
/// out when that is asked for.
struct RepairCommand {
  private let context: CommandContext
  private let path: FileName
  private let options: PlanOptions
  /// Where the segment is to end, as `truncate --at` says.
  private let cutPoint: CutPoint
  private let deletePoint: WrittenDeletePoint?

  init(_ context: CommandContext) throws(UsageError) {
    self.context = context
    let command = context.command
    path = command.operands[0]
    options = PlanOptions(command)
    cutPoint = try Self.cutPoint(command)
    deletePoint =
      command.verb == .deleteBefore ? try WrittenDeletePoint(command, now: .now) : nil
    if command.has(.apply), command.has(.savePlan) {
      throw UsageError(
        "--apply and --save-plan exclude each other",
        hint: "a saved plan is applied by `walscope apply FILE --yes`")
    }
  }

  private static func cutPoint(_ command: ParsedCommand) throws(UsageError) -> CutPoint {
    guard let text = command.text(.at), text != "last-valid" else { return .lastValid }
    switch RecordPlace(FileName(text)) {
    case .some(let place) where place.segment == nil:
      switch place.position {
      case .offset(let offset): return .offset(offset)
      case .record(let number): return .record(number)
      }
    default:
      throw UsageError(
        "--at \(text) is not understood",
        hint: "write --at last-valid, --at 0x1f40 or --at record:12")
    }
  }

  func run() throws(UsageError) -> ExitStatus {
    guard let target = RepairTarget.open(path, context) else { return .failed }
    guard let action = try action(on: target) else { return .failed }
    guard let report = context.scan(target.log, at: target.path) else { return .interrupted }
    let (log, options, assumptions) = (target.log, options, context.assumptions)
    let control = ScanControl()
    let work = WatchedWork(control: control, progress: context.progressLine())
    let result = work.run { () -> Result<Plan, PlanFailure> in
      Result { () throws(PlanFailure) in
        try log.plan(
          action, options: options, report: report, tool: "walscope \(Walscope.version)",
          assuming: assumptions, control: control)
      }
    }
    switch result {
    case .failure(let failure): return tell(failure, action, target)
    case .success(let plan): return try show(plan, target)
    }
  }

  // MARK: What to do

  private func action(on target: RepairTarget) throws(UsageError) -> RepairAction? {
    switch context.command.verb {
    case .truncate:
      guard let file = target.file ?? target.onlyFile else {
        context.diagnostics.report(
          path, "the log has several segments", advice: "name the file of one of them")
        return nil
      }
      return .truncate(file, at: cutPoint)
    case .finalize: return .finalize(target.file)
    case .repairBit: return .repairBit(target.file)
    case .deleteBefore:
      return try deletePoint.map { (point) throws(UsageError) in
        .deleteBefore(try point.point(in: target.log))
      }
    default: return .recover(droppingUncommitted: context.command.has(.dropUncommitted))
    }
  }

  // MARK: What came of it

  private func tell(_ failure: PlanFailure, _ action: RepairAction, _ target: RepairTarget)
    -> ExitStatus
  {
    let text = PlanFailureText(failure)
    guard case .refused(let refusal) = failure, refusal.kind == .nothingToDo else {
      if context.wantsJSON { writeRefusal(text, action, target) }
      context.diagnostics.report(
        text.file.map { target.path.appending($0) } ?? target.path,
        "\(action.verb) is not done: \(text.reason)", advice: text.advice)
      return text.status
    }
    if context.wantsJSON {
      writeRefusal(text, action, target)
    } else {
      context.text.line(
        Phrase("nothing to do", .good), ": ", Phrase(DisplayName.text(target.path), .strong),
        Phrase(": \(text.reason)"))
    }
    return .done
  }

  private func writeRefusal(_ text: PlanFailureText, _ action: RepairAction, _ target: RepairTarget)
  {
    var json = context.json
    json.object { json in
      json.member("schemaVersion", Plan.schemaVersion)
      json.member("path", file: target.path)
      json.member("format", target.log.format.name)
      json.member("action") { $0.member("verb", action.verb) }
      json.member("outcome", text.word)
      json.member("reason", text.reason)
      json.member("advice", text.advice)
    }
    json.endLine()
  }

  private func show(_ plan: Plan, _ target: RepairTarget) throws(UsageError) -> ExitStatus {
    if context.wantsJSON {
      var json = context.json
      json.object { $0.writePlan(plan) }
      json.endLine()
    } else {
      PlanText(context.text, columns: context.textColumns).write(plan, target)
    }
    if let file = context.command.bytes(.savePlan) { return save(plan, file) }
    if context.command.has(.apply) { return apply(plan, target) }
    if !context.wantsJSON {
      PlanText(context.text, columns: context.textColumns).writeNextSteps(plan)
    }
    return .found
  }

  private func apply(_ plan: Plan, _ target: RepairTarget) -> ExitStatus {
    if !plan.unacknowledged.isEmpty {
      context.diagnostics.report(
        target.path, "not everything is acknowledged; nothing was changed",
        advice: "add " + plan.unacknowledged.map(\.word).joined(separator: " "))
      return .refused
    }
    guard Confirmation.canAsk else {
      context.diagnostics.report(
        target.path, "--apply asks for a name to be typed, and there is no terminal",
        advice: "--save-plan FILE, then walscope apply FILE --yes")
      return .refused
    }
    guard Confirmation.isGiven(for: plan.confirmation, context) else {
      context.diagnostics.report(target.path, "not confirmed; nothing was changed")
      return Interruption.isRequested ? .interrupted : .refused
    }
    return RepairApplication(context: context, log: target.log, path: target.path).apply(plan)
  }

  private func save(_ plan: Plan, _ file: FileName) -> ExitStatus {
    guard let output = NewOutputFile.make(file, what: "the plan", context) else { return .failed }
    var json = JSONWriter(output.stream)
    json.object { $0.writePlan(plan) }
    json.endLine()
    guard output.finish() else { return .failed }
    if !context.wantsJSON {
      context.text.line(
        "saved to ", Phrase(DisplayName.text(file), .strong),
        Phrase("; walscope apply \(DisplayName.text(file)) --yes carries it out"))
    }
    return .found
  }
}

extension ParsedCommand {
  /// The directory of `--save-to` as an absolute path: a plan is applied from anywhere, and what is
  /// kept is looked for from anywhere.
  var storePath: FileName? {
    guard let path = bytes(.saveTo), path.bytes.first != UInt8(ascii: "/"),
      let here = try? OpenDirectory.open(".").realPath()
    else { return bytes(.saveTo) }
    return here.appending(path)
  }
}

extension PlanOptions {
  /// The options of a plan that a call gives.
  init(_ command: ParsedCommand) {
    self.init()
    if command.has(.hardLinks) { acknowledgements.insert(.hardLinks) }
    if command.has(.ownerStopped) { acknowledgements.insert(.ownerStopped) }
    if command.has(.wellFormedOnly) { acknowledgements.insert(.wellFormedOnly) }
    if let records = command.count(.lose) { acknowledgements.insert(.lose(records)) }
    savesTo = command.storePath
    keepsBackup = !command.has(.noUndo)
    reallocates = command.has(.reallocate)
  }
}
