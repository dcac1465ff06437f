public import LogFiles

/// A write-ahead log format: how its files are named and ordered, how its records are framed, and
/// what its owner does with them.
///
/// `LogFormat.md` beside this file sketches how each planned format fits.
public protocol LogFormat: Sendable {
  /// The fixed word of the format, such as "nori-wal".
  var name: String { get }
  /// What the format is, as half a sentence.
  var summary: String { get }
  /// The engine that writes such logs.
  var owner: String { get }
  var evidence: Evidence { get }
  /// The format's kinds of records, by the number that its walker gives them.
  var kinds: [String] { get }
  /// Those of its kinds that differ from the first one only in how their values are compressed.
  var compressedKinds: [String] { get }
  /// What a record list has columns for, in order, behind those that every format has: offset,
  /// length, kind.
  var columns: [RecordColumn] { get }
  /// The owner's configuration that a forecast depends on, with the defaults.
  var assumptions: [Assumption] { get }

  /// The logs of this format in a directory, by the names of its entries; contents are looked at
  /// to tell how sure that is.
  func logs(in directory: OpenDirectory, entries: [DirectoryEntry]) -> [LogLayout]

  /// The log that one file makes by itself, nil where neither its name nor its first bytes fit.
  func log(ofFile file: FileName, in directory: OpenDirectory) -> LogLayout?

  /// The directory as a log of this format because the user says so.
  func forcedLog(in directory: OpenDirectory, entries: [DirectoryEntry], file: FileName?)
    -> LogLayout

  /// A walker for one segment. `directory` holds it and the files that go with it.
  func walker(for segment: SegmentFile, in directory: OpenDirectory) -> any SegmentWalker

  /// Everything about the record at `offset`, or about what stands there instead of one.
  func describe(_ source: inout RecordSource, offset: UInt64, payloadLimit: Int)
    throws(RecordSourceError) -> RecordDescription

  /// The same where the bytes alone do not tell: `segment` is the file that `source` reads, and
  /// `directory` holds it and the files that go with it.
  func describe(
    _ source: inout RecordSource, of segment: SegmentFile, in directory: OpenDirectory,
    offset: UInt64, payloadLimit: Int
  ) throws(RecordSourceError) -> RecordDescription

  /// What only this format finds worth telling: names, order, and its owner's habits.
  func findings(for report: LogReport, in directory: OpenDirectory) -> [Finding]

  /// What the owner would do with the log, one forecast for each of its modes.
  func forecasts(
    for report: LogReport, in directory: OpenDirectory, assuming: [String: UInt64]
  ) -> [Forecast]

  /// A number that changes when the owner has written to a segment, for owners whose writing the
  /// kernel tells nobody: they write through mappings. Nil for all others.
  func writtenMark(of segment: SegmentFile, in directory: OpenDirectory) -> UInt64?

  /// Whether the end of a scanned segment is what a writer leaves in the middle of a change. Then it
  /// is looked at again while a process writes the file, and not told as damage.
  func isUnsettled(_ segment: SegmentReport) -> Bool

  /// Whether a segment's report tells of nothing but the segment's own bytes, and every change of
  /// them changes the times of the file: the owner writes them by calls, not through a mapping.
  /// Then a report that was made once holds as long as the file's times stay.
  var reportsCanBeKept: Bool { get }

  /// Whether what a row tells depends on records behind it: then rows wait for the scan's end.
  var rowsNeedWholeScan: Bool { get }

  /// The part of a segment whose records decide what a reader of the log sees, by the owner's rule
  /// for opening it; nil where the format has no keys.
  func effectiveRange(of segment: SegmentReport) -> Range<UInt64>?

  /// The steps of an action on a log that was scanned, in the order in which they are to be made.
  ///
  /// `truncate` comes with an offset or `lastValid`, never with a record's number.
  ///
  /// - Throws: `RepairRefusal`, with the reason.
  func repair(_ action: RepairAction, of report: LogReport, in directory: OpenDirectory)
    throws(RepairRefusal) -> [RepairStep]

