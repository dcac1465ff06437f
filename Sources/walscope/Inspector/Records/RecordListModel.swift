import LogFormats
import LogInspection
import Quantities
import TerminalUI

/// The list of a segment's records: which rows there are, which are seen, which one is selected.
///
/// It knows rows by their number and never holds more than a few pages of them. What it lacks it
/// asks for with ``takeRequests()``; until the answer comes a row is blank.
struct RecordListModel: Sendable {
  /// Rows as the screen counts them.
  var list = ListView()
  /// Where the rows are, as far as the scan has come.
  private(set) var index = RecordIndex()
  /// Whether the scan is done, so that no more rows will come.
  private(set) var isFinal = false
  /// Where the selection goes as soon as the scan has come far enough.
  private(set) var destination: RecordDestination?
  /// What went wrong or was not found, for the line that explains.
  var message: String?
  /// The search under way.
  private(set) var search: RecordQuery?
  /// The pattern of the last search, for the next and the previous match.
  private(set) var pattern: SearchPattern?

  private var rows = RowCache()
  private var requests: [RecordRequest] = []
  private var inFlight: Set<UInt64> = []
  /// Pages that did not bring all their rows, by the state of the scan they were asked for in.
  private var incomplete: [UInt64: UInt64] = [:]
  private var generation: UInt64 = 0
  private var searchNumber: UInt64 = 0
  /// The search under way has come to the end of what is scanned.
  private var searchIsWaiting = false
  /// A search that was told to stop, and where it stood; it goes on from there when the same is
  /// looked for again.
  private var stopped: RecordQuery?
  /// Where the pattern stands that the last search has found, from the start of the file.
  private(set) var foundByte: UInt64?
  /// Rows of damage and the like, with the ranges they stand for.
  private var problems: [(row: UInt64, range: Int)] = []
  /// Row ranges in which some records are not acceptable.
  private var flawed: [Range<UInt64>] = []

  /// Where something is wrong by the findings about the segment, in the order of their offsets.
  var concerns: [Concern] = []

  /// A finding about a place in the segment.
  struct Concern: Equatable, Sendable {
    /// Bytes from the start of the file.
    var offset: UInt64
    var message: String
  }

  /// The selected row; nil while it is not read or there is none.
  var selectedRow: Row? { row(list.selected) }

  /// A row of the list; nil while it is not read.
  func row(_ number: Int) -> Row? { rows[UInt64(max(number, 0))] }

  /// How many rows are held in memory.
  var heldRows: Int { rows.count }

  // MARK: The scan

  /// Takes the state of the scan; rows that were there before stay where they are.
  mutating func update(_ newIndex: RecordIndex, isFinal: Bool) {
    let known = list.count
    index = newIndex
    self.isFinal = isFinal
    generation += 1
    // The last row may have been cut where the scan stood.
    rows.removeRows(from: UInt64(max(known, 1)) - 1)
    list.setCount(Int(clamping: newIndex.rowCount))
    noteProblems()
    pursueDestination()
    if searchIsWaiting { goOnSearching() }
  }

  /// Begins anew for a new scan of the same segment; the selection comes back to the same byte.
  mutating func restart() {
    let selected = destination ?? selectedRow.map { .offset($0.offset) }
    let visibleRows = list.visibleRows
    let known = concerns
    self = RecordListModel(searchNumber: searchNumber, pattern: pattern)
    concerns = known
    list.setVisibleRows(visibleRows)
    destination = selected
  }

  init() {}

  private init(searchNumber: UInt64, pattern: SearchPattern?) {
    self.searchNumber = searchNumber
    self.pattern = pattern
  }

  private mutating func noteProblems() {
    problems = []
    flawed = []
    var row: UInt64 = 0
    for (number, range) in index.ranges.enumerated() {
      if range.kind == .records {
        if range.frames > range.records { flawed.append(row..<row + range.frames) }
        row += range.frames
      } else {
        if range.kind.isProblem { problems.append((row, number)) }
        row += 1
      }
    }
  }

  // MARK: Moving

  /// Moves the selection. Going to the last row while the scan runs keeps going there.
  mutating func move(_ motion: Motion) {
    message = nil
    destination = nil
    list.move(motion)
    if case .last = motion, !isFinal { destination = .end }
  }

  /// Selects a row that is seen.
  mutating func select(_ row: Int) {
    message = nil
    destination = nil
    list.select(row)
  }

