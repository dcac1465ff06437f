public import LogFiles
import Quantities

extension OkayWAL {
  public func findings(for report: LogReport, in directory: OpenDirectory) -> [Finding] {
    let rules = OkayWALFindings(report, in: directory)
    return rules.refusals + rules.growth + rules.checkpointed + rules.sequence + rules.contents
      + OkayWALNameFindings(report.layout).findings
  }
}

/// What only okaywal finds worth telling about contents and order: the traces of its owner's
/// habits and faults (format page, section 11).
struct OkayWALFindings {
  private let report: LogReport
  private let directory: OpenDirectory

  init(_ report: LogReport, in directory: OpenDirectory) {
    self.report = report
    self.directory = directory
  }

  private var live: [SegmentReport] { report.segments.filter { $0.file.isLive } }

  /// A copy that nobody opens as a log is not judged by what the owner would do with it.
  private var isSingleFile: Bool { report.layout.primary != nil }

  // MARK: What the owner cannot open

  /// One file that cannot be opened bars the whole log.
  var refusals: [Finding] {
    let found = live.filter {
      $0.failure == nil && !$0.isInterrupted && $0.beingWrittenBy == nil
    }.compactMap {
      $0.verdict == .empty || $0.verdict == .foreign ? withoutHeader($0) : withBadChunk($0)
    }
    return Finding.each(found, .error, .ownerRefuses, "more files that bar the log") { $0 }
  }

  private func withoutHeader(_ segment: SegmentReport) -> Finding {
    let isNewest = segment.file.name == live.last?.file.name
    let what =
      segment.fileSize == 0
      ? "no bytes: the owner cannot open the log"
      : segment.verdict == .empty
        ? "only zeros where the header belongs: the owner cannot open the log"
        : "no usable header: the owner cannot open the log"
    return Finding(
      .error, .ownerRefuses, file: segment.file.name, range: 0..<segment.fileSize, what,
      explanation:
        "The owner reads the header of every live file, and one that fails ends its open. A crash between making a file and writing its header leaves such a file.",
      advice: segment.verdict == .empty && isNewest
        ? "It is the newest file and holds nothing: the log opens again without it."
        : "Keep a copy before it is moved away.")
  }

  private func withBadChunk(_ segment: SegmentReport) -> Finding? {
    guard let invalid = segment.firstInvalid,
      segment.damagedRecords > 0 || invalid.fault.reason == .incomplete
    else { return nil }
    let error: OkayWALRecovery.OwnerError =
      invalid.fault.reason == .checksum
      ? .checksum : invalid.fault.claimedLength == nil ? .endOfFile : .chunkCut
    return Finding(
      .error, .ownerRefuses, file: segment.file.name, range: invalid.offset..<invalid.offset,
      "an application that returns errors cannot open this log: \"\(error.rawValue)\" at the chunk at \(Quantity.offset(invalid.offset))",
      explanation:
        "The owner checks no chunk by itself. An application that does, as the documentation shows, ends the open of the whole log with the first one that is wrong; an entry that was half written in a crash is enough.",
      advice:
        "Let the entries end before the damage: cut or zero what follows the last good one, in a copy first."
    )
  }

  // MARK: What would grow

  var growth: [Finding] {
    guard !isSingleFile else { return [] }
    var told: [FileName: UInt64] = [:]
    for mode in [OkayWALRecovery.Mode.propagateErrors, .ignoreErrors] {
      var open = OkayWALOpen(report, in: directory, mode: mode, preallocateBytes: 1 << 20)
      open.run()
      for segment in open.recovered where segment.isBlownUp {
        told[segment.file] = max(told[segment.file] ?? 0, segment.resumeOffset)
      }
    }
    return live.compactMap { segment in
      guard let resume = told[segment.file.name] else { return nil }
      let place = segment.firstInvalid?.offset ?? segment.number(OkayWAL.resumeOffset) ?? 0
      return Finding(
        .warning, .fileWouldGrow, file: segment.file.name, range: place..<place,
        "the owner may extend this file by \(Quantity.bytes(resume - min(resume, segment.fileSize)))",
        explanation:
          "It takes the length at \(Quantity.offset(place)) at its word, goes on behind it, and fills the file with zeros up to there.",
        advice: "Do not open the log before the bytes there are repaired.")
    }
  }

  // MARK: Checkpointed files

  var checkpointed: [Finding] {
    let suspects = report.checkpointedWithCommits
    return Finding.each(
      suspects, .warning, .commitsInCheckpointedSegment, "more such checkpointed files"
    ) { segment in
      let entries = Quantity.count(segment.records, "committed entry", "committed entries")
      return Finding(
        .warning, .commitsInCheckpointedSegment, file: segment.file.name,
        range: 0..<segment.logicalEnd,
        "\(entries) in a checkpointed file that is newer than every live one",
        explanation:
          "The owner discards what checkpointed files hold. It renames a file that is in use to such a name when a checkpoint is asked for twice without an entry between. It then opens the log as empty; the entries are overwritten, or come back at a later open.",
        advice:
          "Make sure that the application has these entries. If not, rename a copy to the name without -cp."
      )
    }
  }

