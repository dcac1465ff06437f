import LogFiles
import LogFormats
import LogInspection

/// `follow`: new records as they come, and what happens to the files of the log.
struct FollowCommand {
  private let context: CommandContext
  private let start: LogFollower.Start
  private let filter: DumpFilter

  init(_ context: CommandContext) throws(UsageError) {
    self.context = context
    switch context.command.text(.from) {
    case nil, "end": start = .end
    case "start": start = .start
    case let word?:
      throw UsageError("--from \(word) is not understood here", hint: "write start or end")
    }
    filter = try DumpFilter(context.command)
  }

  func run() throws(UsageError) -> ExitStatus {
    let path = context.command.operands[0]
    guard let tree = context.open(path) else { return .failed }
    try filter.requireKnownKind(in: tree.logs)
    var output = FollowOutput(context, path: path, tree: tree, start: start, filter: filter)
    return output.run()
  }
}

/// A log, or several of them, that are being followed.
private struct FollowOutput {
  private let context: CommandContext
  private let path: FileName
  private var followers: [LogFollower]
  private let isOneLog: Bool
  private var filter: DumpFilter
  private var linesLeft: UInt64
  private var text: DumpText
  private var json: JSONRows

  /// How long is waited for one log before the next one is looked at, in milliseconds.
  private static let pause = 200
  private static let shortPause = 10

  init(
    _ context: CommandContext, path: FileName, tree: LogTree, start: LogFollower.Start,
    filter: DumpFilter
  ) {
    self.context = context
    self.path = path
    self.filter = filter
    followers = tree.logs.map { LogFollower($0, from: start) }
    isOneLog = tree.logs.count == 1
    linesLeft = context.command.count(.limit) ?? .max
    text = DumpText(context, logs: tree.logs, valueLimit: DumpWork.textLimit)
    json = JSONRows(context)
  }

  private var wantsMore: Bool {
    linesLeft > 0 && context.output.isOpen && !Interruption.isRequested
  }

  mutating func run() -> ExitStatus {
    for follower in followers { announceStart(follower) }
    context.output.flush()
    while wantsMore, !followers.isEmpty {
      let pause = followers.count == 1 ? Self.pause : Self.shortPause
      for follower in followers {
        let events = follower.next(waitingAtMost: pause)
        for event in events where wantsMore { tell(event, of: follower) }
        if !events.isEmpty { context.output.flush() }
      }
    }
    context.output.flush()
    if Interruption.isRequested { return .interrupted }
    guard followers.isEmpty else { return .done }
    context.diagnostics.report(path, "the log was deleted", advice: "there is nothing to follow")
    return .failed
  }

  // MARK: Telling

  private mutating func tell(_ event: FollowEvent, of follower: LogFollower) {
    switch event {
    case .segment(let file, .added(let added)): print(added, file, of: follower)
    case .segment(let file, let change):
      guard let word = FollowWords.word(change), let sentence = FollowWords.text(change) else {
        return
      }
      if context.wantsJSON {
        json.event(word, log: place(of: follower), file: file.name, change: change)
      } else {
        announce(
          "\(DisplayName.text(name(of: file, follower))) \(sentence)",
          FollowWords.isBad(change) ? .bad : .strong)
      }
    case .logDeleted:
      if context.wantsJSON {
        json.event("log-deleted", log: place(of: follower))
      } else {
        announce("the log was deleted", .bad)
      }
      followers.removeAll { $0 === follower }
    }
  }

  private mutating func announceStart(_ follower: LogFollower) {
    let log = follower.log
    if context.wantsJSON {
      json.following(log, place: place(of: follower), isPolling: follower.isPolling)
    } else {
      let name = DisplayName.text(path.appending(log.place))
      announce(
        "following \(name) (\(log.format.name))" + (follower.isPolling ? ", by looking again" : ""),
        .faint)
    }
  }

  private func announce(_ sentence: String, _ emphasis: Emphasis) {
    context.text.line([Phrase("-- \(sentence)", emphasis)])
  }

  private mutating func print(
    _ added: AddedRecords, _ file: SegmentFile, of follower: LogFollower
  ) {
    let line = DumpLine(
      log: follower.log, file: file.name, evidence: follower.log.format.evidence)
    let limit = context.wantsJSON ? DumpWork.jsonLimit : DumpWork.textLimit
    do throws(FileError) {
      var isOpen = true
      try follower.forEachRow(
        of: added, in: file, previewLimit: filter.previewLimit(shown: limit)
      ) { row in
        if accepts(row) {
          write(row, line, place: place(of: follower))
          linesLeft -= 1
        }
        isOpen = wantsMore
        return isOpen
      }
    } catch {
      context.output.flush()
      context.diagnostics.report(
        path.appending(follower.log.place).appending(file.name), error)
    }
  }

  private mutating func accepts(_ row: Row) -> Bool {
    guard case .record(let record, _) = row else { return false }
    return filter.acceptsByRow(record)
  }

  private mutating func write(_ row: Row, _ line: DumpLine, place: FileName?) {
    if context.wantsJSON {
      json.row(row, line, place: place)
    } else {
      text.write(row, line)
    }
  }

  private func place(of follower: LogFollower) -> FileName? {
    isOneLog ? nil : follower.log.place
  }

  private func name(of file: SegmentFile, _ follower: LogFollower) -> FileName {
    isOneLog ? file.name : follower.log.place.appending(file.name)
  }
}
