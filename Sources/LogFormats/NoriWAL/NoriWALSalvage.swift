public import LogFiles
import Quantities

extension NoriWAL {
  public func salvage(_ report: LogReport, in directory: OpenDirectory) throws(RepairRefusal)
    -> Salvage
  {
    try NoriWALSalvage(report).salvage()
  }
}

/// The new log that holds every record of an old one: each segment keeps its id, and its records
/// move together over what is damaged.
struct NoriWALSalvage {
  private let report: LogReport
  /// Missing ids that are filled with empty segments, which are normal; more than this are not.
  private static let fillLimit: UInt64 = 1024

  init(_ report: LogReport) { self.report = report }

  func salvage() throws(RepairRefusal) -> Salvage {
    var result = Salvage(files: [], gaps: [])
    var nextID: UInt64?
    for (segment, id) in chosen(&result) {
      try requireAllRanges(segment)
      let ids = Self.fill(from: nextID, to: id)
      for missing in ids.empty {
        result.files.append(SalvagedFile(NoriWALNames.canonical(missing), pieces: []))
      }
      result.files.append(
        SalvagedFile(NoriWALNames.canonical(ids.own), pieces: pieces(of: segment, &result)))
      nextID = ids.own &+ 1
    }
    guard report.segments.contains(where: { $0.records + $0.afterDamage.records > 0 }) else {
      throw RepairRefusal(.impossible, "the log holds no valid record that could be saved")
    }
    return result
  }

  /// The segments with the ids that they are to have, ascending. The owner reads one file for each
  /// id: the one of the name that it gives itself.
  private func chosen(_ result: inout Salvage) -> [(segment: SegmentReport, id: UInt64)] {
    var chosen: [(segment: SegmentReport, id: UInt64)] = []
    for segment in report.segments {
      let id = segment.file.id ?? 0
      guard let last = chosen.last, last.id == id else {
        chosen.append((segment, id))
        continue
      }
      let isCanonical = segment.file.name == NoriWALNames.canonical(id)
      let (kept, left) = isCanonical ? (segment, last.segment) : (last.segment, segment)
      chosen[chosen.count - 1] = (kept, id)
      result.gaps.append(
        Salvage.Gap(
          left.file.name, 0..<left.fileSize,
          "another file has the same id, and its records are the ones that the owner reads"))
    }
    return chosen
  }

  /// The ids of the empty segments that lead up to `id`, and the one to give it: a sequence with
  /// gaps would be told as missing files for ever.
  private static func fill(from next: UInt64?, to id: UInt64) -> (empty: Range<UInt64>, own: UInt64)
  {
    guard let next, id >= next else { return (0..<0, id) }
    return id - next <= fillLimit ? (next..<id, id) : (0..<0, next)
  }

  private func requireAllRanges(_ segment: SegmentReport) throws(RepairRefusal) {
    if segment.rangesAreTruncated {
      throw RepairRefusal(
        .impossible, "\(segment.file.title) has more damaged places than are told apart")
    }
  }

  /// The records of a segment; what else may have held some is told as a gap.
  private func pieces(of segment: SegmentReport, _ result: inout Salvage) -> [SalvagedFile.Piece] {
    var pieces: [SalvagedFile.Piece] = []
    let name = segment.file.name
    for range in segment.ranges {
      let bytes = range.offset..<range.end
      switch range.kind {
      case .records: pieces.append(.copy(name, bytes))
      case .zeroTail: break
      case .header, .padding, .stale, .damage, .unknown:
        let reason =
          range.kind == .padding
          ? "zeros stand here instead of records"
          : range.reason?.explanation ?? "no valid record is here"
        result.gaps.append(Salvage.Gap(name, bytes, reason))
      }
    }
    return pieces
  }
}
