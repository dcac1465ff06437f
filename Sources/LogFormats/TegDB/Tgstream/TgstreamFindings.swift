public import LogFiles
import Quantities

extension Tgstream {
  public func findings(for report: LogReport, in directory: OpenDirectory) -> [Finding] {
    let chain = TgstreamChain(report, in: directory)
    return TgstreamFileFindings(chain).findings + TgstreamChainFindings(chain).findings
      + TgstreamStateFindings(chain).findings + strays(report.layout.strays)
  }

  private func strays(_ strays: [SegmentFile]) -> [Finding] {
    Finding.each(
      strays, .note, .strayFile, "more entries that are no files of the set"
    ) {
      Finding(
        $0.kind == .symbolicLink ? .warning : .note, .strayFile, file: $0.name,
        "a \($0.kind.words) that is not named like a file of the set: a restore does not look at it"
      )
    }
  }
}

/// What is wrong with single bases and segments: their length, their framing, their end.
struct TgstreamFileFindings {
  private let chain: TgstreamChain

  init(_ chain: TgstreamChain) { self.chain = chain }

  var findings: [Finding] {
    chain.lines.flatMap { line in
      (line.base.map { base($0) + framing($0) } ?? [])
        + line.segments.flatMap { segment($0) + framing($0) }
    }
  }

  /// Framing inside of compressed data; that of plain files is told like that of any log.
  private func framing(_ file: TgstreamChain.File) -> [Finding] {
    guard file.isCompressed, file.length != nil, let fault = file.contentsFault else { return [] }
    return [
      Finding(
        .error, .badFraming, file: file.name,
        "what comes out of the compressed data is no record at byte \(Quantity.grouped(fault.offset)) of it",
        explanation: fault.reason.explanation,
        advice: "What follows that byte is lost to a restored database.")
    ]
  }

  private func base(_ file: TgstreamChain.File) -> [Finding] {
    guard let length = file.length, let noted = file.report.facts.number("validDataEnd"),
      noted != length
    else { return [] }
    return [
      Finding(
        .error, .baseLength, file: file.name, range: file.isCompressed ? nil : 21..<29,
        "the base holds \(Quantity.count(length, "byte")) of the database, its header notes \(Quantity.grouped(noted)) as the end of the data",
        explanation: "tgstream copies as many bytes as the header notes.",
        advice: "Do not rely on this base: make a new one.")
    ]
  }

  private func segment(_ file: TgstreamChain.File) -> [Finding] {
    let promised = file.range.upperBound - file.range.lowerBound
    var findings: [Finding] = []
    if let length = file.length, length != promised {
      findings.append(
        Finding(
          .error, .segmentLength, file: file.name,
          "the name promises \(Quantity.count(promised, "byte")) of the database, the file holds \(Quantity.grouped(length))",
          explanation: "The name gives the exact length: from and to are offsets in the database.",
          advice: "Get the segment from the object store again."))
    }
    guard let tally = file.tally, file.length != nil, file.contentsFault == nil,
      file.report.firstInvalid == nil, tally.markers == 0 || tally.lastCommitEnd != tally.recordsEnd
    else { return findings }
    let behind = tally.markers == 0 ? tally.records : tally.undone
    findings.append(
      Finding(
        .error, .noCommitAtEnd, file: file.name,
        tally.records == 0
          ? "the segment holds no record, so that no commit marker ends it"
          : "the last record is no commit marker: \(Quantity.count(behind, "record")) behind the last one",
        explanation:
          "tgstream uploads up to the end of a commit. A segment that ends elsewhere was cut or changed."
      ))
    return findings
  }
}

/// Whether the files of a set go on from each other.
struct TgstreamChainFindings {
  private let chain: TgstreamChain

  init(_ chain: TgstreamChain) { self.chain = chain }

  var findings: [Finding] {
    guard chain.isSet || chain.lines.contains(where: { !$0.id.bytes.isEmpty }) else { return [] }
    return chain.lines.flatMap { orphans($0) + uncommitted($0) + adjacency($0) }
  }

