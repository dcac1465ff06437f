import LogFiles
import Quantities

/// Removes whole segments from a log's old end: those below a point, oldest first, and never the
/// newest one nor the one that is written to (safety rule S14).
struct SegmentDeletion {
  let report: LogReport
  /// Whether all of a segment stands before a position, which the format counts in its own way.
  let isBelow: (_ segment: SegmentReport, _ position: UInt64) -> Bool
  /// What a step does, as a sentence.
  let purpose: (_ segment: SegmentReport) -> String

  /// The segments that go, oldest first.
  ///
  /// - Throws: `RepairRefusal`.
  func steps(before point: DeletePoint) throws(RepairRefusal) -> [RepairStep] {
    guard report.layout.primary == nil else {
      throw RepairRefusal(
        .impossible, "one file by itself has no older ones",
        advice: "name the directory of the log")
    }
    let old = candidates
    let going = Array(old.prefix(try count(of: old, before: point)))
    if let foreign = going.first(where: { $0.verdict == .foreign }) { throw .foreign(foreign.file) }
    guard !going.isEmpty else { throw nothing(before: point, old) }
    return going.map { RepairStep($0.file.name, .remove, purpose($0)) }
  }

  /// Segments that may go at all: those before the one that is written to and the newest one.
  private var candidates: [SegmentReport] {
    let newest = report.segments.compactMap(\.file.id).max()
    let end =
      report.segments.firstIndex { segment in
        segment.file.state == .active || segment.file.id == nil || segment.file.id == newest
      } ?? 0
    return Array(report.segments[..<end])
  }

  private func count(of old: [SegmentReport], before point: DeletePoint) throws(RepairRefusal)
    -> Int
  {
    switch point {
    case .segment(let name):
      let named = try report.segment(named: name)
      guard let id = named.file.id else { return 0 }
      return leading(old) { ($0.file.id ?? .max) < id }
    case .id(let position):
      return leading(old) { isBelow($0, position) }
    case .keeping(let kept):
      guard kept > 0 else {
        throw RepairRefusal(
          .impossible, "the newest segment always stays", advice: "keep at least 1")
      }
      return Int(clamping: UInt64(report.segments.count) - min(kept, UInt64(report.segments.count)))
    case .unchangedSince(let time):
      return leading(old) { ($0.status?.modified).map { $0 < time } ?? false }
    }
  }

  /// How many segments, from the oldest on, are as asked: what stands behind one that stays, stays.
  private func leading(_ segments: [SegmentReport], _ goes: (SegmentReport) -> Bool) -> Int {
    segments.firstIndex { !goes($0) } ?? segments.count
  }

  private func nothing(before point: DeletePoint, _ old: [SegmentReport]) -> RepairRefusal {
    if old.isEmpty {
      return RepairRefusal(
        .nothingToDo, "the log has no segment older than the one that is written to")
    }
    let oldest = old[0].file.title
    let reason =
      switch point {
      case .segment, .id: "no segment is wholly below the point; the oldest one is \(oldest)"
      case .keeping:
        "the log has \(Quantity.count(report.segments.count, "segment")), no more than are kept"
      case .unchangedSince: "\(oldest), the oldest segment, was changed since"
      }
    return RepairRefusal(.nothingToDo, reason)
  }
}
