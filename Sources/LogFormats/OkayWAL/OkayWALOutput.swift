import LogFiles

/// One segment at the place where entries are put into it: what is framed and not yet in the file,
/// and where that goes (format page, sections 3 and 4).
struct OkayWALOutput {
  let name: FileName
  /// The id in the name.
  let id: UInt64
  let file: WriterFile
  /// Where the next byte of the log goes, from the start of the file.
  private(set) var position: UInt64
  /// Framed bytes that end at `position`.
  private var pending: [UInt8] = []
  /// Behind it the file holds nothing but zeros.
  private var dirtyEnd: UInt64
  /// Pending bytes from which on they are written before the entry ends.
  private let bufferLength: Int

  /// The owner's buffer_bytes.
  static let ownerBufferLength = 16 << 10

  /// - Parameters:
  ///   - position: where the next entry goes.
  ///   - dirtyEnd: where the last byte ends that may be other than zero.
  init(
    _ file: WriterFile, name: FileName, id: UInt64, position: UInt64, dirtyEnd: UInt64,
    bufferLength: Int = OkayWALOutput.ownerBufferLength
  ) {
    self.file = file
    self.name = name
    self.id = id
    self.position = position
    self.dirtyEnd = dirtyEnd
    self.bufferLength = bufferLength
  }

  mutating func append(header: [UInt8]) throws(FileError) {
    pending += header
    try moved(by: header.count)
  }

  mutating func appendHead(id: UInt64) throws(FileError) {
    OkayWALEncoder.appendHead(id: id, to: &pending)
    try moved(by: OkayWALEntry.headLength)
  }

  /// - Returns: the chunk's checksum.
  mutating func append(chunk: [UInt8]) throws(FileError) -> UInt32 {
    let checksum = OkayWALEncoder.append(chunk: chunk, to: &pending)
    try moved(by: Int(OkayWALEntry.chunkLength(UInt64(chunk.count))))
    return checksum
  }

  /// Ends an entry, which may stay in the buffer.
  mutating func appendEnd() {
    pending.append(OkayWALEntry.Marker.end)
    position += 1
  }

  private mutating func moved(by count: Int) throws(FileError) {
    position += UInt64(count)
    if pending.count >= bufferLength { try flush() }
  }

  /// Goes back to where an entry began. What of it is in the file stays there, as the owner leaves
  /// it; what is in the buffer goes, which the owner forgets (section 11, quirk 1).
  mutating func rewind(to start: UInt64) {
    let dropped = position - start
    if dropped <= UInt64(pending.count) {
      pending.removeLast(Int(dropped))
    } else {
      pending.removeAll()
    }
    position = start
  }

  /// Goes back to where an entry began that could not be written. Where a part of it is in the file,
  /// a zero before that keeps it from being read, if the disk still takes one.
  mutating func discard(from start: UInt64) {
    rewind(to: start)
    if dirtyEnd > start { try? file.write([0], at: start) }
  }

  /// Writes what is pending. Where old bytes follow it, a zero behind it keeps them from being read
  /// as a part of the log, whatever they are; the next entry takes its place.
  ///
  /// - Throws: `FileError`: then some of it may be in the file, and the entry has to be discarded.
  mutating func flush() throws(FileError) {
    guard !pending.isEmpty else { return }
    let start = position - UInt64(pending.count)
    let endsInOldBytes = position < dirtyEnd
    if endsInOldBytes { pending.append(0) }
    dirtyEnd = max(dirtyEnd, position)
    let failure = Self.write(pending, to: file, at: start)
    if endsInOldBytes { pending.removeLast() }
    if let failure { throw failure }
    pending.removeAll(keepingCapacity: pending.count <= 2 * bufferLength)
  }

  private static func write(_ bytes: [UInt8], to file: WriterFile, at offset: UInt64) -> FileError?
  {
    do throws(FileError) {
      try file.write(bytes, at: offset)
      return nil
    } catch {
      return error
    }
  }
}

extension WriterFile {
  /// Fills `range` with zeros that are really written, which takes the space.
  ///
  /// - Throws: `FileError`.
  func writeZeros(_ range: Range<UInt64>) throws(FileError) {
    let zeros = [UInt8](repeating: 0, count: Int(min(1 << 18, range.byteCount)))
    var place = range.lowerBound
    while place < range.upperBound,
      let part = zeros.rawBytes.slice(0, Int(min(UInt64(zeros.count), range.upperBound - place)))
    {
      try write(part, at: place)
      place += UInt64(part.byteCount)
    }
  }
}
