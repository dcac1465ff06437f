public import LogFiles
public import LogFormats

/// Follows a log that is being written: tells the records that are added and what happens to its
/// files, within some 20 ms. Reads only.
///
/// Changes are told by the kernel (inotify); where it does not tell them all (network file systems,
/// writers with mappings, no watch left) the files are looked at again and again. For one thread.
public final class LogFollower {
  /// Which records are told.
  public enum Start: Sendable {
    /// Those that are added from now on.
    case end
    /// All that are there, and those that are added.
    case start
  }

  /// The log with its files as they were found last.
  public private(set) var log: Log
  private let start: Start
  private var watch: DirectoryWatch?
  /// Whether the kernel does not tell all changes here, so that they have to be looked for.
  public private(set) var isPolling: Bool
  private let hasMarks: Bool
  private var segments: ListedSegments
  private var active: [FileName: SegmentFollower] = [:]
  /// Followers of what has just been deleted, until the next look.
  private var departed: [FileName: SegmentFollower] = [:]
  /// Segments of what was there at first that were told or passed over.
  private var begun = 0
  private var isOver = false
  private var goneSince: UInt64?
  /// When the directory had changed last as it was listed; nil before that: a file may have come
  /// after the log was opened, and before anybody watched.
  private var listing: Timestamp?
  /// Whether the files were listed since what was there at first was looked at.
  private var isListed = false
  /// When the directory is listed once more: where file systems only are asked, what came just
  /// behind a listing can bear the same time.
  private var nextListing: UInt64?
  private var nextSweep: UInt64 = 0
  private var lastLook: UInt64 = 0
  private var unreadable: Set<FileName> = []

  /// What was told of segments, or passed over, before their files were closed here.
  private var closed: [FileName: PassedRecords] = [:]

  /// Segments that are held open at most.
  private static let activeLimit = 16
  /// Looks follow each other no faster than this, whatever happens, in nanoseconds.
  private static let shortestPause: UInt64 = 5_000_000
  private static let markPause = 20
  private static let pollPause = 40
  private static let sweepPause: UInt64 = 1_000_000_000
  /// Longer than the steps in which file systems tell times.
  private static let listingPause: UInt64 = 100_000_000
  /// A log whose files are all gone is given so long to get new ones.
  private static let deletionPause: UInt64 = 500_000_000

  /// A follower of a log from now on.
  public init(_ log: Log, from start: Start = .end) {
    self.log = log
    self.start = start
    let fileSystem = try? log.directory.fileSystem()
    segments = ListedSegments(
      log.layout.segments, keepsBirths: fileSystem?.keepsBirths ?? false)
    hasMarks = log.layout.segments.contains {
      log.format.writtenMark(of: $0, in: log.directory) != nil
    }
    isPolling = !(fileSystem?.tellsChanges ?? false)
    do throws(FileError) {
      let watch = try DirectoryWatch(calls: log.directory.systemCalls)
      try watch.add(log.directory)
      self.watch = watch
      watchBelow()
    } catch {
      isPolling = true
    }
  }

  /// Watches the directories below that hold segments.
  private func watchBelow() {
    let places = Set(log.layout.segments.compactMap { $0.name.directory })
    for place in places {
      do throws(FileError) {
        try watch?.add(log.directory.openDirectory(place), place: place)
      } catch {
        isPolling = true
      }
    }
  }

  /// Waits until something happens, at most so long, and tells it; nothing when the time is over.
  ///
  /// The first call tells at once what is there, where that was asked for. After `.logDeleted`
  /// nothing comes.
  public func next(waitingAtMost milliseconds: Int) -> [FollowEvent] {
    departed = [:]
    guard !isOver else { return [] }
    let deadline = MonotonicClock.nanoseconds() + UInt64(max(0, milliseconds)) * 1_000_000
    while isBeginning {
      let events = begin(begun)
      begun += 1
      if !events.isEmpty || MonotonicClock.nanoseconds() >= deadline { return events }
    }
    while true {
      let now = MonotonicClock.nanoseconds()
      let changes = wait(until: deadline, now: now)
      let events = look(at: changes)
      if !events.isEmpty || MonotonicClock.nanoseconds() >= deadline { return events }
    }
  }

  /// Gives the rows of records that were just told to `body`, with their numbers in the segment,
  /// until it answers false.
  ///
  /// - Throws: `FileError` when they cannot be read.
  public func forEachRow(
    of added: AddedRecords, in file: SegmentFile, previewLimit: Int, _ body: (Row) -> Bool
  ) throws(FileError) {
    guard let follower = active[file.name] ?? departed[file.name] else { return }
    var reader = try follower.reader(of: added)
    try reader.forEachRow(from: 0, previewLimit: previewLimit) { row in
      guard case .record(let record, let number) = row else { return body(row) }
      return body(.record(record, number: number + added.firstNumber))
    }
  }

