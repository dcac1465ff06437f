import JSON
import LogFiles
import LogFormats
import LogInspection
import Quantities

/// Measures how fast records are looked for behind damage, in contents that are none, against the
/// floor: reading the file once, with one checksum pass over it. Beside it the scan of files in which
/// nothing can be looked for, through contents as hostile.
public struct ResyncExperiment: LabExperiment {
  /// What is compared.
  public struct Settings: Sendable, Equatable {
    /// Names of formats.
    public var formats = HostileFile.formats
    public var contents = HostileContents.allCases
    /// Bytes of a file.
    public var logSize: UInt64 = 64 << 20

    public init() {}
  }

  public let name = "resync"
  private let chosen: Settings

  public init(_ settings: Settings = Settings()) { chosen = settings }

  static let check = LabVariant(name: "check", title: "check")

  public var variants: [LabVariant] { [ScanExperiment.floor, Self.check] }

  public var settings: [LabValue] { [LabValue("logBytes", .integer(chosen.logSize))] }

  public var cells: [LabCell] {
    chosen.formats.flatMap { format in
      chosen.contents.filter(HostileFile.contents(of: format).contains).map { contents in
        LabCell(
          title: "\(format), \(contents.rawValue)",
          settings: [
            LabValue("format", .text(format)), LabValue("contents", .text(contents.rawValue)),
          ])
      }
    }
  }

  /// A run is one scan of a whole file, so there is nothing to choose.
  public func operations(in cell: LabCell) -> ClosedRange<Int> { 1...1 }

  public func bytesNeeded(by cell: LabCell, operations: Int) -> UInt64 {
    chosen.logSize + (4 << 20)
  }

  public func run(_ turn: LabTurn) throws(LabFailure) -> LabRun {
    let log = try ScannedLog(hostile: turn, size: chosen.logSize)
    turn.reporter.enter(.running)
    let start = MonotonicTime.nanoseconds
    var read = log.size
    if turn.variant == ScanExperiment.floor {
      try inLab { () throws(FileError) in try log.readOnce() }
    } else {
      let report = log.check()
      guard !log.isSearched || report.segments.first?.afterDamage.records ?? 0 > 0 else {
        throw LabFailure(.failed, "no record was found behind the damage")
      }
      read = report.segments.reduce(0) { $0 + $1.bytesRead }
    }
    let elapsed = MonotonicTime.nanoseconds - start
    if turn.control.isStopped { throw .stopped }
    if !turn.isWarmUp {
      turn.reporter.update {
        $0.operations += 1
        $0.payloadBytes += log.size
      }
    }
    return LabRun(
      operations: 1, payloadBytes: log.size, elapsed: elapsed,
      measures: [
        LabValue("gigabytesPerSecond", .real(Double(log.size) / Double(max(1, elapsed)))),
        LabValue("timesRead", .real(Double(read) / Double(max(1, log.size)))),
      ])
  }

  // MARK: Conclusions

  public func conclusions(from report: LabReport) -> [String] {
    var sentences: [String] = []
    var worst: (times: Double, title: String)?
    for cell in report.cells {
      guard let times = Self.timesFloor(cell) else { continue }
      if worst.map({ $0.times < times }) ?? true { worst = (times, cell.cell.title) }
    }
    if let worst {
      sentences.append(
        "No contents take more than \(FixedPoint.text(worst.times, digits: 1)) times as long as the "
          + "floor (\(worst.title)).")
    }
    return sentences
  }

  /// How many times as long as the floor a check takes; nil where that was not measured.
  public static func timesFloor(_ cell: LabCellResult) -> Double? {
    func median(_ variant: LabVariant) -> Double? {
      cell.variant(variant.name)?.spread { Double($0.elapsed) }?.median
    }
    guard let floor = median(ScanExperiment.floor), let check = median(check), floor > 0 else {
      return nil
    }
    return check / floor
  }
}
