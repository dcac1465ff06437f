public import JSON
import LogFiles
import LogFormats
import LogInspection

extension JSONWriter {
  /// The members of a plan, as every acting verb prints them and `--save-plan` keeps them.
  public mutating func writePlan(_ plan: Plan) {
    member("schemaVersion", Plan.schemaVersion)
    member("plan", plan.id)
    member("tool", plan.tool)
    member("created") { $0.writeTime(plan.created) }
    member("action") { $0.writeAction(plan.action) }
    member("options") { $0.writeOptions(plan.options) }
    member("format", plan.format)
    member("evidence", plan.evidence.rawValue)
    member("directory", file: plan.directory)
    if let primary = plan.primary { member("log", file: primary) }
    member("files", array: plan.files, isCut: false) { json, file in
      json.object { $0.writeFile(file) }
    }
    member("steps", array: plan.steps, isCut: false) { json, step in
      json.object { $0.writeStep(step) }
    }
    if plan.options.keepsBackup { member("backups", file: plan.backups) }
    member("needs", array: plan.needed) { $0.value($1.option) }
    member("confirmation", file: plan.confirmation)
    if let prospect = plan.prospect { writeProspect(prospect) }
  }

  mutating func writeTime(_ time: Timestamp) {
    member("seconds", time.seconds)
    member("nanoseconds", time.nanoseconds)
    member("utc", time.text)
  }

  private mutating func writeAction(_ action: RepairAction) {
    member("verb", action.verb)
    switch action {
    case .recover(let drops): member("dropUncommitted", drops)
    case .truncate(let file, let point):
      member("file", file: file)
      switch point {
      case .lastValid: member("at", "last-valid")
      case .offset(let offset): member("offset", offset)
      case .record(let number): member("record", number)
      }
    case .finalize(let file), .repairBit(let file):
      if let file { member("file", file: file) }
    case .deleteBefore(.segment(let file)): member("file", file: file)
    case .deleteBefore(.id(let id)): member("id", id)
    case .deleteBefore(.keeping(let count)): member("keep", count)
    case .deleteBefore(.unchangedSince(let time)):
      member("unchangedSince") { $0.writeTime(time) }
    }
  }

  private mutating func writeOptions(_ options: PlanOptions) {
    member("acknowledged", array: options.acknowledgements.map(\.option).sorted()) {
      $0.value($1)
    }
    if let directory = options.savesTo { member("saveTo", file: directory) }
    member("keepBackup", options.keepsBackup)
    member("reallocate", options.reallocates)
  }

  private mutating func writeFile(_ file: PlannedFile) {
    member("file", file: file.name)
    if let horizon = file.horizon { member("horizon") { $0.writeHorizon(horizon) } }
    member("mode", file.mode)
    member("owner", file.owner)
    member("group", file.group)
    member("links", file.links)
    member("allocated", file.allocated)
  }

  mutating func writeHorizon(_ horizon: Horizon) {
    member("device", horizon.device)
    member("inode", horizon.inode)
    member("size", horizon.size)
    member("modified") { $0.writeTime(horizon.modified) }
    member("changed") { $0.writeTime(horizon.changed) }
  }

  private mutating func writeStep(_ planned: PlannedStep) {
    member("file", file: planned.step.file)
    writeChange(planned.step.change)
    member("purpose", planned.step.purpose)
    member("going") { $0.writePart(planned.going, planned.goingDigest) }
    member("kept", array: planned.kept) { json, part in
      json.object { $0.writePart(part.range, part.digest) }
    }
  }

  private mutating func writeChange(_ change: FileChange) {
    switch change {
    case .cut(let end):
      member("change", "cut")
      member("to", end)
    case .preallocate(let end):
      member("change", "preallocate")
      member("to", end)
    case .write(let bytes, let offset):
      member("change", "write")
      member("offset", offset)
      member("bytes", Base64.encode(bytes))
    case .zero(let range):
      member("change", "zero")
      member("offset", range.lowerBound)
      member("length", range.upperBound - range.lowerBound)
    case .remove: member("change", "remove")
    case .create(let bytes):
      member("change", "create")
      member("bytes", Base64.encode(bytes))
    }
  }

  private mutating func writePart(_ range: Range<UInt64>, _ digest: ContentDigest) {
    member("offset", range.lowerBound)
    member("length", range.upperBound - range.lowerBound)
    member("digest", digest.hexadecimal)
  }

  private mutating func writeProspect(_ prospect: Prospect) {
    member("records") { json in
      json.member("before", prospect.recordsBefore)
      json.member("after", prospect.recordsAfter)
      json.member("lost", prospect.recordsLost)
      json.member("removed", prospect.recordsRemoved)
    }
    member("space") { json in
      json.member("backup", prospect.backupSize)
      json.member("freed", prospect.freed)
      json.member("freedByPurge", prospect.isFreedByPurge)
      json.member("preallocationLost", prospect.preallocationLost)
    }
    for (name, report) in [("before", prospect.before), ("after", prospect.after)] {
      member(name) { json in
        json.member("verdict", report.verdict.rawValue)
        json.writeForecasts(report.forecasts)
      }
    }
  }
}
