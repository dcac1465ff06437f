import LogFiles
import LogFormats
import LogInspection
import Quantities
import TerminalUI

/// Where a segment lies: the table of its extents, a map of the file and a map of the disk.
struct ExtentsView: View {
  /// What another thread has found out.
  struct Facts: Sendable {
    var map: ExtentMap
    /// The type of the file system, and its size in bytes; nil and 0 where they are not known.
    var fileSystem: String?
    var diskSize: UInt64
    /// The file's size and the room it takes, in bytes.
    var size: UInt64
    var allocated: UInt64
  }

  let logIndex: Int
  private(set) var segment: Int
  private var log: Log?
  private var found: Facts?
  private(set) var model: ExtentsModel?
  private(set) var list = ListView()
  private var tableArea = Rect(row: 0, column: 0, rows: 0, columns: 0)
  /// What the model was made of, so that it is made anew only when that has changed.
  private var made: (ranges: Int, judgedFrom: Timestamp)?
  private var liveKnown: SegmentExtent?
  private var lookedAt = Duration.zero
  /// Where a file that grows lies is looked at again this often at most.
  private static let lookPause = Duration.milliseconds(250)

  init(log: Int, segment: Int) {
    logIndex = log
    self.segment = segment
  }

  var keyContext: KeyContext { .extents }

  func subject(_ context: InspectorContext) -> Subject? {
    Subject(log: logIndex, segment: segment)
  }

  // MARK: Reading

  mutating func appear(_ context: InspectorContext) -> [ViewEffect] {
    guard context.logs.indices.contains(logIndex) else { return [] }
    let log = context.logs[logIndex].log
    self.log = log
    return look(log)
  }

  mutating func update(_ context: InspectorContext) -> [ViewEffect] {
    guard context.logs.indices.contains(logIndex) else { return [] }
    let current = context.logs[logIndex].log
    if let log, current !== log {
      guard let place = current.segment(named: log.layout.segments[segment].name) else {
        return [.message("The segment is no longer there. What is shown is what it was.")]
      }
      segment = place
      self.log = current
      return look(current)
    }
    remake(context)
    let live = context.logs[logIndex].live(segment)?.extent
    guard live != liveKnown, context.uptime - lookedAt >= Self.lookPause else { return [] }
    liveKnown = live
    lookedAt = context.uptime
    return look(current)
  }

  private func look(_ log: Log) -> [ViewEffect] {
    let segment = segment
    return [
      .read { post in
        let map: ExtentMap
        do throws(FileError) {
          map = try log.extents(ofSegment: segment)
        } catch {
          map = .unavailable(reason: error.message)
        }
        let status = try? log.status(ofSegment: segment)
        let fileSystem = try? log.directory.fileSystem()
        post(
          Facts(
            map: map, fileSystem: fileSystem?.typeName, diskSize: fileSystem?.total ?? 0,
            size: status?.size ?? 0, allocated: status?.allocated ?? 0))
      }
    ]
  }

  mutating func receive(_ news: any Sendable, _ context: InspectorContext) -> [ViewEffect] {
    guard let facts = news as? Facts else { return [] }
    found = facts
    made = nil
    remake(context)
    return []
  }

  private mutating func remake(_ context: InspectorContext) {
    guard let found else { return }
    let report = context.logs[logIndex].reports.report(at: segment)
    let ranges = report?.ranges ?? []
    let judgedFrom = context.logs[logIndex].judgedFrom
    if let made, made == (ranges.count, judgedFrom) { return }
    made = (ranges.count, judgedFrom)
    model = ExtentsModel(
      found.map, size: found.size, ranges: ranges, gaps: report?.gaps?.ranges ?? [],
      logicalEnd: report?.logicalEnd, isRaw: context.logs[logIndex].isRaw)
    list.setCount(model?.rows.count ?? 0)
  }

  // MARK: Actions