  /// The files of a new log that the owner opens, with every record of the old one that can be
  /// had, on both sides of damage, in order.
  ///
  /// - Throws: `RepairRefusal`, with the reason.
  func salvage(_ report: LogReport, in directory: OpenDirectory) throws(RepairRefusal) -> Salvage

  /// Whether `make` can write logs of this format.
  var canMake: Bool { get }

  /// Writes a new log into a directory, where nothing that exists is overwritten.
  ///
  /// `continuing` is asked now and then, with the records made so far; false stops.
  func make(
    _ recipe: LogRecipe, in directory: OpenDirectory, continuing: (_ records: UInt64) -> Bool
  ) throws(MakeError) -> MadeLog

  /// When a writer makes durable what was appended, the owner's default first; empty where walscope
  /// cannot write as the owner does.
  var writerPolicies: [WriterPolicy] { get }

  /// Opens the log in a directory for appending as its owner opens it, recovery included, and
  /// starts one where there is none.
  ///
  /// - Throws: `WriterFailure`.
  func openWriter(in directory: OpenDirectory, options: WriterOptions)
    throws(WriterFailure) -> any LogWriter

  /// What logs of this format go through that no other has, for those that `make` made.
  var events: [LogEvent] { get }

  /// Takes a log that was just made through one of `events`.
  ///
  /// - Throws: `MakeError.impossible` when the log has not what the event needs, `.file` when
  ///   writing fails.
  func apply(_ event: LogEvent, to log: inout MadeLog, in directory: OpenDirectory)
    throws(MakeError) -> AppliedEvent
}

extension LogFormat {
  public func describe(
    _ source: inout RecordSource, of segment: SegmentFile, in directory: OpenDirectory,
    offset: UInt64, payloadLimit: Int
  ) throws(RecordSourceError) -> RecordDescription {
    try describe(&source, offset: offset, payloadLimit: payloadLimit)
  }

  public func writtenMark(of segment: SegmentFile, in directory: OpenDirectory) -> UInt64? { nil }

  public func isUnsettled(_ segment: SegmentReport) -> Bool { false }

  public var reportsCanBeKept: Bool { false }

  public var rowsNeedWholeScan: Bool { false }

  public var compressedKinds: [String] { [] }
  public func effectiveRange(of segment: SegmentReport) -> Range<UInt64>? { nil }

  public func repair(_ action: RepairAction, of report: LogReport, in directory: OpenDirectory)
    throws(RepairRefusal) -> [RepairStep]
  {
    throw RepairRefusal(.impossible, "files of the format \(name) are not changed")
  }

  public func salvage(_ report: LogReport, in directory: OpenDirectory) throws(RepairRefusal)
    -> Salvage
  {
    throw RepairRefusal(.impossible, "records of the format \(name) are not copied out")
  }

  public var canMake: Bool { false }

  public func make(
    _ recipe: LogRecipe, in directory: OpenDirectory, continuing: (_ records: UInt64) -> Bool
  ) throws(MakeError) -> MadeLog {
    throw .unsupported(format: name)
  }

  public var writerPolicies: [WriterPolicy] { [] }

  public func openWriter(in directory: OpenDirectory, options: WriterOptions)
    throws(WriterFailure) -> any LogWriter
  {
    throw .unsupported("logs of the format \(name) cannot be written as \(owner) does")
  }

  public var events: [LogEvent] { [] }

  public func apply(_ event: LogEvent, to log: inout MadeLog, in directory: OpenDirectory)
    throws(MakeError) -> AppliedEvent
  {
    throw .impossible(event: event.name, "is nothing that logs of the format \(name) go through")
  }
}

/// A column of the record list that not every format has.
public enum RecordColumn: Sendable {
  case key
  case value
  /// An attribute by its name in JSON; `width` columns hold the title and most values.
  case attribute(_ name: String, title: String, width: Int)
}

/// A part of the owner's configuration that stands nowhere on disk.
public struct Assumption: Sendable {
  /// kebab-case, as in `--assume preallocate-bytes=1048576`.
  public var name: String
  public var defaultValue: UInt64
  public var explanation: String

  public init(name: String, defaultValue: UInt64, explanation: String) {
    self.name = name
    self.defaultValue = defaultValue
    self.explanation = explanation
  }
}
