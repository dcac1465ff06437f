public import LogFiles
public import LogFormats

/// Something that happened to a log while it was followed.
public enum FollowEvent: Sendable {
  /// It happened to one segment, which is named as it was then.
  case segment(SegmentFile, SegmentChange)
  /// No file of the log is left, or its directory is gone: nothing more will come.
  case logDeleted
}

/// What happened to one segment.
public enum SegmentChange: Sendable {
  case added(AddedRecords)
  /// The logical end, the size or the space of the file is another one now.
  case moved(SegmentExtent)
  case appeared
  case vanished
  /// The same file has another name.
  case renamed(from: FileName)
  /// The owner has renamed it, because its records are not needed any more.
  case checkpointed(from: FileName)
  /// The same file has begun another life as a new segment.
  case recycled(from: FileName)
  /// Another file stands under the name. Its records so far are not told as added.
  case replaced(records: UInt64)
  /// Its contents were written anew in place, or cut below the logical end. What it holds now is
  /// not told as added.
  case truncated(from: UInt64, to: UInt64)
  /// The space behind the logical end was given back: the file ends where its records do.
  case finalized(from: UInt64, to: UInt64)
  /// A record at this offset has been half written for a while, and a process has the file open
  /// for writing.
  case beingWritten(offset: UInt64, by: Int32)
  /// What stands at this offset is no record and has not become one, though nobody writes it.
  case damaged(offset: UInt64, Fault)
  /// The file cannot be read; following it goes on.
  case unreadable(FileError)
}

/// Records that were added to a segment, one behind the other.
public struct AddedRecords: Sendable, Equatable {
  /// Bytes of the file, from its start.
  public var range: Range<UInt64>
  /// The number of the first of them among the frames of the segment, counted from 0.
  public var firstNumber: UInt64
  /// Frames: the acceptable records and those between them that do not count.
  public var frames: UInt64
  /// Acceptable records.
  public var records: UInt64

  /// Bytes that were added.
  public var bytes: UInt64 { range.upperBound - range.lowerBound }
}

/// How far a segment reaches.
public struct SegmentExtent: Sendable, Equatable {
  /// Just behind the last record.
  public var logicalEnd: UInt64
  public var fileSize: UInt64
  public var allocatedSize: UInt64
  /// Acceptable records.
  public var records: UInt64
}
