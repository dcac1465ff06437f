import LogFiles
import Quantities

/// Puts into words what the owner's open does, for somebody who has to decide at night.
struct OkayWALForecastText {
  private let open: OkayWALOpen

  init(_ open: OkayWALOpen) { self.open = open }

  var forecast: Forecast {
    var forecast = Forecast(
      mode: open.mode.rawValue, opens: open.obstacle == nil, outcome: outcome, message: message,
      assumes: ["preallocate-bytes": open.preallocateBytes])
    forecast.ownerError = ownerError
    forecast.steps = steps
    guard !open.isPartial, open.obstacle == nil else { return forecast }
    forecast.keepsRecords = kept
    forecast.losesRecords = lost
    forecast.sizesAfter = open.sizesAfter
    forecast.attributes = [
      Attribute("nextEntryId", .number(open.nextEntryID)),
      Attribute("entriesHandedOver", .number(open.entries)),
    ]
    return forecast
  }

  private var isSkipping: Bool { open.mode == .neverReadsChunks }

  /// Entries that the application gets whole; all it gets, where it does not look.
  private var kept: UInt64 { isSkipping ? open.entries : open.completeEntries }

  private var lost: UInt64 {
    open.recovered.reduce(0) { sum, segment in
      let got = isSkipping ? segment.entries : segment.completeEntries
      return sum + segment.acceptable - min(segment.acceptable, got)
    }
  }

  private var outcome: ForecastOutcome {
    switch open.obstacle?.what {
    case .crashes: return .crashes
    case .some: return .refuses
    case nil: break
    }
    if open.recovered.contains(where: \.isBlownUp) { return .grows }
    if isSkipping, lost > 0 { return .misreads }
    if lost > 0 { return .drops }
    return open.reused.isEmpty ? .clean : .rewrites
  }

  private var ownerError: String? {
    switch open.obstacle?.what {
    case .file(.error(let text, _)): text
    case .recovery(let error, _): error.rawValue
    case .crashes: "attempt to divide by zero"
    default: nil
    }
  }

  // MARK: The message

  private var message: String {
    var sentences = [application]
    if let obstacle = open.obstacle {
      sentences.append(Self.sentence(obstacle.what))
      sentences += changedBefore
    } else if open.isPartial {
      sentences.append("Not everything was read, so the figures of the forecast are left out.")
    } else {
      sentences.append(keeping)
      sentences += consequences
    }
    if open.report.segments.contains(where: { $0.beingWrittenBy != nil }) {
      sentences.append("A writer is at work now; this is what happens at its next start.")
    }
    return sentences.joined(separator: " ")
  }

  private var application: String {
    switch open.mode {
    case .propagateErrors: "With an application that returns errors, as the owner documents it:"
    case .ignoreErrors: "With an application that ignores errors in chunks:"
    case .neverReadsChunks: "With an application that does not read the chunks:"
    }
  }

  private static func sentence(_ obstacle: OkayWALOpen.Obstacle) -> String {
    switch obstacle {
    case .file(let obstacle): obstacle.words + "."
    case .recovery(let error, let offset):
      "the open fails at \(Quantity.offset(offset)) (\(error.rawValue)), and with it the whole log."
    case .crashes:
      "the open divides by preallocate-bytes, which is zero."
    }
  }

  private var changedBefore: [String] {
    guard !open.reused.isEmpty else { return [] }
    let files = Quantity.count(UInt64(open.reused.count), "checkpointed file")
    return ["By then it has written new headers into \(files)."]
  }

  private var keeping: String {
    let segments = Quantity.count(UInt64(open.recovered.count), "live segment")
    if open.recovered.isEmpty { return "it opens an empty log." }
    let entries =
      isSkipping
      ? Quantity.count(kept, "entry", "entries")
      : Quantity.count(kept, "whole entry", "whole entries")
    return
      "it opens and hands over \(entries) of \(segments); the next entry gets id \(open.nextEntryID)."
  }

  private var consequences: [String] {
    var sentences: [String] = []
    let valid = Quantity.count(lost, "valid entry", "valid entries")
    if lost > 0 {
      sentences.append(
        isSkipping
          ? "\(valid) stay unread: skipping a chunk takes four bytes too many, and what follows no longer looks like an entry."
          : "\(valid) behind the place where it stops are not handed over."
      )
    }
    if let active = open.recovered.last, active.overwrites {
      sentences.append(
        "It goes on writing at \(Quantity.offset(active.resumeOffset)), over good entries.")
    }
    if open.recovered.contains(where: \.erases) {
      sentences.append(
        "It fills a file that is shorter than its preallocation with zeros, over good entries, at once."
      )
    }
    for segment in open.recovered where segment.isBlownUp {
      sentences.append(
        "It extends a file to \(Quantity.bytes(segment.sizeAfter)), because it takes a length at its word."
      )
    }
    if !open.reused.isEmpty {
      let files = Quantity.count(UInt64(open.reused.count), "checkpointed file")
      sentences.append(
        open.reused.count == 1
          ? "It writes a new header into \(files), whatever stands in it."
          : "It writes new headers into \(files), whatever stands in them.")
    }
    if open.activated?.from != nil {
      sentences.append(
        "It renames one of them and writes on in it: the entries there are overwritten, or come back at the open after the next."
      )
    }
    if open.recovered.count > 1 {
      let others = open.recovered.count - 1
      sentences.append(
        others == 1
          ? "Then the other live segment is checkpointed and renamed."
          : "Then the \(others) other live segments are checkpointed and renamed.")
    }
    return sentences
  }

  // MARK: Steps

  private var steps: [Forecast.SegmentStep] {
    var steps = open.recovered.compactMap { segment in
      Self.message(segment).map { Forecast.SegmentStep(file: segment.file, message: $0) }
    }
    steps += open.reused.map {
      Forecast.SegmentStep(file: $0.file, message: "not read; its header is written anew")
    }
    if let obstacle = open.obstacle {
      steps.append(
        Forecast.SegmentStep(file: obstacle.file, message: Self.sentence(obstacle.what)))
    }
    return steps
  }

  private static func message(_ segment: OkayWALOpen.Recovered) -> String? {
    var parts: [String] = []
    if segment.entries < segment.acceptable {
      parts.append(
        "\(Quantity.grouped(segment.entries)) of \(Quantity.grouped(segment.acceptable)) entries")
    }
    if segment.sizeAfter != segment.sizeBefore {
      parts.append(
        "extended from \(Quantity.grouped(segment.sizeBefore)) to \(Quantity.count(segment.sizeAfter, "byte"))"
      )
    }
    if segment.overwrites {
      parts.append("writing goes on at \(Quantity.offset(segment.resumeOffset)), over good entries")
    }
    return parts.isEmpty ? nil : parts.joined(separator: "; ")
  }
}
