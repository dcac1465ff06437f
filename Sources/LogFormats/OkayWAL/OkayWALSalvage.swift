public import LogFiles

extension OkayWAL {
  public func salvage(_ report: LogReport, in directory: OpenDirectory) throws(RepairRefusal)
    -> Salvage
  {
    var salvage = OkayWALSalvage(format: self, report: report, directory: directory)
    return try salvage.run()
  }
}

/// The new log that holds every committed entry of an old one, those that are hidden behind a
/// rollback and those of a segment that was named as checkpointed by mistake among them.
///
/// Entries keep their ids, and segments their names, except where a name would tell of missing
/// ids. Entries that were never committed are left out.
struct OkayWALSalvage {
  private let format: OkayWAL
  private let report: LogReport
  private let directory: OpenDirectory
  private var result = Salvage(files: [], gaps: [])
  private var entries: UInt64 = 0
  /// The id of the entry that was taken last.
  private var lastID: UInt64?

  init(format: OkayWAL, report: LogReport, directory: OpenDirectory) {
    self.format = format
    self.report = report
    self.directory = directory
  }

  mutating func run() throws(RepairRefusal) -> Salvage {
    for segment in chosen() { try save(segment) }
    guard entries > 0 else {
      throw RepairRefusal(.impossible, "the log holds no committed entry that could be saved")
    }
    return result
  }

  /// What holds entries that count, by ascending id: one file for each.
  private mutating func chosen() -> [SegmentReport] {
    let discarded = Set(report.checkpointedWithCommits.map(\.file.name))
    let isSingleFile = report.layout.primary != nil
    var chosen: [SegmentReport] = []
    for segment in report.segments {
      guard segment.file.isLive || isSingleFile || discarded.contains(segment.file.name) else {
        continue
      }
      guard let last = chosen.last, last.file.id == segment.file.id else {
        chosen.append(segment)
        continue
      }
      let isCanonical = segment.file.name == OkayWALNames.canonical(segment.file.id ?? 0)
      chosen[chosen.count - 1] = isCanonical ? segment : last
      let left = isCanonical ? last : segment
      result.gaps.append(
        Salvage.Gap(
          left.file.name, 0..<left.fileSize,
          "another file has the same id, and the entries of both cannot follow each other"))
    }
    return chosen
  }

  private mutating func save(_ segment: SegmentReport) throws(RepairRefusal) {
    guard let header = segment.headerLength else {
      result.gaps.append(
        Salvage.Gap(
          segment.file.name, 0..<segment.fileSize,
          segment.verdict == .empty ? "nothing stands here" : "its header cannot be read"))
      return
    }
    if segment.rangesAreTruncated {
      throw RepairRefusal(
        .impossible, "\(segment.file.title) has more damaged places than are told apart")
    }
    let name = OkayWALNames.canonical(id(for: segment))
    lastID = nil
    let copied: [Range<UInt64>]
    do throws(RecordSourceError) {
      copied = try committed(in: segment)
    } catch {
      throw .unreadable(segment.file, error)
    }
    result.files.append(
      SalvagedFile(
        name, pieces: ([0..<header] + copied).map { .copy(segment.file.name, $0) }))
  }

  /// The id for a segment's name. The next ids close up to those before them where a file is
  /// missing between the two; else that would be told for ever.
  private func id(for segment: SegmentReport) -> UInt64 {
    let id = segment.file.id ?? segment.number("firstEntryId") ?? 1
    guard let lastID, id > lastID, id - lastID > OkayWALFindings.usualGap else { return id }
    return lastID + 1
  }

  /// The bytes of the committed entries; what else may have held some becomes a gap.
  private mutating func committed(in segment: SegmentReport) throws(RecordSourceError)
    -> [Range<UInt64>]
  {
    var copied: [Range<UInt64>] = []
    for range in segment.ranges {
      let bytes = range.offset..<range.end
      switch range.kind {
      case .records:
        entries += range.records
        if range.frames == range.records {
          Self.append(bytes, to: &copied)
        } else {
          try appendCommitted(in: bytes, of: segment, to: &copied)
        }
      case .damage, .unknown, .padding:
        let reason =
          range.kind == .padding
          ? "zeros stand here instead of entries"
          : range.reason?.explanation ?? "no committed entry is here"
        result.gaps.append(Salvage.Gap(segment.file.name, bytes, reason))
      case .header, .zeroTail, .stale: break
      }
    }
    lastID = try lastID(of: copied, in: segment)
    return copied
  }

  /// Goes through entries among which some do not count.
  private mutating func appendCommitted(
    in range: Range<UInt64>, of segment: SegmentReport, to copied: inout [Range<UInt64>]
  ) throws(RecordSourceError) {
    var taken = copied
    var gaps: [Salvage.Gap] = []
    let walker = format.walker(for: segment.file, in: directory)
    try SegmentCut.walk(segment, walker, directory) { (walk) throws(RecordSourceError) in
      try walk.forEachRecord(in: range) { bytes, frame in
        switch frame {
        case .flawed(_, _, let fault?):
          gaps.append(Salvage.Gap(segment.file.name, bytes, fault.reason.explanation))
        case .flawed: break
        default: Self.append(bytes, to: &taken)
        }
        return true
      }
    }
    copied = taken
    result.gaps += gaps
  }

  private static func append(_ bytes: Range<UInt64>, to copied: inout [Range<UInt64>]) {
    if let last = copied.last, last.upperBound == bytes.lowerBound {
      copied[copied.count - 1] = last.lowerBound..<bytes.upperBound
    } else {
      copied.append(bytes)
    }
  }

  /// The id of the last of the entries in these bytes.
  private func lastID(of copied: [Range<UInt64>], in segment: SegmentReport)
    throws(RecordSourceError) -> UInt64?
  {
    guard let last = copied.last else { return nil }
    // Where nothing is wrong the scan has noted it.
    if segment.flawedRecords == 0, segment.afterDamage.records == 0 {
      return segment.number("lastEntryId")
    }
    var start = last.lowerBound
    var id: UInt64?
    let walker = format.walker(for: segment.file, in: directory)
    try SegmentCut.walk(segment, walker, directory) { (walk) throws(RecordSourceError) in
      try walk.forEachRecord(in: last) { bytes, _ in
        start = bytes.lowerBound
        return true
      }
      id = try walk.littleEndian(UInt64.self, at: start + 1)
    }
    return id
  }
}
