import LogFiles
import LogFormats
import LogLab

/// How far an experiment is, and how its files lie on the disk, at one moment.
struct LabSnapshot: Sendable {
  let progress: LabProgress
  /// The variants of the combination of settings under way.
  let rows: [LabRow]

  /// Looks at the experiment and its files: not on the thread that draws.
  init(_ control: LabControl) {
    progress = control.progress
    rows = progress.variants.map { LabRow($0) }
  }
}

/// One variant of an experiment, while it runs or afterwards.
struct LabRow: Sendable {
  let variant: LabVariant
  var state: VariantProgress.State
  /// The file that it wrote last, as it lies on the disk; nil where it has none.
  let layout: FileLayout?
  let logicalEnd: UInt64
  var latencies: Distribution
  /// The newest latencies in nanoseconds, oldest first.
  let recent: [UInt64]
  /// Operations a second, nil before a run has ended.
  var rate: Double?
  /// Bytes of payload a second, nil before a run has ended.
  var speed: Double?

  init(_ progress: VariantProgress) {
    variant = progress.variant
    state = progress.state
    layout = progress.file?.layout() ?? progress.after ?? progress.before
    logicalEnd = progress.logicalEnd
    latencies = progress.latencies
    recent = progress.recent
    rate =
      progress.elapsed > 0 && progress.operations > 0
      ? Double(progress.operations) * 1e9 / Double(progress.elapsed) : nil
    speed =
      progress.elapsed > 0 && progress.payloadBytes > 0
      ? Double(progress.payloadBytes) * 1e9 / Double(progress.elapsed) : nil
  }

  /// Takes the figures of all rounds, which are told at the end.
  mutating func take(_ result: LabVariantResult) {
    if let obstacle = result.obstacle { state = .unavailable(obstacle) }
    if result.latencies.count > 0 { latencies = result.latencies }
    rate = result.rate?.median ?? rate
    let speeds = result.spread { run in
      run.elapsed > 0 && run.payloadBytes > 0
        ? Double(run.payloadBytes) * 1e9 / Double(run.elapsed) : nil
    }
    speed = speeds?.median ?? speed
  }

  /// What the file holds from left to right.
  var pieces: [FileContents.Piece] {
    guard let layout else { return [] }
    let end = min(logicalEnd, layout.size)
    let ranges = [
      ByteRange(.records, offset: 0, length: end),
      ByteRange(.zeroTail, offset: end, length: layout.size - end),
    ]
    return ExtentsModel(
      layout.map, size: layout.size, ranges: ranges.filter { $0.length > 0 }, logicalEnd: end
    ).pieces
  }
}
