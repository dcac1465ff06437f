import Quantities

extension PrepareExperiment {
  /// Pairs that are told, when both were measured.
  private static let pairs: [(PreparationWay, PreparationWay)] = [
    (.writtenZeros, .fallocate), (.fallocate, .none), (.writtenZeros, .none), (.setLength, .none),
    (.fallocateKeepSize, .fallocate), (.recycled, .writtenZeros),
  ]

  public func conclusions(from report: LabReport) -> [String] {
    let calls = Set(report.cells.compactMap { $0.cell.text("syncCall") }).sorted()
    var sentences: [String] = []
    for call in calls {
      let cells = report.cells.filter { $0.cell.text("syncCall") == call }
      let work = call == SyncCall.none.rawValue ? "appending without a sync" : call
      sentences += Self.pairs.compactMap { first, second in
        Conclusion(first.variant, with: second.variant, in: cells) { $0.medians }
          .sentence(place: report.machine.place, work: work)
      }
    }
    return sentences + Self.costs(report.cells) + Self.conversions(report.cells)
      + Self.losses(report.cells) + Self.obstacles(report)
  }

  /// What it costs to write zeros, set against what it saves.
  private static func costs(_ cells: [LabCellResult]) -> [String] {
    var pays = 0
    var count = 0
    for cell in cells {
      guard let zeros = cell.variant(PreparationWay.writtenZeros.rawValue),
        let plain = cell.variant(PreparationWay.fallocate.rawValue),
        let zerosAll = total(of: zeros), let plainAll = total(of: plain)
      else { continue }
      count += 1
      if case .less = Comparison(zerosAll, with: plainAll) { pays += 1 }
    }
    guard count > 0 else { return [] }
    return [
      "With the time to write and sync the zeros, written zeros still took less than fallocate in"
        + " \(pays) of \(Quantity.count(count, "case")); what is prepared ahead or recycled costs"
        + " nobody who waits."
    ]
  }

  /// Preparing and appending, in nanoseconds.
  private static func total(of result: LabVariantResult) -> Spread? {
    result.spread { run in
      run.measure("prepareMilliseconds").map { $0 * 1e6 + Double(run.elapsed) }
    }
  }

  private static func conversions(_ cells: [LabCellResult]) -> [String] {
    var converting: [String] = []
    var others: [String] = []
    for way in PreparationWay.allCases {
      let runs = cells.compactMap { $0.variant(way.rawValue) }.flatMap(\.runs)
      let converted = runs.compactMap { $0.measure("convertedBytes") }
      guard !converted.isEmpty else { continue }
      let payload = runs.reduce(0) { $0 + Double($1.payloadBytes) }
      let sum = converted.reduce(0, +)
      if sum > 0, payload > 0 {
        let share = Quantity.percent(UInt64(min(sum, payload)), of: UInt64(payload))
        converting.append("\(way.variant.title) (\(share) of what was appended)")
      } else {
        others.append(way.variant.title)
      }
    }
    guard !converting.isEmpty else { return [] }
    let rest = others.isEmpty ? "" : "; nothing to convert: \(others.joined(separator: ", "))"
    return [
      "Appends turned unwritten extents into written ones after "
        + "\(converting.joined(separator: ", "))\(rest)."
    ]
  }

  private static func losses(_ cells: [LabCellResult]) -> [String] {
    let lost = cells.flatMap(\.variants).flatMap(\.runs)
      .reduce(0) { $0 + ($1.measure("recordsLost") ?? 0) }
    return lost > 0 ? ["\(Quantity.count(UInt64(lost), "record")) could not be read back."] : []
  }

  private static func obstacles(_ report: LabReport) -> [String] {
    var told: Set<String> = []
    return report.cells.flatMap(\.variants).compactMap { result in
      guard let obstacle = result.obstacle, told.insert(result.variant.name).inserted else {
        return nil
      }
      let title = result.variant.title
      return "\(title) is not possible on \(report.machine.place): \(obstacle)."
    }
  }
}
