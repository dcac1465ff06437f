import LogFiles
import Quantities

/// Cuts and deletions, which give space back.
extension OkayWALRepair {
  func truncate(_ name: FileName, at point: CutPoint) throws(RepairRefusal) -> [RepairStep] {
    let segment = try report.segment(named: name)
    if segment.verdict == .foreign { throw .foreign(segment.file) }
    guard let headerLength = segment.headerLength else {
      throw RepairRefusal(
        .impossible, "\(segment.file.title) has no header, and so no entries that could be cut off",
        advice: "let the log open again: walscope recover LOG")
    }
    let cut = SegmentCut(
      segment: segment, walker: format.walker(for: segment.file, in: directory),
      directory: directory, shortest: headerLength)
    return [
      try cut.step(at: point, purpose: "; the owner's next open fills the file up with zeros")
    ]
  }

  /// Cuts segments to the place where the owner would write on; what follows there, zeros or
  /// remains of an earlier life, is nobody's.
  func finalize(_ name: FileName?) throws(RepairRefusal) -> [RepairStep] {
    let segments = try report.segments(named: name)
    if name != nil, let damaged = segments.first(where: { !Self.endsRegularly($0) }) {
      throw RepairRefusal(
        .unsafe,
        "\(damaged.file.title) is damaged or has no header, and only unused space is given back",
        advice: "repair it first: walscope recover LOG")
    }
    let steps: [RepairStep] = segments.compactMap { segment in
      guard Self.endsRegularly(segment), let header = segment.headerLength,
        let resume = segment.number(OkayWAL.resumeOffset)
      else { return nil }
      let end = max(resume, header)
      guard end < segment.fileSize else { return nil }
      return RepairStep(
        segment.file.name, .cut(to: end),
        "gives \(Quantity.bytes(segment.fileSize - end)) of unused space back; the owner's next open fills the file up with zeros again"
      )
    }
    guard steps.isEmpty else { return steps }
    throw RepairRefusal(
      .nothingToDo,
      segments.allSatisfy(Self.endsRegularly)
        ? "no space follows the last entry of \(name == nil ? "any segment" : "the segment")"
        : "no sound segment has space behind its last entry; those that are damaged are not cut here"
    )
  }

  private static func endsRegularly(_ segment: SegmentReport) -> Bool {
    switch segment.verdict {
    case .clean, .preallocatedTail, .staleTail: true
    case .tornTail, .damagedInside, .foreign, .unreadable, .empty: false
    }
  }

  /// - Throws: `RepairRefusal`; also where a checkpointed file goes whose entries nobody may have.
  func deleteBefore(_ point: DeletePoint) throws(RepairRefusal) -> [RepairStep] {
    let steps = try deletion.steps(before: point)
    let going = Set(steps.map(\.file))
    if let hidden = report.checkpointedWithCommits.first(where: { going.contains($0.file.name) }) {
      throw discarded(hidden)
    }
    return steps
  }

  /// A position is an entry's id. The entries of a segment have ids below the next segment's.
  private var deletion: SegmentDeletion {
    let ids = report.segments.compactMap(\.file.id)
    return SegmentDeletion(
      report: report,
      isBelow: { segment, position in
        guard let id = segment.file.id, id < position else { return false }
        if let next = ids.first(where: { $0 > id }), next <= position { return true }
        return segment.afterDamage.records == 0
          && segment.number("lastEntryId").map { $0 < position } ?? true
      },
      purpose: { segment in
        let entries = segment.records + segment.afterDamage.records
        let count = Quantity.count(entries, "committed entry", "committed entries")
        return segment.file.isLive
          ? "removes a live segment of \(count); its application must have what they say already"
          : "removes a checkpointed segment, whose content the owner discards"
      })
  }
}
