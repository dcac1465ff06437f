import LogFiles
import LogFormats
import LogInspection
import LogRepair

/// One thing that can be done to a log: a repair through a plan, or the making of a new log.
enum PlanChoice: Int, CaseIterable, Hashable, Sendable {
  case recover, repairBit, truncate, finalize, deleteBefore, dropUncommitted, salvage, copy

  /// Its name in the list.
  var title: String {
    switch self {
    case .recover: "recover"
    case .dropUncommitted: "drop undone"
    case .repairBit: "repair bit"
    case .truncate: "truncate tail"
    case .finalize: "finalize"
    case .deleteBefore: "delete before"
    case .salvage: "salvage"
    case .copy: "copy"
    }
  }

  /// What it is for, as a sentence.
  var purpose: String {
    switch self {
    case .recover:
      "Brings the log to a state that its owner opens without loss or complaint, losing the least."
    case .dropUncommitted:
      "Recovers, and also drops records at the end that no transaction has committed."
    case .repairBit: "Flips one bit back where exactly one bit explains a wrong checksum."
    case .truncate: "Cuts the selected segment behind its last record."
    case .finalize: "Gives back the room behind the logical end of the segments."
    case .deleteBefore: "Removes the segments that come before the selected one."
    case .salvage: "Copies the records of both sides of damage into a new log."
    case .copy: "Copies the log as it is, to practise on."
    }
  }

  /// What is to be planned for it; nil where no plan is needed, since only something new is made,
  /// and where it needs a segment and none is selected.
  func action(on segment: FileName?) -> RepairAction? {
    switch self {
    case .recover: .recover(droppingUncommitted: false)
    case .dropUncommitted: .recover(droppingUncommitted: true)
    case .repairBit: .repairBit(nil)
    case .truncate: segment.map { .truncate($0, at: .lastValid) }
    case .finalize: .finalize(nil)
    case .deleteBefore: segment.map { .deleteBefore(.segment($0)) }
    case .salvage, .copy: nil
    }
  }
}

/// What is known of a choice.
enum PlanState: Sendable {
  /// Its plan is not made yet.
  case waiting
  case planned(Plan)
  /// What a salvage would make.
  case salvageable(SalvageProspect)
  case copyable
  case refused(PlanRefusal)

  var plan: Plan? {
    if case .planned(let plan) = self { plan } else { nil }
  }
}

/// What a salvage would make, in numbers.
struct SalvageProspect: Sendable {
  /// Nil where the data have none.
  var records: UInt64?
  var files: Int
  /// Of the new files, and those of them that the old ones have.
  var bytes: UInt64
  var bytesCopied: UInt64
  var gaps: [Salvage.Gap]
  var gapsTakenAlong: GapList
}

/// Why a choice cannot be made.
struct PlanRefusal: Sendable {
  /// The log is already as the action would leave it.
  var isDone = false
  /// The file that it is about. Foreign bytes.
  var file: FileName?
  /// As a sentence without foreign bytes.
  var reason: String
  /// What to do instead, as half a sentence.
  var advice: String?

  init(_ failure: PlanFailure) {
    let text = PlanFailureText(failure)
    if case .refused(let refusal) = failure { isDone = refusal.kind == .nothingToDo }
    file = text.file
    reason = text.reason
    advice = text.advice
  }

  /// Dropping what is not committed would do what recovering does.
  static var nothingUncommitted: PlanRefusal {
    var refusal = PlanRefusal(reason: "no record at the end is uncommitted")
    refusal.isDone = true
    return refusal
  }

  init(_ refusal: RepairRefusal) { self.init(.refused(refusal)) }

  init(reason: String, advice: String? = nil) {
    self.reason = reason
    self.advice = advice
  }
}

/// A plan that was made, or why there is none.
struct PlanNews: Sendable {
  let choice: PlanChoice
  let state: PlanState
}

extension BackgroundWork {
  /// Makes the plan of each choice, and posts them as `PlanNews` as they come.
  static func planning(
    _ log: Log, segment: FileName?, report: LogReport, options: PlanOptions,
    assuming: [String: UInt64]
  ) -> BackgroundWork {
    BackgroundWork("planning") { control, post in
      var recovery: [RepairStep]?
      for choice in PlanChoice.allCases {
        if control.isCancelled { return }
        let state: PlanState
        if let action = choice.action(on: segment) {
          let planned = log.state(
            of: action, options: options, report: report, assuming: assuming, control: control)
          let steps = planned.plan?.steps.map(\.step)
          if choice == .recover { recovery = steps }
          state =
            choice == .dropUncommitted && steps != nil && steps == recovery
            ? .refused(.nothingUncommitted) : planned
        } else if choice == .copy {
          state = .copyable
        } else if choice == .salvage {
          state = log.salvageState(report)
        } else {
          state = .refused(
            PlanRefusal(reason: "no segment is selected", advice: "select one and press d there"))
        }
        if control.isCancelled { return }
        post(PlanNews(choice: choice, state: state))
      }
    }
  }
}

extension Log {
  fileprivate func state(
    of action: RepairAction, options: PlanOptions, report: LogReport, assuming: [String: UInt64],
    control: ScanControl
  ) -> PlanState {
    do throws(PlanFailure) {
      return .planned(
        try plan(
          action, options: options, report: report, tool: "walscope \(Walscope.version)",
          assuming: assuming, control: control))
    } catch {
      return .refused(PlanRefusal(error))
    }
  }

  fileprivate func salvageState(_ report: LogReport) -> PlanState {
    do throws(RepairRefusal) {
      let salvage = try format.salvage(report, in: directory)
      return .salvageable(
        SalvageProspect(
          records: report.segments.countedRecords, files: salvage.files.count,
          bytes: salvage.files.reduce(0) { $0 + $1.size }, bytesCopied: salvage.bytesCopied,
          gaps: salvage.gaps, gapsTakenAlong: salvage.gapsTakenAlong))
    } catch {
      return .refused(PlanRefusal(error))
    }
  }
}
