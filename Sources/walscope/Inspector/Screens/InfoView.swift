import LogFiles
import LogFormats
import LogInspection
import Quantities
import TerminalUI

/// All that is known of a log and of one of its segments beside their records: where it is, how it
/// was recognised, which file it is, how large, and who has it open.
struct InfoView: LogTextView {
  let log: Int
  let segment: Int?
  private var sheet = FactSheet([])
  private var surroundings: Surroundings?

  /// What the file system tells, read on another thread.
  struct Surroundings: Sendable {
    var realPath: FileName?
    var fileSystem: FileSystemInfo?
    var status: FileStatus?
    var statusFailure: String?
  }

  init(log: Int, segment: Int?) {
    self.log = log
    self.segment = segment
  }

  var keyContext: KeyContext { .info }

  var title: String { "info" }
  var opening: Action { .info }
  var scroll: ScrollPosition {
    get { sheet.scroll }
    set { sheet.scroll = newValue }
  }

  func subject(_ context: InspectorContext) -> Subject? {
    Subject(log: log, segment: segment)
  }

  func sentence(_ context: InspectorContext) -> [StyledText] {
    let state = context.logs[log]
    guard state.holders != nil else { return ["Looking who has it open…"] }
    let holders = HolderWords.all(state)
    guard let writer = holders.first(where: \.isWriting) else {
      return [
        holders.isEmpty
          ? "No holder seen: nothing was found that has this log open."
          : "Nobody seen writes to it."
      ]
    }
    return [
      StyledText(bytes: writer.program.bytes, Style(.accent)),
      StyledText(" (\(writer.pid)) can write to this log: figures may change while you look."),
    ]
  }

  mutating func appear(_ context: InspectorContext) -> [ViewEffect] {
    let state = context.logs[log]
    let (log, segment) = (state.log, segment)
    make(context)
    return [
      .read { post in
        var found = Surroundings()
        found.realPath = try? log.directory.realPath()
        found.fileSystem = try? log.directory.fileSystem()
        if let segment {
          do throws(FileError) {
            found.status = try log.status(ofSegment: segment)
          } catch {
            found.statusFailure = error.message
          }
        }
        post(found)
      }
    ]
  }

  mutating func update(_ context: InspectorContext) -> [ViewEffect] {
    make(context)
    return []
  }

  mutating func receive(_ news: any Sendable, _ context: InspectorContext) -> [ViewEffect] {
    surroundings = news as? Surroundings
    make(context)
    return []
  }

  mutating func draw(into buffer: inout CellBuffer, in area: Rect, _ context: InspectorContext) {
    sheet.draw(into: &buffer, in: area.inset(columns: 1))
  }

  // MARK: Facts

  private mutating func make(_ context: InspectorContext) {
    guard context.logs.indices.contains(log) else { return }
    let state = context.logs[log]
    var items = logItems(state, context)
    if let segment, state.log.layout.segments.indices.contains(segment) {
      items += [.blank] + segmentItems(state.log.layout.segments[segment], segment, state, context)
      items += state.reports.report(at: segment).map { formatItems($0, state) } ?? []
    }
    items += [.blank] + holderItems(state)
    sheet = sheet.replaced(by: items)
  }

  private func logItems(_ state: LogState, _ context: InspectorContext) -> [FactSheet.Item] {
    let log = state.log
    let open = state.isFinal ? "" : "…"
    let totals = state.totals
    let place = context.place(of: state)
    var items: [FactSheet.Item] = [
      .heading("The log"),
      .fact("path", [StyledText(bytes: place.bytes)]),
    ]
    if let path = surroundings?.realPath, !place.bytes.starts(with: path.bytes) {
      items.append(.fact("directory", [StyledText(bytes: path.bytes)]))
    }
    items += [
      .fact("format", [StyledText("\(log.format.name): \(log.format.summary)")]),
      .fact("owner", [StyledText(log.format.owner)]),
      .fact(
        "recognised",
        [StyledText("\(log.layout.confidence.title). \(log.layout.recognition)")]),
      .fact("evidence", [StyledText(Self.words(log.format.evidence))]),
      .fact(
        "segments",
        [
          StyledText(
            Quantity.grouped(log.layout.segments.count)
              + (totals.countsRecords ? ", \(Quantity.count(totals.records, "record"))\(open)" : "")
          )
        ]),
      .fact(
        "sizes",
        [
          StyledText(
            "\(Quantity.bytes(totals.size)) of files, \(Quantity.bytes(totals.allocated)) allocated,"
              + " \(Quantity.bytes(totals.logical))\(open) of log")
        ]),
    ]
    if let system = surroundings?.fileSystem {
      var pieces = [StyledText(system.typeName)]
      if let device = system.device { pieces += [" on ", StyledText(bytes: device.bytes)] }
      if let mount = system.mountPoint { pieces += [" at ", StyledText(bytes: mount.bytes)] }
      pieces.append(
        StyledText(
          ", \(Quantity.bytes(system.free)) of \(Quantity.bytes(system.total)) free"
            + (system.isReadOnly ? ", mounted read-only" : "")))
      items.append(.fact("file system", pieces))
    }
    return items
  }