  /// Segments whose base is gone: no restore comes to them.
  private func orphans(_ line: TgstreamChain.Line) -> [Finding] {
    guard line.base == nil, let first = line.segments.first else { return [] }
    let isNamed = [chain.latest?.baseID, chain.state?.baseID].contains(line.id)
    return [
      Finding(
        isNamed ? .error : .note, isNamed ? .missingBase : .strayFile, file: first.name,
        "\(Quantity.count(line.segments.count, "segment")) from here on go with a base that is not here",
        explanation: isNamed
          ? "Without its first bytes nothing of the database can be restored."
          : "Pruning deletes old bases and leaves their segments behind.")
    ]
  }

  private func uncommitted(_ line: TgstreamChain.Line) -> [Finding] {
    guard let base = line.base, base.isSound, let length = base.length, base.lastCommit < length
    else { return [] }
    let behind = length - base.lastCommit
    let first = line.segments.first { $0.range.lowerBound < length }
    return [
      Finding(
        first == nil ? .warning : .error, .uncommittedBase, file: base.name,
        range: base.isCompressed ? nil : base.lastCommit..<length,
        "the base was made inside of a transaction: \(Quantity.bytes(behind)) stand behind its last commit",
        explanation: first == nil
          ? "The first segment will start at the last commit, inside the base, and a restore leaves such a segment out."
          : "The first segment starts inside the base. A restore leaves it out, and then fails with a gap, or lacks it without a word where it is the only one.",
        advice: "Make a new base while no transaction is open.")
    ]
  }

  private func adjacency(_ line: TgstreamChain.Line) -> [Finding] {
    var findings: [Finding] = []
    // Where the line begins is not known without its base.
    var end = line.base?.lastCommit ?? line.segments.first?.range.lowerBound ?? 0
    var isFirst = true
    for segment in line.segments {
      let range = segment.range
      let reached = isFirst ? max(end, line.base?.length ?? 0) : end
      if range.lowerBound > reached {
        let missing = Quantity.grouped(range.lowerBound - reached)
        findings.append(
          Finding(
            .error, .segmentGap, file: segment.name,
            "\(missing) bytes of the database before this segment, from \(Quantity.grouped(reached)) to \(Quantity.grouped(range.lowerBound)), are in no file",
            explanation: "A restore that needs this segment fails.",
            advice: "Get the missing segment from the object store, or make a new base."))
      } else if range.lowerBound < end {
        findings.append(
          Finding(
            .error, .segmentOverlap, file: segment.name,
            "the segment starts at \(Quantity.grouped(range.lowerBound)), before \(Quantity.grouped(end)), up to where the files before it reach",
            explanation: "Each segment starts where the one before it ends."))
      }
      end = max(end, range.upperBound)
      isFirst = false
    }
    return Array(findings.prefix(1000))
  }
}

/// What the state file and `latest.json` say, held against the files.
struct TgstreamStateFindings {
  private let chain: TgstreamChain

  init(_ chain: TgstreamChain) { self.chain = chain }

  var findings: [Finding] {
    unusable(chain.state, chain.stateName) + unusable(chain.latest, chain.latestName)
      + presence + missingBases + latestOffset + stateOffset + leftOut
  }

  private func unusable(_ notes: TgstreamNotes?, _ name: FileName?) -> [Finding] {
    guard let name else { return [] }
    let needed = name == chain.stateName ? "last_committed_offset" : "last_offset"
    if let notes, notes.fault == nil, notes.number(needed) != nil { return [] }
    let place = notes?.fault
    return [
      Finding(
        .error, .unusableMetadata, file: name, range: place.map { $0..<$0 },
        place.map { "it cannot be read from byte \($0) on" } ?? "it has no \(needed)",
        explanation: name == chain.stateName
          ? "Without its state tgstream does not know which bytes are uploaded."
          : "Without it a restore does not know its base.")
    ]
  }

  private var presence: [Finding] {
    if chain.lines.isEmpty, let name = chain.stateName, chain.latestName == nil {
      return [
        Finding(
          .note, .missingBase, file: name,
          "the set that this state is about is not below this directory: only the state is looked at"
        )
      ]
    }
    guard chain.isSet, chain.latestName == nil else { return [] }
    return [
      Finding(
        .error, .missingMetadata,
        "there is no latest.json: a restore does not know its base",
        explanation: "It is written with each base.")
    ]
  }

