import LogFiles
import LogLab
import TerminalUI

/// Where an experiment of the lab is chosen, and the directory for it.
struct LabView: View {
  /// A row of the list, in the order in which they stand there.
  private enum Row: Equatable {
    case kind(LabKind)
    case directory
    case setting(LabSettings.Row)
  }

  private(set) var directory: FileName
  private var settings = LabSettings()
  private var list = ListView()
  private var question: PathQuestion?
  private var machine: String?
  private var problem: String?
  private var listArea = Rect(row: 0, column: 0, rows: 0, columns: 0)

  private enum News: Sendable {
    case machine(FileName, String)
    case problem(FileName, String)
  }

  /// Where experiments are made when nobody has said where: not in a directory that is looked at.
  static let usualDirectory = FileName("/var/tmp")

  init(directory: FileName) {
    self.directory = directory
    list.setCount(rows.count)
  }

  private var rows: [Row] {
    LabKind.allCases.map { .kind($0) } + [.directory]
      + LabSettings.Row.allCases.map { .setting($0) }
  }

  var keyContext: KeyContext { question == nil ? .lab : .dialog }

  func heading(_ context: InspectorContext) -> Heading {
    Heading(
      [StyledText("lab  "), StyledText(bytes: directory.bytes)],
      facts: machine.map { [StyledText(bytes: Array($0.utf8))] } ?? [])
  }

  func sentence(_ context: InspectorContext) -> [StyledText] {
    if let problem { return [StyledText("\(problem)", .error)] }
    switch rows[list.selected] {
    case .kind(let kind): return [StyledText(kind.sentence)]
    case .directory:
      return [
        "Everything is done in a directory made in this one, and removed at the end: Enter changes it."
      ]
    case .setting(let row):
      let users = LabKind.allCases.filter { $0.settings.contains(row) }.map(\.rawValue)
      return [
        StyledText(
          "For \(users.joined(separator: " and ")). Enter chooses the next of "
            + "\(settings.values(of: row).joined(separator: ", ")).")
      ]
    }
  }

  // MARK: Surroundings

  mutating func appear(_ context: InspectorContext) -> [ViewEffect] { look() }

  private mutating func look() -> [ViewEffect] {
    (machine, problem) = (nil, nil)
    let directory = directory
    return [
      .read { post in
        do throws(FileError) {
          let machine = try Machine.describe(try OpenDirectory.open(directory))
          post(News.machine(directory, machine.brief))
        } catch {
          let advice = error.advice.map { "; \($0)" } ?? ""
          post(News.problem(directory, error.whatHappened + advice))
        }
      }
    ]
  }

  mutating func receive(_ news: any Sendable, _ context: InspectorContext) -> [ViewEffect] {
    switch news {
    case News.machine(directory, let words): machine = words
    case News.problem(directory, let reason): problem = reason
    default: break
    }
    return []
  }

  // MARK: Actions

  mutating func handle(_ action: Action, _ context: InspectorContext) -> [ViewEffect] {
    switch action {
    case .move(let motion): list.move(motion)
    case .open, .toggle: return choose()
    default: break
    }
    return []
  }

  mutating func handle(
    _ mouse: MouseAction, row: Int, column: Int, _ context: InspectorContext
  ) -> [ViewEffect] {
    switch mouse {
    case .wheelUp: list.move(.up)
    case .wheelDown: list.move(.down)
    case .click, .double:
      guard let index = list.row(at: row - listArea.row) else { return [] }
      list.select(index)
      if mouse == .double { return choose() }
    }
    return []
  }

  private mutating func choose() -> [ViewEffect] {
    switch rows[list.selected] {
    case .kind(let kind): return [.open(kind.destination(settings, in: directory))]
    case .directory:
      question = PathQuestion(
        "directory", "Where the files of the experiments are to be made:",
        text: directory.utf8 ?? "")
    case .setting(let row): settings.advance(row)
    }
    return []
  }

  mutating func take(_ key: Key, _ context: InspectorContext) -> [ViewEffect]? {
    guard var question else { return nil }
    switch question.prompt.handle(key) {
    case .editing: self.question = question
    case .cancelled: self.question = nil
    case .submitted(let text):
      self.question = nil
      guard !text.isEmpty else { return [] }
      directory = FileName(text)
      return look()
    }
    return []
  }

  // MARK: Drawing

  mutating func draw(into buffer: inout CellBuffer, in area: Rect, _ context: InspectorContext) {
    var room = area
    _ = room.takeTop()
    listArea = room
    let rows = rows
    list.draw(into: &buffer, in: room) { buffer, index, line in
      var rest = line.inset(columns: 2)
      let name = rest.takeLeft(14)
      switch rows[index] {
      case .kind(let kind):
        buffer.text(kind.rawValue, in: name, style: Style(.heading, .bold))
        buffer.text(kind.summary, in: rest)
      case .directory:
        buffer.text("directory", in: name, style: Style(.dim))
        buffer.text([StyledText(bytes: directory.bytes)], in: rest)
      case .setting(let row):
        buffer.text(row.title, in: name, style: Style(.dim))
        buffer.text(settings.value(of: row), in: rest)
      }
    }
    if let question { question.draw(into: &buffer, in: area) }
  }
}

extension Machine {
  /// The file system and its device, short enough for a title.
  var brief: String { "\(fileSystem.typeName)\(device.map { " on /dev/\($0.name)" } ?? "")" }
}