  private static func words(_ evidence: Evidence) -> String {
    switch evidence {
    case .checksum: "checksums: a record whose checksum is right is called valid"
    case .structure: "structure only: without checksums a record can only be called well formed"
    case .none: "none: nothing in the bytes tells whether they are as they were written"
    }
  }

  private func segmentItems(
    _ file: SegmentFile, _ index: Int, _ state: LogState, _ context: InspectorContext
  ) -> [FactSheet.Item] {
    var items: [FactSheet.Item] = [
      .heading("The selected segment"),
      .fact("name", [StyledText(bytes: file.name.bytes)]),
      .fact("state", [StyledText(file.state.rawValue)]),
    ]
    if let report = state.reports.report(at: index) {
      items.append(.fact("verdict", [StyledText(report.verdict.title, Sign.of(report).role)]))
      items.append(
        .fact(
          "logical end",
          [
            StyledText(
              "\(Quantity.offset(report.logicalEnd)) (\(Quantity.bytes(report.logicalEnd))),"
                + " \(Quantity.bytes(report.slack)) of slack behind it")
          ]))
      let kinds = report.kinds.map { "\(Quantity.grouped($0.records)) \($0.kind)" }
      if !kinds.isEmpty {
        items.append(.fact("kinds", [StyledText(kinds.joined(separator: ", "))]))
      }
    }
    if let failure = surroundings?.statusFailure {
      items.append(.fact("file", [StyledText(failure, .error)]))
    }
    guard let status = surroundings?.status else { return items }
    return items + [
      .fact(
        "file size",
        [
          StyledText(
            "\(Quantity.bytes(status.size)) (\(Quantity.grouped(status.size)) bytes),"
              + " \(Quantity.bytes(status.allocated)) allocated")
        ]),
      .fact(
        "identity",
        [
          StyledText(
            "inode \(status.inode) on device \(status.device),"
              + " \(Quantity.count(status.links, "name"))")
        ]),
      .fact(
        "mode",
        [StyledText("\(FileWords.mode(status.mode)), user \(status.owner), group \(status.group)")]),
      .fact("modified", [time(status.modified, context)]),
      .fact("changed", [time(status.changed, context)]),
    ] + (status.created.map { [.fact("created", [time($0, context)])] } ?? [])
  }

  /// What only this format tells of a segment: the fields of a header, and what they mean here.
  private func formatItems(_ report: SegmentReport, _ state: LogState) -> [FactSheet.Item] {
    let facts = report.facts.map { ($0.title, FieldText.exact($0.value)) }.filter { !$1.isEmpty }
    guard !facts.isEmpty else { return [] }
    return [.blank, .heading("What only \(state.log.format.name) has")]
      + facts.map { .fact($0, [StyledText(bytes: $1)]) }
  }

  private func time(_ time: Timestamp, _ context: InspectorContext) -> StyledText {
    StyledText("\(FileWords.time(time)) UTC, \(Age.text(time, at: context.now)) ago")
  }

  private func holderItems(_ state: LogState) -> [FactSheet.Item] {
    var items: [FactSheet.Item] = [.heading("Who has it open")]
    guard let reports = state.holders else { return items + [.text(["looking…"])] }
    let holders = HolderWords.all(state)
    for holder in holders {
      let how = [
        holder.isWriting ? "can write" : "only reads", holder.isMapped ? "mapped" : nil,
        holder.isLocked ? "holds a lock" : nil,
      ].compactMap { $0 }.joined(separator: ", ")
      items.append(
        .fact(
          "pid \(holder.pid)",
          [StyledText(bytes: holder.program.bytes, Style(.accent)), StyledText("  " + how)]))
    }
    if holders.isEmpty { items.append(.text(["No holder seen."])) }
    if !reports.isComplete {
      items.append(
        .text([
          StyledText(
            "Processes of other users or outside of this container cannot be seen from here, so"
              + " \"no holder seen\" is not \"no holder\".", .dim)
        ]))
    }
    return items
  }
}

extension Attribute {
  /// The name in words: `validDataEnd` is "valid data end".
  fileprivate var title: String {
    name.reduce(into: "") { title, character in
      title += character.isUppercase ? " " + character.lowercased() : String(character)
    }
  }
}