  /// Where the records of a segment are, those that were told included; nil for a segment that is
  /// not read because nothing is added to it.
  public func index(of name: FileName) -> RecordIndex? { active[name]?.index }

  /// What the file of a segment is; nil for a segment that is not read.
  public func status(of name: FileName) -> FileStatus? { active[name]?.status }

  /// The segments that are read because records may be added to them.
  public var openSegments: [FileName] { active.keys.sorted() }

  /// Whether some of what was there at first is still to be looked at.
  public var isBeginning: Bool { !isListed && begun < log.layout.segments.count }

  /// How far a segment reaches; nil for a segment that is not read.
  public func extent(of name: FileName) -> SegmentExtent? { active[name]?.extent }

  // MARK: Waiting

  private func wait(until deadline: UInt64, now: UInt64) -> DirectoryChanges {
    var pause = Int(max(deadline, now) - now) / 1_000_000
    pause = min(pause, Int(Self.sweepPause / 1_000_000))
    let isWaiting = active.values.contains { $0.isWaiting }
    if isPolling || isWaiting || goneSince != nil { pause = min(pause, Self.pollPause) }
    if hasMarks { pause = min(pause, Self.markPause) }
    let rest = lastLook + Self.shortestPause
    if now < rest { MonotonicClock.pause(nanoseconds: rest - now) }
    guard let watch else {
      MonotonicClock.pause(nanoseconds: UInt64(pause) * 1_000_000)
      return DirectoryChanges()
    }
    do throws(FileError) {
      return try watch.changes(waitingAtMost: pause)
    } catch {
      self.watch = nil
      isPolling = true
      return DirectoryChanges()
    }
  }

  // MARK: Looking

  private func begin(_ index: Int) -> [FollowEvent] {
    let file = log.layout.segments[index]
    guard let status = try? log.directory.status(of: file.name) else { return [] }
    segments.note(status, at: index)
    guard start == .start || file.isWritten else { return [] }
    let events = follow(file, tells: start == .start, now: MonotonicClock.nanoseconds())
    forgetIfVanished(file)
    if !file.isWritten { retire(file.name) }
    return events
  }

  /// Closes the file of a segment, and remembers how far it was told. Its rows can be read until
  /// the next look.
  private func retire(_ name: FileName) {
    guard let follower = active.removeValue(forKey: name) else { return }
    closed[name] = follower.passed
    departed[name] = follower
  }

  /// Starts to follow a segment; what it holds by now is told as added, or not at all.
  private func follow(_ file: SegmentFile, tells: Bool, now: UInt64) -> [FollowEvent] {
    guard file.state != .metadata else { return [] }
    do throws(FileError) {
      let follower = try SegmentFollower(log, file)
      active[file.name] = follower
      unreadable.remove(file.name)
      if tells { return try follower.changes(now: now).map { .segment(file, $0) } }
      try follower.passSilently(now: now)
      guard let passed = closed[file.name] else { return [] }
      return follower.changes(since: passed).map { .segment(file, $0) }
    } catch {
      return failure(of: file, error)
    }
  }

  /// Takes a segment that could not be opened because its name is gone for one that was not there;
  /// true where it is so. Under its next name, which the owner gives a new file once it has a header,
  /// all of its records are still to be told.
  @discardableResult
  private func forgetIfVanished(_ file: SegmentFile) -> Bool {
    guard file.state != .metadata, active[file.name] == nil, !unreadable.contains(file.name) else {
      return false
    }
    segments.forget(file.name)
    return true
  }

  /// Tells that a segment cannot be read, once.
  private func failure(of file: SegmentFile, _ error: FileError) -> [FollowEvent] {
    guard !error.isVanished, unreadable.insert(file.name).inserted else { return [] }
    return [.segment(file, .unreadable(error))]
  }

  private func look(at changes: DirectoryChanges) -> [FollowEvent] {
    let now = MonotonicClock.nanoseconds()
    lastLook = now
    let isSweep = now >= nextSweep || changes.isIncomplete
    if isSweep { nextSweep = now + Self.sweepPause }
    var events: [FollowEvent] = []
    if changes.listingChanged || changes.isGone || goneSince != nil
      || hasOtherListing(isSweep, now: now)
    {
      let areTold = changes.listingChanged && !changes.isIncomplete && listing != nil
      let touched = areTold ? changes.names : nil
      events += list(touched: touched, now: now)
      if isOver { return events }
    }
    for name in changes.names where active[name] == nil {
      guard let file = segments[name] else { continue }
      events += follow(file, tells: false, now: now)
      if let extent = active[name]?.extent { events.append(.segment(file, .moved(extent))) }
    }
    for (name, follower) in active
    where isSweep || isPolling || hasMarks || follower.isWaiting || changes.names.contains(name) {
      events += advance(follower, now: now)
      if isPolling { segments.note(follower.status, of: name) }
    }
    letGo()
    return events
  }

