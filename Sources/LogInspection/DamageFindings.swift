import LogFiles
import LogFormats
import Quantities

/// Puts into words what a scan found wrong with a segment, the same way for every format.
struct DamageFindings {
  let format: any LogFormat

  func findings(for report: SegmentReport) -> [Finding] {
    var findings = circumstances(of: report) + damagedRecords(report)
    switch report.verdict {
    case .damagedInside: findings += damageInside(report)
    case .tornTail where Self.endsTorn(report): findings.append(tornTail(report))
    // Raw bytes are nobody's records, and none are missed there.
    case .foreign where report.file.state != .metadata && format.name != RawBytes.formatName:
      findings.append(foreign(report))
    case .preallocatedTail where report.file.state != .sealed:
      findings.append(zeroTail(report))
    default: break
    }
    return findings
  }

  // MARK: Damage

  /// One finding for each damaged record that the format's own walk passes.
  private func damagedRecords(_ report: SegmentReport) -> [Finding] {
    // Gaps are told by the format that knows them.
    guard report.gaps == nil else { return [] }
    var findings = report.damage.map { offset, fault in
      let isLast = report.verdict == .tornTail
      let place = offset + fault.offset
      // A claimed length is any number that a file can hold.
      let end =
        offset + min(fault.claimedLength ?? 0, report.fileSize - min(offset, report.fileSize))
      var message = "the record at \(Quantity.offset(offset)) is damaged"
      if fault.offset > 0 { message += " at \(Quantity.offset(place))" }
      message += isLast ? "; \(follow(0))" : ""
      if let flip = report.firstInvalid?.bitFlip, report.firstInvalid?.offset == place {
        message += "; \(Self.words(flip))"
      }
      return Finding(
        isLast && report.file.state == .active ? .warning : .error, Self.code(for: fault.reason),
        file: report.file.name, range: place..<max(place, end),
        message, explanation: explanation(of: fault))
    }
    if report.damagedRecords > UInt64(report.damage.count) {
      let more = report.damagedRecords - UInt64(report.damage.count)
      findings.append(
        Finding(
          .error, .damagedInside, file: report.file.name,
          "\(Quantity.grouped(more)) more damaged records"))
    }
    return findings
  }

  /// Whether a torn tail is more than damaged records that the walk passes.
  private static func endsTorn(_ report: SegmentReport) -> Bool {
    report.damagedRecords == 0 && report.logicalEnd < report.fileSize
      || report.ranges.contains { $0.kind == .damage && $0.offset >= report.logicalEnd }
  }

  /// One finding for each damaged place.
  private func damageInside(_ report: SegmentReport) -> [Finding] {
    let damaged = report.ranges.filter {
      $0.offset >= report.logicalEnd && ($0.kind == .damage || $0.kind == .padding)
    }
    let following = Self.recordsFollowing(report.ranges)
    return damaged.map { range in
      let isFirst = range.offset == report.firstInvalid?.offset
      let code = Self.code(for: range.reason)
      let what =
        range.kind == .padding
        ? "\(Quantity.bytes(range.length)) of zeros at \(Quantity.offset(range.offset)) "
          + "where a record belongs"
        : "damage of \(Quantity.bytes(range.length)) at \(Quantity.offset(range.offset))"
      var message = "\(what); \(follow(following[range.offset] ?? 0)) in this segment"
      if isFirst, let flip = report.firstInvalid?.bitFlip { message += "; \(Self.words(flip))" }
      return Finding(
        .error, code, file: report.file.name, range: range.offset..<range.end, message,
        explanation: isFirst ? explanation(of: report.firstInvalid?.fault) : nil,
        advice: Self.adviceInside(canFlip: isFirst && report.firstInvalid?.bitFlip != nil))
    }
  }

  private static func adviceInside(canFlip: Bool) -> String {
    "Keep the owner from opening it: it may cut all that follows (see `forecast`). `salvage` copies "
      + "the records of both sides into a new log"
      + (canFlip ? "; `repair-bit` flips the bit back." : ".")
  }

  /// Records in the ranges behind each damaged place, by its offset.
  private static func recordsFollowing(_ ranges: [ByteRange]) -> [UInt64: UInt64] {
    var result: [UInt64: UInt64] = [:]
    var records: UInt64 = 0
    for range in ranges.reversed() {
      if range.kind != .records { result[range.offset] = records }
      if range.kind == .records { records += range.records }
    }
    return result
  }

  private static func code(for reason: Reason?) -> FindingCode {
    switch reason {
    case .checksum: .checksumMismatch
    case .zeros: .recordsAfterZeros
    case .decompressFailed: .undecodableValue
    case .incomplete, .short, .varintOverflow, .badCompression: .malformedRecord
    default: .damagedInside
    }
  }