  /// Goes to a place, at once or when the scan gets there.
  mutating func go(to place: RecordDestination) {
    message = nil
    switch place {
    case .key(let key):
      if let pattern = SearchPattern(key: key) {
        find(.pattern(pattern))
      } else {
        message =
          "A key has 1 to \(Quantity.grouped(UInt64(SearchPattern.lengthLimit))) bytes here."
      }
    case .end, .offset, .record, .problem:
      destination = place
      pursueDestination()
    }
  }

  /// Stops waiting or searching; false when there is nothing to stop.
  mutating func stop() -> Bool {
    guard destination != nil || search != nil else { return false }
    destination = nil
    if let search {
      message = "The search was stopped."
      stopped = search
    }
    search = nil
    searchIsWaiting = false
    return true
  }

  /// Selects the next or previous damage, or record that is not acceptable.
  mutating func moveToProblem(isBackwards: Bool) {
    message = nil
    destination = nil
    let here = UInt64(list.selected)
    let next =
      isBackwards
      ? problems.last { $0.row < here }?.row : problems.first { $0.row > here }?.row
    let liesBetween = flawed.contains { range in
      isBackwards
        ? range.lowerBound < here && range.upperBound > (next ?? 0)
        : range.upperBound > here + 1 && range.lowerBound < (next ?? .max)
    }
    if liesBetween {
      find(.flaw, isBackwards: isBackwards)
    } else if let concern = concern(before: next, isBackwards: isBackwards) {
      go(to: .offset(concern.offset))
      message = concern.message
    } else if let next {
      jump(to: next)
    } else if !isFinal, !isBackwards {
      destination = .problem(after: here)
    } else {
      message =
        problems.isEmpty && flawed.isEmpty && concerns.isEmpty
        ? "Nothing is wrong in this segment."
        : "Nothing is wrong \(isBackwards ? "before" : "after") this row."
    }
  }

  /// The next finding whose place is neither in the selected row nor where damage has rows of its
  /// own, and that stands before the damage in row `next`.
  private func concern(before next: UInt64?, isBackwards: Bool) -> Concern? {
    guard let selected = selectedRow else { return nil }
    let limit = problems.first { $0.row == next }.map { index.ranges[$0.range].offset }
    func fits(_ concern: Concern) -> Bool {
      guard let place = index.place(ofOffset: concern.offset) else { return false }
      let range = index.ranges[place.range]
      if range.kind.isProblem || range.kind == .records && range.frames > range.records {
        return false
      }
      return isBackwards
        ? concern.offset < selected.offset && (limit.map { concern.offset > $0 } ?? true)
        : concern.offset >= selected.end && (limit.map { concern.offset < $0 } ?? true)
    }
    return isBackwards ? concerns.last(where: fits) : concerns.first(where: fits)
  }

  /// Searches for a pattern from the selected row on.
  mutating func search(_ pattern: SearchPattern, isBackwards: Bool = false) {
    self.pattern = pattern
    find(.pattern(pattern), isBackwards: isBackwards)
  }

  private mutating func find(_ target: RecordQuery.Target, isBackwards: Bool = false) {
    message = nil
    destination = nil
    foundByte = nil
    searchNumber += 1
    searchIsWaiting = false
    var query = RecordQuery(
      target: target, origin: UInt64(list.selected), isBackwards: isBackwards,
      number: searchNumber, isFinal: isFinal)
    if let stopped, stopped.target == target, stopped.origin == query.origin,
      stopped.isBackwards == isBackwards
    {
      query.stand = stopped.stand
    }
    stopped = nil
    search = query
    requests.append(.find(query))
  }

  /// Goes on with a search that has waited for the scan.
  private mutating func goOnSearching() {
    searchIsWaiting = false
    search?.isFinal = isFinal
    if let search { requests.append(.find(search)) }
  }

