import LogFiles
import LogFormats
import LogInspection
import Quantities
import TerminalUI

/// The records of one segment, and one of them in detail: side by side where there is room, else
/// one at a time.
///
/// It scans the segment itself, because a log keeps no index of the records of all its segments;
/// rows are there as soon as the scan has passed them.
struct RecordsView: View {
  /// Columns from which on list and detail stand side by side.
  static let wideColumns = 120

  let logIndex: Int
  private(set) var segment: Int
  private(set) var log: Log?
  private var reader: SegmentReader?
  private var lease: SearchLease?
  /// Size of the file at the horizon of the scan, in bytes.
  private var end: UInt64 = 0
  private(set) var records = RecordListModel()
  private(set) var detail = RecordDetailModel()
  /// What the scan has found; nil while it runs.
  private(set) var report: SegmentReport?
  /// What is known of the segment by following it.
  private(set) var live: LiveSegment?
  /// The pane of the detail that has the keys, nil when the list has them.
  private(set) var focus: RecordDetailModel.Pane?
  /// How far the search is: bytes or rows that are behind it.
  private(set) var searched: UInt64 = 0
  /// When the search began.
  private(set) var searchStart = Duration.zero

  /// What is marked in keys, values and bytes.
  private var pattern: SearchPattern?
  private var patternText: String?
  /// The place of a match that the detail was last led to.
  private var shownByte: UInt64?

  private(set) var isWide = false
  private var listArea = Rect(row: 0, column: 0, rows: 0, columns: 0)
  private var layout = DetailLayout()

  init(log: Int, segment: Int, offset: UInt64? = nil) {
    logIndex = log
    self.segment = segment
    if let offset { records.go(to: .offset(offset)) }
  }

  var keyContext: KeyContext { focus == nil ? .records : .record }

  func subject(_ context: InspectorContext) -> Subject? {
    Subject(log: logIndex, segment: segment)
  }

  // MARK: The scan

  mutating func appear(_ context: InspectorContext) -> [ViewEffect] {
    guard context.logs.indices.contains(logIndex) else { return [] }
    detail = RecordDetailModel(redacts: context.options.redact)
    return begin(context)
  }

  mutating func update(_ context: InspectorContext) -> [ViewEffect] {
    noteConcerns(context)
    guard context.logs.indices.contains(logIndex) else { return [] }
    guard context.logs[logIndex].log !== log else { return takeLive(context) }
    // The log was opened anew: the segment may have another place, or be gone.
    let name = log?.layout.segments[segment].name
    guard let found = name.flatMap({ context.logs[logIndex].log.segment(named: $0) }) else {
      return [.message("The segment is no longer there. What is shown is what it was.")]
    }
    segment = found
    if context.logs[logIndex].follow != nil {
      // Other files came or went: this one stays as it is on the screen.
      let reader = SegmentReader(context.logs[logIndex].log, segment: found)
      log = context.logs[logIndex].log
      self.reader = reader
      lease = SearchLease(reader)
      return takeLive(context)
    }
    records.restart()
    return begin(context)
  }

  /// Takes the records that were added while the log is followed. The selection and the part that
  /// is seen stay; the last row goes along with the end.
  private mutating func takeLive(_ context: InspectorContext) -> [ViewEffect] {
    let now = context.logs[logIndex].live(segment)
    defer { live = now }
    guard let now, report != nil else { return [] }
    if let live, live.life != now.life {
      records.restart()
      return begin(context)
    }
    guard now.extent != live?.extent || records.index.frameCount != now.index.frameCount else {
      return []
    }
    let isAtEnd = records.list.selected == records.list.count - 1 && focus == nil
    end = now.extent.fileSize
    report?.records = now.extent.records
    records.update(now.index, isFinal: true)
    if isAtEnd { records.list.move(.last) }
    return read()
  }

  private mutating func begin(_ context: InspectorContext) -> [ViewEffect] {
    let state = context.logs[logIndex]
    let reader = SegmentReader(state.log, segment: segment)
    log = state.log
    self.reader = reader
    lease = SearchLease(reader)
    report = nil
    noteConcerns(context)
    return [
      .start(
        .scan(
          state.log, segment: segment, size: state.files[segment]?.size,
          threads: context.options.threads, cache: context.options.cache,
          readsAll: state.isReadAnew))
    ]
  }

