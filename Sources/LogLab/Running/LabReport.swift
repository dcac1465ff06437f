public import LogFiles

/// All figures of an experiment.
public struct LabReport: Sendable {
  public let experiment: String
  /// The directory that was named. Foreign bytes: escape them before they are shown.
  public let directory: FileName
  public let machine: Machine
  public let settings: [LabValue]
  /// Rounds that were asked for.
  public let rounds: Int
  /// Whether it ended before all rounds were made.
  public internal(set) var isInterrupted = false
  /// Nanoseconds that all of it took.
  public internal(set) var elapsed: UInt64 = 0
  public internal(set) var cells: [LabCellResult] = []
  /// What is to be learned, as sentences that follow from the figures.
  public internal(set) var conclusions: [String] = []
  /// Why something of the laboratory is still there; nil when nothing is.
  public internal(set) var leftover: FileError?

  public init(
    experiment: String, directory: FileName, machine: Machine, settings: [LabValue], rounds: Int,
    cells: [LabCellResult] = []
  ) {
    self.experiment = experiment
    self.directory = directory
    self.machine = machine
    self.settings = settings
    self.rounds = rounds
    self.cells = cells
  }
}

/// What the variants came to under one combination of settings.
public struct LabCellResult: Sendable {
  public let cell: LabCell
  /// Operations of each run.
  public let operations: Int
  public var variants: [LabVariantResult]

  public init(cell: LabCell, operations: Int, variants: [LabVariantResult]) {
    self.cell = cell
    self.operations = operations
    self.variants = variants
  }

  /// The result of the variant of this name.
  public func variant(_ name: String) -> LabVariantResult? {
    variants.first { $0.variant.name == name }
  }
}

/// The rounds of one variant.
public struct LabVariantResult: Sendable {
  public let variant: LabVariant
  /// A run for each round, in order.
  public var runs: [LabRun]
  /// Why it is not possible here, nil when it is.
  public var obstacle: String?

  public init(variant: LabVariant, runs: [LabRun] = [], obstacle: String? = nil) {
    self.variant = variant
    self.runs = runs
    self.obstacle = obstacle
  }

  /// The latencies of all rounds.
  public var latencies: Distribution {
    runs.reduce(into: Distribution()) { $0.add($1.latencies) }
  }

  /// The spread of a figure over the rounds, nil where no round has it.
  public func spread(_ figure: (LabRun) -> Double?) -> Spread? {
    Spread(runs.compactMap(figure))
  }

  /// Average latency of each round, in nanoseconds.
  public var averages: Spread? { spread { $0.latencies.count > 0 ? $0.latencies.average : nil } }

  /// Median latency of each round, in nanoseconds: what comparisons are made by, since a few slow
  /// operations do not move it.
  public var medians: Spread? {
    spread { $0.latencies.count > 0 ? Double($0.latencies.percentile(0.5)) : nil }
  }

  /// Nanoseconds for each operation of each round, all threads together.
  public var timePerOperation: Spread? {
    spread { $0.operations > 0 ? Double($0.elapsed) / Double($0.operations) : nil }
  }

  /// Operations a second of each round.
  public var rate: Spread? {
    spread { $0.elapsed > 0 ? Double($0.operations) * 1e9 / Double($0.elapsed) : nil }
  }
}
