import LogFiles
import LogFormats
import JSON
import Quantities

/// Measures how long the writers of the formats take to commit a record, under each of their
/// policies, beside plain writes of the same bytes.
public struct CommitExperiment: LabExperiment {
  /// What is compared.
  public struct Settings: Sendable, Equatable {
    /// Names of formats; empty for all that can be written.
    public var formats: [String] = []
    /// Bytes of key and value.
    public var recordSizes: [Int] = [1 << 10]
    public var threads: [Int] = [1, 4]

    public init() {}
  }

  /// Names of the formats that can be written.
  public static var formats: [String] {
    FormatRegistry.formats.filter { !$0.writerPolicies.isEmpty }.map(\.name)
  }

  public let name = "commit"
  private let chosen: Settings
  private let contestants: [CommitContestant]

  public init(_ settings: Settings = Settings()) {
    chosen = settings
    contestants = CommitContestant.all(of: settings.formats)
  }

  public var variants: [LabVariant] { contestants.map(\.variant) }

  public var settings: [LabValue] {
    [
      LabValue("recordSizes", .list(chosen.recordSizes.map { PrepareExperiment.sizeText($0) })),
      LabValue("threads", .list(chosen.threads.map(String.init))),
    ]
  }

  public var cells: [LabCell] {
    chosen.recordSizes.flatMap { size in
      chosen.threads.map { threads in
        LabCell(
          title: "\(PrepareExperiment.sizeText(size)), \(Quantity.count(threads, "thread"))",
          settings: [
            LabValue("recordSize", .integer(UInt64(size))),
            LabValue("threads", .integer(UInt64(threads))),
          ])
      }
    }
  }

  /// What does not wait for the disk makes so many times the operations, or its runs would be over
  /// before anything can be measured.
  static let undurableFactor = 100

  private static let largestLog = 256 << 20
  private static let mostOperations = 20_000

  public func operations(in cell: LabCell) -> ClosedRange<Int> {
    let (size, threads) = (Int(cell.integer("recordSize")), Int(cell.integer("threads")))
    let fitting = max(1, Self.largestLog / Self.undurableFactor / max(1, size))
    let fewest = max(threads, min(fitting, max(32, threads * 4)))
    return fewest...max(fewest, min(fitting, Self.mostOperations))
  }

  public func bytesNeeded(by cell: LabCell, operations: Int) -> UInt64 {
    // One log at a time: each run removes its own. Segments are preallocated, headers added.
    let records = UInt64(operations * Self.undurableFactor)
    return records * (cell.integer("recordSize") + 64) + (256 << 20)
  }

  public func run(_ turn: LabTurn) throws(LabFailure) -> LabRun {
    guard let contestant = contestants.first(where: { $0.variant.name == turn.variant.name }) else {
      throw LabFailure(.failed, "\(turn.variant.name) is no writer")
    }
    return try CommitTurn(turn, contestant).run()
  }

  // MARK: Conclusions

  public func conclusions(from report: LabReport) -> [String] {
    var sentences: [String] = []
    for cell in report.cells {
      for contestant in contestants where !contestant.isPlain {
        let baseline = contestant.baseline
        guard let mine = cell.variant(contestant.variant.name)?.timePerOperation,
          let plain = cell.variant(baseline.variant.name)?.timePerOperation
        else { continue }
        let rate = Quantity.grouped(UInt64(1e9 / mine.median))
        var sentence =
          "\(contestant.variant.title) commits \(rate) records/s (\(cell.cell.title))"
        let ratio = FixedPoint.text(plain.median / mine.median, digits: 2)
        switch Comparison(mine, with: plain) {
        case .unclear:
          sentence +=
            "; its rounds and those of \(baseline.variant.title) lie too far apart to compare"
        case .less, .more, .same:
          sentence += ": \(ratio) of the rate of \(baseline.variant.title)"
        }
        sentences.append(sentence + ".")
      }
    }
    return sentences
  }
}

/// A writer under one of its policies, or plain writes to compare it with.
struct CommitContestant: Sendable {
  enum Kind: Sendable {
    /// `pwrite` of the same bytes one behind the other, each followed by `fdatasync` or not.
    case plain(syncs: Bool)
    case writer(any LogFormat, WriterPolicy)
  }
  let kind: Kind
  let variant: LabVariant

  static let plainWrite = CommitContestant(
    kind: .plain(syncs: false), variant: LabVariant(name: "write", title: "plain write"))
  static let syncedWrite = CommitContestant(
    kind: .plain(syncs: true),
    variant: LabVariant(name: "write-fdatasync", title: "plain write + fdatasync"))

  /// The plain writes, then every policy of the formats of these names, or of all.
  static func all(of names: [String]) -> [CommitContestant] {
    var all = [plainWrite, syncedWrite]
    for format in FormatRegistry.formats where names.isEmpty || names.contains(format.name) {
      for policy in format.writerPolicies {
        all.append(
          CommitContestant(
            kind: .writer(format, policy),
            variant: LabVariant(
              name: "\(format.name)-\(policy.name)", title: "\(format.name) \(policy.name)")))
      }
    }
    return all
  }

  var isPlain: Bool { if case .plain = kind { true } else { false } }

  /// Whether each operation waits for the disk.
  var isDurable: Bool {
    switch kind {
    case .plain(let syncs): syncs
    case .writer(_, let policy): policy.isDurable
    }
  }

  /// The plain writes that promise as much.
  var baseline: CommitContestant { isDurable ? Self.syncedWrite : Self.plainWrite }
}
