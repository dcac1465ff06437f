import LogFiles
import LogFormats
import LogInspection
import LogRepair

/// A change of a log, as a screen asks for it.
enum RepairJob: Sendable {
  case apply(Plan)
  case undo(id: String, Set<Acknowledgement>)
  case finish(id: String, Set<Acknowledgement>)
  case purge(id: String)

  /// Its name, as a heading.
  var title: String {
    switch self {
    case .apply(let plan): plan.action.verb
    case .undo: "undo"
    case .finish: "finish"
    case .purge: "purge"
    }
  }

  /// The same job when the user says that the owner is stopped; nil where that is no matter.
  var withOwnerStopped: RepairJob? {
    switch self {
    case .apply(var plan):
      plan.options.acknowledgements.insert(.ownerStopped)
      return .apply(plan)
    case .undo(let id, let said): return .undo(id: id, said.union([.ownerStopped]))
    case .finish(let id, let said): return .finish(id: id, said.union([.ownerStopped]))
    case .purge: return nil
    }
  }
}

extension BackgroundWork {
  /// Changes the log of this number, and posts a `PlanRun.Outcome`.
  static func repair(
    _ job: RepairJob, _ log: Log, number: Int, control: RepairControl,
    options: InspectorOptions
  ) -> BackgroundWork {
    let (threads, assumptions) = (options.threads, options.assume)
    return BackgroundWork(
      job.title, control: control.scan, changing: number, stopping: { control.stop() }
    ) { _, post in
      let rescan = { (log: Log) -> LogReport in
        log.scan(threads: threads, control: control.scan, assuming: assumptions)
      }
      let history = RepairHistory(of: log)
      switch job {
      case .purge(let id):
        let result = Result { () throws(RepairFailure) in try history.purge(.entry(id)) }
        post(PlanRun.Outcome.purged(result))
      case .apply(let plan):
        let result = Result { () throws(RepairFailure) in
          try plan.apply(to: log, assuming: assumptions, control: control, rescan: rescan)
        }
        post(PlanRun.Outcome.repaired(result))
      case .undo(let id, let said):
        let result = Result { () throws(RepairFailure) in
          try history.undo(id, acknowledging: said, control: control, rescan: rescan)
        }
        post(PlanRun.Outcome.repaired(result))
      case .finish(let id, let said):
        let result = Result { () throws(RepairFailure) in
          try history.finish(id, acknowledging: said, control: control, rescan: rescan)
        }
        post(PlanRun.Outcome.repaired(result))
      }
    }
  }
}
