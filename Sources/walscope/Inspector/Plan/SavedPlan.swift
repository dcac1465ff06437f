import JSON
import LogFiles
import LogInspection
import LogRepair

/// A plan that was written to a file, or why it was not.
struct SavedPlan: Sendable {
  let path: FileName
  /// Why not, as a sentence; nil where it was.
  private(set) var reason: String?
  private(set) var advice: String?

  /// Writes a plan into a new file, never over what exists nor into the log.
  init(_ plan: Plan, of log: Log, to path: FileName) {
    self.path = path
    let (parent, name) = path.parentAndName
    do throws(FileError) {
      let directory = try OpenDirectory.open(parent)
      if try directory.status().identity == log.directory.status().identity {
        reason = "the plan is not written into a directory that holds the log"
        advice = "name a file elsewhere"
        return
      }
      let stream = OutputStream(try directory.makeFile(name))
      var json = JSONWriter(stream)
      json.object { $0.writePlan(plan) }
      json.endLine()
      stream.sync()
      if let code = stream.failure {
        reason = "the plan is not whole: \(SystemError.text(code))"
        advice = "remove it, make room, and save it again"
      }
    } catch {
      reason = error.whatHappened
      advice = error.advice
    }
  }
}

extension BackgroundWork {
  /// Writes a plan into a new file, and posts a `PlanRun.Outcome`.
  static func save(_ plan: Plan, of log: Log, to path: FileName) -> BackgroundWork {
    BackgroundWork("saving the plan") { _, post in
      post(PlanRun.Outcome.saved(SavedPlan(plan, of: log, to: path)))
    }
  }
}
