public import LogFiles
import Quantities

extension OkayWAL {
  public func repair(_ action: RepairAction, of report: LogReport, in directory: OpenDirectory)
    throws(RepairRefusal) -> [RepairStep]
  {
    let rules = OkayWALRepair(format: self, report: report, directory: directory)
    switch action {
    case .recover(let dropping): return try rules.recover(droppingUncommitted: dropping)
    case .truncate(let name, let point): return try rules.truncate(name, at: point)
    case .finalize(let name): return try rules.finalize(name)
    case .deleteBefore(let point): return try rules.deleteBefore(point)
    case .repairBit(let name): return try rules.bits.steps(for: name)
    }
  }
}

/// What may be changed in place in an okaywal log.
///
/// The owner takes what a live segment holds up to the first byte that starts no entry, and then
/// writes on there (format page, section 5). So a tail is neutralised by zeros from the last
/// committed entry's end on, which keep the length that the owner has preallocated.
struct OkayWALRepair {
  let format: OkayWAL
  let report: LogReport
  let directory: OpenDirectory

  /// Only chunks have a checksum that tells a bit: an entry without one is two bytes and an id.
  var bits: BitRepair {
    BitRepair(
      format: format, report: report, directory: directory,
      isProtected: { $0 == OkayWALEntry.Kind.entry })
  }

  // MARK: Recover

  func recover(droppingUncommitted: Bool) throws(RepairRefusal) -> [RepairStep] {
    try requireNames()
    let live = report.liveSegments
    if let foreign = live.first(where: { $0.verdict == .foreign }) { throw .foreign(foreign.file) }
    if let damaged = live.first(where: { $0.verdict == .damagedInside }) { throw inside(damaged) }
    if let hidden = report.checkpointedWithCommits.first { throw discarded(hidden) }
    try bits.requireNoFlip(in: live.filter { $0.verdict == .tornTail })
    var steps: [RepairStep] = []
    for segment in live {
      if let step = try neutralising(segment, droppingUncommitted) { steps.append(step) }
    }
    // Last, because a file that bars the log keeps the owner from damage that is still there.
    steps += try openingEmpty(live)
    if steps.isEmpty { throw sound() }
    return steps
  }

  /// Files for one id are handed over one behind the other, and which is right only the user knows.
  private func requireNames() throws(RepairRefusal) {
    guard report.layout.primary == nil else { return }
    let live = report.layout.segments.filter(\.isLive)
    if let pair = zip(live, live.dropFirst()).first(where: { $0.id == $1.id }) {
      throw RepairRefusal(
        .impossible, "the owner takes both \(pair.0.title) and \(pair.1.title) for one segment",
        advice: "move the copy away, or make a new log: walscope salvage LOG DEST")
    }
    if let stray = report.layout.strays.first(where: { $0.state != .ignored }) {
      throw RepairRefusal(
        .impossible, "\(stray.title) is a \(stray.kind.words) in the place of a segment",
        advice: "move it away")
    }
  }

  private func inside(_ segment: SegmentReport) -> RepairRefusal {
    let entries = segment.afterDamage.records
    let what =
      entries > 0
      ? "\(Quantity.count(entries, "committed entry", "committed entries")) of \(segment.file.title) \(entries == 1 ? "stands" : "stand") behind bytes at which the owner stops"
      : "committed entries follow a damaged one in \(segment.file.title)"
    let bit =
      segment.firstInvalid?.bitFlip == nil
      ? "" : "; where one flipped bit explains the damage: walscope repair-bit LOG"
    return RepairRefusal(
      .unsafe, "\(what), and zeros from there on would lose them",
      advice: RepairRefusal.salvageAdvice + bit)
  }

  func discarded(_ segment: SegmentReport) -> RepairRefusal {
    let entries = Quantity.count(segment.records, "committed entry", "committed entries")
    return RepairRefusal(
      .unsafe,
      "\(entries) of \(segment.file.title) would be discarded, because it is named as checkpointed though newer than every live segment",
      advice: "if the application lacks them, make a live log of them: walscope salvage LOG DEST")
  }

  // MARK: Tails

  /// The step that takes from the owner what it should not read; nil where it reads nothing wrong.
  private func neutralising(_ segment: SegmentReport, _ droppingUncommitted: Bool)
    throws(RepairRefusal) -> RepairStep?
  {
    if segment.verdict == .empty { return nil }
    let resume = segment.number(OkayWAL.resumeOffset)
    if segment.verdict == .tornTail || resume == nil {
      return zeroing(
        segment, from: segment.logicalEnd,
        "takes away what follows the last committed entry: a torn or damaged entry bars the log")
    }
    guard let resume else { return nil }
    if try isTakenByOwner(segment, from: resume) {
      return zeroing(
        segment, from: resume,
        "takes away remains behind the last entry that the owner would take for a part of it")
    }
    guard droppingUncommitted, segment.logicalEnd < resume else { return nil }
    return RepairStep(
      segment.file.name, .zero(segment.logicalEnd..<resume),
      "takes away entries behind the last committed one that were never committed")
  }

