public import LogFiles
import Quantities

extension TegDB {
  public func repair(_ action: RepairAction, of report: LogReport, in directory: OpenDirectory)
    throws(RepairRefusal) -> [RepairStep]
  {
    switch action {
    case .recover(let dropsUncommitted):
      return try TegDBRepair(report, directory).recover(droppingUncommitted: dropsUncommitted)
    case .truncate(let file, let place):
      return try TegDBRepair(report, directory, asked: file).truncate(at: place)
    case .finalize(let file):
      return try TegDBRepair(report, directory, asked: file).finalize()
    case .deleteBefore:
      throw RepairRefusal(
        .impossible, "a TegDB log is one file, with no older segments that could go",
        advice: "the owner drops what is out of date itself when it compacts the file")
    case .repairBit:
      throw RepairRefusal(
        .impossible, "TegDB has no checksums, so that nothing tells which bit is wrong")
    }
  }
}

/// The repairs of one file of version 2 (format page, section 4.4).
///
/// The noted end is always written before anything is cut: the owner reads to the end of the file
/// whatever is noted, and a note that is too small only keeps it from taking zeros for records.
struct TegDBRepair {
  private let segment: SegmentReport
  private let strays: [SegmentFile]
  private let directory: OpenDirectory
  private let status: TegDBHeader.Status
  private let tally: TegDBTally
  private let validDataEnd: UInt64
  private var name: FileName { segment.file.name }

  init(_ report: LogReport, _ directory: OpenDirectory, asked: FileName? = nil)
    throws(RepairRefusal)
  {
    guard let segment = report.segments.first else {
      throw RepairRefusal(.impossible, "there is no file to repair")
    }
    guard asked == nil || asked == segment.file.name else {
      throw RepairRefusal(.impossible, "the file is not the one of this log")
    }
    self.segment = segment
    self.directory = directory
    strays = report.layout.strays
    let facts = segment.facts
    status =
      segment.fileSize == 0
      ? .empty : facts.word("headerStatus").flatMap(TegDBHeader.Status.init(rawValue:)) ?? .short
    tally = TegDBTally(facts) ?? TegDBTally()
    validDataEnd = facts.number("validDataEnd") ?? 0
    if TegDBNames.isLeftover(segment.file.name) {
      throw RepairRefusal(
        .impossible,
        "the file is left over from a compaction, and its owner never opens it as it is",
        advice: RepairRefusal.salvageAdvice)
    }
    try requireKnownVersion(facts.number("version"))
  }

  /// Whatever does not say that it is a file of version 2 is not changed (safety rule S7).
  private func requireKnownVersion(_ version: UInt64?) throws(RepairRefusal) {
    let reason: String
    switch status {
    case .ok where version == 2, .empty: return
    case .ok:
      reason = "the file is of version 1, which no release opens, whatever is mended in it"
    case .badMagic, .short:
      if segment.verdict == .empty { return }
      reason = "the header is not TegDB's, and what the file is cannot be said"
    case .unsupportedVersion:
      reason = "the header names version \(version ?? 0), and what that means is not known"
    case .badEndian: reason = "the header's mark of the byte order is not the one that is known"
    case .headerless:
      reason =
        "the file has no header: that it is TegDB's is a guess, and no release since 0.4.0 opens it"
    case .stretch: reason = "the file is a part of a backup, and no database by itself"
    }
    throw RepairRefusal(.impossible, reason, advice: RepairRefusal.salvageAdvice)
  }

  // MARK: Recover

  func recover(droppingUncommitted: Bool) throws(RepairRefusal) -> [RepairStep] {
    if status == .empty {
      throw RepairRefusal(
        .nothingToDo, "the file is empty, and its owner makes a new database of it")
    }
    if status != .ok { return headerSteps }
    try requireReached()
    let end = try dataEnd()
    let steps: [RepairStep]
    if case .marker = tally.acceptedCut, tally.undone > 0 {
      steps = markerSteps
    } else if droppingUncommitted, tally.undone > 0, tally.lastCommitEnd < end {
      steps =
        noteEnd(tally.lastCommitEnd) + [
          cut(
            to: tally.lastCommitEnd,
            "cuts off what was never committed: \(Quantity.count(tally.undone, "record"))")
        ]
    } else {
      let isClean = try onlyZeros(from: end)
      steps =
        noteEnd(end) + (isClean ? [] : [cut(to: end, "cuts off what is no record")])
    }
    let all = steps + leftoverSteps
    if all.isEmpty { throw nothingToRecover(droppingUncommitted: droppingUncommitted) }
    return all
  }

