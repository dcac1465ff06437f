import LogFiles
public import LogFormats
public import LogInspection

extension Plan {
  /// Carries the plan out, in the order of safety rule S20: fresh look, proof that nobody writes,
  /// backup, journal, steps, scan.
  ///
  /// The plan may come from a file. It is applied only where a fresh plan of the same action comes
  /// to the same steps on the same bytes. Until the first step is announced nothing of the log is
  /// touched, and what was made for the backup is taken away again when it does not come to that.
  ///
  /// - Parameters:
  ///   - assuming: the owner's configuration for the forecasts.
  ///   - rescan: scans a log; asked before the change and behind it.
  /// - Throws: `RepairFailure`. Where its `entry` is not nil, the log is between two steps, and
  ///   `RepairHistory` finishes or undoes it.
  public func apply(
    to log: Log, assuming: [String: UInt64] = [:], control: RepairControl = RepairControl(),
    rescan: (Log) -> LogReport
  ) throws(RepairFailure) -> RepairResult {
    if !unacknowledged.isEmpty {
      throw RepairFailure(
        .refused, .unacknowledged(unacknowledged), "not everything has been acknowledged",
        advice: "add " + unacknowledged.map { "--\($0.option)" }.joined(separator: " "))
    }
    control.enter(.checking)
    try requireNothingUnfinished(log)
    let (found, prospect) = try freshLook(log, assuming: assuming, control, rescan)
    var application = try Application(self, found, control)
    try application.run()
    return try application.result(promised: prospect, control, rescan)
  }

  private func requireNothingUnfinished(_ log: Log) throws(RepairFailure) {
    let history = RepairHistory(of: log, savesTo: options.savesTo)
    if let unfinished = try history.entries().first(where: { $0.needsAttention }) {
      var failure = RepairFailure(
        .refused, .unfinished(entry: unfinished.id),
        "an earlier repair of this log has not come to its end",
        advice: "finish it, or undo it", entry: unfinished.id)
      failure.backups = unfinished.store
      throw failure
    }
  }

  /// The log as it is found now, and what the plan comes to there (safety rule S10).
  private func freshLook(
    _ log: Log, assuming: [String: UInt64], _ control: RepairControl, _ rescan: (Log) -> LogReport
  ) throws(RepairFailure) -> (Log, Prospect?) {
    let found: Log?
    do throws(FileError) {
      found = try log.foundAgain(in: log.directory)
    } catch {
      throw RepairFailure(error)
    }
    guard let found else { throw differs }
    let report = rescan(found)
    if control.isStopped { throw .stopped }
    let fresh: Plan
    do throws(PlanFailure) {
      fresh = try found.plan(
        action, options: options, report: report, tool: tool, assuming: assuming,
        control: control.scan)
    } catch {
      throw failure(error)
    }
    if fresh.format != format || fresh.steps != steps || fresh.primary != primary { throw differs }
    if fresh.files != files {
      if files.map(\.withoutTimes) != fresh.files.map(\.withoutTimes) { throw differs }
      throw RepairFailure(
        .refused, .timesDiffer,
        "the files were touched since the plan was made, though their "
          + "bytes are the same", advice: "make a new plan")
    }
    return (found, fresh.prospect)
  }

  private var differs: RepairFailure {
    RepairFailure(
      .refused, .planDiffers, "the log has changed since the plan was made",
      advice: "make a new plan")
  }

  private func failure(_ error: PlanFailure) -> RepairFailure {
    switch error {
    case .refused(let refusal):
      RepairFailure(
        .refused, .noPlan(error),
        "the log has changed since the plan was made: \(refusal.reason)", advice: refusal.advice)
    case .file(let name, let error): RepairFailure(error, on: name)
    case .changing(let name, _):
      RepairFailure(
        .refused, .noPlan(error), "it changes while it is looked at", file: name,
        advice: "stop the owner of the log")
    case .unreadable(let name, let reason):
      RepairFailure(.failed, .noPlan(error), "it cannot be read: \(reason)", file: name)
    case .stopped: .stopped
    }
  }
}

extension PlannedFile {
  /// The file without what a mere touch changes.
  fileprivate var withoutTimes: PlannedFile {
    var file = self
    let zero = Timestamp(seconds: 0, nanoseconds: 0)
    file.horizon = horizon.map {
      Horizon(device: $0.device, inode: $0.inode, size: $0.size, modified: zero, changed: zero)
    }
    return file
  }
}
