import LogFiles
import LogFormats
import LogInspection
import TerminalUI

/// Follows a log on a thread of its own, and posts what happens at a pace that a screen can follow.
struct FollowWork {
  private let follower: LogFollower
  private let number: Int
  private var firstNew: [FileName: UInt64] = [:]
  private var lives: [FileName: Int] = [:]
  private var meter = RateMeter()
  private var log: Log
  /// Segments that were written to since their extents were counted, and when any were counted last.
  private var uncounted: Set<FileName> = []
  private var countedAt: UInt64 = 0
  /// Whether the rates that were posted last were zero.
  private var isAtRest = true

  /// Events that come within this are posted together, in nanoseconds.
  private static let gathering: UInt64 = 30_000_000
  private static let pause = 100
  private static let shortPause = 10
  /// Extents are counted this often at most, in nanoseconds, and of so many segments at once: records
  /// are waiting to be shown.
  private static let countPause: UInt64 = 500_000_000
  private static let countsAtOnce = 64

  init(_ log: Log, number: Int) {
    self.log = log
    self.number = number
    follower = LogFollower(log)
  }

  /// Follows until it is cancelled or the log is deleted.
  mutating func run(_ control: ScanControl, post: (FollowNews) -> Void) {
    post(begin(control))
    while !control.isCancelled {
      guard let news = gather() else { continue }
      post(news)
      if news.isOver { return }
    }
  }

  /// Looks at what is there, with which what is new is compared.
  mutating func begin(_ control: ScanControl) -> FollowNews {
    repeat {
      _ = follower.next(waitingAtMost: 0)
    } while follower.isBeginning && !control.isCancelled
    var known = FollowNews(number: number)
    for name in follower.openSegments {
      firstNew[name] = follower.index(of: name)?.frameCount ?? 0
      note(name, in: &known)
    }
    return known
  }

  /// What happens until something has and a moment more; nil when nothing does.
  mutating func gather() -> FollowNews? {
    var news = FollowNews(number: number)
    var touched: Set<FileName> = []
    var events = follower.next(waitingAtMost: Self.pause)
    let start = MonotonicClock.nanoseconds()
    while !events.isEmpty {
      for event in events { take(event, &news, &touched) }
      guard !news.isOver, MonotonicClock.nanoseconds() - start < Self.gathering else { break }
      events = follower.next(waitingAtMost: Self.shortPause)
    }
    for name in touched { note(name, in: &news) }
    if follower.log !== log {
      log = follower.log
      news.log = log
    }
    uncounted.formUnion(touched)
    countExtents(in: &news)
    let rates = meter.rates(at: MonotonicClock.nanoseconds())
    (news.recordsPerSecond, news.bytesPerSecond) = rates
    defer { isAtRest = rates.bytes == 0 }
    // Rates fall while nothing happens.
    return touched.isEmpty && news.announcements.isEmpty && news.log == nil
      && news.extentCounts.isEmpty && isAtRest && rates.bytes == 0 ? nil : news
  }

  private mutating func countExtents(in news: inout FollowNews) {
    let now = MonotonicClock.nanoseconds()
    guard !uncounted.isEmpty, now - countedAt >= Self.countPause else { return }
    countedAt = now
    for name in uncounted.prefix(Self.countsAtOnce) {
      uncounted.remove(name)
      news.extentCounts[name] = .some(log.extentCount(of: name))
    }
  }

  private mutating func take(
    _ event: FollowEvent, _ news: inout FollowNews, _ touched: inout Set<FileName>
  ) {
    guard case .segment(let file, let change) = event else {
      news.isOver = true
      return
    }
    touched.insert(file.name)
    switch change {
    case .added(let added):
      meter.add(records: added.records, bytes: added.bytes, at: MonotonicClock.nanoseconds())
    case .renamed(let from), .checkpointed(let from):
      firstNew[file.name] = firstNew[from]
      touched.insert(from)
    case .recycled(let from):
      touched.insert(from)
      restart(file.name)
      firstNew[file.name] = 0
    case .truncated, .replaced: restart(file.name)
    case .appeared: firstNew[file.name] = 0
    case .damaged, .beingWritten: news.hasFault = true
    case .moved where firstNew[file.name] == nil:
      // It was not written when following began: nothing of it is known as new.
      firstNew[file.name] = follower.index(of: file.name)?.frameCount
    default: break
    }
    if let text = FollowWords.text(change) {
      news.announce("\(DisplayText.escape(file.name.bytes)) \(text).")
    }
  }

  /// The contents of a segment are others than they were.
  private mutating func restart(_ name: FileName) {
    lives[name, default: 0] += 1
    firstNew[name] = follower.index(of: name)?.frameCount ?? 0
  }

  private mutating func note(_ name: FileName, in news: inout FollowNews) {
    guard let extent = follower.extent(of: name), let status = follower.status(of: name),
      let index = follower.index(of: name)
    else {
      news.closed.insert(name)
      return
    }
    news.segments[name] = LiveSegment(
      extent: extent, status: status, index: index, firstNew: firstNew[name] ?? 0,
      life: lives[name] ?? 0)
  }
}
