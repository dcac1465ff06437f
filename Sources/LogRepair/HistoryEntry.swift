public import LogFiles
import LogFormats

/// One repair in the history of a log.
public struct HistoryEntry: Sendable {
  public enum State: Sendable, Equatable {
    /// All steps were made.
    case applied
    /// A repair was stopped or killed after so many of its steps.
    case unfinished(stepsDone: Int, steps: Int)
    /// An undo was stopped or killed after so many of the files.
    case undoUnfinished(filesDone: Int, files: Int)
    case undone
    /// Nothing was changed; the reason, as half a sentence, where the journal tells it.
    case abandoned(reason: String?)
    /// The saved bytes were removed.
    case purged
    /// Another process is at work on it at this moment.
    case running
  }

  public var id: String
  public var begun: Timestamp
  /// The plan as it was applied, without what it came to.
  public var plan: Plan
  public var state: State
  /// Bytes on the disk that the saved bytes take.
  public var backupSize: UInt64
  /// Whether everything is kept that an undo needs.
  public var isKept: Bool
  /// Why it was not proven that nobody wrote; nil where it was.
  public var notProven: String?
  /// The directory with journal and backups, as a path. Foreign bytes.
  public var store: FileName
  /// Whether that is `.walscope` beside the log.
  public var isBesideLog: Bool

  /// The files that the plan changes.
  public var files: [FileName] { plan.files.map(\.name) }

  /// Whether it is to be finished or undone before anything else is done to the log.
  public var needsAttention: Bool {
    switch state {
    case .unfinished, .undoUnfinished: true
    case .applied, .undone, .abandoned, .purged, .running: false
    }
  }

  /// Whether `undo` can be tried.
  public var canUndo: Bool {
    switch state {
    case .applied, .unfinished, .undoUnfinished: isKept
    case .undone, .abandoned, .purged, .running: false
    }
  }
}

extension HistoryEntry {
  init(_ entry: JournalEntry, in store: RepairStore, isBusy: Bool) {
    id = entry.id
    begun = entry.begun
    plan = entry.plan
    isKept = entry.isKept
    notProven = entry.notProven
    self.store = store.path
    isBesideLog = store.parent != nil
    backupSize = (try? store.openEntry(entry.id))?.allocatedSize ?? 0
    state = Self.state(of: entry, isBusy: isBusy)
  }

  private static func state(of entry: JournalEntry, isBusy: Bool) -> State {
    if entry.isPurged {
      return entry.plan.options.keepsBackup || entry.outcome != .applied ? .purged : .applied
    }
    if isBusy, entry.outcome == nil || entry.isUndoing { return .running }
    if entry.isUndoing {
      return .undoUnfinished(filesDone: entry.undoDone.count, files: entry.plan.files.count)
    }
    switch entry.outcome {
    case .applied: return .applied
    case .undone: return .undone
    case .abandoned: return .abandoned(reason: entry.failure)
    case nil:
      return entry.stepsBegun.isEmpty
        ? .abandoned(reason: nil)
        : .unfinished(stepsDone: entry.stepsDone.count, steps: entry.plan.steps.count)
    }
  }
}

extension OpenDirectory {
  /// What the files in it take on the disk.
  fileprivate var allocatedSize: UInt64 {
    ((try? entries()) ?? []).reduce(0) { $0 + ((try? status(of: $1.name))?.allocated ?? 0) }
  }
}
