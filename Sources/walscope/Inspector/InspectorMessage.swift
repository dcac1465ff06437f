import LogFiles
import LogFormats
import LogInspection
import LogRepair

/// What work on other threads reports. Segments are told by their places in the log that the work was
/// given: files may have come and gone since.
enum InspectorMessage: Sendable {
  /// The path was opened, with the sizes of the first files of each log.
  case opened(LogTree, generation: Int)
  case openFailed(OpenFailure, generation: Int)
  /// Sizes and times of segments, then of stray files, from some index on.
  case files(LogKey, Log, from: Int, [FileFacts?])
  case strayFiles(LogKey, Log, [FileFacts?])
  /// Reports of segments have come that nobody has taken yet.
  case segments(LogKey, Log, ArrivingReports)
  /// What a scan that began at a moment says of the log.
  case judged(LogKey, Log, LogReport, from: Timestamp, took: Duration, wasStopped: Bool)
  /// It is time to judge a log again that is followed, by the number of the following.
  case judgementDue(LogKey, number: Int)
  case judgedAgain(LogKey, Log, LogReport, from: Timestamp, took: Duration, number: Int)
  case holders(LogKey, LogHolders)
  /// The same, looked at again, and how long that took.
  case watched(LogKey, LogHolders, took: Duration)
  /// The repair of a log that was interrupted, nil where none was.
  case unfinished(LogKey, HistoryEntry?)
  /// Number of extents of segments, from some index on; nil where the file system does not tell.
  case extentCounts(LogKey, Log, from: Int, [Int?])
  /// Where one segment lies.
  case extents(LogKey, Log, segment: Int, ExtentMap)
  /// What happened to a log that is followed.
  case followed(LogKey, FollowNews)
  /// News of a view's own work.
  case news(WorkKey, any Sendable)
  case workEnded(WorkKey)
  /// What a view has had read.
  case readings(view: Int, any Sendable)
  /// Time has passed while something is under way.
  case tick
}

/// Which log a message is about.
struct LogKey: Hashable, Sendable {
  let index: Int
  /// What another opening of the path has started is out of date.
  let generation: Int
}

/// Which work of which view a message belongs to.
struct WorkKey: Hashable, Sendable {
  let view: Int
  let work: Int
}

/// What the inspector has others do.
enum InspectorWork {
  case open(generation: Int)
  /// Look at sizes and times of all files of a log.
  case look(LogKey, Log)
  /// Look who has the files of a log open, and in how many pieces they lie on disk.
  case lookCloser(LogKey, Log)
  /// Look again who has the files of a log open, after a pause.
  case watch(LogKey, Log, after: Duration)
  /// Look where one segment lies.
  case extents(LogKey, Log, segment: Int)
  /// Scan a log; what is known of it from another time is read again only where that is asked for.
  case scan(LogKey, Log, ScanControl, readsAll: Bool)
  /// Tell after a pause that a followed log is to be judged again.
  case remind(LogKey, number: Int, after: Duration)
  /// Judge a followed log again; of what `known` tells, which a scan that began at a moment has found,
  /// only what has changed is read.
  case judge(LogKey, Log, ScanControl, number: Int, known: SegmentReports, from: Timestamp)
  /// Tell what happens to a log until that is cancelled.
  case follow(LogKey, Log, ScanControl, number: Int)
  case view(WorkKey, BackgroundWork)
  /// Work that changes the files of a log: once nobody here reads them any more and everything in
  /// `first` is done.
  case change(WorkKey, BackgroundWork, log: Int, first: [@Sendable () -> Void])
  case read(view: Int, @Sendable (_ post: @escaping @Sendable (any Sendable) -> Void) -> Void)
}