  // MARK: The sequence

  /// The owner's own rotation leaves no id out between two files. A checkpoint that the
  /// application asks for after rolled-back entries does, of as many ids.
  var sequence: [Finding] {
    var findings: [Finding] = []
    let covered = report.segments.compactMap {
      $0.file.state == .checkpointed ? $0.number("firstEntryId") : nil
    }.sorted()
    var position = 0
    for (former, next) in zip(live, live.dropFirst()) {
      guard let last = former.number("lastEntryId"), let id = next.file.id, id > last,
        id - last > 1, former.afterDamage.records == 0, former.firstInvalid == nil
      else { continue }
      while position < covered.count, covered[position] <= last { position += 1 }
      // A checkpointed file between the two has them.
      if position < covered.count, covered[position] < id { continue }
      let ids = id - last - 1
      let isLarge = ids > Self.usualGap
      findings.append(
        Finding(
          isLarge ? .warning : .note, isLarge ? .missingSegment : .idGap, file: next.file.name,
          ids == 1
            ? "no file has the entry \(last + 1)"
            : "no file has the entries \(last + 1) to \(id - 1): \(isLarge ? "a segment may be missing" : "\(ids) ids")",
          explanation:
            "Entries that were rolled back use up ids, so this is a hint and no proof. The owner does not look for missing files.",
          advice: isLarge ? "Look for a file in backups before the log is opened." : nil))
    }
    return Finding.each(findings, .note, .idGap, "more gaps in the ids") { $0 }
  }

  /// More ids than this are hardly ever rolled back one behind the other.
  static let usualGap: UInt64 = 8

  // MARK: Segments

  var contents: [Finding] {
    let segments = report.segments
    return Finding.each(
      segments.flatMap(hidden), .error, .hiddenCommits, "more segments with hidden entries"
    ) { $0 }
      + Finding.each(
        segments.flatMap(observed), .note, .abortedRecords, "more such observations"
      ) { $0 }
      + Finding.each(
        segments.flatMap(remains), .note, .recycledRemains, "more segments with remains"
      ) { $0 }
  }

  private func observed(_ segment: SegmentReport) -> [Finding] {
    segment.observations.compactMap { seen in
      let place = seen.firstOffset..<seen.firstOffset
      let first = "the first at \(Quantity.offset(seen.firstOffset))"
      switch seen.code {
      case .abortedRecords:
        return Finding(
          .note, seen.code, file: segment.file.name, range: place,
          seen.records == 1
            ? "an entry without an end marker, at \(Quantity.offset(seen.firstOffset)): never committed"
            : "\(Quantity.grouped(seen.records)) entries without an end marker, \(first): never committed",
          explanation:
            "A crash leaves such an entry, and so does a rollback. The owner hands it over as aborted, and reads on behind it."
        )
      case .idsOutOfOrder:
        return Finding(
          .warning, seen.code, file: segment.file.name, range: place,
          "\(Quantity.count(seen.records, "entry", "entries")) with an id that is not above the one before, \(first)",
          explanation:
            "The owner gives ids in ascending order and does not check them, nor does a checksum: a flipped bit in an id looks like this."
        )
      default: return nil
      }
    }
  }

  /// Entries behind bytes at which the owner stops.
  private func hidden(_ segment: SegmentReport) -> [Finding] {
    guard segment.file.isLive, segment.afterDamage.records > 0,
      let resume = segment.number(OkayWAL.resumeOffset)
    else { return [] }
    let entries = Quantity.count(
      segment.afterDamage.records, "committed entry", "committed entries")
    return [
      Finding(
        .error, .hiddenCommits, file: segment.file.name, range: resume..<resume,
        "the owner stops at \(Quantity.offset(resume)) and never recovers \(entries) behind it",
        explanation:
          "Bytes that are no entry stand there. A rolled-back entry followed by a shorter one leaves such bytes between committed entries, which is a fault of the owner; a damaged marker looks the same. It writes new entries over what follows.",
        advice: "Copy the log before anything opens it.")
    ]
  }

  private func remains(_ segment: SegmentReport) -> [Finding] {
    let stale = segment.ranges.filter { $0.kind == .stale }
    guard let first = stale.first, let last = stale.last else { return [] }
    let bytes = stale.reduce(0) { $0 + $1.length }
    let entries = stale.reduce(0) { $0 + $1.records }
    guard entries > 0 else {
      return [
        Finding(
          .note, .unusedRemains, file: segment.file.name, range: first.offset..<last.end,
          "\(Quantity.bytes(bytes)) behind the end that are no entries: remains, nothing is wrong",
          explanation:
            "Rolled-back entries and earlier lives of the file leave bytes that nobody erases.")
      ]
    }
    return [
      Finding(
        .note, .recycledRemains, file: segment.file.name, range: first.offset..<last.end,
        "\(Quantity.bytes(bytes)) behind the end are recycled: \(Quantity.count(entries, "entry", "entries")) of an earlier life of the file, nothing is wrong",
        explanation:
          "The owner reuses files without erasing them. Their ids are below the file's, so it takes none of them."
      )
    ]
  }
}
