import JSON
import LogFiles
import LogFormats
import LogInspection
import LogFormats
import Quantities

/// Measures how fast logs are scanned, against the floor: reading the file once, with one checksum
/// pass over it.
public struct ScanExperiment: LabExperiment {
  /// What is compared.
  public struct Settings: Sendable, Equatable {
    /// Names of formats that can be made.
    public var formats = ScanExperiment.formats
    /// Bytes of a value.
    public var valueSizes = [100, 1 << 10]
    /// Bytes of a log.
    public var logSize: UInt64 = 256 << 20
    /// Segments that are scanned at the same time, beside one.
    public var threads = 2

    public init() {}
  }

  /// Names of the formats that a log can be made of, and that hold records themselves.
  public static var formats: [String] {
    FormatRegistry.formats.filter { $0.canMake && !$0.writerPolicies.isEmpty }.map(\.name)
  }

  public let name = "scan"
  private let chosen: Settings

  public init(_ settings: Settings = Settings()) { chosen = settings }

  static let floor = LabVariant(name: "floor", title: "floor")
  static let scan = LabVariant(name: "scan", title: "scan")
  /// A search for what is nowhere, which reads everything, while another thread scans.
  static let search = LabVariant(name: "search", title: "search")
  private var parallel: LabVariant {
    LabVariant(name: "scan-\(chosen.threads)", title: "scan, \(chosen.threads) threads")
  }

  public var variants: [LabVariant] {
    [Self.floor, Self.scan, Self.search] + (chosen.threads > 1 ? [parallel] : [])
  }

  public var settings: [LabValue] {
    [
      LabValue("logBytes", .integer(chosen.logSize)),
      LabValue("threads", .integer(UInt64(chosen.threads))),
    ]
  }

  /// Each format with each size, and compressed values apart, in the largest size: their check is
  /// another work than that of bytes.
  public var cells: [LabCell] {
    chosen.formats.flatMap { format in
      let compressed = FormatRegistry.format(named: format)?.compressedKinds ?? []
      let largest = chosen.valueSizes.max().map { [$0] } ?? []
      return chosen.valueSizes.map { cell(format, size: $0) }
        + compressed.flatMap { kind in largest.map { cell(format, size: $0, kind: kind) } }
    }
  }

  private func cell(_ format: String, size: Int, kind: String? = nil) -> LabCell {
    LabCell(
      title: "\(format), \(PrepareExperiment.sizeText(size)) values"
        + (kind.map { ", \($0)" } ?? ""),
      settings: [
        LabValue("format", .text(format)), LabValue("valueSize", .integer(UInt64(size))),
      ] + (kind.map { [LabValue("kind", .text($0))] } ?? []))
  }

  /// A run is one scan of a whole log, so there is nothing to choose.
  public func operations(in cell: LabCell) -> ClosedRange<Int> {
    let records = max(1, Int(chosen.logSize / max(1, cell.integer("valueSize"))))
    return records...records
  }

  public func bytesNeeded(by cell: LabCell, operations: Int) -> UInt64 {
    UInt64(operations) * (cell.integer("valueSize") + 48)
  }

  public func run(_ turn: LabTurn) throws(LabFailure) -> LabRun {
    let log = try ScannedLog(turn)
    turn.reporter.enter(.running)
    let start = MonotonicTime.nanoseconds
    var records: UInt64 = 0
    if turn.variant == Self.floor {
      try inLab { () throws(FileError) in try log.readOnce() }
    } else if turn.variant == Self.search {
      records = try log.search(turn.control)
    } else {
      records = try log.scan(threads: turn.variant == Self.scan ? 1 : chosen.threads, turn.control)
    }
    let elapsed = MonotonicTime.nanoseconds - start
    if turn.control.isStopped { throw .stopped }
    if !turn.isWarmUp {
      turn.reporter.update {
        $0.operations += records
        $0.payloadBytes += log.size
      }
    }
    return LabRun(
      operations: records, payloadBytes: log.size, elapsed: elapsed,
      measures: [
        LabValue(
          "gigabytesPerSecond", .real(Double(log.size) / Double(max(1, elapsed))))
      ])
  }

  // MARK: Conclusions

  public func conclusions(from report: LabReport) -> [String] {
    report.cells.compactMap { cell -> String? in
      guard let floor = time(cell, Self.floor), let scan = time(cell, Self.scan) else {
        return nil
      }
      let bytes = cell.variant(Self.scan.name)?.runs.first?.payloadBytes ?? 0
      func rate(_ spread: Spread) -> String {
        Quantity.rate(bytes: bytes, in: .nanoseconds(Int64(spread.median)))
      }
      var sentence =
        "\(cell.cell.title): the scan makes \(rate(scan)), "
        + "\(FixedPoint.text(floor.median / scan.median, digits: 2)) of the floor of \(rate(floor))"
      if let search = time(cell, Self.search) {
        sentence +=
          "; a search makes \(rate(search)), "
          + "\(FixedPoint.text(floor.median / search.median, digits: 2)) of the floor"
      }
      if let pair = time(cell, parallel) {
        sentence +=
          "; \(chosen.threads) threads are \(FixedPoint.text(scan.median / pair.median, digits: 2))"
          + " times as fast as one"
      }
      let widest = max(floor.width, scan.width)
      if widest > Comparison.largestWidth / 2 {
        sentence += " (the rounds lie \(FixedPoint.text(widest * 100, digits: 0)) % apart)"
      }
      return sentence + "."
    }
  }

  private func time(_ cell: LabCellResult, _ variant: LabVariant) -> Spread? {
    cell.variant(variant.name)?.spread { Double($0.elapsed) }
  }
}
