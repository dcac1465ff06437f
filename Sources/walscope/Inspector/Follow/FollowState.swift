import LogFiles
import LogFormats
import LogInspection
import Quantities

/// A log that is followed: what its segments hold by now, and how fast that grows.
struct FollowState {
  let control: ScanControl
  /// Tells this following from an earlier one, whose news may still come.
  let number: Int
  /// Segments that are read because records may be added to them.
  private(set) var segments: [FileName: LiveSegment] = [:]
  /// Those of which something was told since the scan began that judged the log last.
  private(set) var touched: Set<FileName> = []
  private(set) var recordsPerSecond = 0.0
  private(set) var bytesPerSecond = 0.0
  var judging = Judging.resting
  /// When the log was judged last since it is followed, and how long that took.
  var lastJudgement = (at: Duration.zero, took: Duration.zero)
  /// What came while the screen was to stand still; nil while it is not.
  private var held: FollowNews?

  /// How far it is to have the log judged again.
  enum Judging {
    case resting
    case waiting(isSoon: Bool)
    case scanning(ScanControl)

    /// Whether to ask for it changes anything.
    func canBeAsked(soon: Bool) -> Bool {
      switch self {
      case .resting: true
      case .waiting(let isSoon): soon && !isSoon
      case .scanning: false
      }
    }
  }

  init(_ control: ScanControl, number: Int, since: Duration = .zero) {
    self.control = control
    self.number = number
    lastJudgement.at = since
  }

  /// Ends all that is done for it.
  func cancel() {
    control.cancel()
    if case .scanning(let control) = judging { control.cancel() }
  }

  var isPaused: Bool { held != nil }

  /// Has the screen stand still.
  mutating func pause() { held = FollowNews(number: number) }

  /// Ends the pause; answers what came meanwhile.
  mutating func resume() -> FollowNews? {
    defer { held = nil }
    return held
  }

  /// Keeps news for later; false when they are to be shown now.
  mutating func holds(_ news: FollowNews) -> Bool {
    guard held != nil else { return false }
    held?.add(news)
    return true
  }

  /// Takes news; answers whether a segment holds more or less than was told before.
  mutating func take(_ news: FollowNews) -> Bool {
    let hasMoved = news.segments.contains { name, live in
      segments[name].map { $0.extent != live.extent } ?? false
    }
    segments.merge(news.segments) { $1 }
    touched.formUnion(news.segments.keys)
    for name in news.closed where news.segments[name] == nil { segments[name] = nil }
    recordsPerSecond = news.recordsPerSecond
    bytesPerSecond = news.bytesPerSecond
    return hasMoved
  }

  /// A scan begins that judges the log.
  mutating func beginJudging(_ control: ScanControl) {
    judging = .scanning(control)
    touched = []
  }

  /// What the title line says.
  var title: String {
    let bytes = Quantity.bytes(UInt64(max(0, bytesPerSecond.rounded())))
    return isPaused ? briefTitle : "\(briefTitle) \(bytes)/s"
  }

  /// The same where there is little room.
  var briefTitle: String {
    let records = Quantity.grouped(UInt64(max(0, recordsPerSecond.rounded())))
    return isPaused ? "following, paused" : "following \(records) records/s"
  }
}

/// A segment to which records may be added.
struct LiveSegment: Sendable {
  var extent: SegmentExtent
  var status: FileStatus
  /// Where its records are, those that are new included.
  var index: RecordIndex
  /// Frames that were there when following began; those behind them are marked as new.
  var firstNew: UInt64
  /// Counts how often its contents became others than they were.
  var life: Int

  /// Whether records were added since following began.
  var hasGrown: Bool { index.frameCount > firstNew }

  /// All bytes of the file, the space behind the records included.
  var ranges: [ByteRange] {
    guard extent.fileSize > extent.logicalEnd else { return index.ranges }
    return index.ranges + [
      ByteRange(
        .zeroTail, offset: extent.logicalEnd, length: extent.fileSize - extent.logicalEnd)
    ]
  }
}

/// What a followed log has posted.
struct FollowNews: Sendable {
  let number: Int
  var segments: [FileName: LiveSegment] = [:]
  /// Segments that are not read any more.
  var closed: Set<FileName> = []
  /// In how many pieces segments lie on disk that were written to; nil where that is not told.
  var extentCounts: [FileName: Int?] = [:]
  /// What happened to files, as sentences, the last few of them.
  var announcements: [String] = []
  var recordsPerSecond = 0.0
  var bytesPerSecond = 0.0
  /// The log with the files that it has now, where some came or went.
  var log: Log?
  /// Something was found that is no record, or not yet.
  var hasFault = false
  /// The log was deleted.
  var isOver = false

  init(number: Int) { self.number = number }

  private static let announcementLimit = 3

  mutating func announce(_ sentence: String) {
    announcements.append(sentence)
    if announcements.count > Self.announcementLimit { announcements.removeFirst() }
  }

  /// Adds what came later.
  mutating func add(_ other: FollowNews) {
    segments.merge(other.segments) { $1 }
    closed = closed.subtracting(other.segments.keys).union(other.closed)
    extentCounts.merge(other.extentCounts) { $1 }
    for sentence in other.announcements { announce(sentence) }
    recordsPerSecond = other.recordsPerSecond
    bytesPerSecond = other.bytesPerSecond
    log = other.log ?? log
    hasFault = hasFault || other.hasFault
    isOver = isOver || other.isOver
  }
}
