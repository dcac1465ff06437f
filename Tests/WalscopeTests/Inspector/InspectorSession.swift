import Glibc
import LogFiles
import LogInspection
import TerminalUI
import TestSupport
import Testing

@testable import walscope

/// The inspector without a terminal: events in, lines out. Its work is done when the test says so,
/// on the test's own thread.
final class InspectorSession {
  var stage: Stage<InspectorApplication>
  /// Work that was asked for and not done yet.
  private(set) var waiting: [InspectorWork] = []
  /// Reminders that a followed log is to be judged again, which come when a test says so.
  private(set) var reminders: [InspectorWork] = []
  private let runner: BackgroundRunner
  private var following: (key: LogKey, work: FollowWork)?
  private let mailbox: Mailbox<InspectorMessage>
  /// Whether messages arrive that say where files lie on disk, which differs between machines.
  private let hidesPlaces: Bool

  /// The time that every session has: files that `Story` writes are an hour older.
  static let now = Timestamp(seconds: 1_790_000_000, nanoseconds: 0)

  /// Opens `path`; it is shown as `shownPath`.
  init(
    _ path: String, shownAs shownPath: String = "/srv/wal", rows: Int = 24, columns: Int = 80,
    options: InspectorOptions = InspectorOptions(), hidesPlaces: Bool = true,
    settling: Bool = true
  ) {
    mailbox = Mailbox(waker: nil)
    runner = BackgroundRunner(path: FileName(path), options: options, mailbox: mailbox)
    self.hidesPlaces = hidesPlaces
    let clock = InspectorClock(now: { Self.now }, uptime: { .seconds(5) })
    stage = Stage(
      InspectorApplication(path: FileName(shownPath), options: options, clock: clock), rows: rows,
      columns: columns, glyphs: Glyphs(ascii: options.ascii))
    note(stage.application.begin())
    if settling { settle() }
  }

  /// Does the work that waits, and what follows from it, until nothing is left to do.
  func settle() {
    while !waiting.isEmpty { doNext() }
  }

  /// Does one piece of work, and takes what it posts.
  func doNext() {
    guard !waiting.isEmpty else { return }
    runner.run(waiting.removeFirst())
    for message in mailbox.collect() {
      switch message {
      case .extents, .extentCounts: if hidesPlaces { continue }
      default: break
      }
      note(stage.receive(message))
    }
  }

  private func note(_ effects: [Effect<InspectorWork>]) {
    for case .perform(let work) in effects {
      // Who has the log open is looked at again and again: that never settles.
      if case .watch = work { continue }
      if case .remind = work {
        reminders.append(work)
        continue
      }
      if case .follow(let key, let log, let control, let number) = work {
        var work = FollowWork(log, number: number)
        let known = work.begin(control)
        following = (key, work)
        note(stage.receive(.followed(key, known)))
        continue
      }
      waiting.append(work)
    }
  }

  /// Has it be time to judge a followed log again.
  func remind() {
    waiting += reminders
    reminders = []
    settle()
  }

  /// Takes what a followed log posts, at least once, until `condition` holds.
  func follow(
    sourceLocation: SourceLocation = #_sourceLocation, until condition: () -> Bool
  ) {
    let deadline = ContinuousClock.now + .seconds(30)
    repeat {
      guard let key = following?.key else { break }
      if let news = following?.work.gather() { note(stage.receive(.followed(key, news))) }
      settle()
      if condition() { return }
    } while ContinuousClock.now < deadline
    Issue.record("it did not come in\n\(text)", sourceLocation: sourceLocation)
  }

  /// Presses keys; what they start is done at once.
  func press(_ keys: Key...) {
    for key in keys {
      note(stage.handle(.key(key)))
      settle()
    }
  }

  func type(_ text: String) {
    for character in text { press(.character(character)) }
  }

  func handle(_ event: Event) {
    note(stage.handle(event))
    settle()
  }

  var lines: [String] { stage.lines }
  var text: String { lines.joined(separator: "\n") }

  /// The screen, what depends on the file system taken out.
  var goldenText: String {
    text.replacing(#/[\d.,]+ k?M?B allocated/#) { match in
      String(repeating: "#", count: match.output.count)
    }
  }

  /// The row that is selected: the one that is reversed.
  var selectedLine: String? {
    let buffer = stage.draw()
    return (0..<buffer.rows).first { buffer.style(row: $0, column: 1).role == .selected }
      .map { buffer.lines[$0] }
  }

  /// What stands where the sentence does.
  var sentence: String { lines.dropLast().suffix(2).joined(separator: " ") }
}

/// A directory with the segments of a log, as a story needs it.
final class SegmentDirectory {
  let directory: TemporaryDirectory
  var path: String { directory.path }

  init() throws {
    directory = try TemporaryDirectory()
  }

  /// Writes a segment; its file is an hour old.
  @discardableResult
  func add(_ name: String, _ bytes: [UInt8]) throws -> SegmentDirectory {
    for slash in name.indices where name[slash] == "/" {
      mkdir(directory.path(String(name[..<slash])), 0o755)
    }
    let path = try directory.write(bytes, to: name)
    let then = timespec(tv_sec: Int(InspectorSession.now.seconds) - 3_600, tv_nsec: 0)
    let times = [then, then]
    utimensat(AT_FDCWD, path, times, 0)
    return self
  }

  /// The bytes of a segment with some records.
  static func records(_ count: Int, valueSize: Int = 100) throws -> [UInt8] {
    try LogStory().write(records: count, valueSize: valueSize).bytes
  }

  /// A log with one of everything: clean, damaged inside, a gap, empty, torn, preallocated, and a
  /// file left behind.
  static func ofEverything() throws -> SegmentDirectory {
    let log = try SegmentDirectory()
    try log.add("000000.wal", records(200))
    try log.add(
      "000001.wal", LogStory().write(records: 200, valueSize: 100).damage(record: 90).bytes)
    try log.add("000003.wal", records(150))
    try log.add("000004.wal", [])
    try log.add("000005.wal", records(120).dropLast(7) + [])
    try log.add("000006.wal", records(60) + [UInt8](repeating: 0, count: 60_000))
    try log.add("000006.wal.tmp", records(2))
    return log
  }
}