  private func tornTail(_ report: SegmentReport) -> Finding {
    let start = report.logicalEnd
    let unused = report.ranges.filter {
      $0.offset >= start && ($0.kind == .zeroTail || $0.kind == .stale)
    }
    let torn = report.fileSize - start - unused.reduce(0) { $0 + $1.length }
    let isTorn = report.tail?.kind == .torn
    // A file that is looked at by itself may be the one that is written to.
    let isActive = report.file.state == .active || report.file.state == .unknown
    let place = Quantity.offset(start)
    let what =
      switch (isTorn, report.firstInvalid?.fault.reason) {
      case (true, .incomplete?), (true, .short?):
        "the last record, at \(place), is cut off after \(Quantity.bytes(torn))"
      case (true, .checksum?): "the last record, at \(place), does not have its checksum"
      case (true, .decompressFailed?): "the value of the last record, at \(place), does not decode"
      case (_, .compressedDataCut?):
        "the compressed data, from \(place) on, are cut off after \(Quantity.bytes(torn))"
      case (_, .compressedDataDamaged?): "the compressed data, from \(place) on, do not decode"
      case (_, .contentsTooLong?):
        "more comes out of the compressed data, from \(place) on, than the file should hold"
      case (_, .zeros?): "zeros where a record belongs at \(place), then bytes that hold none"
      default: "\(Quantity.bytes(torn)) at \(place) that hold no record"
      }
    var message = "\(what); \(follow(0))"
    if let flip = report.firstInvalid?.bitFlip { message += "; \(Self.words(flip))" }
    return Finding(
      isActive && isTorn ? .warning : .error,
      isTorn ? .tornRecord : .garbageTail, file: report.file.name,
      range: start..<(start + torn), message,
      explanation: explanation(of: report.firstInvalid?.fault),
      advice: isTorn && isActive
        ? "A crash while writing leaves this. Every record before it is "
          + "\(format.evidence.accepted); `recover` takes away what is torn."
        : "Every record before it is \(format.evidence.accepted). A segment that is no longer "
          + "written to should end with a whole one; `recover` sees to that.")
  }

  private func foreign(_ report: SegmentReport) -> Finding {
    Finding(
      .error, .foreignContent, file: report.file.name, range: 0..<report.fileSize,
      (report.file.id == nil ? "" : "it is named like a segment, but ")
        + "nothing in it is \(Self.article(format.name)) record",
      explanation: explanation(of: report.firstInvalid?.fault),
      advice: "Find out what it is before \(format.owner) opens the log.")
  }

  private func zeroTail(_ report: SegmentReport) -> Finding {
    let tail = report.tail ?? Tail(kind: .zeros, offset: report.logicalEnd, length: report.slack)
    return Finding(
      .note, .zeroTail, file: report.file.name, range: tail.offset..<(tail.offset + tail.length),
      (report.records == 0 ? "no records yet" : "\(Quantity.bytes(tail.offset)) of records")
        + ", then \(Quantity.bytes(tail.length)) of zeros: preallocated, nothing is wrong")
  }

  // MARK: Circumstances

  private func circumstances(of report: SegmentReport) -> [Finding] {
    let name = report.file.name
    var findings: [Finding] = []
    if report.isGone {
      findings.append(
        Finding(
          .note, .vanishedSegment, file: name,
          "it was deleted or renamed after the directory was listed",
          advice: "Reload to see what is there now."))
    } else if let failure = report.failure {
      findings.append(Finding(.error, .unreadableSegment, file: name, failure))
    }
    if report.wasTruncatedWhileReading {
      findings.append(
        Finding(
          .warning, .truncatedWhileReading, file: name,
          "it was truncated each time that it was read; the figures may not belong together",
          advice: "Scan it again when its writer is at rest."))
    } else if report.rescans > 0 {
      findings.append(
        Finding(
          .note, .truncatedWhileReading, file: name,
          "it was truncated while it was read, and then read again"))
    }
    if report.isInterrupted {
      findings.append(
        Finding(
          .note, .scanInterrupted, file: name,
          "the scan was stopped; figures are those of the part that was read"))
    }
    if report.searchWasLimited {
      findings.append(
        Finding(
          .note, .searchLimited, file: name,
          "the search behind the damage was limited; a record there may have been passed over",
          explanation: "What stands there looks like records in so many ways that following all of "
            + "them would take far longer than reading the file."))
    }
    if let pid = report.beingWrittenBy {
      let start = report.beingWrittenFrom ?? report.logicalEnd
      let end = report.beingWrittenFrom == nil ? report.fileSize : report.logicalEnd
      findings.append(
        Finding(
          .note, .beingWritten, file: name, range: start..<end,
          "a record at \(Quantity.offset(start)) is being written"
            + (pid == 0 ? "" : " by process \(pid)")))
    }
    if let links = report.status?.links, links > 1 {
      findings.append(
        Finding(
          .note, .hardLinks, file: name,
          "the file has \(Quantity.grouped(links)) names; a change would show under all of them"))
    }
    return findings
  }

  // MARK: Words

  /// What stands behind a damaged place.
  private func follow(_ records: UInt64) -> String {
    switch records {
    case 0: "nothing \(format.evidence.accepted) follows it"
    case 1: "1 \(format.evidence.acceptedAsAdjective) record follows it"
    default: "\(Quantity.grouped(records)) \(format.evidence.acceptedAsAdjective) records follow it"
    }
  }

  private func explanation(of fault: Fault?) -> String? {
    guard let fault else { return nil }
    var text = fault.reason.explanation
    if let stored = fault.stored, let computed = fault.computed {
      text += " (stored \(Self.hex(stored)), computed \(Self.hex(computed)))"
    }
    return text
  }

  private static func words(_ flip: BitFlip) -> String {
    "one flipped bit explains it: bit \(flip.bit) of the byte at \(Quantity.offset(flip.offset))"
  }

  private static func hex(_ value: UInt32) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }

  private static func article(_ name: String) -> String {
    "aeiou".contains(name.prefix(1)) ? "an \(name)" : "a \(name)"
  }
}
