import LogFiles
import LogFormats
import LogInspection
import Quantities
import TerminalUI

/// Everything worth telling about a log, worst first, and the selected one in full.
struct FindingListView: View {
  let log: Int
  var list = ListView()
  private var listArea = Rect(row: 0, column: 0, rows: 0, columns: 0)
  /// The findings that are listed, and which judgement they are of.
  private var listed: (findings: [Finding], judgedFrom: Timestamp)?

  init(log: Int) {
    self.log = log
  }

  var keyContext: KeyContext { .findings }

  func heading(_ context: InspectorContext) -> Heading {
    let state = context.logs[log]
    let counts = [
      (Severity.error, "error", "errors"), (.warning, "warning", "warnings"),
      (.note, "note", "notes"),
    ].compactMap { severity, one, many -> StyledText? in
      let count = state.findings.lazy.filter { $0.severity == severity }.countOfAll
      return count == 0 ? nil : StyledText(Quantity.count(count, one, many))
    }
    return Heading(
      [StyledText(bytes: context.place(of: state).bytes), "  findings"], facts: counts,
      position: list.count > 0 ? list.position : nil)
  }

  func sentence(_ context: InspectorContext) -> [StyledText] {
    let state = context.logs[log]
    guard let finding = selected(state) else { return ["q goes back."] }
    guard let file = finding.file else { return ["This is about the log as a whole."] }
    guard state.log.segment(named: file) != nil else {
      return [
        StyledText(bytes: file.bytes, Style(.accent)), " is not a segment that can be opened.",
      ]
    }
    let place = finding.range.map { " at \(Quantity.offset($0.lowerBound))" } ?? ""
    return [
      "Enter goes to ", StyledText(bytes: file.bytes, Style(.accent)), StyledText(place + "."),
    ]
  }

  func subject(_ context: InspectorContext) -> Subject? {
    let state = context.logs[log]
    let file = selected(state)?.file
    return Subject(log: log, segment: file.flatMap { state.log.segment(named: $0) })
  }

  private func selected(_ state: LogState) -> Finding? {
    state.findings.indices.contains(list.selected) ? state.findings[list.selected] : nil
  }

  mutating func appear(_ context: InspectorContext) -> [ViewEffect] { update(context) }

  mutating func update(_ context: InspectorContext) -> [ViewEffect] {
    let state = context.logs[log]
    guard state.report != nil else {
      listed = nil
      list.setCount(0)
      return []
    }
    guard listed?.judgedFrom != state.judgedFrom else { return [] }
    // A log that is followed is judged again and again: the same finding stays selected.
    let before = listed.flatMap { old in
      old.findings.indices.contains(list.selected) ? old.findings[list.selected] : nil
    }
    listed = (state.findings, state.judgedFrom)
    list.setCount(state.findings.count)
    if let before, let place = state.findings.firstIndex(where: { $0.isAboutTheSame(as: before) }) {
      list.select(place)
    }
    return []
  }

  mutating func handle(_ action: Action, _ context: InspectorContext) -> [ViewEffect] {
    switch action {
    case .move(let motion): list.move(motion)
    case .nextFinding: list.move(.down)
    case .previousFinding: list.move(.up)
    case .open: return open(context.logs[log])
    case .forecast: return [.open(.forecast(log: log))]
    case .info:
      let state = context.logs[log]
      let segment = selected(state)?.file.flatMap { state.log.segment(named: $0) }
      return [.open(.info(log: log, segment: segment))]
    case .findings: return [.back]
    case .rescan: return [.rescan(log: log)]
    default: break
    }
    return []
  }

  private func open(_ state: LogState) -> [ViewEffect] {
    guard let finding = selected(state) else { return [] }
    guard let segment = finding.file.flatMap({ state.log.segment(named: $0) }) else {
      return [.message("There is no segment to go to.")]
    }
    return [.open(.records(log: log, segment: segment, offset: finding.range?.lowerBound))]
  }

  mutating func handle(
    _ mouse: MouseAction, row: Int, column: Int, _ context: InspectorContext
  ) -> [ViewEffect] {
    switch mouse {
    case .click, .double:
      guard listArea.contains(row: row, column: column),
        let place = list.row(at: row - listArea.row)
      else { return [] }
      list.select(place)
      if mouse == .double { return open(context.logs[log]) }
    case .wheelUp: list.scroll(by: -3)
    case .wheelDown: list.scroll(by: 3)
    }
    return []
  }

  mutating func search(_ search: Search, _ context: InspectorContext) -> [ViewEffect] {
    let findings = context.logs[log].findings
    let matcher = NameMatcher(search.text)
    let found = list.place(for: search) { row in
      let finding = findings[row]
      return finding.file.map { matcher.matches($0) } ?? false
        || matcher.matches(FileName(finding.message))
    }
    guard let found else { return [.message("No finding holds \"\(search.text)\".")] }
    list.select(found.place)
    return found.isAround ? [.message("The search went on at the other end.")] : []
  }

