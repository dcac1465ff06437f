import LogFormats
import LogInspection
import TerminalUI

/// One record: its field tree, a dump of its bytes, its payloads. What is selected in the tree is
/// marked in the dump, and the byte selected in the dump selects its field.
struct RecordDetailModel: Sendable {
  /// The parts of the screen that can have the keys.
  enum Pane: CaseIterable, Sendable {
    case fields, bytes, payload
  }

  /// The row that is shown; its description may still be on its way.
  private(set) var row: Row?
  private(set) var description: RecordDescription?
  private(set) var tree = FieldTree()
  private(set) var payloads: [PayloadText] = []
  /// Why the row cannot be described.
  private(set) var problem: String?
  /// The line of the tree that is selected.
  var fields = ListView()
  /// The byte that is selected in the dump, from the start of the file.
  private(set) var cursor: UInt64 = 0
  /// Hides what keys and values hold.
  let redacts: Bool

  /// Lines of the dump; its selection is the line of the cursor.
  var lines = ListView()
  private(set) var dump = HexLayout(0..<0, columns: 80)
  /// Lines of the payload pane, and the first one on screen.
  var payloadLines = ListView()
  private(set) var payload = 0

  /// What the payload pane is to scroll to when it is drawn next.
  var wantedMatch: SearchPattern?

  private var bytes = ByteCache()
  private var describing: UInt64?
  private var requests: [RecordRequest] = []
  /// What is marked in the dump and in the payload.
  var pattern: SearchPattern?
  /// The search through the record's bytes that is under way.
  private(set) var search: ByteQuery?
  private var searchNumber: UInt64 = 0
  /// What a search came to, for the line that explains.
  var message: String?

  /// The field that stays selected from record to record.
  private var wantedPath: String?

  init(redacts: Bool = false) {
    self.redacts = redacts
  }

  /// The bytes of the file that the row stands for.
  var range: Range<UInt64> {
    guard let row else { return 0..<0 }
    let (end, overflow) = row.offset.addingReportingOverflow(row.length)
    return row.offset..<(overflow ? .max : end)
  }

  /// The selected line of the tree.
  var selectedNode: FieldTree.Node? {
    tree.nodes.indices.contains(fields.selected) ? tree.nodes[fields.selected] : nil
  }

  /// The bytes that are marked in the dump.
  var marked: Range<UInt64>? { selectedNode?.field.range }

  // MARK: Which record

  /// Shows another row, or the same one after it was read anew.
  mutating func show(_ newRow: Row?) {
    let isSame = newRow?.offset == row?.offset && newRow?.length == row?.length
    row = newRow
    guard let newRow else {
      reset()
      return
    }
    guard !isSame else { return }
    reset()
    cursor = newRow.offset
    layOut(columns: dumpColumns)
    requestDescription()
  }

  /// Forgets what was read, because the file may have changed.
  mutating func invalidate() {
    bytes.removeAll()
    reset()
    requestDescription()
  }

  private mutating func reset() {
    search = nil
    message = nil
    description = nil
    problem = nil
    payloads = []
    payload = 0
    tree.show(nil)
    fields = ListView(visibleRowsOf: fields)
    payloadLines = ListView(visibleRowsOf: payloadLines)
    layOut(columns: dumpColumns)
  }

  /// Only one description is asked for at a time: who runs through a list of large records gets
  /// that of the last one.
  private mutating func requestDescription() {
    guard let row, describing == nil else { return }
    describing = row.offset
    requests.append(.describe(offset: row.offset))
  }

  /// What is to be read now.
  mutating func takeRequests() -> [RecordRequest] {
    defer { requests = [] }
    guard row != nil else { return [] }
    // The lines around are read as well: they are there when the screen moves or grows.
    let margin = 64
    let visible = lines.visible
    let wanted =
      max(
        visible.lowerBound - margin, 0)..<min(
        visible.upperBound + margin, dump.lineCount)
    requests += bytes.takeMissing(for: dump.bytes(ofLines: wanted)).map { .bytes(chunk: $0) }
    return requests
  }

