import JSON
import LogFiles
import LogFormats
import LogInspection
import LogRepair

/// `apply`: carries out a saved plan, or the rest of one that was interrupted.
struct ApplyCommand {
  private let context: CommandContext

  init(_ context: CommandContext) throws(UsageError) {
    self.context = context
    if context.command.has(.id), !context.command.has(.finish) {
      throw UsageError("--id is for --finish", hint: "a plan file names its log itself")
    }
  }

  func run() throws(UsageError) -> ExitStatus {
    if context.command.has(.finish) { return UndoCommand(context, .finish).run() }
    let file = context.command.operands[0]
    guard let bytes = read(file) else { return .failed }
    var plan: Plan
    do throws(PlanFileError) {
      plan = try Plan(json: bytes)
    } catch {
      context.diagnostics.report(file, error.reason, advice: "make a plan with --save-plan")
      return .failed
    }
    // What can only be known now may be said now; the rest is stored in the plan.
    if context.command.has(.ownerStopped) { plan.options.acknowledgements.insert(.ownerStopped) }
    if let directory = context.command.storePath { plan.options.savesTo = directory }
    guard let log = openLog(of: plan) else { return .failed }
    guard context.command.has(.yes) else {
      PlanText(context.text, columns: context.textColumns)
        .write(plan, RepairTarget(log: log, path: log.nameBelow(plan.directory), file: nil))
      context.diagnostics.report(
        file, "a saved plan is carried out with --yes", advice: "nothing was changed")
      return .refused
    }
    return RepairApplication(context: context, log: log, path: log.nameBelow(plan.directory))
      .apply(plan)
  }

  private func read(_ path: FileName) -> [UInt8]? {
    do throws(FileError) {
      let (directory, name) = try OpenDirectory.openParent(ofFile: path)
      let file = try directory.openFile(name)
      let size = try file.status().size
      guard size <= UInt64(Plan.fileSizeLimit) else {
        context.diagnostics.report(path, "the file is larger than any plan")
        return nil
      }
      var window = FileWindow(capacity: Int(size))
      try window.load(file, at: 0, end: size)
      return window.bytes.copied()
    } catch {
      context.diagnostics.report(path, error)
      return nil
    }
  }

  /// The log that a plan is about; nil after it was said that it is not there.
  private func openLog(of plan: Plan) -> Log? {
    let path = plan.primary.map { plan.directory.appending($0) } ?? plan.directory
    do throws(OpenFailure) {
      let tree = try LogTree.openWhole(path)
      let logs = tree.logs.filter {
        $0.format.name == plan.format && $0.layout.primary == plan.primary
          && $0.place.bytes.isEmpty
      }
      if let log = logs.first { return log }
      let forced = try LogTree.open(plan.directory, format: plan.format)
      if let log = forced.logs.first(where: { $0.layout.primary == plan.primary }) { return log }
    } catch {
      let failure = OpeningFailureText(error, path: path)
      context.diagnostics.report(path, failure.message, advice: failure.advice)
      return nil
    }
    context.diagnostics.report(path, "it is not the log of the plan", advice: "make a new plan")
    return nil
  }
}

/// Carries a plan out, after it was confirmed.
struct RepairApplication {
  let context: CommandContext
  let log: Log
  let path: FileName

  func apply(_ plan: Plan) -> ExitStatus {
    let (log, assumptions) = (log, context.assumptions)
    return RepairWork(context: context, path: path).run { (control, rescan) throws(RepairFailure) in
      try plan.apply(to: log, assuming: assumptions, control: control, rescan: rescan)
    }
  }
}
