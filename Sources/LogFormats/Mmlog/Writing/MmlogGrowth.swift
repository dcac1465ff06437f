import LogFiles
import Synchronization

/// Makes the data file of an mmlog longer, before anything is reserved there (format page,
/// section 4, "Grow").
///
/// Unlike the owner's processes, which reserve first and give up after 10 ms, losing the insert:
/// - Nothing is reserved that has no room, so that a failure leaves no gap.
/// - Space is allocated, not only promised: the disk cannot be full when the bytes come.
/// - A holder of the lock that died does not stop us. One of ours is known by its mark in the flag
///   byte while we hold the lock of the open file, which it would have; the flag of an owner's
///   process is taken over only when no such process is alive.
/// - The file is never made shorter, and `is_panicked` is honoured but not set: nothing is lost.
final class MmlogGrowth: Sendable {
  private let data: WriterFile
  private let file: WriterFile
  private let metadata: MmlogSharedMetadata
  private let chunkSize: UInt64
  private let preallocates: Bool
  private let patience: Duration
  /// Keeps our own threads apart, who share one open file.
  private let threads = Mutex(())

  /// The largest end that is tried; a larger cursor is damage.
  static let largestEnd: UInt64 = 1 << 61

  init(
    data: WriterFile, file: WriterFile, metadata: MmlogSharedMetadata, chunkSize: UInt32,
    options: MmlogWriterOptions
  ) {
    self.data = data
    self.file = file
    self.metadata = metadata
    self.chunkSize = UInt64(chunkSize)
    preallocates = options.preallocates
    patience = options.patience
  }

  /// Sees to it that `count` more bytes fit behind the cursor.
  ///
  /// - Throws: `WriterFailure`; then nothing was reserved.
  func makeRoom(for count: UInt64) throws(WriterFailure) {
    _ = try locked { () throws(WriterFailure) -> Bool in
      // Somebody else may have been first; the flag byte costs an owner's process its insert.
      if try asWriterFailure({ () throws(FileError) -> Bool in try hasRoom(for: count) }) {
        return true
      }
      let isPanicked = try asWriterFailure { () throws(FileError) -> Bool in
        try metadata.isPanicked
      }
      guard !isPanicked else {
        throw .refused(
          "making the log longer failed once (is_panicked), and its owner does not try again: "
            + "see what the disk is full of, then recover the log")
      }
      try takeFlag()
      let failure = extend(for: count)
      try? metadata.releaseLock()
      if let failure { throw failure }
      return true
    }
  }

  /// Does `body` with the lock that grows, opens and trims.
  func locked<Result: Sendable>(
    _ body: () throws(WriterFailure) -> Result
  ) throws(WriterFailure) -> Result {
    let outcome: Swift.Result<Result, WriterFailure> = threads.withLock { _ in
      do throws(WriterFailure) {
        do throws(FileError) {
          try file.takeLock(on: MmlogLocks.growth, exclusive: true, waits: true)
        } catch {
          throw .file(error)
        }
        defer { try? file.releaseLock(on: MmlogLocks.growth) }
        return .success(try body())
      } catch {
        return .failure(error)
      }
    }
    return try outcome.get()
  }

  private func hasRoom(for count: UInt64) throws(FileError) -> Bool {
    let (end, overflow) = try metadata.cursor.addingReportingOverflow(count)
    let recorded = try metadata.recordedSize
    return !overflow && end <= recorded
  }

  // MARK: The flag byte

  /// How often we try before we look who is alive: about 10 ms.
  private static let lookAfter = 50

  /// Takes the flag byte, with the lock held.
  func takeFlag() throws(WriterFailure) {
    let isTaken = try asWriterFailure { () throws(FileError) -> Bool in
      var patience = MmlogPatience(patience)
      var turn = 0
      repeat {
        if try metadata.takeLock(from: 0) { return true }
        // Its holder held the lock that we have: it is dead.
        if try metadata.takeLock(from: MmlogMetadata.lockedByWalscope) { return true }
        turn += 1
        if turn % Self.lookAfter == 0, try takeFlagOfTheDead() { return true }
      } while patience.wait()
      return false
    }
    guard !isTaken else { return }
    throw .refused(
      "the growth lock (is_locked) is held, and nothing proves that its holder is dead: end the "
        + "other processes that write this log, or recover it")
  }

  /// Takes the flag over from a process of the owner that is gone: nobody but our own writers has
  /// the metadata open, who never hold the flag without our lock.
  private func takeFlagOfTheDead() throws(FileError) -> Bool {
    if let isTaken = MmlogLocks.alone(file, { (try? metadata.takeLock(from: 1)) ?? false }) {
      return isTaken
    }
    // Twice, so that nobody who came and took it while the first look was under way is missed.
    let isSeen = (0..<2).contains { _ in MmlogLocks.hasForeignWriter(file) != false }
    if isSeen { return false }
    return try metadata.takeLock(from: 1)
  }

  // MARK: The file

  /// Extends the file to the next multiple of the chunk, with both locks held.
  private func extend(for count: UInt64) -> WriterFailure? {
    do throws(FileError) {
      let cursor = try metadata.cursor
      let recorded = try metadata.recordedSize
      let (end, overflow) = cursor.addingReportingOverflow(count)
      guard !overflow, end <= Self.largestEnd else {
        return .refused("the log would become larger than any file can be")
      }
      // A process of the owner may have been faster, before it was our turn.
      if end <= recorded { return nil }
      let real = try data.status().size
      if real < recorded { return Self.wasCut(data.name) }
      // Its owner grows to the multiple; a file that is longer already keeps its length.
      let target = max(real, (end + chunkSize - 1) / chunkSize * chunkSize)
      // What was reserved and never written stays a hole.
      let start = max(real, cursor / chunkSize * chunkSize)
      if start < target { try lengthen(start..<target) }
      try metadata.setRecordedSize(target)
      return nil
    } catch {
      return .file(error)
    }
  }

  /// Makes the file `range.upperBound` long, with space allocated for `range`.
  func lengthen(_ range: Range<UInt64>) throws(FileError) {
    guard preallocates else { return try data.setLength(range.upperBound) }
    do throws(FileError) {
      try data.allocate(range, keepingSize: false)
    } catch {
      guard error.isUnsupported else { throw error }
      try data.setLength(range.upperBound)
    }
  }

  static func wasCut(_ data: FileName) -> WriterFailure {
    .unusable(
      data,
      "it is shorter than its metadata say: somebody cut it while it was written, and inserts may "
        + "be lost; look at it with check")
  }
}
