public import LogFiles
import Quantities

extension NoriWAL {
  public func repair(_ action: RepairAction, of report: LogReport, in directory: OpenDirectory)
    throws(RepairRefusal) -> [RepairStep]
  {
    let rules = NoriWALRepair(format: self, report: report, directory: directory)
    switch action {
    case .recover: return try rules.recover()
    case .truncate(let name, let point): return try rules.truncate(name, at: point)
    case .finalize(let name): return try rules.finalize(name)
    case .deleteBefore(let point): return try rules.deletion.steps(before: point)
    case .repairBit(let name): return try rules.bits.steps(for: name)
    }
  }
}

/// What may be changed in place in a nori-wal log.
///
/// The owner recovers each segment by itself and cuts it at the first record that is not valid
/// (format page, section 5), so any prefix of whole records is a sound segment. A tail with nothing
/// valid behind it may be cut in every segment; anything else would be the owner's own loss.
struct NoriWALRepair {
  let format: NoriWAL
  let report: LogReport
  let directory: OpenDirectory

  var bits: BitRepair { BitRepair(format: format, report: report, directory: directory) }

  // MARK: Recover

  func recover() throws(RepairRefusal) -> [RepairStep] {
    try requireNames()
    if let damaged = report.segments.first(where: { $0.verdict == .damagedInside }) {
      throw inside(damaged)
    }
    let torn = report.segments.filter { $0.verdict == .tornTail }
    // What one bit explains is not torn: cutting it off would lose a record that can be had.
    try bits.requireNoFlip(in: torn)
    let steps = torn.map { segment in
      RepairStep(
        segment.file.name, .cut(to: segment.logicalEnd),
        "cuts \(Quantity.count(segment.slack, "byte")) behind the last record, in which nothing valid is\(Self.preallocation(segment))"
      )
    }
    if steps.isEmpty { throw sound() }
    return steps
  }

  private static func preallocation(_ segment: SegmentReport) -> String {
    let zeros = segment.ranges.last { $0.kind == .zeroTail }?.length ?? 0
    return zeros == 0 ? "" : "; \(Quantity.bytes(zeros)) of them are preallocated"
  }

  /// The owner finds a segment by its id and opens it by the one name that it gives itself.
  private func requireNames() throws(RepairRefusal) {
    guard report.layout.primary == nil else { return }
    let odd = report.layout.segments.first { file in
      file.id.map { NoriWALNames.canonical($0) != file.name } ?? false
    }
    if let odd {
      throw RepairRefusal(
        .impossible,
        "the owner does not open \(odd.title) under this name, and no repair renames files",
        advice: "rename it, move it away, or make a new log: walscope salvage LOG DEST")
    }
    if let stray = report.layout.strays.first(where: { $0.state != .ignored }) {
      throw RepairRefusal(
        .impossible, "\(stray.title) is a \(stray.kind.words) in the place of a segment",
        advice: "move it away")
    }
  }

  private func inside(_ segment: SegmentReport) -> RepairRefusal {
    let records = Quantity.count(segment.afterDamage.records, "valid record")
    let verb = segment.afterDamage.records == 1 ? "follows" : "follow"
    let bit =
      segment.firstInvalid?.bitFlip == nil
      ? "" : "; where one flipped bit explains the damage: walscope repair-bit LOG"
    return RepairRefusal(
      .unsafe,
      "\(records) \(verb) the damage inside \(segment.file.title), and a cut would lose them",
      advice: RepairRefusal.salvageAdvice + bit)
  }

  /// Why there is nothing to recover.
  private func sound() -> RepairRefusal {
    if let foreign = report.segments.first(where: { $0.verdict == .foreign }) {
      return .foreign(foreign.file)
    }
    let missing = report.layout.missing.isEmpty
    return RepairRefusal(
      .nothingToDo,
      missing
        ? "every segment ends behind its last record, or with zeros, which are not damage"
        : "every segment that is there is sound; those that are missing cannot be made again")
  }

  // MARK: Cut

  func truncate(_ name: FileName, at point: CutPoint) throws(RepairRefusal) -> [RepairStep] {
    let segment = try report.segment(named: name)
    let cut = SegmentCut(
      segment: segment, walker: format.walker(for: segment.file, in: directory),
      directory: directory)
    return [try cut.step(at: point)]
  }

  func finalize(_ name: FileName?) throws(RepairRefusal) -> [RepairStep] {
    let segments = try report.segments(named: name)
    if name != nil, let damaged = segments.first(where: Self.isDamaged) {
      throw RepairRefusal(
        .unsafe, "\(damaged.file.title) is damaged, and only zeros are given back",
        advice: "repair it first: walscope recover LOG")
    }
    let steps = segments.filter { $0.verdict == .preallocatedTail }.map { segment in
      RepairStep(
        segment.file.name, .cut(to: segment.logicalEnd),
        "gives \(Quantity.bytes(segment.slack)) of zeros behind the last record back, as the owner does when it ends a segment"
      )
    }
    guard steps.isEmpty else { return steps }
    throw RepairRefusal(
      .nothingToDo,
      segments.contains(where: Self.isDamaged)
        ? "no segment ends with preallocated zeros only; those that are damaged are not cut here"
        : "no zeros follow the last record of \(name == nil ? "any segment" : "the segment")")
  }

  private static func isDamaged(_ segment: SegmentReport) -> Bool {
    switch segment.verdict {
    case .tornTail, .damagedInside, .foreign, .unreadable: true
    case .clean, .preallocatedTail, .staleTail, .empty: false
    }
  }

  // MARK: Delete

  /// A position counts by its segment's id; the owner ignores the offset in it.
  var deletion: SegmentDeletion {
    SegmentDeletion(
      report: report, isBelow: { ($0.file.id ?? .max) < $1 },
      purpose: { segment in
        "removes a whole segment of \(Quantity.count(segment.records + segment.afterDamage.records, "record")); its application must not need them any more"
      })
  }
}
