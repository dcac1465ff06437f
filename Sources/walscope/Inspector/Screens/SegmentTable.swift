import LogFiles
import LogFormats
import LogInspection
import Quantities
import TerminalUI

/// The columns of the segment list, and what stands in them.
struct SegmentTable {
  let layout: TableLayout
  private let showsAllocated: Bool

  /// Findings about files whose verdict by itself is nothing to worry about.
  private let concerns: [FileName: Severity]

  init(
    columns: Int, nameColumns: Int, stateColumns: Int, showsAllocated: Bool,
    concerns: [FileName: Severity]
  ) {
    self.concerns = concerns
    self.showsAllocated = showsAllocated
    let nameMinimum = min(nameColumns, 20)
    // What the columns leave that a narrow screen still has; a word for a state is read whole.
    let stateRoom = columns - nameMinimum - 55
    layout = TableLayout(
      [
        TableColumn("", minimum: 1),
        TableColumn("segment", minimum: nameMinimum, ideal: nameColumns),
        TableColumn(
          "state", minimum: max(7, min(stateColumns, stateRoom)), ideal: stateColumns,
          priority: 5),
        TableColumn("verdict", minimum: 19, priority: 1),
        TableColumn("records", .right, minimum: 7, ideal: 11, priority: 3),
        TableColumn("logical", .right, minimum: 8, ideal: 10, priority: 2),
        TableColumn(
          showsAllocated ? "on disk" : "file", .right, minimum: 8, ideal: 10, priority: 2),
        TableColumn("slack", .right, minimum: 8, ideal: 10, priority: 6),
        TableColumn("extents", .right, minimum: 7, priority: 7),
        TableColumn("age", .right, minimum: 6, priority: 8),
      ], width: columns)
  }

  func draw(
    _ row: SegmentRow, of state: LogState, _ context: InspectorContext,
    into buffer: inout CellBuffer, in line: Rect
  ) {
    let cells =
      switch row {
      case .segment(let index): segment(index, state, context)
      case .gap(let index): gap(index, state)
      case .stray(let index): stray(index, state, context)
      }
    let shown = PathCut.shorten(column: 1, of: cells, in: layout, glyphs: buffer.glyphs)
    layout.drawRow(shown, into: &buffer, in: line.inset(columns: 1))
  }

  private func segment(_ index: Int, _ state: LogState, _ context: InspectorContext)
    -> [StyledText]
  {
    let file = state.log.layout.segments[index]
    let facts = state.files[index]
    let name = StyledText(bytes: file.name.bytes)
    let fileState = StyledText(file.state.rawValue, file.state == .active ? .accent : .dim)
    let extents = StyledText(state.extentCounts[index].map { Quantity.grouped($0) } ?? "", .dim)
    guard let report = state.reports.report(at: index) else {
      return [
        "", name, fileState, StyledText(state.scan.wasStopped ? "not scanned" : "…", .dim),
        StyledText("…", .dim), StyledText("…", .dim), size(facts, isKnown: false),
        StyledText("…", .dim), extents, age(facts, context),
      ]
    }
    let (sign, role) = state.isRaw ? (" ", .dim) : Sign.of(report)
    var mark = StyledText(sign, role, .bold)
    if !Sign.isWrong(report.verdict), let severity = concerns[file.name] {
      let worse = Sign.of(severity)
      mark = StyledText(worse.sign, worse.role, .bold)
    }
    if state.live(index)?.hasGrown ?? false, !Sign.isWrong(report.verdict) {
      mark = StyledText(Sign.added.sign, Sign.added.role, .bold)
    }
    let verdict = state.isRaw ? "raw bytes" : report.verdict.title
    let open = report.isInterrupted ? "…" : ""
    return [
      mark, name, fileState,
      StyledText(
        report.beingWrittenBy == nil ? verdict + open : "being written", role),
      StyledText(report.countsRecords ? Quantity.grouped(report.records) + open : "-"),
      StyledText(Quantity.bytes(report.logicalEnd) + open), size(facts, isKnown: true),
      StyledText(Quantity.bytes(report.slack) + open, .dim), extents, age(facts, context),
    ]
  }

  private func gap(_ index: Int, _ state: LogState) -> [StyledText] {
    let layout = state.log.layout
    let ids = layout.missing[index]
    let more = ids.upperBound - ids.lowerBound
    return [
      StyledText(Sign.gap.sign, Sign.gap.role, .bold),
      StyledText(bytes: layout.name(ofMissing: ids.lowerBound).bytes, Style(Sign.gap.role)),
      StyledText("missing", Sign.gap.role),
      StyledText(
        more == 0 ? "gap in the sequence" : "gap of \(Quantity.grouped(more + 1))", Sign.gap.role),
    ]
  }

  private func stray(_ index: Int, _ state: LogState, _ context: InspectorContext) -> [StyledText] {
    let file = state.log.layout.strays[index]
    let facts = state.strayFiles[index]
    let kind = file.kind == .regular ? "not a segment" : file.kind.words
    return [
      "", StyledText(bytes: file.name.bytes, Style(.dim)), StyledText("stray", .dim),
      StyledText(kind, .dim), "", "",
      StyledText(facts.map { Quantity.bytes($0.size) } ?? "", .dim), "", "",
      age(facts, context),
    ]
  }

  /// A segment's size; one whose file could not be looked at after all has none.
  private func size(_ facts: FileFacts?, isKnown: Bool) -> StyledText {
    guard let facts else { return StyledText(isKnown ? "?" : "…", .dim) }
    return StyledText(Quantity.bytes(showsAllocated ? facts.allocated : facts.size))
  }

  private func age(_ facts: FileFacts?, _ context: InspectorContext) -> StyledText {
    StyledText(facts.map { Age.text($0.modified, at: context.now) } ?? "", .dim)
  }
}
