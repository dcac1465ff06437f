public import JSON
import LogFiles
import Quantities

/// Compares ways in which several processes append to one file, and looks whether all of it is
/// there afterwards.
public struct AppendExperiment: LabExperiment {
  /// What is compared.
  public struct Settings: Sendable, Equatable {
    public var strategies: [AppendStrategy] = AppendStrategy.allCases
    /// Bytes of an append.
    public var sizes: [Int] = [1, 128, 4095]
    public var processes = 4
    /// Appends of each process; nil for as many as were published.
    public var operations: Int?

    public init() {}
  }

  /// Processes that can be told apart by a letter.
  public static let mostProcesses = 64
  /// Numbers of appends have eight hexadecimal digits.
  public static let mostOperations = 0xFFFF_FFFF

  /// Appends of each process in the published measurements.
  public static func usualOperations(bytes: Int) -> Int { bytes < 1024 ? 100_000 : 10_000 }

  public let name = "append"
  private let chosen: Settings

  public init(_ settings: Settings = Settings()) {
    var settings = settings
    settings.processes = max(1, min(settings.processes, Self.mostProcesses))
    chosen = settings
  }

  public var variants: [LabVariant] { chosen.strategies.map(\.variant) }

  public var settings: [LabValue] {
    [
      LabValue("bytesPerAppend", .list(chosen.sizes.map(String.init))),
      LabValue("processes", .integer(UInt64(chosen.processes))),
    ]
  }

  public var cells: [LabCell] {
    chosen.sizes.map { size in
      LabCell(
        title: Quantity.count(size, "byte"),
        settings: [
          LabValue("bytesPerAppend", .integer(UInt64(size))),
          LabValue("processes", .integer(UInt64(chosen.processes))),
          LabValue("operationsPerProcess", .integer(UInt64(operations(bytes: size)))),
        ])
    }
  }

  private func operations(bytes: Int) -> Int {
    min(chosen.operations ?? Self.usualOperations(bytes: bytes), Self.mostOperations)
  }

  private func work(_ strategy: AppendStrategy, _ cell: LabCell) -> AppendWork {
    AppendWork(
      strategy: strategy, size: Int(cell.integer("bytesPerAppend")),
      processes: Int(cell.integer("processes")),
      operations: Int(cell.integer("operationsPerProcess")))
  }

  /// As many as the cell says, so that all strategies write the same, and as was published.
  public func operations(in cell: LabCell) -> ClosedRange<Int> {
    let count = Int(cell.integer("processes") * cell.integer("operationsPerProcess"))
    return count...count
  }

  public func bytesNeeded(by cell: LabCell, operations: Int) -> UInt64 {
    // One file at a time: each run removes its own.
    chosen.strategies.map { work($0, cell).fileSize }.max() ?? 0
  }

  public func run(_ turn: LabTurn) throws(LabFailure) -> LabRun {
    guard let strategy = AppendStrategy(rawValue: turn.variant.name) else {
      throw LabFailure(.failed, "\(turn.variant.name) is no way of appending")
    }
    return try AppendTurn(turn, work(strategy, turn.cell)).run()
  }

  public func writeMembers(of report: LabReport, to json: inout JSONWriter) {
    json.member("results", array: AppendResult.all(of: report), isCut: false) { json, result in
      json.object { json in
        json.member("strategy", result.strategy.rawValue)
        json.member("bytesPerAppend", result.bytes)
        json.member("processes", result.processes)
        json.member("operations", result.operations)
        json.member("totalMilliseconds") { result.nanoseconds.write(to: &$0, divisor: 1e6) }
        json.real("microsecondsPerCall", result.microsecondsPerCall, digits: 4)
        json.real("megabytesPerSecond", result.megabytesPerSecond)
        json.member("bytesLost", result.bytesLost)
      }
    }
  }
}

/// What one strategy came to with one size.
public struct AppendResult: Sendable {
  public let strategy: AppendStrategy
  /// Bytes of an append.
  public let bytes: Int
  public let processes: Int
  /// Appends of each process.
  public let operations: Int
  /// How long a run took, from the first process's beginning to the last one's end.
  public let nanoseconds: Spread
  /// Bytes that were not in the file afterwards, over all rounds.
  public let bytesLost: UInt64

  /// Median time of a run divided by all appends of all processes.
  public var microsecondsPerCall: Double {
    nanoseconds.median / 1e3 / Double(max(1, processes * operations))
  }

  /// Payload of a run, in decimal megabytes, for each second of its median time.
  public var megabytesPerSecond: Double {
    let seconds = nanoseconds.median / 1e9
    return seconds > 0 ? Double(bytes * processes * operations) / 1e6 / seconds : 0
  }

  /// As published for the original program, in microseconds, where the setting is the same.
  public var published: Double? {
    strategy.published(bytes: bytes, processes: processes, operations: operations)
  }

  /// All that was measured, in the order of the report.
  public static func all(of report: LabReport) -> [AppendResult] {
    report.cells.flatMap { cell in cell.variants.compactMap { AppendResult($0, in: cell.cell) } }
  }

  /// Nil where nothing was measured.
  public init?(_ result: LabVariantResult, in cell: LabCell) {
    guard let strategy = AppendStrategy(rawValue: result.variant.name),
      let nanoseconds = result.spread({ Double($0.elapsed) })
    else { return nil }
    self.strategy = strategy
    self.nanoseconds = nanoseconds
    bytes = Int(cell.integer("bytesPerAppend"))
    processes = Int(cell.integer("processes"))
    operations = Int(cell.integer("operationsPerProcess"))
    bytesLost = result.runs.reduce(0) { $0 + UInt64($1.measure("bytesLost") ?? 0) }
  }
}