  /// Whether the directory has changed although nobody said so.
  private func hasOtherListing(_ isSweep: Bool, now: UInt64) -> Bool {
    guard let listing else {
      if isPolling { nextListing = now + Self.listingPause }
      return true
    }
    guard isPolling || isSweep else { return false }
    guard let status = try? log.directory.status() else { return true }
    if let next = nextListing, now >= next {
      nextListing = nil
      return true
    }
    guard status.changed != listing || status.links == 0 else { return false }
    nextListing = now + Self.listingPause
    return true
  }

  private func advance(_ follower: SegmentFollower, now: UInt64) -> [FollowEvent] {
    do throws(FileError) {
      if isPolling { follower.reopenIfStale() }
      return try follower.changes(now: now).map { .segment(follower.file, $0) }
    } catch {
      return failure(of: follower.file, error)
    }
  }

  /// Closes the files of segments that are not written any more, when there are many.
  private func letGo() {
    guard active.count > Self.activeLimit else { return }
    let resting = active.values.filter { !$0.file.isWritten && !$0.isWaiting }
      .sorted { $0.status.modified < $1.status.modified }
    for follower in resting.prefix(active.count - Self.activeLimit) {
      retire(follower.file.name)
    }
  }

  // MARK: The directory

  /// Looks which files the log has now. `touched` are the names with which something happened, nil
  /// where that is not known.
  private func list(touched: Set<FileName>?, now: UInt64) -> [FollowEvent] {
    listing = try? log.directory.status().changed
    let again = try? log.foundAgain(in: log.directory, sharing: segments.names.sorted)
    guard let found = again ?? nil else { return missing(now) }
    // The same log stays the same object: nobody has to look what is new about it.
    if found.layout != log.layout { log = found }
    isListed = true
    let difference = segments.update(
      to: log.layout.segments, in: log.directory, touched: touched)
    for (name, follower) in active {
      if let file = segments.names.file(named: name) { follower.move(to: file, of: log) }
    }
    let events = take(difference, now: now)
    guard segments.hasRecords else { return events + missing(now) }
    goneSince = nil
    if difference.hasArrivals { watchBelow() }
    return events
  }

  /// Tells what became of names that are gone, and where names that came are from.
  private func take(_ difference: ListedSegments.Difference, now: UInt64) -> [FollowEvent] {
    var events: [FollowEvent] = []
    var followers: [FileName: SegmentFollower] = [:]
    var passed: [FileName: PassedRecords] = [:]
    for name in difference.gone.lazy.map(\.name) {
      passed[name] = closed.removeValue(forKey: name)
      guard let follower = active.removeValue(forKey: name) else { continue }
      // To its end, by the file that is held open.
      events += advance(follower, now: now)
      followers[name] = follower
      departed[name] = follower
    }
    for change in difference.changes {
      switch change {
      case .appeared(let file):
        let found = follow(file, tells: true, now: now)
        if !forgetIfVanished(file) { events += [.segment(file, .appeared)] + found }
      case .replaced(let file):
        events += follow(file, tells: false, now: now)
        let extent = active[file.name]?.extent
        events.append(.segment(file, .replaced(records: extent?.records ?? 0)))
        if let extent { events.append(.segment(file, .moved(extent))) }
      case .renamed(let old, let file):
        events += rename(
          old, to: file, followers[old.name], passed: passed[old.name], now: now)
      case .vanished(let file): events.append(.segment(file, .vanished))
      }
    }
    return events
  }

  private func rename(
    _ old: SegmentFile, to file: SegmentFile, _ follower: SegmentFollower?,
    passed: PassedRecords?, now: UInt64
  ) -> [FollowEvent] {
    if old.id != file.id {
      // Another life of the file: what it held is over.
      return [.segment(file, .recycled(from: old.name))] + follow(file, tells: true, now: now)
    }
    closed[file.name] = passed
    if let follower {
      follower.move(to: file, of: log)
      active[file.name] = follower
    }
    let isCheckpoint = file.state == .checkpointed && old.state != .checkpointed
    return [
      .segment(file, isCheckpoint ? .checkpointed(from: old.name) : .renamed(from: old.name))
    ]
  }

  /// No file of the log is there: after a while that is taken for its end.
  private func missing(_ now: UInt64) -> [FollowEvent] {
    guard let since = goneSince else {
      goneSince = now
      return []
    }
    guard now - since >= Self.deletionPause else { return [] }
    isOver = true
    return segments.byName.map { .segment($0, .vanished) } + [.logDeleted]
  }
}

extension SegmentFile {
  /// Whether the owner may be adding records to it.
  fileprivate var isWritten: Bool { state == .active || state == .unknown }
}

extension FileName {
  /// What stands before the last slash, nil where there is none.
  fileprivate var directory: FileName? {
    bytes.lastIndex(of: UInt8(ascii: "/")).map { FileName(Array(bytes[..<$0])) }
  }
}
