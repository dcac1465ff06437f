public import LogFiles
import Quantities

extension NoriWAL {
  public func findings(for report: LogReport, in directory: OpenDirectory) -> [Finding] {
    let rules = NoriWALFindings(report)
    return rules.gaps + rules.names + rules.inTheWay + rules.leftovers + rules.contents
  }
}

/// What only nori-wal finds worth telling: its names, its order, and the habits of its owner.
struct NoriWALFindings {
  private let report: LogReport
  private var layout: LogLayout { report.layout }

  init(_ report: LogReport) { self.report = report }

  // MARK: The sequence

  var gaps: [Finding] {
    Finding.each(layout.missing, .error, .missingSegment, "more gaps in the sequence") { gap in
      let first = Self.text(NoriWALNames.canonical(gap.lowerBound))
      let last = Self.text(NoriWALNames.canonical(gap.upperBound))
      let count = gap.upperBound - gap.lowerBound
      let what =
        count == 0
        ? "\(first) is missing"
        : "\(first) to \(last) are missing (\(Quantity.grouped(UInt128(count) + 1)) segments)"
      return Finding(
        .error, .missingSegment, what,
        explanation:
          "Segments are numbered without gaps and deleted from the oldest on, so a gap means lost files. The owner does not notice.",
        advice: "Look for the files in backups before anything is written to this log.")
    }
  }

  // MARK: Names

  var names: [Finding] {
    guard layout.primary == nil else { return [] }
    let odd = layout.segments.filter { segment in
      segment.id.map { NoriWALNames.canonical($0) != segment.name } ?? false
    }
    if odd.isEmpty { return [] }
    let present = Set(layout.segments.map(\.name) + layout.strays.map(\.name))
    return Finding.each(odd, .error, .nonCanonicalName, "more files with other names") { segment in
      let canonical = NoriWALNames.canonical(segment.id ?? 0)
      return present.contains(canonical)
        ? duplicate(segment, canonical) : nonCanonical(segment, canonical)
    }
  }

  private func nonCanonical(_ segment: SegmentFile, _ canonical: FileName) -> Finding {
    Finding(
      .error, .nonCanonicalName, file: segment.name,
      "the owner finds this file, and then looks for it as \(Self.text(canonical))",
      explanation: "Its open fails with \"No such file or directory\".",
      advice: "Rename it to \(Self.text(canonical)) if it is that segment, or move it away.")
  }

  private func duplicate(_ segment: SegmentFile, _ canonical: FileName) -> Finding {
    Finding(
      .error, .duplicateSegment, file: segment.name,
      "a second file for the id of \(Self.text(canonical)); the owner never reads this one",
      explanation: "The owner scans \(Self.text(canonical)) twice and counts its records twice.",
      advice: "Find out which of the two is right, and move the other one away.")
  }

  // MARK: Other files

  var inTheWay: [Finding] {
    let blocking = layout.strays.filter { $0.state != .ignored }
    return Finding.each(blocking, .error, .notARegularFile, "more entries that are no files") {
      stray in
      if stray.kind == .directory {
        return Finding(
          .error, .directoryNamedLikeSegment, file: stray.name,
          "a directory has the name of a segment",
          explanation: "The owner's open fails with \"Is a directory\".",
          advice: "Move it away.")
      }
      let followed = stray.kind == .symbolicLink
      return Finding(
        followed ? .warning : .error, .notARegularFile, file: stray.name,
        "a \(stray.kind.words) has the name of a segment; it is not opened here",
        explanation: followed
          ? "The owner follows the link. Links inside a log are not followed here."
          : "The owner opens it, and fails or waits for ever.",
        advice: followed ? "Open what it points to by its own path." : "Move it away.")
    }
  }

  var leftovers: [Finding] {
    let ignored = layout.strays.filter { $0.state == .ignored }
    let temporary = ignored.filter { $0.id != nil }
    let others = ignored.filter { $0.id == nil }
    return Finding.each(
      temporary, .warning, .leftoverTemporaryFile, "more temporary files left behind"
    ) {
      Finding(
        .warning, .leftoverTemporaryFile, file: $0.name,
        "left behind by a crash while the owner was cutting a segment",
        explanation:
          "The owner writes what it keeps of a segment to such a file and renames it. It never reads or removes a leftover.",
        advice: "The segment itself is as it was before. Keep a copy, then remove this file.")
    }
      + Finding.each(others, .note, .strayFile, "more files with similar names") {
        Finding(
          .note, .strayFile, file: $0.name,
          "looks like a segment, but the owner ignores a file of this name")
      }
  }

  // MARK: Segments

  var contents: [Finding] {
    var observed = FindingList()
    for segment in report.segments { observed.add(observations(segment)) }
    return emptySegments + zeroTails + observed.all
  }

  private var emptySegments: [Finding] {
    let segments = report.segments
    let empty = segments.indices.filter { segments.status(at: $0)?.size == 0 }
    return Finding.each(empty, .note, .zeroLengthSegment, "more segments without bytes") {
      Finding(
        .note, .zeroLengthSegment, file: segments.files[$0].name,
        "no bytes, which is normal",
        explanation:
          "A record that is larger than a segment, or two writers that rotate at once, leave an empty segment."
      )
    }
  }

  private var zeroTails: [Finding] {
    let segments = report.segments
    let sealed = segments.indices.filter {
      segments.files[$0].state == .sealed
        && segments.figures(at: $0)?.verdict == .preallocatedTail
    }
    return Finding.each(sealed, .note, .zeroTailInSealedSegment, "more segments with a zero tail") {
      let segment = segments[$0]
      let start = segment.logicalEnd
      return Finding(
        .note, .zeroTailInSealedSegment, file: segment.file.name,
        range: start..<segment.fileSize,
        "\(Quantity.bytes(segment.slack)) of zeros end a segment that is not the last one",
        explanation:
          "Rotation cuts this space off. It stays when a log was used after a crash without recovery; the owner's next open cuts it off and calls it corruption."
      )
    }
  }

  private func observations(_ segment: SegmentReport) -> [Finding] {
    segment.observations.compactMap { seen in
      let place = seen.firstOffset..<seen.firstOffset
      let records = Quantity.count(seen.records, "record")
      switch seen.code {
      case .reservedFlagBits:
        return Finding(
          .note, seen.code, file: segment.file.name, range: place,
          "\(records) with reserved flag bits set, the first at \(Quantity.offset(seen.firstOffset))",
          explanation:
            "The owner ignores these bits. A newer version may have given them a meaning, and then reads the record otherwise.",
          advice: "Make sure that the version that opens the log is the one that wrote it.")
      case .uncheckedValue:
        return Finding(
          .note, seen.code, file: segment.file.name, range: place,
          "\(records) with a compressed value that was not decoded, the first at \(Quantity.offset(seen.firstOffset))",
          explanation:
            "The checksum is right. What comes of the value is too large to be decoded here, "
            + "or as many times larger than what is stored that looking at all such values would take "
            + "too long. Whether the owner can decode it is not known."
        )
      case .readerLimit:
        return Finding(
          .note, seen.code, file: segment.file.name, range: place,
          "\(records) longer than 128 KiB, the first at \(Quantity.offset(seen.firstOffset))",
          explanation:
            "The owner's recovery reads them, its reader does not: it gives up at the first one.")
      default: return nil
      }
    }
  }

  private static func text(_ name: FileName) -> String {
    String(decoding: name.bytes, as: UTF8.self)
  }
}
