import LogFiles
import LogInspection

/// What all screens know: the logs under the path, what the user chose, and the time.
struct InspectorContext {
  /// The path as the user typed it.
  let path: FileName
  let options: InspectorOptions
  /// The logs, in the order of their places.
  var logs: [LogState] = []
  /// Directories that could not be read.
  var problems: [(place: FileName, error: FileError)] = []
  /// More directories are below the path than were looked at.
  var isTruncated = false
  /// The log whose files are being changed at this moment; nobody reads them then.
  var changing: Int?
  /// What was searched for last, on whatever screen.
  var searchText: String?
  /// The path names a file of the only log, not a directory.
  var isFile = false
  /// The time of the event that is being answered: for the age of a file.
  var now: Timestamp
  /// Time since the inspector was started: for rates and for what is not to be done too often.
  var uptime: Duration

  init(path: FileName, options: InspectorOptions, clock: InspectorClock) {
    self.path = path
    self.options = options
    now = clock.now()
    uptime = clock.uptime()
  }
}

/// Tells the time; a test gives its own.
struct InspectorClock: Sendable {
  var now: @Sendable () -> Timestamp
  var uptime: @Sendable () -> Duration

  /// The system's clocks.
  static var system: InspectorClock {
    let start = ContinuousClock.now
    return InspectorClock(now: { .now }, uptime: { .now - start })
  }
}
