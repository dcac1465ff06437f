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
    /// Threads of one check, beside one.
    public var threads = 2

    public init() {}
  }

  public let name = "resync"
  private let chosen: Settings

  public init(_ settings: Settings = Settings()) { chosen = settings }

  static let check = LabVariant(name: "check", title: "check")
  private var parallel: LabVariant {
    LabVariant(name: "check-\(chosen.threads)", title: "check, \(chosen.threads) threads")
  }

  public var variants: [LabVariant] {
    [ScanExperiment.floor, Self.check] + (chosen.threads > 1 ? [parallel] : [])
  }

  public var settings: [LabValue] {
    [
      LabValue("logBytes", .integer(chosen.logSize)),
      LabValue("threads", .integer(UInt64(chosen.threads))),
    ]
  }

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
      let report = log.check(threads: turn.variant == Self.check ? 1 : chosen.threads)
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
    variants.dropFirst().compactMap { variant in
      let all = report.cells.compactMap { cell in
        Self.timesFloor(cell, variant).map { (times: $0, title: cell.cell.title) }
      }
      guard let worst = all.max(by: { $0.times < $1.times }) else { return nil }
      let threads = variant == parallel ? " by \(chosen.threads) threads" : ""
      return
        "No contents take more than \(FixedPoint.text(worst.times, digits: 1)) times as long as the "
        + "floor\(threads) (\(worst.title))."
    }
  }

  /// How many times as long as the floor a check takes, as one of `variants` makes it; nil where that
  /// was not measured.
  public static func timesFloor(_ cell: LabCellResult, _ variant: LabVariant) -> Double? {
    func median(_ variant: LabVariant) -> Double? {
      cell.variant(variant.name)?.spread { Double($0.elapsed) }?.median
    }
    guard let floor = median(ScanExperiment.floor), let check = median(variant), floor > 0 else {
      return nil
    }
    return check / floor
  }
}
