/// One change to one file: the whole vocabulary of repairs.
///
/// Offsets and lengths are in bytes, from the start of the file.
public enum FileChange: Sendable, Equatable {
  /// The file ends here from now on; what was behind it goes.
  case cut(to: UInt64)
  /// Disk space is taken up to here and reads as zeros; the file grows.
  case preallocate(to: UInt64)
  /// These bytes stand there instead of as many old ones. The length stays.
  case write([UInt8], at: UInt64)
  /// Zeros stand there instead of what was. The length stays.
  case zero(Range<UInt64>)
  /// The file goes.
  case remove
  /// A file that is not there yet, with these bytes.
  case create([UInt8])
}