  private mutating func noteConcerns(_ context: InspectorContext) {
    guard context.logs.indices.contains(logIndex), let name = log?.layout.segments[segment].name
    else { return }
    records.concerns = context.logs[logIndex].findings.compactMap { finding in
      guard finding.severity > .note, finding.file == name, let range = finding.range else {
        return nil
      }
      return RecordListModel.Concern(
        offset: range.lowerBound, message: finding.message.wholeSentence)
    }.sorted { $0.offset < $1.offset }
  }

  mutating func letGo(_ context: InspectorContext) -> [@Sendable () -> Void] {
    guard let reader else { return [] }
    self.reader = nil
    lease = nil
    return [{ reader.close() }]
  }

  mutating func receive(_ news: any Sendable, _ context: InspectorContext) -> [ViewEffect] {
    switch news as? RecordNews {
    case nil: break
    case .begun(let size)?: end = size
    case .partial(let partial)?: records.update(partial.index, isFinal: false)
    case .scanned(let scanned)?:
      report = scanned.report
      live = nil
      end = scanned.report.fileSize
      records.update(scanned.index, isFinal: true)
      detail.invalidate()
    case .searched(let done, let query)? where query.number == records.search?.number:
      searched = done
    case .searchedBytes(let done, let query)? where query.number == detail.search?.number:
      searched = done
    case .searched?, .searchedBytes?: break
    case .answer(let answer)?:
      records.receive(answer)
      detail.receive(answer)
    }
    return read()
  }

  /// Has everything read that is missing on screen.
  private mutating func read() -> [ViewEffect] {
    guard let reader else { return [] }
    var requests = records.takeRequests()
    // Also while the detail is not on screen: it is there at once when it is opened, or when the
    // screen becomes wide enough for it.
    if let row = records.selectedRow { detail.show(row) }
    showFoundByte()
    requests += detail.takeRequests()
    reader.want(search: records.search?.number ?? detail.search?.number ?? 0)
    let view = SegmentReader.View(index: records.index, end: end)
    return requests.map { request in
      .read { post in reader.perform(request, view) { post($0) } }
    }
  }

  /// Selects the byte in the dump at which the pattern was found.
  private mutating func showFoundByte() {
    guard let byte = records.foundByte else {
      shownByte = nil
      return
    }
    guard shownByte != byte, detail.description != nil, detail.range.contains(byte) else { return }
    shownByte = byte
    detail.selectByte(byte)
  }

  // MARK: Actions

  mutating func handle(_ action: Action, _ context: InspectorContext) -> [ViewEffect] {
    records.message = nil
    detail.message = nil
    switch action {
    case .nextRecord: records.move(.down)
    case .previousRecord: records.move(.up)
    case .nextFinding: records.moveToProblem(isBackwards: false)
    case .previousFinding: records.moveToProblem(isBackwards: true)
    case .nextPane: movePane(by: 1)
    case .previousPane: movePane(by: -1)
    case .extents: return [.open(.extents(log: logIndex, segment: segment))]
    case .findings: return [.open(.findings(log: logIndex))]
    case .forecast: return [.open(.forecast(log: logIndex))]
    case .info: return [.open(.info(log: logIndex, segment: segment))]
    case .rescan: return [.rescan(log: logIndex)]
    default: handleInPane(action)
    }
    return read()
  }

  private mutating func handleInPane(_ action: Action) {
    switch (focus, action) {
    case (nil, .move(let motion)): records.move(motion)
    case (nil, .open): if records.list.count > 0 { focus = .fields }
    case (.fields?, .move(let motion)): detail.moveField(motion)
    case (.fields?, .open): detail.openField()
    case (.fields?, .toggle): detail.toggleField()
    case (.fields?, .close): if !detail.closeField() { focus = nil }
    case (.bytes?, .move(let motion)): detail.moveByte(motion)
    case (.bytes?, .open): _ = detail.stepByte(forward: true)
    case (.bytes?, .close): _ = detail.stepByte(forward: false)
    case (.payload?, .move(let motion)): detail.payloadLines.scroll(motion)
    case (.payload?, .toggle), (.payload?, .open): detail.changePayloadMode()
    case (.payload?, .close): focus = .fields
    default: break
    }
  }

