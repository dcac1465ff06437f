import Glibc
public import LogFiles
import LogFormats
import LogInspection
import LogRepair
import Synchronization

/// Shows in six steps what preallocation does to a log: on a real one, with a writer that is a
/// process of its own and is really killed.
///
/// The log is a nori-wal one in a laboratory of its own, which is gone at the end.
public final class PreallocationDemo: Sendable {
  /// The directory of the log, to look at it by other means meanwhile.
  public let path: FileName
  /// Bytes of the segment, all of them taken before the first is written.
  public let segmentSize: UInt64
  public let machine: Machine
  private let laboratory: Laboratory
  private let state = Mutex(State())

  private struct State {
    var next: DemoStep? = .create
    var writer: WriterProcess?
    var look: DemoLook?
  }

  /// The size of the segment where nobody says another one.
  public static let usualSegmentSize: UInt64 = 64_000_000
  /// The least: the records of all steps fit.
  public static let smallestSegmentSize: UInt64 = 16 << 20
  private static let records = 3000
  private static let valueSize = 1 << 10
  private static let largeValueSize = 1 << 18

  /// Makes the laboratory; nothing else is done.
  ///
  /// - Throws: `LabFailure`, which refuses when there is no room.
  public init(
    below directory: FileName, segmentSize: UInt64 = PreallocationDemo.usualSegmentSize,
    room: LabRoom = .standard
  ) throws(LabFailure) {
    let parent = try openLabDirectory(directory)
    machine = try inLab { () throws(FileError) in try Machine.describe(parent) }
    self.segmentSize = max(Self.smallestSegmentSize, segmentSize)
    laboratory = try Laboratory.make(
      below: parent, for: self.segmentSize * 2, room: room)
    let log = FileName("log")
    let made = laboratory
    _ = try inLab { () throws(FileError) in try made.directory.makeDirectory(log) }
    path = laboratory.path.appending(log)
  }

  /// The step that comes next, nil when all were made.
  public var next: DemoStep? { state.withLock { $0.next } }

  /// Makes the next step. Takes up to some seconds, so a screen asks from another thread.
  ///
  /// - Throws: `LabFailure`; also when all steps were made.
  public func advance() throws(LabFailure) -> DemoScene {
    let (next, before) = state.withLock { ($0.next, $0.look) }
    guard let step = next else { throw LabFailure(.failed, "the demonstration is over") }
    try make(step)
    let after = try look()
    state.withLock { state in
      state.look = after
      state.next = step.next
    }
    return DemoScene(
      step: step, before: before, after: after,
      sentences: DemoSentences(step: step, before: before, after: after).all)
  }

  /// Ends the writer where there is one, and removes everything.
  ///
  /// - Returns: why something of it is still there; nil when nothing is.
  public func end() -> FileError? {
    state.withLock { $0.writer = nil }
    return laboratory.close()
  }

  // MARK: Steps

  private func make(_ step: DemoStep) throws(LabFailure) {
    switch step {
    case .create:
      let writer = try WriterProcess(in: path, segmentSize: segmentSize)
      state.withLock { $0.writer = writer }
    case .look: break
    case .append: try writer().append(Self.records, valueSize: Self.valueSize)
    case .crash: try crash()
    case .recover: try repair(.recover(droppingUncommitted: false), reallocating: true)
    case .finalize: try repair(.finalize(nil), reallocating: false)
    }
  }

  private func writer() throws(LabFailure) -> WriterProcess {
    guard let writer = state.withLock({ $0.writer }) else {
      throw LabFailure(.failed, "there is no writer")
    }
    return writer
  }

  private func crash() throws(LabFailure) {
    let writer = try writer()
    try writer.append(2, valueSize: Self.largeValueSize)
    try writer.killInsideOfRecord(
      valueSize: Self.largeValueSize,
      below: look().logicalEnd + UInt64(Self.largeValueSize / 2))
    state.withLock { $0.writer = nil }
  }

  private func repair(_ action: RepairAction, reallocating: Bool) throws(LabFailure) {
    let log = try openLog()
    var options = PlanOptions()
    options.reallocates = reallocating
    let plan: Plan
    do throws(PlanFailure) {
      plan = try log.plan(action, options: options, report: log.scan(), tool: "walscope lab")
    } catch {
      throw LabFailure(error)
    }
    do throws(RepairFailure) {
      _ = try plan.apply(to: log) { $0.scan() }
    } catch {
      throw LabFailure(
        error.kind == .refused ? .refused : .failed, error.reason, advice: error.advice,
        file: error.file)
    }
  }

  // MARK: Looking

  private func openLog() throws(LabFailure) -> Log {
    do throws(OpenFailure) {
      guard let log = try LogTree.open(path, format: "nori-wal").logs.first else {
        throw OpenFailure.notALog
      }
      return log
    } catch {
      if case .file(let error) = error { throw LabFailure(error) }
      throw LabFailure(.failed, "the log has gone")
    }
  }

  private func look() throws(LabFailure) -> DemoLook { try DemoLook(openLog()) }
}

extension LabFailure {
  fileprivate init(_ failure: PlanFailure) {
    switch failure {
    case .refused(let refusal): self.init(.refused, refusal.reason, advice: refusal.advice)
    case .file(_, let error): self.init(error)
    case .changing(let file, _): self.init(.failed, "somebody else writes it", file: file)
    case .unreadable(let file, let reason): self.init(.failed, reason, file: file)
    case .stopped: self = .stopped
    }
  }
}
