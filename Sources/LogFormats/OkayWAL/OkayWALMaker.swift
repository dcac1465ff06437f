import LogFiles

/// Makes the segments of a log of a recipe: as `OkayWALWriter` does, but nobody waits for an entry
/// to be on the disk, space is taken as the recipe says, and entries may end as a crash ends them.
struct OkayWALMaker {
  private let directory: OpenDirectory
  private let segmentSize: UInt64
  private let preallocation: Preallocation
  private let versionInfo: [UInt8]
  /// The id that the next entry gets.
  private(set) var nextID: UInt64 = 1
  private var output: OkayWALOutput
  private var segment: MadeLog.Segment
  private var ended: [MadeLog.Segment] = []

  /// Bytes that are held back so as to write them at once.
  private static let bufferLength = 1 << 20

  /// Starts the first segment.
  ///
  /// - Parameter segmentSize: the owner's preallocate_bytes; a segment is full at three quarters.
  /// - Throws: `FileError`, with `isExisting` when there is a segment of that name.
  init(
    in directory: OpenDirectory, segmentSize: UInt64, preallocation: Preallocation,
    versionInfo: [UInt8]
  ) throws(FileError) {
    self.directory = directory
    self.segmentSize = max(1, segmentSize)
    self.preallocation = preallocation
    self.versionInfo = versionInfo
    (output, segment) = try Self.start(
      OkayWALNames.canonical(1), id: 1, in: directory, max(1, segmentSize), preallocation,
      versionInfo)
  }

  private static func start(
    _ name: FileName, id: UInt64, in directory: OpenDirectory, _ size: UInt64,
    _ preallocation: Preallocation, _ versionInfo: [UInt8]
  ) throws(FileError) -> (OkayWALOutput, MadeLog.Segment) {
    let file = try directory.openForWriting(name, [.creates, .exclusive])
    try file.take(size, by: preallocation)
    var output = OkayWALOutput(
      file, name: name, id: id, position: 0, dirtyEnd: 0, bufferLength: bufferLength)
    try output.append(header: OkayWALEncoder.header(versionInfo: versionInfo))
    var segment = MadeLog.Segment(file: name, identity: file.identity)
    segment.logicalEnd = output.position
    return (output, segment)
  }

  /// Appends an entry under the next id. A segment that is full gives way to a new one before.
  ///
  /// - Throws: `FileError` of making or writing a file.
  mutating func append(chunks: [[UInt8]], isCommitted: Bool = true) throws(FileError) {
    if output.position >= OkayWALWriter.Options.checkpointLength(of: segmentSize) {
      try endSegment()
      (output, segment) = try Self.start(
        OkayWALNames.canonical(nextID), id: nextID, in: directory, segmentSize, preallocation,
        versionInfo)
    }
    let start = output.position
    try output.appendHead(id: nextID)
    nextID += 1
    for chunk in chunks { _ = try output.append(chunk: chunk) }
    guard isCommitted else { return }
    output.appendEnd()
    segment.logicalEnd = start
    segment.append(recordOf: output.position - start)
  }

  /// Ends the log, which nobody closes in any way.
  ///
  /// - Returns: the segments that were made, in order.
  /// - Throws: `FileError` of writing.
  mutating func finish() throws(FileError) -> [MadeLog.Segment] {
    try endSegment()
    return ended
  }

  private mutating func endSegment() throws(FileError) {
    try output.flush()
    if preallocation == .none, output.position < segmentSize {
      try output.file.writeZeros(output.position..<segmentSize)
    }
    try output.file.sync()
    segment.fileSize = try output.file.status().size
    ended.append(segment)
  }
}
