public import LogFiles

/// Writes a new okaywal log: names, preallocates and rotates segments as the owner does (format
/// page, sections 4 and 6).
public struct OkayWALWriter: ~Copyable {
  private let directory: OpenDirectory
  private let segmentSize: UInt64
  private let preallocation: Preallocation
  private let versionInfo: [UInt8]

  /// The id that the next entry gets.
  public private(set) var nextID: UInt64
  private var file: NewFile?
  private var segment: MadeLog.Segment?
  private var written: [MadeLog.Segment] = []
  private var pending: [UInt8] = []
  /// Where the next entry goes.
  private var position: UInt64 = 0

  /// Bytes that are held back so as to write them at once.
  private static let pendingLimit = 1 << 20

  /// Starts the first segment.
  ///
  /// - Parameters:
  ///   - directory: where the log is to be.
  ///   - segmentSize: the owner's preallocate_bytes; a segment is full at three quarters of it.
  ///   - preallocation: how the space is taken; the owner itself writes zeros (`none`).
  ///   - versionInfo: free bytes for the headers.
  ///   - firstID: the id of the first entry.
  /// - Throws: `FileError`, with `isExisting` when there is a segment of that name.
  public init(
    in directory: OpenDirectory, segmentSize: UInt64, preallocation: Preallocation = .none,
    versionInfo: [UInt8] = [], firstID: UInt64 = 1
  ) throws(FileError) {
    self.directory = directory
    self.segmentSize = max(1, segmentSize)
    self.preallocation = preallocation
    self.versionInfo = versionInfo
    nextID = firstID
    try startSegment()
  }

  /// Appends an entry under the next id. A segment that is full then gives way to a new one; an
  /// entry is never split.
  ///
  /// - Throws: `FileError` of making or writing a file.
  public mutating func append(chunks: [[UInt8]], isCommitted: Bool = true) throws(FileError) {
    if position >= segmentSize - segmentSize / 4 {
      try endSegment()
      try startSegment()
    }
    let entry = OkayWALEncoder.entry(id: nextID, chunks: chunks, isCommitted: isCommitted)
    nextID += 1
    pending += entry
    if isCommitted {
      segment?.logicalEnd = position
      segment?.append(recordOf: UInt64(entry.count))
    }
    position += UInt64(entry.count)
    if pending.count >= Self.pendingLimit { try flush() }
  }

  /// Ends the log, which nobody closes in any way.
  ///
  /// - Returns: the segments that were made, in order.
  /// - Throws: `FileError` of writing.
  public consuming func finish() throws(FileError) -> [MadeLog.Segment] {
    try endSegment()
    return written
  }

  private mutating func startSegment() throws(FileError) {
    let name = OkayWALNames.canonical(nextID)
    let made = try directory.makeFile(name)
    var started = MadeLog.Segment(file: name, identity: made.identity)
    switch preallocation {
    case .none: break
    case .allocate: try made.preallocate(segmentSize)
    case .setLength: try made.setLength(segmentSize)
    }
    pending = OkayWALEncoder.header(versionInfo: versionInfo)
    position = UInt64(pending.count)
    started.logicalEnd = position
    segment = started
    file = consume made
  }

  private mutating func flush() throws(FileError) {
    try file?.write(pending.rawBytes, at: position - UInt64(pending.count))
    pending.removeAll(keepingCapacity: true)
  }

  private mutating func endSegment() throws(FileError) {
    try flush()
    if preallocation == .none { try writeZeros() }
    try file?.sync()
    if var ended = segment {
      ended.fileSize = try file?.status().size ?? position
      written.append(ended)
    }
    file = nil
    segment = nil
  }

  private mutating func writeZeros() throws(FileError) {
    let zeros = [UInt8](repeating: 0, count: 1 << 16)
    var place = position
    while place < segmentSize,
      let part = zeros.rawBytes.slice(
        0, Int(min(UInt64(zeros.count), segmentSize - place)))
    {
      try file?.write(part, at: place)
      place += UInt64(part.byteCount)
    }
  }
}
