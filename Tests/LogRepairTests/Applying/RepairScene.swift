import Glibc
import LogFiles
import LogFormats
import TestSupport
import Testing

@testable import LogInspection
@testable import LogRepair

/// A nori-wal log of four segments: whole, with preallocated space behind its records, with a hole
/// there, and whole again. They are sound, for damage would be searched for all the time, and old,
/// or their writer would be waited for.
struct RepairScene {
  let path: String
  private let directory: TemporaryDirectory?

  static let names = ["000000.wal", "000001.wal", "000002.wal", "000003.wal"]
    .map { FileName($0) }
  private static let records = (0..<40).map { record($0, valueSize: 250) }
  private static func bytes(_ count: Int) -> [UInt8] { Array(records.prefix(count).joined()) }
  /// Where the last record of the second segment begins.
  static let cutAt = UInt64(bytes(35).count)
  static let preallocated: UInt64 = 65_536
  static let bytesOfSegment2 = 40_000

  /// The log in a new directory, below `base` where that is given.
  init(below base: String? = nil) throws {
    let directory = try TemporaryDirectory(below: base)
    try self.init(at: directory.path, keeping: directory)
    try Self.fill(path)
  }

  /// The log in a directory that another process or value made.
  init(at path: String, keeping directory: TemporaryDirectory? = nil) throws {
    self.path = path
    self.directory = directory
  }

  /// Makes the files of the log.
  static func fill(_ path: String) throws {
    try FileWriter("\(path)/000000.wal").write(bytes(40), at: 0)
    let torn = try FileWriter("\(path)/000001.wal")
    try torn.write(bytes(36), at: 0)
    try torn.preallocate(Int(preallocated))
    let sparse = try FileWriter("\(path)/000002.wal")
    try sparse.write(bytes(33), at: 0)
    try sparse.truncate(bytesOfSegment2)
    try FileWriter("\(path)/000003.wal").write(newSegment, at: 0)
    try age(path)
  }

  /// A whole segment of some 5,000 bytes.
  static let newSegment = record(1, valueSize: 2400) + record(2, valueSize: 2568)

  private static func record(_ number: Int, valueSize: Int = 60) -> [UInt8] {
    LogStory.record(
      key: Array("key-\(number)".utf8),
      value: (0..<max(0, valueSize)).map { UInt8(truncatingIfNeeded: 0x61 + ($0 + number) % 26) })
  }

  /// Makes the files old, so that nobody waits for a writer.
  private static func age(_ path: String) throws {
    let old = timespec(tv_sec: 1_700_000_000, tv_nsec: 123_456_789)
    for name in names {
      let file = "\(path)/\(name.utf8 ?? "")"
      guard utimensat(AT_FDCWD, file, [old, old], 0) == 0, chmod(file, 0o640) == 0 else {
        throw SetupFailure("utimensat", errno)
      }
    }
  }

  // MARK: Plans

  /// The log, with steps that any action comes to.
  func log(_ steps: [RepairStep], calls: SystemCalls = .linux) throws -> Log {
    let found = try LogTree.open(FileName(path), calls: calls).logs
    let log = try #require(found.first)
    #expect(found.count == 1)
    return Log(
      directory: log.directory, layout: log.layout,
      format: GivenSteps(base: log.format, steps: steps), place: log.place, recognition: .names)
  }

  func plan(_ steps: [RepairStep], options: PlanOptions = PlanOptions()) throws -> Plan {
    let log = try log(steps)
    var plan = try log.plan(
      .recover(droppingUncommitted: false), options: options, report: log.scan(), tool: "test")
    plan.options.acknowledgements.formUnion(plan.needed)
    return plan
  }

  /// Applies a plan to the log as it is by now.
  func apply(_ plan: Plan, calls: SystemCalls = .linux, control: RepairControl = RepairControl())
    throws -> RepairResult
  {
    let log = try log(plan.steps.map(\.step), calls: calls)
    return try plan.apply(to: log, control: control) { $0.scan() }
  }

