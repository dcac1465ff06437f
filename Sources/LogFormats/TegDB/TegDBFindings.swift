public import LogFiles
import Quantities

extension TegDB {
  public func findings(for report: LogReport, in directory: OpenDirectory) -> [Finding] {
    report.segments.flatMap { TegDBFindings($0, strays: report.layout.strays).findings }
  }

  /// Records of a transaction that is open, or that the header does not note yet.
  public func isUnsettled(_ segment: SegmentReport) -> Bool {
    guard let tally = TegDBTally(segment.facts),
      let dataEnd = segment.facts.number("validDataEnd")
    else { return false }
    return dataEnd < tally.recordsEnd || tally.undone > 0
  }
}

/// What only TegDB finds worth telling: the header, the noted end, transactions, leftovers.
struct TegDBFindings {
  private let segment: SegmentReport
  private let strays: [SegmentFile]
  private var name: FileName { segment.file.name }

  init(_ segment: SegmentReport, strays: [SegmentFile]) {
    self.segment = segment
    self.strays = strays
  }

  var findings: [Finding] {
    var findings = leftovers
    if let version { findings.append(version) }
    guard let tally = TegDBTally(segment.facts) else { return findings }
    // The owner is in the middle of a transaction, or of noting one.
    if segment.beingWrittenBy == nil {
      if let dataEnd = segment.facts.number("validDataEnd") {
        findings += wrongDataEnd(dataEnd, tally)
      }
      findings += transactions(tally)
    }
    findings += cut(tally) + zeros(tally) + markers(tally)
    return findings
  }

  // MARK: The file

  private var version: Finding? {
    switch segment.facts.word("headerStatus") {
    case TegDBHeader.Status.headerless.rawValue:
      return Finding(
        .warning, .noHeader, file: name, range: 0..<0,
        "no header; read as the layout of release 0.3.0 and older, which is a guess",
        explanation: "The first bytes frame as records. Later releases say \"invalid magic\".",
        advice: "Open it with release 0.3.0 or older, and copy the data over.")
    case TegDBHeader.Status.ok.rawValue where segment.facts.number("version") == 1:
      return Finding(
        .warning, .unreleasedVersion, file: name, range: 6..<8,
        "version 1: no release opens this file",
        explanation:
          "Commits of October and November 2025 wrote it. Every release since 0.4.0 refuses it, whatever its documents say."
      )
    default: return nil
    }
  }

  private var leftovers: [Finding] {
    var findings: [Finding] = []
    if TegDBNames.isLeftover(name) {
      findings.append(leftover(name))
    }
    for stray in strays {
      if TegDBNames.isLeftover(stray.name) {
        findings.append(leftover(stray.name))
      } else if stray.name != TegDBNames.state(of: name) {
        findings.append(
          Finding(
            .note, .leftoverTemporaryFile, file: stray.name,
            "left behind by a crash of the replicator while it copied or noted its state"))
      }
    }
    return findings
  }

  private func leftover(_ file: FileName) -> Finding {
    Finding(
      .warning, .leftoverTemporaryFile, file: file,
      "left behind by a crash while the owner was compacting",
      explanation:
        "The next compaction does not start afresh: it appends to this file, and keys that were deleted in between come back.",
      advice: "Move it away while the database is closed. The log itself is as it was before.")
  }

  // MARK: The noted end

