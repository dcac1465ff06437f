/// A place in a segment that a user asks for.
enum RecordDestination: Equatable, Sendable {
  /// The record or range that holds this byte, counted from the start of the file.
  case offset(UInt64)
  /// The record with this number, counted from 1 as on screen.
  case record(UInt64)
  /// The next record with exactly this key.
  case key([UInt8])
  /// The last row, once there is one.
  case end
  /// The first damage behind a row, once the scan has found some.
  case problem(after: UInt64)
}
