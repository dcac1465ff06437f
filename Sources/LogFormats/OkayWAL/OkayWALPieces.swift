import LogFiles

/// Reads small fields one behind the other from a segment, through a piece of it in memory.
struct OkayWALPieces {
  private let size: Int
  private var piece: [UInt8] = []
  private var start: UInt64 = 0

  /// - Parameter size: bytes that are read at once.
  init(size: Int) { self.size = size }

  /// The little-endian integer at `offset`, nil where the file ends before it does.
  mutating func le<T: FixedWidthInteger & BitwiseCopyable>(
    _ type: T.Type, at offset: UInt64, _ source: inout RecordSource
  ) throws(RecordSourceError) -> T? {
    try load(offset, MemoryLayout<T>.size, &source)
    return piece.rawBytes.le(type, at: Int(offset - start))
  }

  /// The checksum of `count` bytes from `offset` on, which the file has.
  mutating func crc32c(at offset: UInt64, count: UInt64, _ source: inout RecordSource)
    throws(RecordSourceError) -> UInt32
  {
    guard count <= UInt64(size) else {
      return try source.crc32c(from: offset, to: offset + count)
    }
    try load(offset, Int(count), &source)
    return DirectChecksum().crc32c(piece.rawBytes, from: Int(offset - start), count: Int(count))
  }

  /// Passes the chunks of an entry that starts at `offset`, as far as they are whole in the piece:
  /// an entry can have millions of them, each of a few bytes.
  func passChunks(of entry: inout OkayWALEntry, at offset: UInt64) {
    let bytes = piece.rawBytes
    guard offset + entry.length >= start, offset + entry.length - start < UInt64(piece.count)
    else { return }
    var place = Int(offset + entry.length - start)
    while bytes.le(UInt8.self, at: place) == OkayWALEntry.Marker.chunk,
      let claim = bytes.le(UInt32.self, at: place + 1)
    {
      let payload = place + OkayWALEntry.chunkHeadLength
      guard let stored = bytes.le(UInt32.self, at: payload + Int(claim)) else { return }
      let computed =
        claim == 0 ? 0 : DirectChecksum().crc32c(bytes, from: payload, count: Int(claim))
      entry.pass(payload: UInt64(claim), stored: stored, computed: computed)
      place = payload + Int(claim) + OkayWALEntry.checksumLength
    }
  }

  /// Has `count` bytes from `offset` on in the piece, or as many as the file has.
  private mutating func load(_ offset: UInt64, _ count: Int, _ source: inout RecordSource)
    throws(RecordSourceError)
  {
    let isThere =
      offset >= start && offset - start <= UInt64(piece.count)
      && count <= piece.count - Int(offset - start)
    if isThere { return }
    piece = try source.bytes(at: offset, limit: max(size, count))
    start = offset
  }
}
