public import LogFiles

/// Writes a new nori-wal log: rotates, preallocates and finalizes segments as the owner does
/// (format page, section 6).
public struct NoriWALWriter: ~Copyable {
  private let directory: OpenDirectory
  private let segmentSize: UInt64
  private let preallocation: Preallocation

  private var nextID: UInt64
  private var file: NewFile?
  private var segment: MadeLog.Segment?
  private var written: [MadeLog.Segment] = []
  private var pending: [UInt8] = []
  private var record: [UInt8] = []

  /// Bytes that are held back so as to write them at once.
  private static let pendingLimit = 1 << 20

  /// Starts the first segment.
  ///
  /// - Throws: `FileError`, with `isExisting` when there is a segment of that name.
  public init(
    in directory: OpenDirectory, segmentSize: UInt64, preallocation: Preallocation = .none,
    firstID: UInt64 = 0
  ) throws(FileError) {
    self.directory = directory
    self.segmentSize = segmentSize
    self.preallocation = preallocation
    nextID = firstID
    try startSegment()
  }

  /// Appends a record. It goes into a new segment when it does not fit the current one, and a
  /// record larger than any segment gets one of its own.
  ///
  /// - Throws: `FileError` of making or writing a file.
  public mutating func append(_ new: NoriWALRecord) throws(FileError) {
    record.removeAll(keepingCapacity: true)
    NoriWALEncoder.append(new, to: &record)
    let length = UInt64(record.count)
    if logicalEnd + length > segmentSize {
      try endSegment(finalizing: true)
      try startSegment()
    }
    segment?.append(recordOf: length)
    pending += record
    if pending.count >= Self.pendingLimit { try flush() }
  }

  /// Ends the log.
  ///
  /// - Parameter cleanly: whether the last segment is finalized, or left as a crash leaves it.
  /// - Returns: the segments that were made, in order.
  /// - Throws: `FileError` of writing.
  public consuming func finish(cleanly: Bool) throws(FileError) -> [MadeLog.Segment] {
    try endSegment(finalizing: cleanly)
    return written
  }

  private var logicalEnd: UInt64 { segment?.logicalEnd ?? 0 }

  private mutating func startSegment() throws(FileError) {
    let name = NoriWALNames.canonical(nextID)
    let made = try directory.makeFile(name)
    segment = MadeLog.Segment(file: name, identity: made.identity)
    nextID += 1
    switch preallocation {
    case .none: break
    case .allocate: try made.preallocate(segmentSize)
    case .setLength: try made.setLength(segmentSize)
    }
    file = consume made
  }

  private mutating func flush() throws(FileError) {
    guard let end = segment?.logicalEnd else { return }
    try file?.write(pending.rawBytes, at: end - UInt64(pending.count))
    pending.removeAll(keepingCapacity: true)
  }

  private mutating func endSegment(finalizing: Bool) throws(FileError) {
    try flush()
    if finalizing {
      try file?.setLength(logicalEnd)
      try file?.sync()
    }
    if var ended = segment {
      ended.fileSize = try file?.status().size ?? ended.logicalEnd
      written.append(ended)
    }
    file = nil
    segment = nil
  }
}
