import LogFiles
import LogFormats
import LogInspection
import LogRepair
import Quantities
import TerminalUI

/// A choice in full: bars of the files before and after, the steps, what is kept and what is lost,
/// and what the owner would do now and then.
struct PlanDetail {
  private enum Line {
    case text([StyledText], indentation: Int)
    /// A bar as long as its part of the longer one of two.
    case bar(String, [FileContents.Piece], size: UInt64, of: UInt64)
    case legend([FileContents.Piece])
    case blank
  }

  private var lines: [Line] = []

  /// Files whose bars are drawn; of more only the number is told.
  private static let fileLimit = 6
  /// Steps that are listed; of more only the number is told.
  private static let stepLimit = 100
  /// Columns of the words before a bar.
  private static let labelColumns = 8

  init(_ choice: PlanChoice, _ state: PlanState, of log: LogState) {
    switch state {
    case .waiting: add([StyledText("The plan is being made…", .dim)])
    case .planned(let plan): add(plan, log)
    case .salvageable(let prospect): add(prospect, choice)
    case .copyable:
      add([StyledText(choice.purpose)])
      add([
        "Holes stay holes, and blocks are shared with the original where the file system can. What",
        " a writer appends meanwhile is left out.",
      ])
    case .refused(let refusal): add(refusal, choice)
    }
  }

  private mutating func add(_ pieces: [StyledText], indentation: Int = 0) {
    lines.append(.text(pieces, indentation: indentation))
  }

  // MARK: What it says

  private mutating func add(_ refusal: PlanRefusal, _ choice: PlanChoice) {
    add([StyledText(choice.purpose)])
    lines.append(.blank)
    var file: [StyledText] = []
    if let name = refusal.file { file = [StyledText(bytes: name.bytes, Style(.accent)), ": "] }
    let why = refusal.isDone ? "Nothing to do: " : "Not now: "
    add(
      [StyledText(why, refusal.isDone ? .good : .warning, .bold)] + file + [
        StyledText(refusal.reason.endingSentence)
      ])
    if let advice = refusal.advice {
      add([StyledText("What to do: " + advice.endingSentence, .accent)])
    }
  }

  private mutating func add(_ prospect: SalvageProspect, _ choice: PlanChoice) {
    add([StyledText(choice.purpose)])
    add([
      StyledText(
        "The new log has \(Quantity.count(prospect.files, "file")),"
          + " \(Quantity.bytes(prospect.bytes)). This one is only read.")
    ])
    if prospect.gaps.isEmpty { add(["Nothing that may hold records is left behind."]) }
    for gap in prospect.gaps.prefix(Self.stepLimit) {
      add(
        ["left behind: ", StyledText(bytes: gap.file.bytes, Style(.accent))] + [
          StyledText(" " + gap.words)
        ])
    }
    addMore(prospect.gaps.count - Self.stepLimit)
    if let words = prospect.gapsTakenAlong.wordsTakenAlong { add([StyledText(words)]) }
  }

  private mutating func addMore(_ count: Int) {
    if count > 0 { add([StyledText("and \(Quantity.grouped(count)) more", .dim)]) }
  }

  private mutating func add(_ plan: Plan, _ log: LogState) {
    addBars(plan, log)
    for (number, step) in plan.steps.prefix(Self.stepLimit).enumerated() {
      add([
        StyledText("step \(number + 1): ", .heading),
        StyledText(bytes: step.step.file.bytes, Style(.accent)),
        StyledText(" " + step.changeWords + ". ", .normal, .bold),
        StyledText(step.step.purpose.wholeSentence, .dim),
      ])
    }
    addMore(plan.steps.count - Self.stepLimit)
    if let prospect = plan.prospect { add(PlanWords(plan: plan, prospect: prospect), log) }
    for need in plan.unacknowledged {
      add([
        StyledText("asks first: ", .heading), StyledText(need.question.endingSentence, .warning),
      ])
    }
  }

  private mutating func add(_ words: PlanWords, _ log: LogState) {
    add(
      [
        StyledText("records: ", .heading), StyledText(words.staying + ", "),
        StyledText(words.lost, words.prospect.recordsLost > 0 ? .error : .good),
      ] + (words.removed.map { [StyledText(", " + $0)] } ?? []))
    add([StyledText("space: ", .heading), StyledText(words.space)])
    if let preallocation = words.preallocation {
      add([
        StyledText("preallocation: ", .heading), StyledText(preallocation),
        StyledText("; Space takes them again", .dim),
      ])
    } else if words.plan.options.reallocates {
      add([StyledText("preallocation: ", .heading), "is taken again; Space gives it back"])
    }
    add([StyledText("if \(log.log.format.owner) opens it", .heading)])
    for (label, forecast) in words.forecasts {
      add(
        [StyledText(label + ": ", .dim)] + ForecastSentence.pieces(forecast), indentation: 2)
    }
  }

