import LogFiles

/// Makes of a framed record what the application gave, the value decoded as a whole.
///
/// A scan's `ValueDecoder` only tells whether a value decodes, and gives up early on what costs
/// much; here the values are wanted.
struct NoriWALValueReader: ~Copyable {
  enum Outcome {
    case record(NoriWALRecord)
    case fails
    /// Larger than the limit when decoded.
    case tooLarge
  }

  private enum Value {
    case bytes([UInt8])
    case fails
    case tooLarge
  }

  private var zstd = ZstdDecoder()

  /// The record of `length` bytes at `start`, which was framed before.
  mutating func record(_ bytes: RawSpan, at start: Int, _ length: Int, sizeLimit: Int) -> Outcome {
    guard let bytes = bytes.slice(start, length), let header = Self.header(bytes),
      let key = bytes.slice(header.length, Int(clamping: header.keyLength)),
      let stored = bytes.slice(
        header.length + key.byteCount, Int(clamping: header.valueLength))
    else { return .fails }
    let compression: NoriWALRecord.Compression
    let value: Value
    switch header.compression {
    case .none: (compression, value) = (.none, .bytes(stored.copied()))
    case .lz4: (compression, value) = (.lz4, Self.decodeLZ4(stored, sizeLimit))
    case .zstd: (compression, value) = (.zstd, decodeZstd(stored, sizeLimit))
    case .invalid: return .fails
    }
    switch value {
    case .bytes(let value):
      return .record(
        NoriWALRecord(
          key: key.copied(), value: value, isTombstone: header.isTombstone,
          ttlMilliseconds: header.timeToLive, compression: compression,
          reservedBits: header.flags >> 4))
    case .fails: return .fails
    case .tooLarge: return .tooLarge
    }
  }

  private static func header(_ bytes: RawSpan) -> NoriWALHeader? {
    do throws(NoriWALHeader.Failure) {
      return try NoriWALHeader(bytes, at: 0)
    } catch {
      return nil
    }
  }

  private static func decodeLZ4(_ stored: RawSpan, _ limit: Int) -> Value {
    guard let (length, size) = ValueDecoder.originalLength(stored),
      let block = stored.slice(size, stored.byteCount - size), block.byteCount > 0,
      length <= LZ4Block.largestDecodedLength(ofBlock: UInt64(block.byteCount))
    else { return .fails }
    guard length <= UInt64(limit) else { return .tooLarge }
    var value = [UInt8](repeating: 0, count: Int(length))
    var span = value.mutableSpan
    // Sound: any byte pattern is a valid integer.
    var room = unsafe span.mutableBytes
    guard LZ4Block.decode(block, into: &room) == Int(length) else { return .fails }
    return .bytes(value)
  }

  private mutating func decodeZstd(_ stored: RawSpan, _ limit: Int) -> Value {
    var value: [UInt8] = []
    zstd.begin(limit: UInt64(limit))
    zstd.feed(stored) { value.append($0, limit: limit) }
    return switch zstd.state {
    case .betweenFrames: .bytes(value)
    case .insideFrame, .failed: .fails
    case .tooLarge: .tooLarge
    }
  }
}
