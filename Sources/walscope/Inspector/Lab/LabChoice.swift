import JSON
import LogLab

/// An experiment that the screen offers, with what was chosen for it.
enum LabChoice: Hashable, Sendable {
  case prepare(LabSettings)
  case append
  case commit(LabSettings)
  case scan

  /// The word for it on the command line.
  var name: String { experiment.name }

  var experiment: any LabExperiment {
    switch self {
    case .prepare(let settings):
      var chosen = PrepareExperiment.Settings()
      chosen.recordSizes = [settings.recordSize]
      chosen.threads = [settings.threads]
      chosen.syncCalls = [settings.syncCall]
      return PrepareExperiment(chosen)
    case .append: return AppendExperiment()
    case .commit(let settings):
      var chosen = CommitExperiment.Settings()
      chosen.recordSizes = [settings.recordSize]
      chosen.threads = [settings.threads]
      return CommitExperiment(chosen)
    case .scan: return ScanExperiment()
    }
  }

  /// A screen is watched: a run is to be over before that becomes boring.
  var plan: LabPlan {
    LabPlan(rounds: LabSettings.rounds, operations: .within(nanoseconds: 30_000_000_000))
  }

  func write(_ report: LabReport, to json: inout JSONWriter) {
    report.write(to: &json, by: experiment)
  }
}

/// What can be chosen on the screen.
struct LabSettings: Hashable, Sendable {
  var recordSize = 1 << 10
  var threads = 1
  var syncCall = SyncCall.fdatasync

  static let recordSizes = [256, 1 << 10, 4 << 10, 1 << 20]
  static let threadCounts = [1, 2, 4, 8, 16]
  static let rounds = 5

  /// A setting that has a row of its own.
  enum Row: CaseIterable, Sendable {
    case recordSize, threads, syncCall

    var title: String {
      switch self {
      case .recordSize: "record size"
      case .threads: "threads"
      case .syncCall: "sync call"
      }
    }
  }

  func value(of row: Row) -> String {
    switch row {
    case .recordSize: PrepareExperiment.sizeText(recordSize)
    case .threads: String(threads)
    case .syncCall: syncCall.rawValue
    }
  }

  /// All that can be chosen for it, in order.
  func values(of row: Row) -> [String] {
    switch row {
    case .recordSize: Self.recordSizes.map { PrepareExperiment.sizeText($0) }
    case .threads: Self.threadCounts.map { String($0) }
    case .syncCall: SyncCall.allCases.map(\.rawValue)
    }
  }

  /// Chooses what comes next for it, the first behind the last.
  mutating func advance(_ row: Row) {
    switch row {
    case .recordSize: recordSize = Self.recordSizes.next(after: recordSize)
    case .threads: threads = Self.threadCounts.next(after: threads)
    case .syncCall: syncCall = SyncCall.allCases.next(after: syncCall)
    }
  }
}

extension Array where Element: Equatable {
  fileprivate func next(after element: Element) -> Element {
    let index = firstIndex(of: element).map { ($0 + 1) % count } ?? 0
    return self[index]
  }
}
