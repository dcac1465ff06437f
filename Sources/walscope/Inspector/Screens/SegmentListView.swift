import LogFiles
import LogFormats
import LogInspection
import Quantities
import TerminalUI

/// The segments of one log, its gaps and stray files, and a map of the selected one.
struct SegmentListView: View {
  let log: Int
  var list = ListView()
  var order = SegmentOrder.sequence
  var showsAllocated = false
  private(set) var rows = SegmentRows()
  /// Where the rows were drawn, for the mouse.
  var listArea = Rect(row: 0, column: 0, rows: 0, columns: 0)
  /// Columns that the longest name takes.
  private(set) var nameColumns = 10
  /// Columns that the longest word for a state takes.
  private(set) var stateColumns = 7
  /// The worst of the findings about a file that are more than a note, once the log is judged.
  private(set) var concerns: [FileName: Severity] = [:]
  private var judgedFrom: Timestamp?
  /// Which state of the log the rows were made from.
  private var generation = 0
  private var arranged: Log?
  private var sortedAt = Duration.zero
  private var sortedReports = 0
  /// The map of the selected segment, and what it was made from.
  private(set) var map: ExtentsModel?
  private var mapped: MapSource?
  /// What it was last asked about where a file lies, and when.
  private var asked: Question?
  private var askedAt = Duration.zero
  /// What the last search through the records has found.
  private var hit: SegmentSearch.Hit?

  /// What a map was made from.
  private struct MapSource: Equatable {
    var row: SegmentRow
    var isScanned: Bool
    /// The number of the answer that tells where it lies.
    var extents: Int?
    var live: SegmentExtent?
    var judgedFrom: Timestamp
  }

  /// Where a file lies changes while it grows.
  private struct Question: Equatable {
    var row: SegmentRow
    var live: SegmentExtent?
  }

  /// While a scan is under way rows change their place at most this often.
  private static let sortPause = Duration.milliseconds(500)

  private static let askPause = Duration.milliseconds(500)

  init(log: Int) {
    self.log = log
  }

  var keyContext: KeyContext { .segments }

  /// The row that is selected, nil in an empty list.
  var selectedRow: SegmentRow? {
    rows.rows.indices.contains(list.selected) ? rows.rows[list.selected] : nil
  }

  /// The segment that is selected, nil on a gap and on a stray file.
  var selectedSegment: Int? {
    if case .segment(let index) = selectedRow { return index }
    return nil
  }

  func subject(_ context: InspectorContext) -> Subject? {
    Subject(log: log, segment: selectedSegment)
  }

  mutating func appear(_ context: InspectorContext) -> [ViewEffect] { update(context) }

  mutating func update(_ context: InspectorContext) -> [ViewEffect] {
    guard context.logs.indices.contains(log) else { return [] }
    let state = context.logs[log]
    if generation != state.generation || arranged !== state.log {
      generation = state.generation
      mapped = nil
      asked = nil
      nameColumns = Self.nameColumns(state.log.layout)
      stateColumns = state.log.layout.segments.reduce(7) { max($0, $1.state.rawValue.count) }
      arrange(state, context)
    } else if isOutOfOrder(state, context) {
      arrange(state, context)
    }
    noteConcerns(state)
    return showMap(state, uptime: context.uptime)
  }

  private mutating func noteConcerns(_ state: LogState) {
    let now = state.report == nil ? nil : state.judgedFrom
    guard judgedFrom != now else { return }
    judgedFrom = now
    let severe = state.findings.lazy.filter { $0.severity > .note }
    concerns = Dictionary(
      severe.compactMap { finding in finding.file.map { ($0, finding.severity) } },
      uniquingKeysWith: max)
  }

  /// Whether figures that the order goes by have come since.
  private func isOutOfOrder(_ state: LogState, _ context: InspectorContext) -> Bool {
    order != .sequence && sortedReports != state.totals.scanned + state.totals.sized
      && (!state.scan.isRunning || context.uptime - sortedAt >= Self.sortPause)
  }

  /// Puts the rows in order; the selected one stays selected.
  private mutating func arrange(_ state: LogState, _ context: InspectorContext) {
    let selected = selectedRow.flatMap { place(of: $0, in: state) }
    arranged = state.log
    rows = SegmentRows(state, order: order)
    sortedAt = context.uptime
    sortedReports = state.totals.scanned + state.totals.sized
    list.setCount(rows.rows.count)
    if let selected, let place = rows.rows.firstIndex(of: selected) { list.select(place) }
  }

  /// The row in which what a row showed stands by now: files may have come and gone.
  private func place(of row: SegmentRow, in state: LogState) -> SegmentRow? {
    guard case .segment(let index) = row, let arranged, arranged !== state.log else { return row }
    return state.log.segment(named: arranged.layout.segments[index].name).map { .segment($0) }
  }