  private func wrongDataEnd(_ dataEnd: UInt64, _ tally: TegDBTally) -> [Finding] {
    let end = tally.recordsEnd
    guard dataEnd != end else { return [] }
    let noted = Quantity.grouped(dataEnd)
    let beyond = Quantity.count(tally.recordsBeyond, "record")
    let isOne = tally.recordsBeyond == 1
    let what: String
    if dataEnd > segment.fileSize {
      what = "the header notes \(noted) as the end of the data, behind the end of the file"
    } else if dataEnd > end {
      what =
        "the header notes \(noted) as the end of the data; the records end at \(Quantity.grouped(end))"
    } else if dataEnd < TegDBHeader.length {
      what =
        "the header notes \(noted) as the end of the data, which is inside the header; \(beyond) \(isOne ? "follows" : "follow")"
    } else if tally.recordAcrossDataEnd != nil {
      what =
        "the header notes \(noted) as the end of the data, inside a record; \(beyond) \(isOne ? "starts" : "start") behind it"
    } else {
      what =
        "the header notes \(noted) as the end of the data; \(beyond) \(isOne ? "follows" : "follow"), up to \(Quantity.grouped(end))"
    }
    return [
      Finding(
        .warning, .wrongDataEnd, file: name, range: 21..<29, what,
        explanation: dataEnd < end
          ? "The owner takes what follows for new data, remains of older data too, and corrects the field when it opens the file."
          : "The owner scans to the end of the file and corrects the field when it opens it.")
    ]
  }

  // MARK: Transactions

  private func transactions(_ tally: TegDBTally) -> [Finding] {
    if tally.markers == 0 {
      guard tally.records > 0 else { return [] }
      return [
        Finding(
          .note, .noCommitMarker, file: name,
          "no commit marker: \(tally.records == 1 ? "the 1 record" : "each of the \(Quantity.grouped(tally.records)) records") counts",
          explanation: "So it is after a compaction, or without transactions.")
      ]
    }
    // Zeros that count as deletes of a key that is not there are told as what they are.
    guard tally.undone > 0, !tally.undoesOnlyZeros else { return [] }
    return [
      Finding(
        .warning, .uncommittedTail, file: name, range: tally.lastCommitEnd..<tally.recordsEnd,
        "\(Quantity.count(tally.undone, "record")) behind the last commit marker: undone when the owner opens the file",
        explanation:
          "A crash or a rollback leaves them, and so do writes outside of a transaction, which are lost though they were flushed. They stay in the file, and the next commit brings them back.",
        advice: "Copy the file before anything opens it if they should be kept.")
    ]
  }

  private func cut(_ tally: TegDBTally) -> [Finding] {
    let range = tally.recordsEnd..<max(tally.recordsEnd, segment.fileSize)
    switch tally.acceptedCut {
    case .put:
      return [
        Finding(
          .error, .cutRecordAccepted, file: name, range: range,
          "the file ends inside a long value, and release 0.5.0 takes the record for whole",
          explanation:
            "It appends behind it; on the open after that the record swallows as many bytes of newer ones as are missing, committed ones included.",
          advice: "Cut the file at the logical end before anything opens it.")
      ]
    case .marker(let end):
      return [
        Finding(
          .error, .cutRecordAccepted, file: name, range: range,
          "the file ends inside the value of a commit marker, and the owner takes it for whole",
          explanation:
            "It notes \(Quantity.grouped(end)) as the end of the data, behind the end of the file.",
          advice: "Cut the file at the logical end before anything opens it.")
      ]
    case nil: return []
    }
  }

  // MARK: Odd records

  private func zeros(_ tally: TegDBTally) -> [Finding] {
    guard tally.phantoms > 0 else { return [] }
    return [
      Finding(
        .warning, .phantomDeletes, file: name,
        range: tally.firstPhantom..<tally.firstPhantom,
        "zeros that count as \(Quantity.grouped(tally.phantoms)) deletes of the empty key, the first at \(Quantity.offset(tally.firstPhantom))",
        explanation:
          "The owner takes eight zero bytes before the noted end for a record, and appends behind them. The contents do not suffer."
      )
    ]
  }

  private func markers(_ tally: TegDBTally) -> [Finding] {
    segment.observations.filter { $0.code == .markerWithValue }.map {
      Finding(
        .warning, .markerWithValue, file: name, range: $0.firstOffset..<$0.firstOffset,
        "\(Quantity.count($0.records, "record")) of an application under the reserved key count as commit markers, the first at \(Quantity.offset($0.firstOffset))"
      )
    }
  }
}