  func history(savesTo: String? = nil, calls: SystemCalls = .linux) throws -> RepairHistory {
    RepairHistory(of: try log([], calls: calls), savesTo: savesTo.map { FileName($0) })
  }

  // MARK: States

  /// Everything about the files that a repair may change and an undo puts back.
  struct FileState: Equatable {
    var bytes: [UInt8]
    var mode: UInt32
    var owner: UInt32
    var group: UInt32
    var modified: Timestamp
    var pieces: [SavedFile.Piece]
    var identity: FileIdentity
  }

  /// The files of the directory by name, `.walscope` left out.
  func files() throws -> [FileName: FileState] {
    var states: [FileName: FileState] = [:]
    let directory = try OpenDirectory.open(path)
    for entry in try directory.entries() where entry.name != .backups {
      let file = try directory.openFile(entry.name)
      let status = try file.status()
      let bytes = try file.bytes(in: 0..<status.size)
      // In memory (tmpfs) a write may make data of preallocated space around it.
      var keepsUnwritten = false
      if case .mapped = file.extents() { keepsUnwritten = true }
      let pieces =
        keepsUnwritten
        ? try SavedFile.pieces(of: file, in: [0..<status.size], allocatedBehindEnd: true) : []
      states[entry.name] = FileState(
        bytes: bytes, mode: status.mode, owner: status.owner, group: status.group,
        modified: status.modified, pieces: pieces, identity: status.identity)
    }
    return states
  }

  /// What differs from an earlier state, for the message of a test; empty where nothing does.
  func changes(since before: [FileName: FileState]) throws -> [String] {
    let now = try files()
    return Set(now.keys).union(before.keys).sorted().flatMap { name -> [String] in
      let shown = name.utf8 ?? ""
      guard let old = before[name], let new = now[name] else {
        return ["\(shown) is \(now[name] == nil ? "gone" : "new")"]
      }
      var changes: [String] = []
      if old.bytes != new.bytes { changes.append("\(shown): bytes") }
      if old.pieces != new.pieces { changes.append("\(shown): \(old.pieces) -> \(new.pieces)") }
      if old.modified != new.modified { changes.append("\(shown): time") }
      if old.identity != new.identity { changes.append("\(shown): identity") }
      if (old.mode, old.owner, old.group) != (new.mode, new.owner, new.group) {
        changes.append("\(shown): mode or owner")
      }
      return changes
    }
  }

  /// Expects all files to be as they were.
  func expectUnchanged(
    since before: [FileName: FileState], _ comment: Comment? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let changes = try changes(since: before)
    #expect(changes == [], comment, sourceLocation: sourceLocation)
  }

  /// The bytes of the files alone.
  func bytes() throws -> [FileName: [UInt8]] { try files().mapValues(\.bytes) }

  var hasStore: Bool { access("\(path)/.walscope", F_OK) == 0 }
}

/// Plans of every kind of change.
enum RepairSample: String, CaseIterable, CustomTestStringConvertible {
  case cut, cutAndPreallocate, write, zero, remove, create, several

  var testDescription: String { rawValue }

  var steps: [RepairStep] {
    let names = RepairScene.names
    let end = RepairScene.cutAt
    func step(_ file: Int, _ change: FileChange) -> RepairStep {
      RepairStep(names[file], change, "a step of a test")
    }
    return switch self {
    case .cut: [step(1, .cut(to: end))]
    case .cutAndPreallocate:
      [step(1, .cut(to: end)), step(1, .preallocate(to: RepairScene.preallocated))]
    case .write: [step(0, .write([1, 2, 3, 4, 5, 6, 7, 8], at: 4090))]
    case .zero: [step(2, .zero(4000..<36_000))]
    case .remove: [step(0, .remove)]
    case .create:
      [RepairStep(FileName("000004.wal"), .create(RepairScene.newSegment), "new")]
    case .several:
      [
        step(0, .remove), step(1, .write([0xAA, 0xBB], at: 100)), step(1, .cut(to: end)),
        step(2, .zero(8000..<8192)), step(2, .write([1], at: 20_000)),
      ]
    }
  }
}
