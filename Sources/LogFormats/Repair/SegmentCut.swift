import LogFiles
import Quantities

/// Cuts a segment at a place that the user chose: only where a record ends, and never longer than
/// it is.
struct SegmentCut {
  let segment: SegmentReport
  let walker: any SegmentWalker
  let directory: OpenDirectory
  /// What the owner needs at least, from the start of the file.
  var shortest: UInt64 = 0

  /// The step that cuts the segment.
  ///
  /// - Parameter purpose: what to add about the owner, as the end of the step's sentence.
  /// - Throws: `RepairRefusal`.
  func step(at point: CutPoint, purpose: String = "") throws(RepairRefusal) -> RepairStep {
    let file = segment.file
    if segment.verdict == .foreign { throw .foreign(file) }
    let place: UInt64
    switch point {
    case .lastValid: place = max(segment.logicalEnd, shortest)
    case .offset(let offset): place = offset
    case .record:
      throw RepairRefusal(.impossible, "the number of a record is not the place of a cut")
    }
    guard place <= segment.fileSize else {
      throw RepairRefusal(
        .impossible,
        "\(file.title) has \(Quantity.count(segment.fileSize, "byte")), and a cut makes no file longer",
        advice: "the last record ends at \(Quantity.offset(segment.logicalEnd))")
    }
    if place == segment.fileSize {
      throw RepairRefusal(.nothingToDo, "\(file.title) already ends at \(Quantity.offset(place))")
    }
    guard place >= shortest else {
      throw RepairRefusal(
        .impossible, "\(file.title) needs its header of \(Quantity.count(shortest, "byte"))",
        advice: "cut at \(shortest) at the earliest")
    }
    if case .offset = point { try requireBorder(place) }
    return RepairStep(
      file.name, .cut(to: place),
      "ends the segment at \(Quantity.offset(place)), where \(Self.what(place, segment))\(purpose)"
    )
  }

  private static func what(_ place: UInt64, _ segment: SegmentReport) -> String {
    if place == segment.logicalEnd { return "the last record ends that the owner reaches" }
    return "a record ends"
  }

  /// - Throws: `RepairRefusal` with the nearest borders when a record lies across `place`, or none
  ///   ends there.
  private func requireBorder(_ place: UInt64) throws(RepairRefusal) {
    if place == shortest || place == segment.logicalEnd { return }
    let borders: (before: UInt64, behind: UInt64?)
    do throws(RecordSourceError) {
      borders = try nearestBorders(of: place)
    } catch {
      throw .unreadable(segment.file, error)
    }
    guard borders.before != place else { return }
    let behind = borders.behind.map { " and \($0)" } ?? ""
    throw RepairRefusal(
      .impossible, "no record of \(segment.file.title) ends at \(place)",
      advice: "the nearest places to cut are \(borders.before)\(behind)")
  }

  /// The last place at or before `place` where a record ends, and the first one behind it.
  private func nearestBorders(of place: UInt64) throws(RecordSourceError)
    -> (before: UInt64, behind: UInt64?)
  {
    var before = shortest
    for range in segment.ranges where range.kind == .records {
      if range.offset > place { return (before, range.offset) }
      if range.end <= place {
        before = range.end
        continue
      }
      before = range.offset
      var behind: UInt64?
      try Self.walk(segment, walker, directory) { (walk) throws(RecordSourceError) in
        try walk.forEachRecord(in: range.offset..<range.end) { bytes, _ in
          if bytes.upperBound > place {
            behind = bytes.upperBound
            return false
          }
          before = bytes.upperBound
          return true
        }
      }
      return (before, behind)
    }
    return (before, nil)
  }

  /// Makes a walk of a segment, with one kind of error for opening and reading.
  static func walk(
    _ segment: SegmentReport, _ walker: any SegmentWalker, _ directory: OpenDirectory,
    _ body: (inout RecordWalk) throws(RecordSourceError) -> Void
  ) throws(RecordSourceError) {
    var walk: RecordWalk
    do throws(FileError) {
      walk = try RecordWalk(segment, walker: walker, in: directory)
    } catch {
      throw .file(error)
    }
    try body(&walk)
  }
}
