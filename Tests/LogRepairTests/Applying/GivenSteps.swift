import LogFiles
import LogFormats

/// The nori-wal format with steps that a test gives, so that every kind of change can be tried
/// whatever the rules of a format would do.
struct GivenSteps: LogFormat {
  let base: any LogFormat
  let steps: [RepairStep]

  func repair(_ action: RepairAction, of report: LogReport, in directory: OpenDirectory)
    throws(RepairRefusal) -> [RepairStep]
  {
    steps
  }

  var name: String { base.name }
  var summary: String { base.summary }
  var owner: String { base.owner }
  var evidence: Evidence { base.evidence }
  var kinds: [String] { base.kinds }
  var columns: [RecordColumn] { base.columns }
  var assumptions: [Assumption] { base.assumptions }

  func logs(in directory: OpenDirectory, entries: [DirectoryEntry]) -> [LogLayout] {
    base.logs(in: directory, entries: entries)
  }

  func log(ofFile file: FileName, in directory: OpenDirectory) -> LogLayout? {
    base.log(ofFile: file, in: directory)
  }

  func forcedLog(in directory: OpenDirectory, entries: [DirectoryEntry], file: FileName?)
    -> LogLayout
  {
    base.forcedLog(in: directory, entries: entries, file: file)
  }

  func walker(for segment: SegmentFile, in directory: OpenDirectory) -> any SegmentWalker {
    base.walker(for: segment, in: directory)
  }

  func describe(_ source: inout RecordSource, offset: UInt64, payloadLimit: Int)
    throws(RecordSourceError) -> RecordDescription
  {
    try base.describe(&source, offset: offset, payloadLimit: payloadLimit)
  }

  func findings(for report: LogReport, in directory: OpenDirectory) -> [Finding] {
    base.findings(for: report, in: directory)
  }

  func forecasts(
    for report: LogReport, in directory: OpenDirectory, assuming: [String: UInt64]
  ) -> [Forecast] {
    base.forecasts(for: report, in: directory, assuming: assuming)
  }
}