  private mutating func movePane(by step: Int) {
    var panes: [RecordDetailModel.Pane?] = [.fields, .bytes]
    if detail.shownPayload != nil { panes.append(.payload) }
    if isWide || focus == nil { panes.insert(nil, at: 0) }
    let place = panes.firstIndex(of: focus) ?? 0
    focus = panes[(place + step + panes.count) % panes.count]
  }

  mutating func goBack(_ context: InspectorContext) -> [ViewEffect]? {
    guard focus != nil else { return nil }
    focus = nil
    return read()
  }

  mutating func cancel(_ context: InspectorContext) -> Bool {
    guard detail.stopSearch() || records.stop() else { return false }
    reader?.want(search: 0)
    return true
  }

  mutating func search(_ search: Search, _ context: InspectorContext) -> [ViewEffect] {
    if context.options.redact { return [.message("Keys and values are hidden.")] }
    do throws(SearchPattern.Mistake) {
      let pattern = try SearchPattern(search.text)
      if focus == nil {
        records.search(pattern, isBackwards: search.isBackward)
      } else {
        detail.search(pattern, isBackwards: search.isBackward)
      }
    } catch {
      return [.message(error.message.wholeSentence)]
    }
    beginSearch(context)
    return read()
  }

  /// Bytes that a search goes through at most.
  var searchedSize: UInt64 { end }

  private mutating func beginSearch(_ context: InspectorContext) {
    searched = 0
    searchStart = context.uptime
  }

  mutating func go(to place: TypedPlace, _ context: InspectorContext) -> [ViewEffect] {
    switch place {
    case .offset(let offset): records.go(to: .offset(offset))
    case .number(let number): records.go(to: .record(number))
    case .name(let typed):
      do throws(SearchPattern.Mistake) {
        records.go(to: .key(try SearchPattern.keyBytes(typed: Array(typed.utf8))))
      } catch {
        return [.message(error.message.wholeSentence)]
      }
    }
    beginSearch(context)
    return read()
  }

  mutating func handle(
    _ mouse: MouseAction, row: Int, column: Int, _ context: InspectorContext
  ) -> [ViewEffect] {
    if listArea.contains(row: row, column: column) {
      handleInList(mouse, row: row - listArea.row)
    } else if layout.fields.contains(row: row, column: column) {
      focus = .fields
      handleInFields(mouse, row: row - layout.fields.row)
    } else if layout.bytes.contains(row: row, column: column) {
      focus = .bytes
      handleInBytes(mouse, row: row - layout.bytes.row, column: column - layout.bytes.column)
    } else if layout.payload.contains(row: row, column: column) {
      focus = .payload
      switch mouse {
      case .wheelUp: detail.payloadLines.scroll(by: -3)
      case .wheelDown: detail.payloadLines.scroll(by: 3)
      case .click: break
      case .double: detail.changePayloadMode()
      }
    }
    return read()
  }

  private mutating func handleInList(_ mouse: MouseAction, row: Int) {
    switch mouse {
    case .wheelUp: records.list.scroll(by: -3)
    case .wheelDown: records.list.scroll(by: 3)
    case .click, .double:
      guard let number = records.list.row(at: row) else { return }
      records.select(number)
      focus = mouse == .double ? .fields : nil
    }
  }

  private mutating func handleInFields(_ mouse: MouseAction, row: Int) {
    switch mouse {
    case .wheelUp: detail.fields.scroll(by: -3)
    case .wheelDown: detail.fields.scroll(by: 3)
    case .click, .double:
      guard let line = detail.fields.row(at: row) else { return }
      detail.selectField(line)
      if mouse == .double { detail.toggleField() }
    }
  }

