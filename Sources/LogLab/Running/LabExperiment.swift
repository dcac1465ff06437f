public import JSON

/// One of the ways that an experiment compares.
public struct LabVariant: Sendable, Hashable {
  /// The word for it in JSON, CSV and on the command line, in kebab-case.
  public let name: String
  /// Its name in tables and sentences.
  public let title: String
  /// Whether the title is a plural, for sentences.
  public let isPlural: Bool

  public init(name: String, title: String, isPlural: Bool = false) {
    self.name = name
    self.title = title
    self.isPlural = isPlural
  }
}

/// A number or word with a name, for JSON and tables.
public struct LabValue: Sendable, Equatable {
  public enum Content: Sendable, Equatable {
    case text(String)
    case integer(UInt64)
    /// Written with three digits behind the point.
    case real(Double)
    case list([String])
  }
  /// The member of the JSON object, in camelCase, the unit last: `readBackMilliseconds`.
  public let name: String
  public let content: Content

  public init(_ name: String, _ content: Content) {
    self.name = name
    self.content = content
  }
}

/// One combination of settings, under which all variants are compared.
public struct LabCell: Sendable, Equatable {
  /// What makes it up, short: `1KB, 4 threads, fdatasync`.
  public let title: String
  public let settings: [LabValue]

  public init(title: String, settings: [LabValue]) {
    self.title = title
    self.settings = settings
  }

  /// The number of this name, 0 where there is none.
  public func integer(_ name: String) -> UInt64 {
    if case .integer(let number)? = settings.first(where: { $0.name == name })?.content {
      number
    } else {
      0
    }
  }

  /// The text of this name.
  public func text(_ name: String) -> String? {
    if case .text(let text)? = settings.first(where: { $0.name == name })?.content {
      text
    } else {
      nil
    }
  }
}

/// Something that compares variants under several settings. The runner makes the rounds, keeps the
/// figures and cleans up; the experiment makes one run at a time.
public protocol LabExperiment: Sendable {
  /// The word for it on the command line and in JSON.
  var name: String { get }
  var variants: [LabVariant] { get }
  var cells: [LabCell] { get }
  /// What holds for all cells.
  var settings: [LabValue] { get }

  /// How many operations a run of a cell may have, by its memory and disk space. The warm-up makes
  /// the fewest.
  func operations(in cell: LabCell) -> ClosedRange<Int>

  /// The most bytes that the files of a cell take at the same time, when each run makes so many
  /// operations.
  func bytesNeeded(by cell: LabCell, operations: Int) -> UInt64

  /// Makes one run of one variant.
  ///
  /// - Throws: `LabFailure`: `unsupported` takes the variant out of the cell, any other kind ends the
  ///   experiment.
  func run(_ turn: LabTurn) throws(LabFailure) -> LabRun

  /// What is to be learned, as sentences that follow from the figures.
  func conclusions(from report: LabReport) -> [String]

  /// Adds members to the JSON object of the report.
  func writeMembers(of report: LabReport, to json: inout JSONWriter)
}

extension LabExperiment {
  public func writeMembers(of report: LabReport, to json: inout JSONWriter) {}
}

/// One run that is to be made.
public struct LabTurn: Sendable {
  public let cell: LabCell
  public let variant: LabVariant
  /// Counted from 1; 0 is the warm-up, whose figures are not kept.
  public let round: Int
  /// How many operations to make, over all threads or processes.
  public let operations: Int
  /// Where its files belong. Files may stay for the variant's next round; all go at the cell's end.
  public let laboratory: Laboratory
  /// Where to tell what happens.
  public let reporter: LabReporter

  public var isWarmUp: Bool { round == 0 }
  public var control: LabControl { reporter.control }

  /// A name for the variant's file.
  public var fileName: String { "\(variant.name).log" }
}

/// What one run of one variant came to.
public struct LabRun: Sendable, Equatable {
  public var operations: UInt64
  /// Bytes that the operations were asked to write, real ones.
  public var payloadBytes: UInt64
  /// Nanoseconds from the first operation to the end of the last one, without pauses.
  public var elapsed: UInt64
  public var latencies: Distribution
  /// Everything else that was measured.
  public var measures: [LabValue]

  public init(
    operations: UInt64, payloadBytes: UInt64, elapsed: UInt64, latencies: Distribution = .init(),
    measures: [LabValue] = []
  ) {
    self.operations = operations
    self.payloadBytes = payloadBytes
    self.elapsed = elapsed
    self.latencies = latencies
    self.measures = measures
  }

  /// The measure of this name as a number.
  public func measure(_ name: String) -> Double? {
    switch measures.first(where: { $0.name == name })?.content {
    case .integer(let number)?: Double(number)
    case .real(let number)?: number
    default: nil
    }
  }
}