  // MARK: Drawing

  mutating func draw(into buffer: inout CellBuffer, in area: Rect, _ context: InspectorContext) {
    let state = context.logs[log]
    guard !state.findings.isEmpty else {
      drawEmpty(state, into: &buffer, in: area)
      return
    }
    var room = area
    let glyphs = buffer.glyphs
    let nameLimit = room.columns < Self.roomForNames ? 17 : 24
    let nameColumns = state.findings.prefix(1_000).reduce(10) {
      max($0, min(Self.name($1, nameLimit, glyphs).bytes.count, nameLimit))
    }
    let layout = TableLayout(
      [
        TableColumn("", minimum: 1),
        TableColumn("severity", minimum: 8, priority: 4),
        TableColumn("segment", minimum: 10, ideal: nameColumns, priority: 1),
        TableColumn("offset", .right, minimum: 8, ideal: 12, priority: 2),
        TableColumn("length", .right, minimum: 8, priority: 3),
        // On the narrowest screens it is all there is.
        TableColumn(
          state.isJudgementOfThePast ? "finding of the last scan" : "finding",
          minimum: min(36, room.columns - 5), isFlexible: true),
      ], width: room.columns - 2)
    layout.drawHeadings(into: &buffer, in: room.takeTop().inset(columns: 1))
    listArea = room.takeTop(min(list.count, max(room.rows / 2, room.rows - Self.detailRows)))
    list.draw(into: &buffer, in: listArea) { buffer, row, line in
      layout.drawRow(
        Self.cells(state.findings[row], nameLimit, glyphs), into: &buffer,
        in: line.inset(columns: 1))
    }
    _ = room.takeTop()
    if let finding = selected(state) {
      drawDetail(finding, state, into: &buffer, in: room.inset(columns: 3))
    }
  }

  /// Rows that the selected finding is given at least.
  private static let detailRows = 9

  /// Columns from which on long names have room.
  private static let roomForNames = 100

  /// The file of a finding; of a long path the end, which tells files apart.
  private static func name(_ finding: Finding, _ columns: Int, _ glyphs: Glyphs) -> StyledText {
    let path = StyledText(bytes: finding.file?.bytes ?? [])
    return PathCut.shorten([path], columns: columns, glyphs: glyphs).first ?? path
  }

  private static func cells(_ finding: Finding, _ nameLimit: Int, _ glyphs: Glyphs)
    -> [StyledText]
  {
    let (sign, role) = Sign.of(finding.severity)
    let length = finding.range.map { $0.upperBound - $0.lowerBound }
    return [
      StyledText(sign, role, .bold), StyledText(finding.severity.rawValue, role),
      name(finding, nameLimit, glyphs),
      StyledText(finding.range.map { Quantity.offset($0.lowerBound) } ?? ""),
      StyledText(length.map { Quantity.bytes($0) } ?? "", .dim), StyledText(finding.message),
    ]
  }

  private func drawDetail(
    _ finding: Finding, _ state: LogState, into buffer: inout CellBuffer, in area: Rect
  ) {
    let (sign, role) = Sign.of(finding.severity)
    var title = [
      StyledText(sign + " " + finding.code.title, role, .bold)
    ]
    if let file = finding.file { title += ["  ", StyledText(bytes: file.bytes, Style(.accent))] }
    if let range = finding.range, !range.isEmpty {
      title.append(
        StyledText(
          "  \(Quantity.offset(range.lowerBound)) to \(Quantity.offset(range.upperBound - 1))",
          .dim))
    }
    var room = area
    room.columns = min(room.columns, 110)
    buffer.text(title, in: room.takeTop())
    var paragraphs = [StyledText(finding.message.wholeSentence)]
    if let explanation = finding.explanation {
      paragraphs.append(StyledText(explanation.wholeSentence))
    }
    if let advice = finding.advice {
      paragraphs += ["", StyledText("What to do: " + advice.endingSentence, .accent)]
    }
    var text = ScrollText(paragraphs)
    text.draw(into: &buffer, in: room)
  }

  private func drawEmpty(_ state: LogState, into buffer: inout CellBuffer, in area: Rect) {
    let text =
      switch state.scan {
      case .waiting, .running:
        "The scan has not ended yet: what it finds is listed here when it has."
      case .ended(_, wasStopped: true):
        "The scan was stopped, so nothing can be said. r scans anew."
      case .ended:
        (state.isJudgementOfThePast ? "At the last scan nothing was wrong" : "Nothing is wrong")
          + ": every byte of this log belongs to a"
          + " \(state.log.format.evidence.acceptedAsAdjective) record, or to room that was never"
          + " written."
      }
    var paragraph = ScrollText([StyledText(text)])
    paragraph.draw(into: &buffer, in: area.centered(rows: min(3, area.rows), columns: 64))
  }
}

extension Finding {
  fileprivate func isAboutTheSame(as other: Finding) -> Bool {
    code == other.code && file == other.file
      && range?.lowerBound == other.range?.lowerBound
  }
}