  private func nothingToRecover(droppingUncommitted: Bool) -> RepairRefusal {
    if tally.undone > 0 && !droppingUncommitted && tally.phantoms < tally.undone {
      return RepairRefusal(
        .nothingToDo,
        "the file is whole; \(Quantity.count(tally.undone, "record")) behind the last commit "
          + "marker stay in it, and are undone at each open",
        advice: "ask for the uncommitted records to be dropped if nobody wants them")
    }
    if tally.phantoms > 0 {
      return RepairRefusal(
        .nothingToDo,
        "the file is whole; the zeros inside that count as deletes do no harm, and cannot go "
          + "while records follow them", advice: "salvage leaves them out of a new log")
    }
    return RepairRefusal(
      .nothingToDo, "the data end where the header says, and nothing but zeros follows them")
  }

  /// A file of zeros holds nothing: it gets the header that it should have started with.
  private var headerSteps: [RepairStep] {
    guard segment.fileSize >= TegDBHeader.length else {
      return [cut(to: 0, "empties the file of zeros, of which the owner makes a new database")]
    }
    return [
      RepairStep(
        name, .write(TegDBHeader.fresh(validDataEnd: TegDBHeader.length), at: 0),
        "writes the header of an empty database over the zeros")
    ]
  }

  /// The owner takes a marker whose value the file cuts for a commit. It becomes a marker without
  /// a value, so that what it commits stays committed.
  private var markerSteps: [RepairStep] {
    let end = tally.recordsEnd + TegDBWalker.markerLength
    return noteEnd(end) + [
      cut(to: end, "cuts off what is there of the value of the last commit marker"),
      RepairStep(
        name, .write([0, 0, 0, 0], at: tally.recordsEnd + 4),
        "makes the last commit marker one without a value, which is whole"),
    ]
  }

  /// The log is whole, so that what a compaction left half done is not needed, and would bring
  /// deleted keys back.
  private var leftoverSteps: [RepairStep] {
    strays.filter { TegDBNames.isLeftover($0.name) && $0.kind == .regular }.map {
      RepairStep(
        $0.name, .remove,
        "removes what a compaction left behind, to which the next one would append")
    }
  }

  // MARK: Truncate and finalize

  func truncate(at place: CutPoint) throws(RepairRefusal) -> [RepairStep] {
    try requireHeader()
    let last = try dataEnd()
    let target: UInt64
    switch place {
    case .lastValid: target = last
    case .offset(let offset):
      target = offset
      guard offset <= segment.fileSize else {
        throw RepairRefusal(.impossible, "the offset is behind the end of the file")
      }
      try requireBorder(offset, last: last)
    case .record:
      throw RepairRefusal(.impossible, "the number of a record is not an offset")
    }
    let end = min(target, last)
    var steps = noteEnd(end)
    if target < segment.fileSize {
      steps.append(cut(to: target, "cuts the file off"))
    }
    if steps.isEmpty {
      throw RepairRefusal(.nothingToDo, "the file ends there, and its header says so")
    }
    return steps
  }

  /// A cut inside a record, or behind bytes that are none, would leave a torn tail.
  private func requireBorder(_ offset: UInt64, last: UInt64) throws(RepairRefusal) {
    if offset == last { return }
    if offset > last {
      if try zeros(from: last).upperBound >= offset { return }
      throw RepairRefusal(
        .unsafe,
        "bytes that the owner does not reach would stay between the last record and the cut",
        advice: "cut at \(Quantity.grouped(last)), where the records end")
    }
    var isBorder = offset == TegDBHeader.length
    try pass(to: offset) { step in
      if step.range.upperBound == offset { isBorder = true }
      if step.isZeros, step.range.contains(offset), (offset - step.range.lowerBound) % 8 == 0 {
        isBorder = true
      }
    }
    if !isBorder {
      throw RepairRefusal(.impossible, "no record starts or ends at that offset")
    }
  }

