import Glibc
import LogFiles
import LogFormats
import TestSupport
import Testing

@testable import LogInspection
@testable import LogRepair

/// A nori-wal log of four segments: whole, with a torn tail and preallocated space behind it, one
/// with a hole, and whole again, so that nobody waits for a writer of the last one. They are old.
struct RepairScene {
  let path: String
  private let directory: TemporaryDirectory?

  static let names = ["000000.wal", "000001.wal", "000002.wal", "000003.wal"]
    .map { FileName($0) }
  /// Where the torn tail of the second segment begins.
  static let tornAt: UInt64 = 9300
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
    var first: [UInt8] = []
    for number in 0..<120 { first += record(number) }
    try FileWriter("\(path)/000000.wal").write(first, at: 0)
    let torn = try FileWriter("\(path)/000001.wal")
    var second: [UInt8] = []
    var number = 0
    while second.count + record(number).count <= Int(tornAt) {
      second += record(number)
      number += 1
    }
    second += record(0, valueSize: Int(tornAt) - second.count - 100)
    second = Array(second.prefix(Int(tornAt)))
    try torn.write(second + [7, 1, 2, 3, 4, 5, 6, 7], at: 0)
    try torn.preallocate(Int(preallocated))
    let sparse = try FileWriter("\(path)/000002.wal")
    try sparse.write(Array(first.prefix(8192)), at: 0)
    try sparse.write([9, 9, 9, 9], at: 32_768)
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
    var options = options
    options.acknowledgements.insert(.lose(lost(steps, log)))
    return try log.plan(
      .recover(droppingUncommitted: false), options: options, report: log.scan(), tool: "test")
  }

  private func lost(_ steps: [RepairStep], _ log: Log) -> UInt64 {
    (try? log.plan(.recover(droppingUncommitted: false), report: log.scan(), tool: "test"))?
      .prospect?.recordsLost ?? 0
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
      let pieces = try SavedFile.pieces(
        of: file, in: [0..<status.size], allocatedBehindEnd: true)
      states[entry.name] = FileState(
        bytes: bytes, mode: status.mode, owner: status.owner, group: status.group,
        modified: status.modified, pieces: pieces, identity: status.identity)
    }
    return states
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
    let end = RepairScene.tornAt
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