  /// Takes what was read.
  mutating func receive(_ answer: RecordAnswer) {
    switch answer {
    case .bytes(let read, let chunk): bytes.insert(read, chunk: chunk)
    case .failed(let text, .bytes(let chunk)):
      bytes.insert([], chunk: chunk)
      problem = text
    case .described(let described, let offset):
      describing = nil
      if offset == row?.offset { take(described) } else { requestDescription() }
    case .foundByte(let finding, let query) where query.number == search?.number:
      search = nil
      take(finding, query)
    case .failed(let text, .findByte):
      search = nil
      message = text
    case .failed(let text, .describe(let offset)):
      describing = nil
      if offset == row?.offset { problem = text } else { requestDescription() }
    default: break
    }
  }

  private mutating func take(_ described: DescribedRecord) {
    description = described.description
    tree.show(described.description)
    payloads = zip(described.description.payloads, described.payloads).map {
      PayloadText($0, bytes: redacts ? [] : $1)
    }
    // The value is what people look for; keys stand in the tree.
    payload = max(payloads.count - 1, 0)
    fields.setCount(tree.nodes.count)
    fields.select(wantedPath.flatMap { tree.line(ofPath: $0) } ?? 0)
    moveCursorToField()
  }

  // MARK: Searching

  /// Looks for a pattern in the bytes of the record, from the selected one on.
  mutating func search(_ pattern: SearchPattern, isBackwards: Bool) {
    guard !range.isEmpty else { return }
    // Numbers of its own, so that the list's searches are not taken for it.
    searchNumber += 1
    let query = ByteQuery(
      pattern: pattern, range: range, origin: cursor, isBackwards: isBackwards,
      number: searchNumber | 1 << 63)
    message = nil
    search = query
    requests.append(.findByte(query))
  }

  /// Ends the search; false when there is none.
  mutating func stopSearch() -> Bool {
    guard search != nil else { return false }
    search = nil
    message = "The search was stopped."
    return true
  }

  private mutating func take(_ finding: ByteFinding, _ query: ByteQuery) {
    let typed = DisplayText.escape(query.pattern.typed)
    switch finding {
    case .byte(let offset, let wrapped):
      selectByte(offset)
      if wrapped {
        message = "The search went on from the record's \(query.isBackwards ? "end" : "start")."
      }
    case .stopped: message = "The search was stopped."
    case .nothing:
      if let payload = shownPayload, payload.isDecoded, query.pattern.occurs(in: payload.bytes) {
        message = "\(typed) stands in the decoded \(payload.name), not in the stored bytes."
        wantedMatch = query.pattern
      } else {
        message = "Nothing in this record's bytes is \(typed)."
      }
    }
  }

  // MARK: The tree

  /// Moves in the tree; the mark in the dump moves along.
  mutating func moveField(_ motion: Motion) {
    fields.move(motion)
    fieldWasSelected()
  }

  /// Selects a line of the tree.
  mutating func selectField(_ line: Int) {
    fields.select(line)
    fieldWasSelected()
  }

  private mutating func fieldWasSelected() {
    wantedPath = selectedNode?.path
    moveCursorToField()
  }

  private mutating func moveCursorToField() {
    guard let node = selectedNode, !node.field.range.isEmpty else { return }
    cursor = node.field.range.lowerBound
    lines.select(dump.line(of: cursor))
  }

  /// Opens the selected field, or goes on to its first child when it is open.
  mutating func openField() {
    guard let node = selectedNode, node.isParent else { return }
    if tree.isExpanded(node) {
      moveField(.down)
    } else {
      setExpanded(true)
    }
  }

  /// Closes the selected field, or goes to its parent; false at the top, where there is neither.
  mutating func closeField() -> Bool {
    guard let node = selectedNode else { return false }
    if node.isParent, tree.isExpanded(node) {
      setExpanded(false)
      return true
    }
    guard let parent = tree.parent(ofLine: fields.selected) else { return false }
    selectField(parent)
    return true
  }

  /// Shows or hides what is inside the selected field.
  mutating func toggleField() {
    guard let node = selectedNode, node.isParent else { return }
    setExpanded(!tree.isExpanded(node))
  }