  private mutating func handleInBytes(_ mouse: MouseAction, row: Int, column: Int) {
    switch mouse {
    case .wheelUp: detail.lines.scroll(by: -3)
    case .wheelDown: detail.lines.scroll(by: 3)
    case .click, .double:
      guard let line = detail.lines.row(at: row),
        let offset = detail.dump.offset(atColumn: column, line: line)
      else { return }
      detail.selectByte(offset)
    }
  }

  // MARK: Drawing

  mutating func draw(into buffer: inout CellBuffer, in area: Rect, _ context: InspectorContext) {
    isWide = area.columns >= Self.wideColumns
    listArea = Rect(row: 0, column: 0, rows: 0, columns: 0)
    layout = DetailLayout()
    let words = words
    notePattern(context)
    if isWide {
      var room = area
      let list = room.takeLeft(Self.listColumns(of: area.columns))
      buffer.verticalLine(in: room)
      _ = room.takeLeft(2)
      drawList(into: &buffer, in: list, words)
      layout = detail.draw(into: &buffer, in: room, focus: focus, words: words)
    } else if focus == nil {
      drawList(into: &buffer, in: area, words)
    } else {
      layout = detail.draw(
        into: &buffer, in: area.inset(columns: 1), focus: focus, words: words)
    }
  }

  /// Has what was searched for marked wherever it is seen.
  private mutating func notePattern(_ context: InspectorContext) {
    if patternText != context.searchText {
      patternText = context.searchText
      pattern = try? patternText.map { (text) throws(SearchPattern.Mistake) in
        try SearchPattern(text)
      }
    }
    detail.pattern = pattern
  }

  /// The detail gets what a dump of sixteen bytes a line needs, unless that starves the list.
  private static func listColumns(of columns: Int) -> Int {
    let detail = HexLayout.columns(bytesPerLine: 16, offsetDigits: 8) + 2
    return columns - detail >= 60 ? columns - detail : columns / 2
  }

  private mutating func drawList(
    into buffer: inout CellBuffer, in area: Rect, _ words: RecordWords
  ) {
    var room = area
    if let live, area.rows > 3 { drawHorizon(live, into: &buffer, in: room.takeBottom()) }
    let table = RecordTable(
      words: words, columns: log?.format.columns ?? [], width: area.columns,
      numbers: records.index.frameCount, end: end, firstNew: live?.firstNew,
      redacts: detail.redacts, pattern: pattern)
    table.drawHeadings(into: &buffer, in: room.takeTop())
    listArea = room
    if records.list.count == 0 {
      buffer.text(emptyText, in: room.line(1).inset(columns: 2), style: Style(.dim))
    }
    let model = records
    records.list.draw(into: &buffer, in: room, focused: focus == nil) { buffer, row, rect in
      table.draw(model.row(row), into: &buffer, in: rect)
    }
  }

  /// Where the log ends at this moment, below its records.
  private func drawHorizon(_ live: LiveSegment, into buffer: inout CellBuffer, in line: Rect) {
    buffer.horizontalLine(in: line, style: Style(.accent))
    let behind = live.extent.fileSize - min(live.extent.fileSize, live.extent.logicalEnd)
    var text = " the log ends at \(Quantity.offset(live.extent.logicalEnd))"
    let new = live.index.frameCount - min(live.index.frameCount, live.firstNew)
    if new > 0 { text += ", \(Quantity.grouped(new)) new" }
    if behind > 0 { text += ", \(Quantity.bytes(behind)) of space behind it" }
    buffer.text(text + " ", in: line.inset(columns: 2), style: Style(.accent))
  }

  private var emptyText: String {
    guard let report else { return "The first records are being read…" }
    if let failure = report.failure { return failure }
    return report.fileSize == 0 ? "The segment has no bytes." : "Nothing is known of this segment."
  }
}

extension ListView {
  /// Scrolls without a selection to follow.
  fileprivate mutating func scroll(_ motion: Motion) {
    switch motion {
    case .up: scroll(by: -1)
    case .down: scroll(by: 1)
    case .pageUp: scroll(by: 1 - visibleRows)
    case .pageDown: scroll(by: visibleRows - 1)
    case .first: scroll(by: -count)
    case .last: scroll(by: count)
    }
  }
}
