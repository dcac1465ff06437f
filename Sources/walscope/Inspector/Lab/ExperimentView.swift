import LogFiles
import LogLab
import TerminalUI

/// An experiment of the lab: its variants side by side while it runs, and what came of it.
struct ExperimentView: View {
  enum News: Sendable {
    case machine(String)
    case snapshot(LabSnapshot)
    case ended(LabReport)
    case failed(LabFailure)
    case saved(FileName)
    case notSaved(String)
  }

  let choice: LabChoice
  let directory: FileName
  private var control = LabControl()
  private var machine: String?
  private var snapshot: LabSnapshot?
  private(set) var report: LabReport?
  private(set) var failure: LabFailure?
  /// The variants of the cells that were seen, the newest look at each.
  private var cells: [[LabRow]] = []
  /// The cell that is shown, nil for the one under way.
  private var shown: Int?
  private var isSampling = false
  private var sampled = Duration.zero
  private var saving: PathQuestion?
  private var scroll = ScrollPosition()

  /// How often files are looked at: often enough to see them change, seldom enough for a slow line
  /// and not to stand in the way of the writers.
  private static let samplePause = Duration.milliseconds(200)

  init(_ choice: LabChoice, directory: FileName) {
    self.choice = choice
    self.directory = directory
  }

  var keyContext: KeyContext { saving == nil ? .experiment : .dialog }
  private var isOver: Bool { report != nil || failure != nil }

  func heading(_ context: InspectorContext) -> Heading {
    var facts: [StyledText] = []
    if let machine { facts.append(StyledText(bytes: Array(machine.utf8))) }
    let progress = snapshot?.progress
    if let progress, !isOver, progress.runsTotal > 0 {
      facts.append(
        StyledText("run \(min(progress.runsDone + 1, progress.runsTotal))/\(progress.runsTotal)"))
    }
    return Heading(
      [StyledText("lab \(choice.name)  "), StyledText(bytes: directory.bytes)], facts: facts)
  }

  func sentence(_ context: InspectorContext) -> [StyledText] {
    if let failure {
      return [
        StyledText("It cannot go on: ", .error), StyledText(failure.message),
        StyledText(failure.advice.map { "; \($0)." } ?? "."),
      ]
    }
    if let report {
      return [
        StyledText(
          report.isInterrupted
            ? "Stopped: these are the rounds that were made. "
            : "All rounds are made, and the files are gone. ",
          report.isInterrupted ? .warning : .good),
        "w saves everything as JSON, r runs it again.",
      ]
    }
    if control.isPaused {
      return [StyledText("Paused: ", .warning), "p goes on, Esc ends it with what it has."]
    }
    guard let progress = snapshot?.progress, progress.rounds > 0 else {
      return ["Looking at the machine…"]
    }
    let round =
      progress.round == 0
      ? "warming up, which does not count"
      : "round \(progress.round) of \(progress.rounds): every round has all variants in turn"
    return [StyledText(round + ".")]
  }

  func unavailable(_ context: InspectorContext) -> [Action: String] {
    if isOver { return [.pause: "It is over: r runs it again."] }
    return [
      .save: "It is still running: Esc ends it with what it has.",
      .rescan: "It is still running: Esc ends it.",
    ]
  }

  // MARK: Running

  mutating func appear(_ context: InspectorContext) -> [ViewEffect] {
    control = LabControl()
    (snapshot, report, failure, shown) = (nil, nil, nil, nil)
    cells = []
    let (control, choice, directory) = (control, choice, directory)
    return [
      .start(
        BackgroundWork("measuring", mustEnd: true, stopping: { control.stop() }) { _, post in
          if let parent = try? OpenDirectory.open(directory),
            let machine = try? Machine.describe(parent)
          {
            post(News.machine(machine.brief))
          }
          do throws(LabFailure) {
            let report = try choice.experiment.run(
              in: directory, plan: choice.plan, control: control)
            post(News.snapshot(LabSnapshot(control)))
            post(News.ended(report))
          } catch {
            post(News.failed(error))
          }
        })
    ]
  }

  /// Has the files looked at, when the last look is long enough ago.
  mutating func update(_ context: InspectorContext) -> [ViewEffect] {
    guard !isOver, !isSampling, context.uptime - sampled >= Self.samplePause else { return [] }
    isSampling = true
    sampled = context.uptime
    let control = control
    return [.read { post in post(News.snapshot(LabSnapshot(control))) }]
  }

