public import LogFiles

/// Reads the committed entries of one segment, in their order: what a checkpoint hands to the
/// application (format page, section 6).
///
/// Other than the owner's, it may be used without reading each chunk: what is not asked for is
/// passed over at its full length (section 11, quirk 2). Entries that were never committed are
/// left out.
public struct OkayWALSegmentReader: ~Copyable {
  public let name: FileName
  /// The id in the name.
  public let fileID: UInt64
  private let file: OpenFile
  private var walk: RecordWalk
  private var source: RecordSource
  private var pieces = OkayWALPieces(size: 1 << 16)
  private var offset: UInt64

  /// A committed entry.
  public struct Entry: Sendable {
    public var id: UInt64
    /// Offset of its first byte from the start of the file.
    public var offset: UInt64
    /// In their order.
    public var chunks: [OkayWALChunk]
  }

  init(_ name: FileName, fileID: UInt64, in directory: OpenDirectory) throws(FileError) {
    let file = try directory.openFile(name)
    let size = try file.status().size
    let first = try Self.firstEntry(file) ?? size
    let walk = try RecordWalk(
      try file.duplicate(), end: size, walker: OkayWALWalker(fileID: fileID))
    let source = RecordSource(try file.duplicate(), end: size)
    self.name = name
    self.fileID = fileID
    self.file = file
    self.walk = walk
    self.source = source
    offset = first
  }

  private static func firstEntry(_ file: borrowing OpenFile) throws(FileError) -> UInt64? {
    let head = try file.bytes(in: 0..<UInt64(OkayWALHeader.longest))
    return (try? OkayWALHeader(head.rawBytes)).map { UInt64($0.length) }
  }

  /// The next committed entry, nil behind the last one.
  ///
  /// - Throws: `WriterFailure`: `unusable` at a damaged entry.
  public mutating func next() throws(WriterFailure) -> Entry? {
    let entry: Entry?
    do throws(RecordSourceError) {
      while case .flawed(let length, _, nil) = try walk.frame(at: offset) {
        offset += UInt64(length)
      }
      switch try walk.frame(at: offset) {
      case .record(let length, _):
        entry = try self.entry()
        offset += UInt64(length)
      case .flawed, .invalid: entry = nil
      case .run, .stale, .end, .partial: return nil
      }
    } catch {
      throw WriterFailure(error)
    }
    guard let entry else { throw .unusable(name, "the entry at \(offset) is damaged") }
    return entry
  }

  /// The chunks of the entry at `offset`, which is whole.
  private mutating func entry() throws(RecordSourceError) -> Entry {
    let id = try pieces.le(UInt64.self, at: offset + 1, &source) ?? 0
    var entry = Entry(id: id, offset: offset, chunks: [])
    var place = offset + UInt64(OkayWALEntry.headLength)
    while try pieces.le(UInt8.self, at: place, &source) == OkayWALEntry.Marker.chunk {
      let length = UInt64(try pieces.le(UInt32.self, at: place + 1, &source) ?? 0)
      let end = place + OkayWALEntry.chunkLength(length)
      let checksum = try pieces.le(
        UInt32.self, at: end - UInt64(OkayWALEntry.checksumLength), &source)
      entry.chunks.append(
        OkayWALChunk(
          position: OkayWALPosition(fileID: fileID, offset: place), length: length,
          checksum: checksum ?? 0))
      place = end
    }
    return entry
  }

  /// The payload of a chunk of this segment.
  ///
  /// - Throws: `WriterFailure`: `unusable` where no sound chunk stands there.
  public func payload(of chunk: OkayWALChunk) throws(WriterFailure) -> [UInt8] {
    do throws(FileError) {
      if let payload = try OkayWALChunk.payload(at: chunk.position.offset, of: file) {
        return payload
      }
    } catch {
      throw .file(error)
    }
    throw .unusable(name, "no sound chunk stands at \(chunk.position.offset)")
  }
}

extension WriterFailure {
  init(_ error: RecordSourceError) {
    switch error {
    case .file(let error): self = .file(error)
    case .cancelled: self = .ended
    }
  }
}