  private var missingBases: [Finding] {
    [(chain.state, chain.stateName), (chain.latest, chain.latestName)].compactMap { notes, name in
      guard let notes, let name, !chain.lines.isEmpty || chain.latestName != nil else { return nil }
      guard let id = notes.baseID else { return missingID(notes, name) }
      guard chain.line(id)?.base == nil else { return otherBase(notes, name) }
      return Finding(
        .error, .missingBase, file: name, range: range(of: "base_id", in: notes),
        "it names the base \(id.utf8 ?? ""), which is not in the set",
        explanation: name == chain.latestName
          ? "A restore takes the base that latest.json names, and fails." : nil)
    }
  }

  private func missingID(_ notes: TgstreamNotes, _ name: FileName) -> Finding? {
    guard notes.fault == nil else { return nil }
    let isMissing = notes.text("base_id") == nil
    return Finding(
      .warning, .oddMetadata, file: name,
      isMissing ? "it names no base" : "what it names as the base is no id of one",
      explanation: name == chain.stateName
        ? "The next segment cannot be uploaded before there is a base." : nil)
  }

  /// The state and `latest.json` name different bases.
  private func otherBase(_ notes: TgstreamNotes, _ name: FileName) -> Finding? {
    guard name == chain.stateName, let latest = chain.latest?.baseID, latest != notes.baseID
    else { return nil }
    return Finding(
      .warning, .stateDisagrees, file: name, range: range(of: "base_id", in: notes),
      "it names another base than latest.json does",
      explanation: "Segments go with the base of the state; a restore takes that of latest.json.")
  }

  /// `last_offset` is the last commit in the base that it names.
  private var latestOffset: [Finding] {
    guard let latest = chain.latest, let name = chain.latestName,
      let noted = latest.number("last_offset"), let base = chain.line(latest.baseID)?.base,
      base.isSound, let length = base.length, noted != base.lastCommit
    else { return [] }
    let what =
      noted > length
      ? "the base holds only \(Quantity.count(length, "byte"))"
      : "the last commit in the base ends at \(Quantity.grouped(base.lastCommit))"
    return [
      Finding(
        noted > length ? .error : .warning, .baseLength, file: name,
        range: range(of: "last_offset", in: latest),
        "it notes \(Quantity.grouped(noted)) as the end of the last commit in the base; \(what)")
    ]
  }

  private var stateOffset: [Finding] {
    guard let state = chain.state, let name = chain.stateName,
      let noted = state.number("last_committed_offset"), let line = chain.line(state.baseID),
      line.base != nil, let end = line.end, noted != end
    else { return [] }
    let range = range(of: "last_committed_offset", in: state)
    if noted > end {
      return [
        Finding(
          .error, .missingSegment, file: name, range: range,
          "the database is uploaded up to \(Quantity.grouped(noted)), it says; the files of the set reach \(Quantity.grouped(end))",
          explanation: "Segments at the end are missing, or were lost.",
          advice: "Look for them in the object store; while the database is there, make a new base."
        )
      ]
    }
    return [
      Finding(
        .warning, .stateDisagrees, file: name, range: range,
        "the files of the set reach \(Quantity.grouped(end)); the state says \(Quantity.grouped(noted))",
        explanation:
          "A run that was killed between an upload and its note leaves this. The next run uploads from the noted offset on, over what is there."
      )
    ]
  }

  /// What a restore to latest does not use.
  private var leftOut: [Finding] {
    guard let line = chain.line(chain.latest?.baseID), line.base != nil,
      let last = line.segments.last
    else { return [] }
    return [
      Finding(
        .note, .restoreLeavesOut, file: chain.latestName,
        "a restore to latest stops at the base: it uses none of the \(Quantity.count(line.segments.count, "segment"))",
        explanation: "latest.json notes the commit at the base, and is not written with segments.",
        advice: "Name the end of the last segment as the target: \(last.range.upperBound).")
    ]
  }

  private func range(of key: String, in notes: TgstreamNotes) -> Range<UInt64>? {
    notes.entries.last { $0.key == key }?.range
  }
}
