import JSON
import LogFiles
import LogFormats
import Quantities

/// `make`: a log to practise on.
struct MakeCommand {
  private let context: CommandContext
  private let format: any LogFormat
  private let directoryPath: FileName
  private let recipe: LogRecipe
  private let events: [LogEvent]
  private let damages: [LogDamage]

  init(_ context: CommandContext) throws(UsageError) {
    self.context = context
    let command = context.command
    let name = command.operands[0].lossyText
    let makeable = FormatRegistry.formats.filter(\.canMake)
    guard let format = makeable.first(where: { $0.name == name }) else {
      let names = makeable.map(\.name)
      throw UsageError(
        "logs of the format \(name) cannot be made",
        hint: Spelling.nearest(to: name, in: names).map { "did you mean \($0)?" }
          ?? "one of \(names.joined(separator: ", "))")
    }
    self.format = format
    directoryPath = command.operands[1]
    recipe = try Self.recipe(command)
    events = try command.texts(.after).map { (word) throws(UsageError) in
      guard let event = format.events.first(where: { $0.name == word }) else {
        let names = format.events.map(\.name)
        throw UsageError(
          "logs of the format \(format.name) do not go through \(word)",
          hint: names.isEmpty ? "it has no events" : "one of \(names.joined(separator: ", "))")
      }
      return event
    }
    damages = command.texts(.damage).compactMap(LogDamage.init(rawValue:))
  }

  private static func recipe(_ command: ParsedCommand) throws(UsageError) -> LogRecipe {
    var recipe = LogRecipe()
    if let records = command.count(.records) { recipe.records = records }
    if let keys = command.count(.keys) { recipe.keys = keys }
    if let seed = command.count(.seed) { recipe.seed = seed }
    if let size = command.size(.segmentSize) { recipe.segmentSize = size }
    if let kinds = command.text(.kinds) {
      recipe.kinds = kinds.split(separator: ",").map(String.init)
    }
    if let word = command.text(.values), let contents = LogRecipe.Contents(rawValue: word) {
      recipe.contents = contents
    }
    if let word = command.text(.preallocate), let way = Preallocation(rawValue: word) {
      recipe.preallocation = way
    }
    recipe.closesCleanly = !command.has(.crash)
    if let text = command.text(.sizes) { recipe.valueSizes = try sizes(text) }
    return recipe
  }

  private static func sizes(_ text: String) throws(UsageError) -> ClosedRange<Int> {
    let numbers = text.split(separator: "-", omittingEmptySubsequences: false)
      .map { ByteSize.parse(String($0)).flatMap { Int(exactly: $0) } }
    // A record of more than a gigabyte would be held in memory as a whole.
    guard let first = numbers.first, let last = numbers.last, let low = first, let high = last,
      numbers.count <= 2, low <= high, high <= 1 << 30
    else {
      throw UsageError("--sizes \(text) is not understood", hint: "write --sizes 20-200")
    }
    return low...high
  }

  func run() -> ExitStatus {
    let directory: OpenDirectory
    switch emptyDirectory() {
    case .success(let empty): directory = empty
    case .failure(let reason): return reason.status
    }
    do throws(MakeError) {
      var made = try format.make(recipe, in: directory) { _ in !Interruption.isRequested }
      let whole = made
      var passed: [AppliedEvent] = []
      for event in events {
        passed.append(try format.apply(event, to: &made, in: directory))
      }
      var applied: [AppliedDamage] = []
      for damage in damages {
        applied.append(try damage.apply(to: &made, in: directory, seed: recipe.seed))
      }
      if context.wantsJSON {
        writeJSON(made, passed, applied)
      } else if !context.command.has(.quiet) {
        write(whole, passed, applied)
      }
      return .done
    } catch {
      let entries = try? directory.entries()
      context.diagnostics.report(
        directoryPath, error.message,
        advice: entries?.isEmpty == false ? "what was made by then is there" : nil)
      return Interruption.isRequested ? .interrupted : .failed
    }
  }

  /// Why there is no directory to fill, after it was told.
  private struct Obstacle: Error {
    let status: ExitStatus
  }

  private func emptyDirectory() -> Result<OpenDirectory, Obstacle> {
    do throws(FileError) {
      return .success(try OpenDirectory.make(directoryPath))
    } catch {
      guard error.isExisting else {
        context.diagnostics.report(directoryPath, error)
        return .failure(Obstacle(status: .failed))
      }
    }
    guard let directory = try? OpenDirectory.open(directoryPath),
      let entries = try? directory.entries(), entries.isEmpty
    else {
      context.diagnostics.report(
        directoryPath, "it is there already and is not an empty directory",
        advice: "name a directory that does not exist")
      return .failure(Obstacle(status: .refused))
    }
    return .success(directory)
  }

  private func write(_ made: MadeLog, _ passed: [AppliedEvent], _ applied: [AppliedDamage]) {
    context.text.line(
      Phrase(DisplayName.text(directoryPath), .strong),
      Phrase(
        ": \(made.format), \(Quantity.count(made.segments.count, "segment")), "
          + "\(Quantity.count(made.records, "record")), \(Quantity.bytes(made.fileSize))"))
    for event in passed {
      context.text.line("  \(event.event): \(DisplayName.text(event.file)) \(event.message)")
    }
    for damage in applied {
      context.text.line(
        "  \(damage.damage.rawValue): \(DisplayName.text(damage.file)) at "
          + "\(damage.range.lowerBound), \(Quantity.count(damage.range.count, "byte"))")
    }
  }

  private func writeJSON(
    _ made: MadeLog, _ passed: [AppliedEvent], _ applied: [AppliedDamage]
  ) {
    var json = context.json
    json.object { json in
      json.member("schemaVersion", 1)
      json.member("path", file: directoryPath)
      json.member("format", made.format)
      json.member("records", made.records)
      json.member("segments", array: made.segments, isCut: false) { json, segment in
        json.object {
          $0.member("file", file: segment.file)
          $0.member("records", segment.records)
          $0.member("logicalEnd", segment.logicalEnd)
          $0.member("fileSize", segment.fileSize)
        }
      }
      json.member("events", array: passed) { json, event in
        json.object {
          $0.member("event", event.event)
          $0.member("file", file: event.file)
          $0.member("message", event.message)
        }
      }
      json.member("damage", array: applied) { json, damage in
        json.object {
          $0.member("damage", damage.damage.rawValue)
          $0.member("file", file: damage.file)
          $0.member("offset", damage.range.lowerBound)
          $0.member("length", damage.range.upperBound - damage.range.lowerBound)
        }
      }
    }
    json.endLine()
  }
}