  // MARK: Bars

  private mutating func addBars(_ plan: Plan, _ log: LogState) {
    guard let prospect = plan.prospect else { return }
    var drawn: [FileContents.Piece] = []
    for file in plan.files.prefix(Self.fileLimit) {
      let before = Self.model(of: file.name, in: prospect.before, log)
      let after = Self.model(of: file.name, in: prospect.after, log)
      let whole = max(before?.contents.size ?? 0, after?.contents.size ?? 0)
      guard whole > 0 else { continue }
      let sizes =
        before.map { before in
          after.map { after in
            Self.sizes(before.contents.size, after.contents.size)
          } ?? "\(Quantity.bytes(before.contents.size)), goes"
        } ?? "is new"
      add([StyledText(bytes: file.name.bytes, Style(.accent)), StyledText("  " + sizes, .dim)])
      for (label, model) in [("before", before), ("after", after)] {
        drawn += model?.pieces ?? []
        lines.append(
          .bar(label, model?.pieces ?? [], size: model?.contents.size ?? 0, of: whole))
      }
    }
    if !drawn.isEmpty { lines.append(.legend(drawn)) }
    addMore(plan.files.count - Self.fileLimit)
  }

  /// A size before and after, to the byte where rounded they would be the same.
  private static func sizes(_ before: UInt64, _ after: UInt64) -> String {
    let rounded = (Quantity.bytes(before), Quantity.bytes(after))
    if before == after { return rounded.0 }
    if rounded.0 != rounded.1 { return "\(rounded.0) becomes \(rounded.1)" }
    return "\(Quantity.count(before, "byte")) become \(Quantity.grouped(after))"
  }

  private static func model(of file: FileName, in report: LogReport, _ log: LogState)
    -> ExtentsModel?
  {
    guard let segment = report.segments.first(where: { $0.file.name == file }) else { return nil }
    // Where the bytes lie on disk makes no difference here, and afterwards nobody knows it yet.
    return ExtentsModel(
      .unavailable(reason: ""), size: segment.fileSize, ranges: segment.ranges,
      logicalEnd: segment.logicalEnd, isRaw: log.isRaw)
  }

  // MARK: Drawing

  /// Draws what of it is seen.
  func draw(into buffer: inout CellBuffer, in area: Rect, scroll: inout ScrollPosition) {
    let ascii = buffer.glyphs.ascii
    let rows = lines.flatMap { line -> [Line] in
      guard case .text(let pieces, let indentation) = line else { return [line] }
      // What does not fit into one line goes on a little to the right.
      let first = SentenceLayout.lines(pieces, columns: area.columns - indentation, ascii: ascii)
      guard first.count > 1 else { return [line] }
      return SentenceLayout.lines(pieces, columns: area.columns - indentation - 2, ascii: ascii)
        .enumerated().map { .text($1, indentation: indentation + ($0 == 0 ? 0 : 2)) }
    }
    scroll.fit(lineCount: rows.count, rows: area.rows)
    for (index, row) in rows.dropFirst(scroll.top).prefix(area.rows).enumerated() {
      draw(row, into: &buffer, in: area.line(index))
    }
  }

  private func draw(_ line: Line, into buffer: inout CellBuffer, in area: Rect) {
    var room = area
    switch line {
    case .blank: break
    case .text(let pieces, let indentation):
      _ = room.takeLeft(indentation)
      buffer.text(pieces, in: room)
    case .legend(let pieces):
      buffer.text(
        FileMapDrawing(pieces: pieces, logicalEnd: nil).legend(buffer.glyphs), in: room)
    case .bar(let label, let pieces, let size, let whole):
      buffer.text(label, in: room.takeLeft(Self.labelColumns), style: Style(.heading))
      let widths = Bar([.init(size, .full), .init(whole - min(size, whole), .blank)])
        .widths(columns: room.columns)
      if size == 0 {
        buffer.text("gone", in: room, style: Style(.dim))
      } else {
        FileMapDrawing(pieces: pieces, logicalEnd: nil)
          .drawBar(into: &buffer, in: room.takeLeft(widths[0]))
      }
    }
  }
}

extension Acknowledgement {
  /// What is asked before the plan is carried out, as a sentence.
  var question: String {
    switch self {
    case .lose(let records):
      "\(Quantity.count(records, "record")) that could be kept will be gone"
    case .hardLinks, .ownerStopped, .wellFormedOnly: reason
    }
  }
}
