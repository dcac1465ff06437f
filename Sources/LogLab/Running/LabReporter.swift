/// Tells the progress of one variant to whoever looks.
public struct LabReporter: Sendable {
  public let control: LabControl
  private let variant: Int
  private let counts: Bool
  let processorWait = ProcessorWait()

  /// For one run of the variant of this index; a run that does not `count` leaves no figures.
  init(control: LabControl, variant: Int, counts: Bool) {
    self.control = control
    self.variant = variant
    self.counts = counts
  }

  /// Says what is being done, or changes whatever else is shown.
  public func update(_ body: (inout VariantProgress) -> Void) {
    control.change { progress in
      guard progress.variants.indices.contains(variant) else { return }
      body(&progress.variants[variant])
    }
  }

  public func enter(_ state: VariantProgress.State) { update { $0.state = state } }

  /// Adds the figures of some operations.
  func add(_ piece: LatencyRecorder.Piece) {
    update { progress in
      progress.recent += piece.recent
      let surplus = progress.recent.count - VariantProgress.recentLimit
      if surplus > 0 { progress.recent.removeFirst(surplus) }
      progress.logicalEnd = max(progress.logicalEnd, piece.logicalEnd)
      guard counts else { return }
      progress.latencies.add(piece.latencies)
      progress.operations += piece.latencies.count
      progress.payloadBytes += piece.payloadBytes
    }
  }
}

/// Notes the latencies of one thread, the calling one, and passes them on a few times a second.
public struct LatencyRecorder: Sendable {
  struct Piece: Sendable {
    var latencies = Distribution()
    var recent: [UInt64] = []
    var payloadBytes: UInt64 = 0
    var logicalEnd: UInt64 = 0
  }

  /// All that this thread has noted.
  public private(set) var latencies = Distribution()
  private var piece = Piece()
  private var told = MonotonicTime.nanoseconds
  private let waited = ProcessorWait.ofThisThread
  private let reporter: LabReporter

  private static let interval: UInt64 = 50_000_000
  private static let recentLimit = 64

  public init(_ reporter: LabReporter) { self.reporter = reporter }

  /// Notes an operation that began and ended at these moments of `MonotonicTime`. Call it outside of
  /// what is measured.
  public mutating func record(
    from start: UInt64, to end: UInt64, payload: Int, logicalEnd: UInt64 = 0
  ) {
    let took = end &- start
    piece.latencies.record(took)
    piece.payloadBytes += UInt64(payload)
    piece.logicalEnd = max(piece.logicalEnd, logicalEnd)
    if piece.recent.count < Self.recentLimit { piece.recent.append(took) }
    if end &- told >= Self.interval { tell(at: end) }
  }

  /// Passes on what was not yet; call it at the end.
  public mutating func finish() {
    tell(at: MonotonicTime.nanoseconds)
    if let waited, let now = ProcessorWait.ofThisThread {
      reporter.processorWait.add(now - min(now, waited))
    }
  }

  private mutating func tell(at moment: UInt64) {
    told = moment
    latencies.add(piece.latencies)
    reporter.add(piece)
    piece = Piece()
  }
}
