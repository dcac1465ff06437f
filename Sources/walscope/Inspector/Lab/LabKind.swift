import LogFiles
import LogLab

/// What the lab offers on the screen, by the words of the command line.
enum LabKind: String, CaseIterable, Sendable {
  case demo, prepare, append, commit, scan

  /// What it is about, beside its word.
  var summary: String {
    switch self {
    case .demo: "preallocation in six steps, for an audience"
    case .prepare: "ways of preparing a file: what fallocate and written zeros do"
    case .append: "ways in which several processes append to one file, and what each loses"
    case .commit: "how long the writers of the formats take to commit a record"
    case .scan: "how fast logs are scanned, against the floor"
    }
  }

  /// How it is done, as a sentence.
  var sentence: String {
    switch self {
    case .demo:
      "A writer is started and really killed; each step shows the file before and after it."
    case .prepare:
      "Threads append records to files prepared in six ways, and each waits for the disk."
    case .append:
      "Four processes append at the same time; afterwards the file is searched for every record."
    case .commit:
      "Each writer commits under each of its policies, beside plain writes of as many bytes."
    case .scan:
      "Logs are made and scanned; the floor is reading them once, with one checksum pass."
    }
  }

  /// The settings that it goes by.
  var settings: [LabSettings.Row] {
    switch self {
    case .prepare: [.recordSize, .threads, .syncCall]
    case .commit: [.recordSize, .threads]
    case .demo, .append, .scan: []
    }
  }

  /// The screen that it is made on.
  func destination(_ settings: LabSettings, in directory: FileName) -> Destination {
    switch self {
    case .demo: .demo(directory)
    case .prepare: .experiment(.prepare(settings), in: directory)
    case .append: .experiment(.append, in: directory)
    case .commit: .experiment(.commit(settings), in: directory)
    case .scan: .experiment(.scan, in: directory)
    }
  }
}