  mutating func handle(_ action: Action, _ context: InspectorContext) -> [ViewEffect] {
    switch action {
    case .move(let motion): list.move(motion)
    case .open:
      guard let model, model.rows.indices.contains(list.selected) else { break }
      let offset = model.part(of: model.rows[list.selected]).lowerBound
      return [.open(.records(log: logIndex, segment: segment, offset: offset))]
    case .nextFinding: moveToDamage(by: 1)
    case .previousFinding: moveToDamage(by: -1)
    case .findings: return [.open(.findings(log: logIndex))]
    case .forecast: return [.open(.forecast(log: logIndex))]
    case .info: return [.open(.info(log: logIndex, segment: segment))]
    case .rescan: return [.rescan(log: logIndex)]
    default: break
    }
    return []
  }

  private mutating func moveToDamage(by step: Int) {
    guard let model else { return }
    var row = list.selected + step
    while model.rows.indices.contains(row) {
      if model.totals(of: model.rows[row]).contains(where: { $0.holding.isProblem }) {
        list.select(row)
        return
      }
      row += step
    }
  }

  mutating func go(to place: TypedPlace, _ context: InspectorContext) -> [ViewEffect] {
    guard let model else { return [] }
    switch place {
    case .offset(let offset):
      guard let row = model.rows.firstIndex(where: { model.part(of: $0).contains(offset) }) else {
        return [.message("\(Quantity.offset(offset)) is behind the end of the file.")]
      }
      list.select(row)
    case .number(let number):
      guard let row = model.rows.firstIndex(of: .extent(Int(clamping: number))) else {
        return [.message("There is no extent \(Quantity.grouped(number)).")]
      }
      list.select(row)
    case .name: return [.message("An offset (0x1f40) or the number of an extent is a place here.")]
    }
    return []
  }

  mutating func handle(
    _ mouse: MouseAction, row: Int, column: Int, _ context: InspectorContext
  ) -> [ViewEffect] {
    guard tableArea.contains(row: row, column: column) else { return [] }
    switch mouse {
    case .wheelUp: list.scroll(by: -3)
    case .wheelDown: list.scroll(by: 3)
    case .click, .double: if let row = list.row(at: row - tableArea.row) { list.select(row) }
    }
    return []
  }

  // MARK: Drawing

  mutating func draw(into buffer: inout CellBuffer, in area: Rect, _ context: InspectorContext) {
    guard let model else {
      buffer.text("Asking the file system…", in: area.line(1).inset(columns: 2), style: Style(.dim))
      return
    }
    var room = area
    let drawing = ExtentsDrawing(model: model, diskSize: found?.diskSize ?? 0)
    let maps = drawing.mapLines(columns: area.columns, glyphs: buffer.glyphs)
    let wantedRows = 1 + max(list.count, 1) + 1
    let tableRows = min(wantedRows, max(area.rows - maps, area.rows / 3))
    var table = room.takeTop(tableRows)
    let layout = drawing.tableLayout(columns: area.columns - 1)
    layout.drawHeadings(into: &buffer, in: table.takeTop().behindSign)
    tableArea = table
    if model.rows.isEmpty {
      buffer.text(model.summary, in: table.line(0).inset(columns: 1), style: Style(.dim))
    }
    list.draw(into: &buffer, in: table) { buffer, row, rect in
      drawing.drawRow(model.rows[row], layout, into: &buffer, in: rect)
    }
    var selected: Int?
    if model.rows.indices.contains(list.selected),
      case .extent(let index) = model.rows[list.selected]
    {
      selected = index
    }
    drawing.drawMaps(into: &buffer, in: room, selected: selected)
  }

  // MARK: Words

  func heading(_ context: InspectorContext) -> Heading {
    guard let log else { return Heading([]) }
    var facts: [StyledText] = []
    if let found {
      facts.append(
        StyledText(
          "\(Quantity.bytes(found.size)) file, \(Quantity.bytes(found.allocated)) allocated"))
      if let end = model?.logicalEnd {
        facts.append(StyledText("log ends at \(Quantity.bytes(end))"))
      }
      if let type = found.fileSystem { facts.append(StyledText(type)) }
    }
    return Heading(
      [StyledText(bytes: log.layout.segments[segment].name.bytes), "  extents"], facts: facts,
      position: list.position)
  }

  func sentence(_ context: InspectorContext) -> [StyledText] {
    guard let model, model.rows.indices.contains(list.selected) else { return [] }
    return [StyledText(model.sentence(model.rows[list.selected]))]
  }
}