  private static func nameColumns(_ layout: LogLayout) -> Int {
    let longest = [layout.segments, layout.strays].joined().reduce(0) {
      max($0, $1.name.bytes.count)
    }
    return min(max(longest, 7), 32)
  }

  /// Makes the map of the selected segment when it or what is known of it has changed.
  private mutating func showMap(_ state: LogState, uptime: Duration) -> [ViewEffect] {
    guard let row = selectedRow, case .segment(let index) = row else {
      map = nil
      mapped = nil
      return []
    }
    let extents = state.extents.flatMap { $0.segment == index ? $0 : nil }
    let report = state.reports.report(at: index)
    let live = state.live(index)?.extent
    let source = MapSource(
      row: row, isScanned: report != nil, extents: extents?.answer, live: live,
      judgedFrom: state.judgedFrom)
    if mapped != source {
      mapped = source
      // Until the file system has told where the file lies, all zeros count as written.
      map = report.map {
        ExtentsModel(
          extents?.map ?? .unavailable(reason: ""), size: $0.fileSize, ranges: $0.ranges,
          gaps: $0.gaps?.ranges ?? [], logicalEnd: $0.logicalEnd, isRaw: state.isRaw)
      }
    }
    let question = Question(row: row, live: live)
    guard asked != question, asked?.row != row || uptime - askedAt >= Self.askPause
    else { return [] }
    asked = question
    askedAt = uptime
    return [.lookAtExtents(log: log, segment: index)]
  }

  // MARK: Actions

  mutating func handle(_ action: Action, _ context: InspectorContext) -> [ViewEffect] {
    let state = context.logs[log]
    switch action {
    case .move(let motion): list.move(motion)
    case .open: return open(state)
    case .extents:
      guard let segment = selectedSegment else { return [.message(nothingToOpen(state))] }
      return [.open(.extents(log: log, segment: segment))]
    case .findings: return [.open(.findings(log: log))]
    case .forecast: return [.open(.forecast(log: log))]
    case .info: return [.open(.info(log: log, segment: selectedSegment))]
    case .rescan: return [.rescan(log: log)]
    case .sort:
      order = order.next
      arrange(state, context)
      return [.message("Sorted: \(order.title).")] + showMap(state, uptime: context.uptime)
    case .apparent:
      showsAllocated.toggle()
      return [
        .message(
          showsAllocated
            ? "The size column shows what is allocated on disk."
            : "The size column shows how long the files are.")
      ]
    case .nextFinding: return goToFinding(state, step: 1, context)
    case .previousFinding: return goToFinding(state, step: -1, context)
    default: return []
    }
    return showMap(state, uptime: context.uptime)
  }

  private func open(_ state: LogState) -> [ViewEffect] {
    guard let segment = selectedSegment else { return [.message(nothingToOpen(state))] }
    return [.open(.records(log: log, segment: segment, offset: nil))]
  }

  private func nothingToOpen(_ state: LogState) -> String {
    switch selectedRow {
    case .gap: "This segment is not there: there is nothing to open."
    case .stray(let index):
      "The file is not part of the log. Open it by its own path to look into it: a"
        + " \(state.log.layout.strays[index].kind.words)."
    case .segment, nil: "There is no segment to open."
    }
  }

  mutating func handle(
    _ mouse: MouseAction, row: Int, column: Int, _ context: InspectorContext
  ) -> [ViewEffect] {
    let state = context.logs[log]
    switch mouse {
    case .click, .double:
      guard listArea.contains(row: row, column: column),
        let place = list.row(at: row - listArea.row)
      else { return [] }
      list.select(place)
      if mouse == .double { return open(state) }
    case .wheelUp: list.scroll(by: -3)
    case .wheelDown: list.scroll(by: 3)
    }
    return showMap(state, uptime: context.uptime)
  }

  // MARK: Findings, search, places

  private mutating func goToFinding(
    _ state: LogState, step: Int, _ context: InspectorContext
  ) -> [ViewEffect] {
    let wrong = Self.wrongRows(state)
    guard !wrong.isEmpty else {
      return [
        .message(
          state.isFinal
            ? "Nothing is wrong in this log." : "Nothing wrong has been found so far.")
      ]
    }
    var place = list.selected + step
    while rows.rows.indices.contains(place) {
      if wrong.contains(rows.rows[place]) {
        list.select(place)
        return showMap(state, uptime: context.uptime)
      }
      place += step
    }
    let none = step > 0 ? "No finding below this row." : "No finding above this row."
    guard let row = selectedRow, wrong.contains(row), case .segment = row else {
      return [.message(none)]
    }
    return [.message("\(none) Enter opens this one; there e goes to what is wrong in it.")]
  }

