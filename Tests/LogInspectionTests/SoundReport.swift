import LogFiles
import LogInspection
import TestSupport
import Testing

/// What is true of every report, whatever the file holds.
func expectSound(
  _ scanned: ScannedSegment, size: Int, _ comment: @autoclosure () -> Comment = "",
  sourceLocation: SourceLocation = #_sourceLocation
) {
  let faults = scanned.soundnessFaults(size: size)
  if !faults.isEmpty {
    Issue.record("\(comment()): \(faults.joined(separator: "; "))", sourceLocation: sourceLocation)
  }
}

/// The rows that a reader gives from the first to the last.
func allRows(_ reader: inout RecordReader, from first: UInt64 = 0) throws -> [Row] {
  var rows: [Row] = []
  try reader.forEachRow(from: first, previewLimit: 0) {
    rows.append($0)
    return true
  }
  return rows
}
