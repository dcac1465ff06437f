public import LogFiles
import Quantities

extension Tgstream {
  public func forecasts(
    for report: LogReport, in directory: OpenDirectory, assuming: [String: UInt64]
  ) -> [Forecast] {
    let chain = TgstreamChain(report, in: directory)
    guard chain.isSet else { return [] }
    let latest = TgstreamRestore(chain, target: nil)
    var forecasts = [latest.forecast(mode: "restore-latest")]
    if let end = chain.line(chain.latest?.baseID)?.segments.map(\.range.upperBound).max() {
      forecasts.append(
        TgstreamRestore(chain, target: end).forecast(mode: "restore-last-segment"))
    }
    return forecasts
  }
}

/// What a restore of tgstream does (format page, section 6): the base's bytes, then the segments
/// that start behind it and end at the target at most, each where the one before it ends.
struct TgstreamRestore {
  private let chain: TgstreamChain
  private let line: TgstreamChain.Line?
  private let target: UInt64?

  init(_ chain: TgstreamChain, target: UInt64?) {
    self.chain = chain
    line = chain.line(chain.latest?.baseID)
    self.target = target ?? chain.latest?.number("last_offset")
  }

  /// How far the segments go.
  private enum Applied {
    case all([TgstreamChain.File])
    case refused(error: String?, reason: String)
  }

  func forecast(mode: String) -> Forecast {
    guard chain.latestName != nil, let latest = chain.latest, latest.fault == nil,
      let target, latest.baseID != nil
    else {
      return refused(
        mode, nil, "The restore fails: latest.json, which names the base, cannot be used.")
    }
    guard let line, let base = line.base else {
      return refused(mode, nil, "The restore fails: the base that latest.json names is not there.")
    }
    guard let length = base.length else {
      return refused(mode, nil, "The restore fails: the base cannot be decompressed.")
    }
    switch applied(line.segments, from: length, upTo: target) {
    case .refused(let error, let reason): return refused(mode, error, reason)
    case .all(let segments):
      return restored(mode, base, length, segments, of: line, target: target)
    }
  }

  private func applied(_ segments: [TgstreamChain.File], from length: UInt64, upTo target: UInt64)
    -> Applied
  {
    var end = length
    var result: [TgstreamChain.File] = []
    for segment in segments {
      guard segment.range.lowerBound >= length, segment.range.upperBound <= target else { continue }
      if segment.range.lowerBound > end {
        return .refused(
          error: "Segment gap: expected offset \(end), got \(segment.range.lowerBound)",
          reason: "The restore fails: bytes before a segment are in no file that it uses.")
      }
      if segment.range.lowerBound < end {
        return .refused(
          error: nil,
          reason:
            "The restore should fail: a segment does not start where the one before it ends. Nobody has watched it with segments that overlap."
        )
      }
      guard segment.length != nil else {
        return .refused(error: nil, reason: "The restore fails: a segment cannot be decompressed.")
      }
      result.append(segment)
      end = segment.range.upperBound
    }
    return .all(result)
  }

  private func refused(_ mode: String, _ error: String?, _ reason: String) -> Forecast {
    var forecast = Forecast(
      mode: mode, opens: false, outcome: .refuses, ownerError: error, message: reason)
    if let target { forecast.attributes = [Attribute("targetOffset", .number(target))] }
    return forecast
  }

  private func restored(
    _ mode: String, _ base: TgstreamChain.File, _ length: UInt64,
    _ segments: [TgstreamChain.File], of line: TgstreamChain.Line, target: UInt64
  ) -> Forecast {
    let files = [base] + segments
    let size = files.reduce(0) { $0 + ($1.length ?? 0) }
    let undone = segments.last?.tally?.undone ?? base.tally?.undone ?? 0
    let kept = files.reduce(0) { $0 + ($1.tally?.records ?? 0) }
    let used = Set(files.map(\.name))
    let left = line.segments.filter { !used.contains($0.name) }
    let lost = left.reduce(undone) { $0 + ($1.tally?.records ?? 0) }
    let isSound = files.allSatisfy { file in
      file.isSound && (file.length ?? 0) == file.range.upperBound - file.range.lowerBound
    }
    var forecast = Forecast(
      mode: mode, opens: true, outcome: isSound ? (lost > 0 ? .drops : .clean) : .misreads,
      keepsRecords: kept - min(kept, undone), losesRecords: lost, message: "")
    forecast.attributes = [
      Attribute("targetOffset", .number(target)), Attribute("restoredSize", .size(size)),
      Attribute("appliedSegments", .number(UInt64(segments.count))),
    ]
    if let end = base.report.facts.number("validDataEnd") {
      forecast.attributes.append(Attribute("validDataEndAfter", .number(end)))
    }
    forecast.message = message(segments.count, left.count, undone, isSound: isSound)
    return forecast
  }

  private func message(_ applied: Int, _ left: Int, _ undone: UInt64, isSound: Bool) -> String {
    var text =
      "Writes the base"
      + (applied > 0 ? " and \(Quantity.count(applied, "segment")) behind it" : "")
      + " into a new database."
    if left > 0 {
      text +=
        " \(Quantity.count(left, "segment")) of the base \(left == 1 ? "is" : "are") not used."
    }
    if undone > 0 {
      text +=
        " \(Quantity.count(undone, "record")) behind the last commit \(undone == 1 ? "is" : "are") undone when it is opened."
    }
    if applied > 0 {
      text += " The header keeps the end that it noted for the base, until TegDB opens the file."
    }
    if !isSound {
      text += " Nothing is checked on the way: damage in the files goes into the database."
    }
    return text
  }
}