  /// The rows with something wrong; those with a mere note when nothing else is.
  private static func wrongRows(_ state: LogState) -> Set<SegmentRow> {
    let layout = state.log.layout
    var rows = Set(layout.missing.indices.map { SegmentRow.gap($0) })
    for index in layout.segments.indices {
      if let figures = state.reports.figures(at: index), Sign.isWrong(figures.verdict),
        !state.isRaw
      {
        rows.insert(.segment(index))
      }
    }
    for severity in [Severity.warning, .note] where severity == .warning || rows.isEmpty {
      let files = Set(state.findings.lazy.filter { $0.severity >= severity }.compactMap(\.file))
      guard !files.isEmpty else { continue }
      for (index, segment) in layout.segments.enumerated() where files.contains(segment.name) {
        rows.insert(.segment(index))
      }
      for (index, stray) in layout.strays.enumerated() where files.contains(stray.name) {
        rows.insert(.stray(index))
      }
    }
    return rows
  }

  mutating func search(_ search: Search, _ context: InspectorContext) -> [ViewEffect] {
    let state = context.logs[log]
    let matcher = NameMatcher(search.text)
    let found = list.place(for: search) { matcher.matches(name(of: rows.rows[$0], state)) }
    guard !SegmentSearch.isForRecords(search.text), let found else {
      return searchRecords(search, context)
    }
    list.select(found.place)
    return (found.isAround ? [.message("The search went on at the other end.")] : [])
      + showMap(state, uptime: context.uptime)
  }

  /// Searches the records of all segments, from the selected one on.
  private mutating func searchRecords(_ search: Search, _ context: InspectorContext)
    -> [ViewEffect]
  {
    if context.options.redact { return [.message("Keys and values are hidden.")] }
    let pattern: SearchPattern
    do throws(SearchPattern.Mistake) {
      pattern = try SearchPattern(search.text)
    } catch {
      return [.message(error.message.wholeSentence)]
    }
    let state = context.logs[log]
    var segments = rows.rows.compactMap { row in
      if case .segment(let index) = row { index } else { nil }
    }
    if search.isBackward { segments.reverse() }
    let last = hit.flatMap { $0.text == search.text && $0.segment == selectedSegment ? $0 : nil }
    guard !segments.isEmpty else { return [.message("There is no segment to search.")] }
    let start = selectedSegment.flatMap { segments.firstIndex(of: $0) } ?? 0
    segments = Array(segments[start...] + segments[..<start])
    let sizes = segments.compactMap { state.files[$0]?.size }
    let total = sizes.count == segments.count ? sizes.reduce(0, &+) : nil
    let work = SegmentSearch(
      log: state.log, segments: segments, text: search.text, pattern: pattern,
      isBackward: search.isBackward, last: search.isRepeated ? last : nil)
    return [.start(work.work(total: total))]
  }

  mutating func receive(_ news: any Sendable, _ context: InspectorContext) -> [ViewEffect] {
    switch news as? SegmentSearch.News {
    case nil: return []
    case .hit(let found)?:
      hit = found
      if let row = rows.rows.firstIndex(of: .segment(found.segment)) { list.select(row) }
      return [.open(.records(log: log, segment: found.segment, offset: found.record.lowerBound))]
    case .nothing(let text)?:
      return [.message("No segment's name and no record holds \"\(text)\".")]
    case .failed(let message)?: return [.message(message.wholeSentence)]
    }
  }

  mutating func workEnded(wasCancelled: Bool, _ context: InspectorContext) -> [ViewEffect] {
    wasCancelled ? [.message("The search was stopped.")] : []
  }

  mutating func go(to place: TypedPlace, _ context: InspectorContext) -> [ViewEffect] {
    let state = context.logs[log]
    let segments = state.log.layout.segments
    var wanted: SegmentRow?
    switch place {
    case .offset(let offset):
      guard let segment = selectedSegment else { return [.message(nothingToOpen(state))] }
      return [.open(.records(log: log, segment: segment, offset: offset))]
    case .number(let id):
      wanted =
        segments.firstIndex { $0.id == id }.map { .segment($0) }
        ?? state.log.layout.missing.firstIndex { $0.contains(id) }.map { .gap($0) }
    case .name(let text):
      let bytes = Array(text.utf8)
      let index =
        segments.firstIndex { $0.name.bytes == bytes }
        ?? segments.firstIndex { $0.name.bytes.starts(with: bytes) }
      wanted = index.map { .segment($0) }
    }
    guard let wanted, let row = rows.rows.firstIndex(of: wanted) else {
      return [.message("There is no such segment. A number, a name or an offset can be typed.")]
    }
    list.select(row)
    return showMap(state, uptime: context.uptime)
  }

  /// The name that a row shows.
  func name(of row: SegmentRow, _ state: LogState) -> FileName {
    let layout = state.log.layout
    return switch row {
    case .segment(let index): layout.segments[index].name
    case .gap(let index): layout.name(ofMissing: layout.missing[index].lowerBound)
    case .stray(let index): layout.strays[index].name
    }
  }
}
