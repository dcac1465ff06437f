import LogFiles
import LogFormats
import LogInspection
import Quantities
import TerminalUI

/// The logs under a path, with their verdicts as they come in.
struct LogListView: View {
  /// One row of the list.
  enum Row: Hashable {
    /// A log, by its index in the context.
    case log(Int)
    /// A directory that could not be read, by its index in the context.
    case problem(Int)
  }

  enum Order: CaseIterable {
    case place, verdict, size, findings

    var title: String {
      switch self {
      case .place: "by place"
      case .verdict: "worst verdict first"
      case .size: "largest first"
      case .findings: "most findings first"
      }
    }
  }

  var list = ListView()
  private(set) var rows: [Row] = []
  private(set) var order = Order.place
  private(set) var nameColumns = 8
  private var generation = -1
  private var judged = 0
  var listArea = Rect(row: 0, column: 0, rows: 0, columns: 0)

  var keyContext: KeyContext { .logs }

  var selectedRow: Row? { rows.indices.contains(list.selected) ? rows[list.selected] : nil }

  var selectedLog: Int? {
    if case .log(let index) = selectedRow { return index }
    return nil
  }

  mutating func appear(_ context: InspectorContext) -> [ViewEffect] { update(context) }

  mutating func update(_ context: InspectorContext) -> [ViewEffect] {
    let known = context.logs.reduce(0) { $0 + $1.totals.sized + ($1.report == nil ? 0 : 1) }
    if generation < 0 || (order != .place && known != judged) {
      judged = known
      generation = 0
      arrange(context)
    }
    return []
  }

  private mutating func arrange(_ context: InspectorContext) {
    let selected = selectedRow
    let logs = context.logs.indices.sorted {
      (weight(context.logs[$1]), $0) < (weight(context.logs[$0]), $1)
    }
    rows = logs.map { .log($0) } + context.problems.indices.map { .problem($0) }
    list.setCount(rows.count)
    if let selected, let place = rows.firstIndex(of: selected) { list.select(place) }
    let longest = context.logs.reduce(0) { max($0, Self.name($1).bytes.count) }
    nameColumns = min(max(longest, 8), 48)
  }

  private func weight(_ state: LogState) -> UInt64 {
    switch order {
    case .place: 0
    case .verdict:
      switch state.report?.verdict {
      case .damaged: 3
      case .attention: 2
      case .clean: 1
      case nil: 0
      }
    case .size: state.totals.size
    case .findings: UInt64(Self.severe(state))
    }
  }

  /// Findings that are more than a note.
  static func severe(_ state: LogState) -> Int {
    state.findings.lazy.filter { $0.severity > .note }.countOfAll
  }

  /// Where a log is below the path; the file that names it, when a directory holds several.
  static func name(_ state: LogState) -> FileName {
    var bytes = state.log.place.bytes
    if let primary = state.log.layout.primary {
      bytes += (bytes.isEmpty ? [] : [UInt8(ascii: "/")]) + primary.bytes
    }
    return FileName(bytes.isEmpty ? [UInt8(ascii: ".")] : bytes)
  }

  func subject(_ context: InspectorContext) -> Subject? { selectedLog.map { Subject(log: $0) } }

  // MARK: Actions

  mutating func handle(_ action: Action, _ context: InspectorContext) -> [ViewEffect] {
    switch action {
    case .move(let motion): list.move(motion)
    case .open: return selected { .segments(log: $0) }
    case .findings: return selected { .findings(log: $0) }
    case .forecast: return selected { .forecast(log: $0) }
    case .info: return selected { .info(log: $0, segment: nil) }
    case .rescan: return [.rescanAll]
    case .sort:
      let all = Order.allCases
      order = all[((all.firstIndex(of: order) ?? 0) + 1) % all.count]
      arrange(context)
      return [.message("Sorted: \(order.title).")]
    case .nextFinding: return goToFinding(context, step: 1)
    case .previousFinding: return goToFinding(context, step: -1)
    default: break
    }
    return []
  }

  private func selected(_ destination: (Int) -> Destination) -> [ViewEffect] {
    guard let log = selectedLog else {
      return [.message("This directory could not be read, so there is nothing to open.")]
    }
    return [.open(destination(log))]
  }

  private mutating func goToFinding(_ context: InspectorContext, step: Int) -> [ViewEffect] {
    var place = list.selected + step
    while rows.indices.contains(place) {
      let isWrong =
        switch rows[place] {
        case .log(let index): Self.severe(context.logs[index]) > 0
        case .problem: true
        }
      if isWrong {
        list.select(place)
        return []
      }
      place += step
    }
    return [
      .message(step > 0 ? "No log with findings below this row." : "None above this row.")
    ]
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
      if mouse == .double { return handle(.open, context) }
    case .wheelUp: list.scroll(by: -3)
    case .wheelDown: list.scroll(by: 3)
    }
    return []
  }

  mutating func search(_ search: Search, _ context: InspectorContext) -> [ViewEffect] {
    let matcher = NameMatcher(search.text)
    let found = list.place(for: search) { matcher.matches(name(of: rows[$0], context)) }
    guard let found else { return [.message("No log's place holds \"\(search.text)\".")] }
    list.select(found.place)
    return found.isAround ? [.message("The search went on at the other end.")] : []
  }

  mutating func go(to place: TypedPlace, _ context: InspectorContext) -> [ViewEffect] {
    switch place {
    case .number(let number) where number >= 1 && number <= UInt64(rows.count):
      list.select(Int(number) - 1)
    case .name(let text):
      let bytes = Array(text.utf8)
      let row = rows.firstIndex { name(of: $0, context).bytes.starts(with: bytes) }
      guard let row else { return [.message("No log's place starts like that.")] }
      list.select(row)
    case .number, .offset:
      return [.message("Type a row's number or a place, or open a log first.")]
    }
    return []
  }

  private func name(of row: Row, _ context: InspectorContext) -> FileName {
    switch row {
    case .log(let index): Self.name(context.logs[index])
    case .problem(let index): context.problems[index].place
    }
  }
}
