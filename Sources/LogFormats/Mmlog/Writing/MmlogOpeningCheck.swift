import LogFiles

/// Looks at a pair that is ready, and makes it fit for appending, with the lock held that keeps our
/// own writers apart.
struct MmlogOpeningCheck {
  let data: WriterFile
  let file: WriterFile
  let metadata: MmlogSharedMetadata
  let growth: MmlogGrowth
  let chunkSize: UInt64
  private(set) var remarks: [MmlogRemark] = []

  init(
    data: WriterFile, file: WriterFile, metadata: MmlogSharedMetadata, growth: MmlogGrowth,
    chunkSize: UInt64
  ) {
    self.data = data
    self.file = file
    self.metadata = metadata
    self.growth = growth
    self.chunkSize = chunkSize
  }

  /// - Throws: `WriterFailure`.
  mutating func run() throws(WriterFailure) {
    try clearLockOfTheDead()
    try correctSizes()
    try requireNothingBehindCursor()
    try remarkGaps()
  }

  private mutating func clearLockOfTheDead() throws(WriterFailure) {
    let isCleared = try asWriterFailure { () throws(FileError) -> Bool in
      switch try metadata.lock {
      case 0: return false
      // Its holder would have the lock that we hold.
      case MmlogMetadata.lockedByWalscope: break
      default:
        // With others alive it is looked at again when the log grows.
        guard MmlogLocks.alone(file, { true }) == true else { return false }
      }
      try metadata.releaseLock()
      return true
    }
    if isCleared { remarks.append(.clearedLock) }
  }

  // MARK: Sizes

  private struct Sizes {
    var recorded: UInt64
    var real: UInt64
  }

  private func sizes() throws(WriterFailure) -> Sizes {
    try asWriterFailure { () throws(FileError) -> Sizes in
      // In this order: who grows the log changes them the other way round.
      let recorded = try metadata.recordedSize
      return Sizes(recorded: recorded, real: try data.status().size)
    }
  }

  /// A recorded size beyond the file, as its owner's trim leaves it, loses inserts or kills their
  /// process; a file of less than a chunk cannot be opened by its owner.
  private mutating func correctSizes() throws(WriterFailure) {
    let found = try sizes()
    guard found.real < max(found.recorded, chunkSize) else { return }
    try requireNotCut(found)
    let corrected = MmlogLocks.alone(file) {
      Result { () throws(WriterFailure) -> [MmlogRemark] in try correctAlone(found) }
    }
    if let corrected {
      remarks += try corrected.get()
      return
    }
    // Others have it open, and may just be writing there: the file becomes what they take it for.
    try growth.takeFlag()
    defer { try? metadata.releaseLock() }
    let now = try sizes()
    let target = max(now.recorded, chunkSize)
    if now.real < target { try lengthen(now.real, to: target) }
  }

  /// No trim leaves less than the cursor.
  private func requireNotCut(_ found: Sizes) throws(WriterFailure) {
    let cursor = try asWriterFailure { () throws(FileError) -> UInt64 in try metadata.cursor }
    guard found.real < chunkSize, found.real < cursor else { return }
    throw .unusable(
      data.name,
      "it ends at \(found.real), before the cursor and before the end of its first chunk: it was "
        + "cut, and its owner cannot open it either; look at it with check, and recover it")
  }

  private func correctAlone(_ found: Sizes) throws(WriterFailure) -> [MmlogRemark] {
    let size = max(found.real, chunkSize)
    var remarks: [MmlogRemark] = []
    if found.recorded > size {
      _ = try asWriterFailure { () throws(FileError) -> Bool in
        try metadata.setRecordedSize(size)
        return true
      }
      remarks.append(.correctedRecordedSize(from: found.recorded, to: size))
    }
    if found.real < size {
      _ = try asWriterFailure { () throws(FileError) -> Bool in
        try growth.lengthen(found.real..<size)
        return true
      }
      remarks.append(.lengthened(from: found.real, to: size))
    }
    return remarks
  }

  private mutating func lengthen(_ size: UInt64, to target: UInt64) throws(WriterFailure) {
    _ = try asWriterFailure { () throws(FileError) -> Bool in
      try growth.lengthen(size..<target)
      return true
    }
    remarks.append(.lengthened(from: size, to: target))
  }

  // MARK: Contents

  /// The next inserts would overwrite them, as the owner does.
  private func requireNothingBehindCursor() throws(WriterFailure) {
    let stale = try asWriterFailure { () throws(FileError) -> UInt64? in
      let reader = try data.reader()
      var window = FileWindow(capacity: Int(Self.lookBack))
      var cursor = try metadata.cursor
      while let found = try window.firstNonZero(
        reader, from: cursor, end: data.status().size, isCancelled: { false })
      {
        cursor = try metadata.cursor
        // Somebody has reserved it meanwhile, and is writing.
        if found >= cursor { return found }
      }
      return nil
    }
    guard let stale else { return }
    throw .unusable(
      data.name,
      "data stand behind the cursor, at \(stale), and the next insert would overwrite them: look at "
        + "the log with check, and choose with truncate what is kept")
  }

  /// How much is looked at for zeros before the cursor.
  private static let lookBack: UInt64 = 1 << 16

  private mutating func remarkGaps() throws(WriterFailure) {
    let size = try sizes().real
    remarks += try asWriterFailure { () throws(FileError) -> [MmlogRemark] in
      var remarks: [MmlogRemark] = []
      if try metadata.isPanicked { remarks.append(.panicked) }
      let cursor = try metadata.cursor
      if cursor > size { remarks.append(.missing(size..<cursor)) }
      let end = min(cursor, size)
      let start = end - min(end, Self.lookBack)
      var window = FileWindow(capacity: Int(Self.lookBack))
      try window.load(data.reader(), at: start, end: end)
      let written = window.bytes.lastNonZero().map { start + UInt64($0) + 1 } ?? start
      if written < end { remarks.append(.gapAtEnd(written..<end)) }
      return remarks
    }
  }
}

/// Does `body`, whose errors are those of files.
func asWriterFailure<Result>(
  _ body: () throws(FileError) -> Result
) throws(WriterFailure) -> Result {
  do throws(FileError) { return try body() } catch { throw .file(error) }
}
