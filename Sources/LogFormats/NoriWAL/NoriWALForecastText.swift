import LogFiles
import Quantities

/// Puts into words what the owner's open does, for somebody who has to decide at night.
struct NoriWALForecastText {
  private let open: NoriWALOpen

  init(_ open: NoriWALOpen) { self.open = open }

  var forecast: Forecast {
    var forecast = Forecast(
      mode: "open", opens: open.obstacle == nil, outcome: outcome, message: message)
    forecast.ownerError = ownerError
    forecast.steps = steps
    forecast.stepsLeftOut = max(0, open.cuts.count - Self.stepLimit)
    guard !open.isPartial else { return forecast }
    if open.obstacle == nil {
      forecast.keepsRecords = open.keptRecords
      forecast.attributes = attributes
    }
    forecast.losesRecords = open.lostRecords
    forecast.cutsBytes = cutBytes
    forecast.sizesAfter = open.sizesAfter
    return forecast
  }

  private var cutBytes: UInt64 { open.cuts.reduce(0) { $0 + $1.bytes } }

  private var outcome: ForecastOutcome {
    if open.obstacle != nil { return .refuses }
    if open.lostRecords > 0 { return .drops }
    return open.cuts.isEmpty ? .clean : .cuts
  }

  private var ownerError: String? {
    guard case .error(let text, _) = open.obstacle?.what else { return nil }
    return "I/O error: \(text)"
  }

  /// The result that the owner's recovery reports.
  private var attributes: [Attribute] {
    var attributes = [
      Attribute("segmentsScanned", .number(open.segmentsScanned)),
      Attribute("corruptionDetected", .flag(cutBytes > 0)),
    ]
    if let last = open.lastValid {
      attributes.append(Attribute("lastValidSegment", .number(last.id)))
      attributes.append(Attribute("lastValidOffset", .number(last.offset)))
    }
    return attributes
  }

  // MARK: The message

  private var message: String {
    var sentences: [String] = []
    if let words = open.obstacle?.what.words {
      sentences.append(words.prefix(1).uppercased() + words.dropFirst() + ".")
    }
    if open.isPartial {
      sentences.append("Not everything was read, so the figures of the forecast are left out.")
    } else if open.obstacle == nil {
      sentences.append(keeping)
    }
    sentences += cutting
    sentences += aside
    return sentences.joined(separator: " ")
  }

  private var keeping: String {
    let segments = Quantity.count(open.segmentsScanned, "segment")
    if open.segmentsScanned == 0 { return "Opens an empty log and starts with segment 000000.wal." }
    let all = open.lostRecords == 0 && open.keptRecords > 1 ? "all " : ""
    return "Opens and keeps \(all)\(Quantity.count(open.keptRecords, "record")) in \(segments)"
      + (open.cuts.isEmpty ? "; nothing is cut." : ".")
  }

  private var cutting: [String] {
    guard !open.cuts.isEmpty else { return [] }
    let zeroCuts = open.cuts.filter(\.isOnlyZeros)
    let damageCuts = open.cuts.filter { !$0.isOnlyZeros }
    let before = open.obstacle == nil ? "" : "By then it "
    var sentences: [String] = []
    if !damageCuts.isEmpty {
      let bytes = damageCuts.reduce(0) { $0 + $1.bytes }
      let verb = before.isEmpty ? "Cuts" : before + "has cut"
      sentences.append(
        "\(verb) \(Quantity.count(bytes, "byte")) from \(Quantity.count(damageCuts.count, "segment")), \(damageCuts.count == 1 ? "from" : "in each from") the first place on that is not a valid record, and keeps no copy."
      )
    }
    if open.lostRecords > 0 { sentences.append(losing) }
    if !zeroCuts.isEmpty {
      let bytes = zeroCuts.reduce(0) { $0 + $1.bytes }
      let verb = before.isEmpty ? "Cuts" : before + "has cut"
      sentences.append(
        "\(verb) \(Quantity.count(bytes, "byte")) of preallocated zeros and reports them as corruption, which they are not."
      )
    }
    return sentences
  }

  private var losing: String {
    let records = Quantity.count(open.lostRecords, "valid record")
    let verb = open.lostRecords == 1 ? "goes" : "go"
    let last = open.cuts.last { $0.lostRecords > 0 }?.file
    let isInside = last != open.report.segments.last?.file.name
    let hole =
      isInside ? " Later segments are kept, so the log has a hole that nobody is told of." : ""
    return "\(records) behind the damage \(verb) with it, for good.\(hole)"
  }

  private var aside: [String] {
    var sentences: [String] = []
    if !open.repeated.isEmpty {
      let records = open.repeated.reduce(0) { $0 + $1.records }
      sentences.append(
        "\(Quantity.count(records, "record")) of segments with two names are counted twice.")
    }
    let unchecked = unchecked
    if !unchecked.isEmpty {
      sentences.append(
        "\(Quantity.count(unchecked.reduce(0, +), "value")) not decoded here \(unchecked == [1] ? "is" : "are") taken as good."
      )
    }
    if !open.report.layout.missing.isEmpty {
      sentences.append("It does not notice that segments are missing.")
    }
    if open.report.segments.contains(where: { $0.beingWrittenBy != nil }) {
      sentences.append("A writer is at work now; this is what happens at its next start.")
    }
    if open.obstacle == nil, let afterwards { sentences.append(afterwards) }
    return sentences
  }

  /// Records of each segment whose values were not decoded.
  private var unchecked: [UInt64] {
    open.report.segments.lazy.flatMap(\.observations).filter { $0.code == .uncheckedValue }
      .map(\.records)
  }

  /// What becomes of the preallocation of the active segment.
  private var afterwards: String? {
    guard let active = open.report.segments.last, active.file.state == .active else { return nil }
    if active.logicalEnd == 0 {
      return "The active segment is then empty, and is preallocated again if that is configured."
    }
    guard open.cuts.last?.file == active.file.name, open.cuts.last?.zeros ?? 0 > 0 else {
      return nil
    }
    return "The active segment is not preallocated again: it grows with each append from then on."
  }

  // MARK: Steps

  /// Cuts that are told one by one.
  private static let stepLimit = 1000

  private var steps: [Forecast.SegmentStep] {
    var steps = open.cuts.prefix(Self.stepLimit).map {
      Forecast.SegmentStep(file: $0.file, message: Self.message($0))
    }
    steps += open.repeated.map {
      Forecast.SegmentStep(
        file: $0.file,
        message: "scanned again under its other name: \(Quantity.count($0.records, "record")) "
          + "counted twice")
    }
    if let obstacle = open.obstacle {
      steps.append(Forecast.SegmentStep(file: obstacle.file, message: "the open stops here"))
    }
    return steps
  }

  private static func message(_ cut: NoriWALOpen.Cut) -> String {
    let sizes =
      "cut from \(Quantity.grouped(cut.sizeBefore)) to \(Quantity.count(cut.sizeAfter, "byte"))"
    if cut.lostRecords > 0 {
      return "\(sizes); \(Quantity.count(cut.lostRecords, "valid record")) lost"
    }
    return cut.isOnlyZeros ? "\(sizes); only zeros go" : "\(sizes); no valid record is in what goes"
  }
}
