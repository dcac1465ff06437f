import LogFiles
import LogFormats
import LogInspection
import Quantities
import TerminalUI

/// What the owner of a log would do if it opened the log as it is: in each of its modes, segment by
/// segment, in numbers.
struct ForecastView: LogTextView {
  let log: Int
  private var text = ScrollText([])
  /// What the text was made of.
  private var made: Source?

  private struct Source: Equatable {
    var generation: Int
    var isJudged: Bool
    var judgedFrom: Timestamp
    var isOfThePast: Bool

    init(_ state: LogState) {
      generation = state.generation
      isJudged = state.report != nil
      judgedFrom = state.judgedFrom
      isOfThePast = state.isJudgementOfThePast
    }
  }

  init(log: Int) {
    self.log = log
  }

  var keyContext: KeyContext { .forecast }

  var title: String { "forecast" }
  var opening: Action { .forecast }
  var scroll: ScrollPosition {
    get { text.scroll }
    set { text.scroll = newValue }
  }

  func sentence(_ context: InspectorContext) -> [StyledText] {
    let state = context.logs[log]
    guard let worst = state.report?.forecasts.max(by: { Self.weight($0) < Self.weight($1) })
    else { return ["Forecasts are made when the scan has ended."] }
    let loss = worst.losesRecords ?? 0
    let accepted = state.log.format.evidence.acceptedAsAdjective
    let forecasts = state.report?.forecasts ?? []
    if loss > 0 {
      let isCertain = forecasts.allSatisfy { $0.losesRecords == loss }
      let worstCase = isCertain ? "" : "in the worst case (\(worst.mode)) "
      return [
        StyledText(
          "Copy the log before \(state.log.format.owner) opens it: \(worstCase)it would lose"
            + " \(Quantity.count(loss, "\(accepted) record")).", .error)
      ]
    }
    func mode(_ forecast: Forecast) -> String {
      forecasts.count > 1 ? " (\(forecast.mode))" : ""
    }
    if !worst.opens { return [StyledText("It would not open\(mode(worst)).", .error)] }
    let kept = "No \(accepted) record would be lost"
    if let bad = forecasts.first(where: { Self.harm($0.outcome) != nil }),
      let harm = Self.harm(bad.outcome)
    {
      return [StyledText("\(kept), but \(harm)\(mode(bad)).", .error)]
    }
    if let last = forecasts.first(where: { !$0.opensAgain }) {
      return [
        StyledText(
          "\(kept), but the log could not be opened again after it\(mode(last)).", .warning)
      ]
    }
    return [StyledText("\(kept).")]
  }

  /// What is bad about an outcome in which no record of the log is lost.
  private static func harm(_ outcome: ForecastOutcome) -> String? {
    switch outcome {
    case .loses: "what is written next would be"
    case .wipes: "the data file would be emptied"
    case .misreads: "some would be misread"
    case .crashes: "the process would be killed"
    case .clean, .cuts, .drops, .refuses, .rewrites, .grows: nil
    }
  }

  private static func weight(_ forecast: Forecast) -> UInt64 {
    let (sum, overflow) = (forecast.losesRecords ?? 0).addingReportingOverflow(
      forecast.opens ? 0 : 1)
    return overflow ? .max : sum
  }

  mutating func appear(_ context: InspectorContext) -> [ViewEffect] { update(context) }

  mutating func update(_ context: InspectorContext) -> [ViewEffect] {
    let state = context.logs[log]
    let source = Source(state)
    if made != source {
      let scroll = made?.generation == source.generation ? text.scroll : ScrollPosition()
      made = source
      text = ScrollText(Self.paragraphs(state))
      text.scroll = scroll
    }
    return []
  }

  mutating func draw(into buffer: inout CellBuffer, in area: Rect, _ context: InspectorContext) {
    var room = area.inset(columns: 2)
    _ = room.takeTop()
    room.columns = min(room.columns, 110)
    text.draw(into: &buffer, in: room)
  }

  private static func paragraphs(_ state: LogState) -> [StyledText] {
    guard let report = state.report else {
      return [StyledText("The log is still being scanned.", .dim)]
    }
    guard !report.forecasts.isEmpty else {
      return [StyledText("Nothing is known of an owner of \(state.log.format.name) files.", .dim)]
    }
    var result: [StyledText] = []
    if !state.isFinal {
      result += [
        StyledText("The scan was stopped: this is about the part that was read.", .warning)
      ]
    }
    for forecast in report.forecasts {
      if !result.isEmpty { result.append("") }
      result += paragraphs(forecast, report, state)
    }
    return result
  }

  private static func paragraphs(_ forecast: Forecast, _ report: LogReport, _ state: LogState)
    -> [StyledText]
  {
    let owner = state.log.format.owner
    let moment =
      state.isJudgementOfThePast ? "had opened this log at the last scan" : "opens this log now"
    var result = [
      StyledText(
        report.forecasts.count == 1
          ? "If \(owner) \(moment)" : "\(forecast.mode): if \(owner) \(moment)", .heading),
      StyledText(
        "  \(forecast.outcome.rawValue): \(forecast.message.endingSentence)",
        ForecastSentence.role(forecast)),
    ]
    var numbers: [String] = []
    if let keeps = forecast.keepsRecords {
      numbers.append("keeps \(Quantity.count(keeps, "record"))")
    }
    if let loses = forecast.losesRecords {
      numbers.append("loses \(Quantity.count(loses, "record"))")
    }
    if let cuts = forecast.cutsBytes { numbers.append("cuts \(Quantity.bytes(cuts))") }
    if !numbers.isEmpty { result.append(StyledText("  " + numbers.joined(separator: ", "))) }
    if let error = forecast.ownerError {
      result.append(StyledText("  It says: \(error)", .warning))
    }
    for (name, value) in forecast.assumes.sorted(by: { $0.key < $1.key }) {
      result.append(StyledText("  taken for granted: \(name) = \(Quantity.grouped(value))", .dim))
    }
    if !forecast.steps.isEmpty { result.append("") }
    for step in forecast.steps {
      result.append(
        StyledText(bytes: Array("  ".utf8) + step.file.bytes + Array(": \(step.message)".utf8)))
    }
    let changes = sizeChanges(forecast, report)
    if !changes.isEmpty { result += ["", StyledText("  sizes after it", .heading)] + changes }
    return result
  }

  /// The segments whose size would change.
  private static func sizeChanges(_ forecast: Forecast, _ report: LogReport) -> [StyledText] {
    var before: [FileName: UInt64] = [:]
    for segment in report.segments { before[segment.file.name] = segment.fileSize }
    return (forecast.sizesAfter ?? []).compactMap { file, size in
      guard let old = before[file], old != size else { return nil }
      let words = "  \(Quantity.bytes(old)) becomes \(Quantity.bytes(size))"
      return StyledText(bytes: Array("  ".utf8) + file.bytes + Array(words.utf8))
    }
  }
}