  private func zeroing(_ segment: SegmentReport, from start: UInt64, _ purpose: String)
    -> RepairStep?
  {
    let end = Self.remainsEnd(of: segment, from: start)
    guard end > start else { return nil }
    return RepairStep(
      segment.file.name, .zero(start..<end),
      "\(purpose); \(Quantity.bytes(end - start)) of zeros keep the file's length")
  }

  /// Where the bytes end that neither are zeros up to the end of the file nor whole entries of an
  /// earlier life, which the owner does not take.
  private static func remainsEnd(of segment: SegmentReport, from start: UInt64) -> UInt64 {
    let boundary = segment.ranges.first { range in
      range.offset >= start
        && (range.kind == .zeroTail || range.kind == .stale && range.records > 0)
    }
    return boundary?.offset ?? segment.fileSize
  }

  /// Whether the owner reads on where its entries end: it takes a chunk or an end marker that stands
  /// there, at its word (format page, section 5, step 6).
  private func isTakenByOwner(_ segment: SegmentReport, from resume: UInt64) throws(RepairRefusal)
    -> Bool
  {
    for mode in [OkayWALRecovery.Mode.propagateErrors, .ignoreErrors] {
      var recovery = OkayWALRecovery(
        mode, fileID: segment.file.id ?? segment.number("firstEntryId") ?? 0,
        firstEntry: segment.headerLength ?? 0, end: segment.fileSize)
      let entries = segment.records + segment.flawedRecords
      recovery.pass(
        entries: entries, complete: segment.records, lastID: segment.number("lastEntryId"),
        to: resume)
      do throws(RecordSourceError) {
        var source = try source(of: segment)
        try recovery.run(&source)
      } catch {
        throw .unreadable(segment.file, error)
      }
      if recovery.error != nil || recovery.resumeOffset != resume || recovery.entries != entries {
        return true
      }
    }
    return false
  }

  private func source(of segment: SegmentReport) throws(RecordSourceError) -> RecordSource {
    do throws(FileError) {
      return RecordSource(try directory.openFile(segment.file.name), end: segment.fileSize)
    } catch {
      throw .file(error)
    }
  }

  // MARK: Files without a header

  /// A crash between making a file and writing its header leaves a file without bytes, or with
  /// zeros only, that bars the log (format page, section 11, quirk 6).
  private func openingEmpty(_ live: [SegmentReport]) throws(RepairRefusal) -> [RepairStep] {
    guard let empty = live.first(where: { $0.verdict == .empty }) else { return [] }
    guard let newest = live.last, newest.file.name == empty.file.name else {
      throw RepairRefusal(
        .unsafe,
        "\(empty.file.title) holds nothing and is not the newest segment, so its entries are lost",
        advice: "look for it in backups, or go on without it: walscope salvage LOG DEST")
    }
    guard report.layout.primary == nil else {
      throw RepairRefusal(
        .impossible, "\(newest.file.title) holds nothing, and what else the log has is not known",
        advice: "name the directory of the log")
    }
    if canGo(newest, others: Array(live.dropLast())) {
      return [
        RepairStep(
          newest.file.name, .remove,
          "removes the newest segment, which holds nothing and bars the log")
      ]
    }
    return header(for: newest)
  }

  /// Whether ids still grow without the newest segment: they go on from the highest id that is
  /// left, and a checkpointed file that is reused then must not have entries above it.
  private func canGo(_ newest: SegmentReport, others: [SegmentReport]) -> Bool {
    let checkpointed = report.segments.filter { !$0.file.isLive }
    guard let highest = others.compactMap(\.file.id).max() else {
      return checkpointed.isEmpty && newest.file.id ?? 0 <= 1
    }
    return checkpointed.allSatisfy { $0.file.id ?? 0 < highest }
  }

  /// Makes an empty segment of a file, under the id that it has.
  private func header(for segment: SegmentReport) -> [RepairStep] {
    let known = report.segments.last { $0.versionInfo != nil }?.versionInfo ?? []
    let header = OkayWALEncoder.header(versionInfo: known)
    var steps: [RepairStep] = []
    if segment.fileSize < UInt64(header.count) {
      steps.append(
        RepairStep(
          segment.file.name, .preallocate(to: UInt64(header.count)),
          "makes room for a header in the newest segment, which holds nothing"))
    }
    steps.append(
      RepairStep(
        segment.file.name, .write(header, at: 0),
        "writes the header that the newest segment lacks; it is kept because ids go on from its name"
      ))
    return steps
  }

  /// Why there is nothing to recover.
  private func sound() -> RepairRefusal {
    let live = report.liveSegments
    if live.contains(where: { $0.flawedRecords > 0 }) {
      return RepairRefusal(
        .nothingToDo,
        "the owner takes every committed entry, and passes over those that were never committed")
    }
    return RepairRefusal(
      .nothingToDo,
      live.isEmpty
        ? "the log has no live segment, and what checkpointed ones hold is not read"
        : "the owner takes every entry of every live segment, and nothing behind them")
  }
}