  mutating func receive(_ news: any Sendable, _ context: InspectorContext) -> [ViewEffect] {
    switch news {
    case News.snapshot(let snapshot):
      isSampling = false
      take(snapshot)
    case News.machine(let words): machine = words
    case News.ended(let report): end(report)
    case News.failed(let failure): self.failure = failure
    case News.saved(let path):
      return [.message("Saved as \(path.utf8 ?? "a file").")]
    case News.notSaved(let reason): return [.message("Not saved: \(reason)")]
    default: break
    }
    return []
  }

  private mutating func take(_ snapshot: LabSnapshot) {
    guard report == nil else { return }
    self.snapshot = snapshot
    let cell = snapshot.progress.cell
    guard !snapshot.rows.isEmpty, cell <= cells.count else { return }
    if cell == cells.count { cells.append(snapshot.rows) } else { cells[cell] = snapshot.rows }
  }

  private mutating func end(_ report: LabReport) {
    self.report = report
    for (cell, result) in report.cells.enumerated() where cell < cells.count {
      for (index, variant) in result.variants.enumerated() where index < cells[cell].count {
        cells[cell][index].state = .done
        cells[cell][index].take(variant)
      }
    }
  }

  // MARK: Actions

  mutating func handle(_ action: Action, _ context: InspectorContext) -> [ViewEffect] {
    switch action {
    case .pause: control.isPaused ? control.resume() : control.pause()
    case .rescan where isOver: return appear(context)
    case .save where report != nil:
      saving = PathQuestion(
        "save as JSON", "A new file for all figures of this experiment; nothing is overwritten:",
        text: "walscope-lab-\(choice.name).json")
    case .nextPane: showCell(+1)
    case .previousPane: showCell(-1)
    case .move(let motion): scroll.move(motion)
    default: break
    }
    return []
  }

  private mutating func showCell(_ step: Int) {
    guard cells.count > 1 else { return }
    let now = shown ?? (cells.count - 1)
    let next = (now + step + cells.count) % cells.count
    shown = next == cells.count - 1 && !isOver ? nil : next
    scroll = ScrollPosition()
  }

  mutating func take(_ key: Key, _ context: InspectorContext) -> [ViewEffect]? {
    guard var question = saving else { return nil }
    switch question.prompt.handle(key) {
    case .editing: saving = question
    case .cancelled: saving = nil
    case .submitted(let text):
      saving = nil
      guard let report, !text.isEmpty else { return [] }
      let choice = choice
      return [.read { post in post(LabReportFile.save(report, of: choice, to: FileName(text))) }]
    }
    return []
  }

  // MARK: Drawing

  mutating func draw(into buffer: inout CellBuffer, in area: Rect, _ context: InspectorContext) {
    var room = area
    let cell = shown ?? (cells.count - 1)
    guard cells.indices.contains(cell) else { return }
    var title = room.takeTop().inset(columns: 2)
    let position = cells.count > 1 ? "\(cell + 1)/\(snapshot?.progress.cells ?? cells.count)" : ""
    buffer.text(position, in: title.takeRight(8), style: Style(.dim), alignment: .right)
    buffer.text(cellTitle(cell), in: title, style: Style(.heading, .bold))
    _ = room.takeTop()
    let table = LabTableDrawing(rows: cells[cell], isRunning: !isOver && shown == nil)
    table.draw(into: &buffer, in: room.takeTop(table.height(of: room.rows - 3)))
    let pieces = cells[cell].flatMap(\.pieces)
    let legend = FileMapDrawing(pieces: pieces, logicalEnd: nil).legend(buffer.glyphs)
    buffer.text(legend, in: room.takeTop().inset(columns: 2))
    _ = room.takeTop()
    var text = ScrollText((report?.conclusions ?? []).map { StyledText($0) })
    text.scroll = scroll
    text.draw(into: &buffer, in: room.inset(columns: 2))
    scroll = text.scroll
    if let saving { saving.draw(into: &buffer, in: area) }
  }

  private func cellTitle(_ cell: Int) -> String {
    if let report, report.cells.indices.contains(cell) { return report.cells[cell].cell.title }
    return choice.experiment.cells.indices.contains(cell) ? choice.experiment.cells[cell].title : ""
  }
}