  func finalize() throws(RepairRefusal) -> [RepairStep] {
    if status == .empty { throw RepairRefusal(.nothingToDo, "the file is empty") }
    try requireHeader()
    try requireReached()
    let end = try dataEnd()
    guard try onlyZeros(from: end) else {
      throw RepairRefusal(
        .unsafe, "bytes that are no record follow the last one", advice: "recover the log first")
    }
    guard end < segment.fileSize else {
      throw RepairRefusal(.nothingToDo, "the file ends with its last record")
    }
    return noteEnd(end) + [cut(to: end, "gives the space behind the last record back")]
  }

  // MARK: Conditions

  private func requireHeader() throws(RepairRefusal) {
    guard status == .ok else {
      throw RepairRefusal(
        .impossible, "the file has no header yet", advice: "recover the log first")
    }
  }

  private func requireReached() throws(RepairRefusal) {
    guard segment.afterDamage.records == 0, !segment.rangesAreTruncated else {
      throw RepairRefusal(
        .unsafe,
        "\(Quantity.count(segment.afterDamage.records, "well-formed record")) stand behind the "
          + "damage at \(Quantity.offset(segment.logicalEnd)), and a cut would lose them",
        advice: RepairRefusal.salvageAdvice)
    }
  }

  // MARK: Where the data end

  /// Behind the last record, zeros at the end that count as deletes only by a wrong note left out.
  ///
  /// Without any marker each record counts: then the first of the zeros may be a delete that was
  /// meant, and stays.
  private func dataEnd() throws(RepairRefusal) -> UInt64 {
    guard tally.phantoms > 0 else { return max(tally.recordsEnd, TegDBHeader.length) }
    var zeros = tally.recordsEnd..<tally.recordsEnd
    try pass(to: tally.recordsEnd) { step in
      guard step.isZeros else { return }
      zeros =
        zeros.upperBound == step.range.lowerBound
        ? zeros.lowerBound..<step.range.upperBound : step.range
    }
    guard zeros.upperBound == tally.recordsEnd else { return tally.recordsEnd }
    let kept = tally.markers == 0 ? TegDBWalker.lengthsLength : 0
    return min(zeros.upperBound, zeros.lowerBound + kept)
  }

  private func pass(
    to end: UInt64, _ body: (TegDBStep) -> Void
  ) throws(RepairRefusal) {
    do throws(RecordSourceError) {
      var walk = try RecordWalk.of(segment, TegDBWalker(), in: directory)
      _ = try walk.forEachStep(in: TegDBHeader.length..<max(end, TegDBHeader.length), body)
    } catch {
      throw .unreadable(segment.file, error)
    }
  }

  private func onlyZeros(from end: UInt64) throws(RepairRefusal) -> Bool {
    if end >= segment.fileSize { return true }
    // A zero tail that the scan has seen is not read twice.
    if segment.tail?.kind == .zeros, end <= tally.recordsEnd { return true }
    return try zeros(from: end).upperBound >= segment.fileSize
  }

  private func zeros(from offset: UInt64) throws(RepairRefusal) -> Range<UInt64> {
    do throws(FileError) {
      var window = FileWindow(capacity: 1 << 18)
      let file = try directory.openFile(name)
      let next = try window.firstNonZero(
        file, from: offset, end: segment.fileSize, isCancelled: { false })
      return offset..<max(offset, next ?? segment.fileSize)
    } catch {
      throw .unreadable(segment.file, error)
    }
  }

  // MARK: Steps

  private func noteEnd(_ end: UInt64) -> [RepairStep] {
    guard end != validDataEnd else { return [] }
    return [
      RepairStep(
        name, .write(TegDBHeader.bigEndian(end), at: TegDBHeader.dataEndOffset),
        "notes \(Quantity.grouped(end)) as the end of the data in the header")
    ]
  }

  private func cut(to end: UInt64, _ purpose: String) -> RepairStep {
    RepairStep(name, .cut(to: end), purpose)
  }
}