  private mutating func setExpanded(_ isExpanded: Bool) {
    tree.setExpanded(isExpanded, line: fields.selected)
    fields.setCount(tree.nodes.count)
  }

  // MARK: The dump

  /// Moves the selected byte by lines; the field that owns it is selected along.
  mutating func moveByte(_ motion: Motion) {
    let column = cursor % UInt64(dump.bytesPerLine)
    switch motion {
    case .first: cursor = range.lowerBound
    case .last: cursor = range.isEmpty ? range.lowerBound : range.upperBound - 1
    case .up, .down, .pageUp, .pageDown:
      lines.move(motion)
      let there = dump.bytes(ofLines: lines.selected..<lines.selected + 1)
      guard !there.isEmpty else { break }
      let place = dump.start(ofLine: lines.selected) + column
      cursor = min(max(place, there.lowerBound), there.upperBound - 1)
    }
    byteWasSelected()
  }

  /// Moves the selected byte by one; false where the record starts or ends.
  mutating func stepByte(forward: Bool) -> Bool {
    if forward {
      guard !range.isEmpty, cursor < range.upperBound - 1 else { return false }
      cursor += 1
    } else {
      guard cursor > range.lowerBound else { return false }
      cursor -= 1
    }
    byteWasSelected()
    return true
  }

  /// Selects a byte.
  mutating func selectByte(_ offset: UInt64) {
    guard range.contains(offset) else { return }
    cursor = offset
    byteWasSelected()
  }

  private mutating func byteWasSelected() {
    lines.select(dump.line(of: cursor))
    guard let line = tree.line(owning: cursor) else { return }
    fields.select(line)
    wantedPath = selectedNode?.path
  }

  private var dumpColumns: Int {
    HexLayout.columns(bytesPerLine: dump.bytesPerLine, offsetDigits: dump.offsetDigits)
  }

  /// Fits the dump to the room there is.
  mutating func layOut(columns: Int) {
    dump = HexLayout(range, columns: columns)
    lines.setCount(dump.lineCount)
    lines.select(dump.line(of: cursor))
  }

  /// A byte of the file; nil while it is not read.
  func byte(_ offset: UInt64) -> UInt8? { isHidden(offset) ? nil : bytes[offset] }

  /// Where the pattern stands in the bytes of some lines of the dump.
  func matches(inLines lines: Range<Int>) -> [Range<UInt64>] {
    guard let pattern, !lines.isEmpty else { return [] }
    let shown = dump.bytes(ofLines: lines)
    let overlap = UInt64(pattern.bytes.count - 1)
    let start = max(range.lowerBound, shown.lowerBound - min(shown.lowerBound, overlap))
    let end =
      range.upperBound - shown.upperBound < overlap
      ? range.upperBound : shown.upperBound + overlap
    guard start < end, end - start <= 1 << 17 else { return [] }
    // What is not read yet fits nothing: no text has it.
    var text: [UInt8] = []
    for offset in start..<end {
      guard let byte = byte(offset) else { return [] }
      text.append(byte)
    }
    return pattern.matches(in: text).map {
      start + UInt64($0.lowerBound)..<start + UInt64($0.upperBound)
    }
  }

  /// Whether a byte belongs to a key or value that is not to be seen.
  func isHidden(_ offset: UInt64) -> Bool {
    guard redacts else { return false }
    // Damage may hold parts of anything.
    guard let description, description.record.fault == nil else { return true }
    return description.payloads.contains { $0.stored.contains(offset) }
  }

  // MARK: The payload

  /// The payload that is shown; nil where the record has none.
  var shownPayload: PayloadText? {
    payloads.indices.contains(payload) ? payloads[payload] : nil
  }

  /// Shows the payload another way.
  mutating func changePayloadMode() {
    guard payloads.indices.contains(payload) else { return }
    payloads[payload].mode = payloads[payload].mode.next
    payloadLines = ListView(visibleRowsOf: payloadLines)
  }
}

extension ListView {
  /// An empty list with as many rows on screen as another one.
  fileprivate init(visibleRowsOf other: ListView) {
    self.init()
    setVisibleRows(other.visibleRows)
  }
}
