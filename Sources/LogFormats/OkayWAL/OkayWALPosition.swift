import LogFiles

/// Where a chunk stands: what okaywal gives for reading it again (format page, section 8).
///
/// It holds until the segment is checkpointed.
public struct OkayWALPosition: Sendable, Hashable {
  /// The id in the segment's name.
  public var fileID: UInt64
  /// Offset of the chunk's marker byte from the start of the file.
  public var offset: UInt64

  public init(fileID: UInt64, offset: UInt64) {
    self.fileID = fileID
    self.offset = offset
  }

  /// The 16 bytes by which the owner keeps a position.
  public var serialized: [UInt8] {
    var bytes: [UInt8] = []
    OkayWALEncoder.append(fileID, to: &bytes)
    OkayWALEncoder.append(offset, to: &bytes)
    return bytes
  }

  /// The position that 16 bytes say; nil for any other number of bytes.
  public init?(serialized bytes: [UInt8]) {
    guard bytes.count == 16, let fileID = bytes.rawBytes.le(UInt64.self, at: 0),
      let offset = bytes.rawBytes.le(UInt64.self, at: 8)
    else { return nil }
    self.init(fileID: fileID, offset: offset)
  }
}

/// A chunk that was written, or found in a segment.
public struct OkayWALChunk: Sendable, Equatable {
  public var position: OkayWALPosition
  /// Bytes of its payload.
  public var length: UInt64
  /// CRC-32C of the payload.
  public var checksum: UInt32
}

extension OkayWALChunk {
  /// The payload of the chunk at `offset`, nil where none stands: the marker, the length and the
  /// checksum are looked at, which the owner leaves to its application.
  ///
  /// - Throws: `FileError` of a read.
  static func payload(at offset: UInt64, of file: borrowing OpenFile) throws(FileError) -> [UInt8]?
  {
    let size = try file.status().size
    let around = OkayWALEntry.chunkLength(0)
    guard offset >= UInt64(OkayWALHeader.fixedLength), offset < size, size - offset >= around
    else { return nil }
    let start = offset + UInt64(OkayWALEntry.chunkHeadLength)
    guard let length = length(try file.bytes(in: offset..<start)),
      length <= size - offset - around
    else { return nil }
    let end = start + length + UInt64(OkayWALEntry.checksumLength)
    return checked(try file.bytes(in: start..<end))
  }

  private static func length(_ head: [UInt8]) -> UInt64? {
    guard head.first == OkayWALEntry.Marker.chunk else { return nil }
    return head.rawBytes.le(UInt32.self, at: 1).map(UInt64.init)
  }

  /// The payload of what is a payload and its checksum.
  private static func checked(_ stored: [UInt8]) -> [UInt8]? {
    let count = stored.count - OkayWALEntry.checksumLength
    guard let checksum = stored.rawBytes.le(UInt32.self, at: count),
      DirectChecksum().crc32c(stored.rawBytes, from: 0, count: count) == checksum
    else { return nil }
    return Array(stored.prefix(count))
  }
}
