import LogFormats
import LogInspection

extension ScannedSegment {
  /// What is not as it is in every report, whatever a file of `size` bytes holds.
  func soundnessFaults(size: Int) -> [String] {
    var faults: [String] = []
    func require(_ holds: Bool, _ what: @autoclosure () -> String) {
      if !holds { faults.append(what()) }
    }
    var place: UInt64 = 0
    for range in report.ranges {
      require(range.offset == place && range.length > 0, "ranges do not tile at \(place)")
      place = range.end
    }
    require(place == UInt64(size), "ranges end at \(place) of \(size)")
    let records = report.ranges.reduce(0) { $0 + ($1.kind == .records ? $1.records : 0) }
    require(
      records == report.records + report.afterDamage.records, "\(records) records in the ranges")
    let behind = report.ranges.filter(\.isFoundByResync)
    require(
      behind.reduce(0) { $0 + $1.length } == report.afterDamage.bytes,
      "bytes after the damage differ"
    )
    require(behind.allSatisfy { $0.offset > report.logicalEnd }, "resync found reached records")
    let frames = report.ranges.reduce(0) { $0 + $1.frames }
    require(index.frameCount == frames, "the index has \(index.frameCount) frames")
    let others = UInt64(report.ranges.count { $0.kind != .records })
    require(
      index.rowCount == frames + others, "the index has \(index.rowCount) rows")
    let isFaulty = [.damagedInside, .tornTail, .foreign].contains(report.verdict)
    require(
      (report.firstInvalid != nil) == isFaulty || report.verdict == .empty,
      "\(report.verdict) and first invalid disagree")
    require(report.failure == nil && !report.isInterrupted, "the scan did not end")
    require(size > 0 || report.verdict == .empty, "nothing is \(report.verdict)")
    return faults
  }
}
