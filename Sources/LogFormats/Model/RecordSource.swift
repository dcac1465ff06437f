public import LogFiles

/// Why a record source could not give what it was asked for.
public enum RecordSourceError: Error, Sendable {
  case file(FileError)
  case cancelled
}

/// Reads any part of one segment, in pieces of bounded size, for what is too large for a window.
public struct RecordSource: ~Copyable {
  private let file: OpenFile
  private var window: FileWindow
  /// Size of the file in bytes at the horizon; nothing behind it is read.
  public let end: UInt64
  private let isCancelled: @Sendable () -> Bool

  /// A source of the bytes of `file` up to `end`, of which `pieceSize` are held at once.
  public init(
    _ file: consuming OpenFile, end: UInt64, pieceSize: Int = 1 << 18,
    isCancelled: @escaping @Sendable () -> Bool = { false }
  ) {
    self.file = file
    self.end = end
    self.isCancelled = isCancelled
    window = FileWindow(capacity: pieceSize)
  }

  /// Bytes that were read; holes cost nothing.
  public var bytesRead: UInt64 { window.bytesRead }

  /// At most `limit` bytes from `offset` on; fewer at the end of the file.
  public mutating func bytes(at offset: UInt64, limit: Int) throws(RecordSourceError) -> [UInt8] {
    var result: [UInt8] = []
    try forEachPiece(from: offset, to: min(end, offset.addingClamped(limit))) {
      result.append($0, limit: limit)
    }
    return result
  }

  /// Reads `count` bytes from `offset` on, or as many as there are, to be looked at in place.
  mutating func hold(_ count: Int, at offset: UInt64) throws(RecordSourceError) {
    try forEachPiece(from: offset, to: min(end, offset.addingClamped(count))) { _ in }
  }

  /// Whether the bytes of `range` are those read last.
  func holds(_ range: Range<UInt64>) -> Bool { window.holds(range) }

  /// The bytes read last.
  var held: RawSpan {
    @_lifetime(borrow self)
    get { window.bytes }
  }

  /// Where the byte at `offset` of the file stands in the bytes read last; nil where it is not there.
  func held(_ offset: UInt64) -> Int? {
    window.holds(offset..<offset + 1) ? Int(offset - window.offset) : nil
  }

  /// The little-endian integer at `offset`, nil where the file ends before it does.
  public mutating func littleEndian<T: FixedWidthInteger & BitwiseCopyable>(
    _ type: T.Type, at offset: UInt64
  ) throws(RecordSourceError) -> T? {
    var value: T?
    try forEachPiece(from: offset, to: min(end, offset.addingClamped(MemoryLayout<T>.size))) {
      value = $0.le(T.self, at: 0)
    }
    return value
  }

  /// The CRC-32C of the bytes in `[from, to)`, read piece by piece.
  public mutating func crc32c(from: UInt64, to: UInt64) throws(RecordSourceError) -> UInt32 {
    var checksum: UInt32 = 0
    try forEachPiece(from: from, to: to) { checksum = CRC32C.checksum($0, continuing: checksum) }
    return checksum
  }

  /// The run of zero bytes that starts at `offset`, nil where that byte is not zero. Holes are not
  /// read.
  public mutating func zeroRun(from offset: UInt64) throws(RecordSourceError) -> Range<UInt64>? {
    do throws(FileError) {
      let next =
        try window.firstNonZero(file, from: offset, end: end, isCancelled: isCancelled) ?? end
      return next > offset ? offset..<next : nil
    } catch {
      throw .file(error)
    }
  }

  /// Gives the bytes in `[from, to)` to `body`, piece by piece.
  public mutating func forEachPiece(
    from: UInt64, to: UInt64, _ body: (RawSpan) -> Void
  ) throws(RecordSourceError) {
    var offset = from
    while offset < to {
      if isCancelled() { throw .cancelled }
      do throws(FileError) {
        try window.load(file, at: offset, end: to)
      } catch {
        throw .file(error)
      }
      let piece = window.bytes
      guard piece.byteCount > 0 else { return }
      body(piece)
      offset += UInt64(piece.byteCount)
    }
  }
}

extension UInt64 {
  func addingClamped(_ count: Int) -> UInt64 {
    let (sum, overflow) = addingReportingOverflow(UInt64(count))
    return overflow ? .max : sum
  }
}