  private mutating func pursueDestination() {
    switch destination {
    case nil, .key: break
    case .end:
      list.move(.last)
      if isFinal { destination = nil }
    case .problem(let row):
      guard isFinal || problems.contains(where: { $0.row > row }) else { break }
      moveToProblem(isBackwards: false)
    case .record(let number):
      if number > 0, let row = index.row(ofFrame: number - 1) {
        destination = nil
        jump(to: row)
      } else if isFinal || number == 0 {
        destination = nil
        message =
          "There is no record \(Quantity.grouped(number)), "
          + "the segment has \(Quantity.count(index.frameCount, "record"))."
      }
    case .offset(let offset):
      if index.place(ofOffset: offset) != nil {
        if !requests.contains(.locate(offset: offset)) {
          requests.append(.locate(offset: offset))
        }
      } else if isFinal {
        destination = nil
        let end = index.ranges.last?.end ?? 0
        message =
          "\(Quantity.offset(offset)) is behind the end of the file, "
          + "which has \(Quantity.count(end, "byte"))."
      }
    }
  }

  /// Selects a row; where it was not on screen, it comes with what stands around it.
  private mutating func jump(to row: UInt64) {
    let row = Int(clamping: row)
    if !list.visible.contains(row) {
      let rows = list.visibleRows
      if row > list.selected { list.select(row + min(rows * 2 / 3, list.count - row)) }
      if row < list.selected { list.select(max(row - rows / 3, 0)) }
    }
    list.select(row)
  }

  // MARK: Reading

  /// What is to be read now.
  mutating func takeRequests() -> [RecordRequest] {
    defer { requests = [] }
    let visible = UInt64(list.visible.lowerBound)..<UInt64(list.visible.upperBound)
    rows.use(visible)
    // The rows around are read as well: they are there when the screen moves or grows.
    let margin = RowCache.pageSize / 2
    let wanted =
      visible.lowerBound
      - min(visible.lowerBound, margin)..<min(
        visible.upperBound + margin, UInt64(list.count))
    for page in rows.missingPages(for: wanted)
    where !inFlight.contains(page) && incomplete[page] != generation {
      inFlight.insert(page)
      requests.append(.rows(page: page))
    }
    return requests
  }

  /// Takes what was read.
  mutating func receive(_ answer: RecordAnswer) {
    switch answer {
    case .rows(let rows, let page): receive(rows, page: page)
    case .located(let row, let offset):
      guard destination == .offset(offset), let row else { return }
      destination = nil
      jump(to: row)
    case .found(let finding, let query):
      guard search?.number == query.number else {
        // It was told to stop, and tells how far it came.
        if case .stopped(let stand) = finding, stopped?.number == query.number {
          stopped?.stand = stand
        }
        return
      }
      if case .waiting(let stand) = finding {
        search?.stand = stand
        searchIsWaiting = true
        // The scan may have come on while the search ran.
        if isFinal, !query.isFinal { goOnSearching() }
        return
      }
      search = nil
      receive(finding, query)
    case .failed(let text, let request):
      message = text
      switch request {
      case .rows(let page):
        inFlight.remove(page)
        incomplete[page] = generation
      case .locate: destination = nil
      case .find: search = nil
      case .describe, .bytes, .findByte: break
      }
    case .described, .bytes, .foundByte: break
    }
  }

  private mutating func receive(_ read: [Row], page: UInt64) {
    inFlight.remove(page)
    let expected = min(index.rowCount, (page + 1) * RowCache.pageSize)
    rows.insert(read, page: page)
    if page * RowCache.pageSize + UInt64(read.count) < expected {
      incomplete[page] = generation
    } else {
      incomplete[page] = nil
    }
  }

  private mutating func receive(_ finding: RecordFinding, _ query: RecordQuery) {
    switch finding {
    case .row(let row, let wrapped, let byte):
      jump(to: row)
      foundByte = byte
      if wrapped {
        message = "The search went on from the \(query.isBackwards ? "end" : "start")."
      }
    case .stopped, .waiting: message = "The search was stopped."
    case .nothing:
      let part = isFinal ? "" : " in the part that is scanned"
      switch query.target {
      case .pattern(let pattern):
        let typed = DisplayText.escape(pattern.typed)
        message =
          pattern.isWholeKey
          ? "No record has the key \(typed)\(part)."
          : "No key\(pattern.wantsKey ? "" : " or value") holds \(typed)\(part)."
      case .flaw: message = "Nothing is damaged\(part)."
      }
    }
  }
}

extension Row {
  /// The offset of the first byte behind the row.
  fileprivate var end: UInt64 {
    let length =
      switch self {
      case .record(let record, _): record.length
      case .range(let range): range.length
      }
    let (end, overflow) = offset.addingReportingOverflow(length)
    return overflow ? .max : end
  }
}
