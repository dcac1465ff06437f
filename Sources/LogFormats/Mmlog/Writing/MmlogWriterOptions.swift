/// How a pair of files is written.
public struct MmlogWriterOptions: Sendable {
  /// When inserts are made durable.
  public enum Policy: String, Sendable, CaseIterable {
    /// When the system writes its cache: all that the owner knows.
    case os
    /// Before an insert comes back. Threads that wait at the same time share one `fdatasync`.
    case sync
  }

  public var policy: Policy
  /// Bytes by which a new log grows: whole pages of 4096, less than 4 GiB. An existing log keeps
  /// its own.
  public var chunkSize: UInt64
  /// Whether the disk's space is taken when the file grows. The owner leaves a hole, and is killed
  /// by SIGBUS where the disk is full when the bytes come.
  public var preallocates: Bool
  /// For how long a growth lock that somebody holds is waited for.
  public var patience: Duration
  /// Whether `close` gives the space behind the cursor back, where no other writer is left.
  public var trimsOnClose: Bool

  public init(
    policy: Policy = .os, chunkSize: UInt64 = 1 << 20, preallocates: Bool = true,
    patience: Duration = .seconds(5), trimsOnClose: Bool = true
  ) {
    self.policy = policy
    self.chunkSize = chunkSize
    self.preallocates = preallocates
    self.patience = patience
    self.trimsOnClose = trimsOnClose
  }
}

/// What was found and done when a log was opened that a crash or a trim had left.
public enum MmlogRemark: Sendable, Equatable {
  /// A pair whose creator died was finished; it held nothing.
  case finishedCreation
  /// The recorded size was larger than the file, which loses inserts; it was put right.
  case correctedRecordedSize(from: UInt64, to: UInt64)
  /// The file was shorter than a chunk, so that its owner could not open it, and was made longer.
  case lengthened(from: UInt64, to: UInt64)
  /// The flag of a growth lock was cleared, whose holder is dead.
  case clearedLock
  /// Growing failed once: as soon as the chunk is full, nothing is taken any more.
  case panicked
  /// Bytes before the cursor that were reserved and that the file does not have.
  case missing(Range<UInt64>)
  /// Zeros directly before the cursor, as far as the last 64 KiB show: most likely an insert whose
  /// writer died. They stay.
  case gapAtEnd(Range<UInt64>)
}
