import LogFiles

/// Compares ways of preparing a file: threads append records to it, and each waits until its own is
/// durable.
public struct PrepareExperiment: LabExperiment {
  /// What is compared.
  public struct Settings: Sendable, Equatable {
    public var ways = PreparationWay.allCases
    /// Bytes of a record.
    public var recordSizes: [Int] = [256, 1 << 10, 4 << 10, 1 << 20]
    public var threads: [Int] = [1, 4]
    public var syncCalls: [SyncCall] = [.fdatasync]

    /// What fits into a minute.
    public init() {}

    /// The whole grid of the published measurements of okaywal.
    public static var full: Settings {
      var settings = Settings()
      settings.threads = [1, 2, 4, 8, 16]
      return settings
    }
  }

  public let name = "prepare"
  private let chosen: Settings

  public init(_ settings: Settings) { chosen = settings }

  public var variants: [LabVariant] { chosen.ways.map(\.variant) }

  public var settings: [LabValue] {
    [
      LabValue("ways", .list(chosen.ways.map(\.rawValue))),
      LabValue("recordSizes", .list(chosen.recordSizes.map { Self.sizeText($0) })),
      LabValue("threads", .list(chosen.threads.map(String.init))),
      LabValue("syncCalls", .list(chosen.syncCalls.map(\.rawValue))),
      LabValue("commit", .text("group")),
    ]
  }

  public var cells: [LabCell] {
    chosen.syncCalls.flatMap { call in
      chosen.recordSizes.flatMap { size in
        chosen.threads.map { threads in
          LabCell(
            title: "\(Self.sizeText(size)), \(threads) \(threads == 1 ? "thread" : "threads")"
              + (chosen.syncCalls.count > 1 ? ", \(call.rawValue)" : ""),
            settings: [
              LabValue("recordSize", .integer(UInt64(size))),
              LabValue("threads", .integer(UInt64(threads))),
              LabValue("syncCall", .text(call.rawValue)),
            ])
        }
      }
    }
  }

  /// Bytes as the published table writes them: `256B`, `1KB`, `1MB`.
  public static func sizeText(_ bytes: Int) -> String {
    let units: [(size: Int, name: String)] = [(1 << 20, "MB"), (1 << 10, "KB")]
    for unit in units where bytes >= unit.size && bytes.isMultiple(of: unit.size) {
      return "\(bytes / unit.size)\(unit.name)"
    }
    return "\(bytes)B"
  }

  /// The most bytes that a run writes into its file.
  private static let largestFile = 64 << 20
  private static let mostOperations = 20_000

  public func operations(in cell: LabCell) -> ClosedRange<Int> {
    let (size, threads) = (Int(cell.integer("recordSize")), Int(cell.integer("threads")))
    let fitting = max(1, Self.largestFile / max(1, size))
    let fewest = max(threads, min(fitting / 2, max(32, threads * 4)))
    return fewest...max(fewest, min(fitting, Self.mostOperations))
  }

  public func bytesNeeded(by cell: LabCell, operations: Int) -> UInt64 {
    // Some blocks more for each file: the file system keeps notes of its own.
    UInt64(chosen.ways.count) * (UInt64(operations) * cell.integer("recordSize") + (256 << 10))
  }

  public func run(_ turn: LabTurn) throws(LabFailure) -> LabRun {
    guard let way = PreparationWay(rawValue: turn.variant.name),
      let call = turn.cell.text("syncCall").flatMap(SyncCall.init(rawValue:))
    else { throw LabFailure(.failed, "\(turn.variant.name) is no way of preparing a file") }
    return try PrepareTurn(turn, way: way, call: call).run()
  }
}
