import LogFiles

/// A record as nori-wal's application gives it.
public struct NoriWALRecord: Sendable, Equatable {
  public enum Compression: String, Sendable, CaseIterable {
    case none, lz4, zstd
  }

  public var key: [UInt8]
  public var value: [UInt8]
  public var isTombstone: Bool
  public var ttlMilliseconds: UInt64?
  public var compression: Compression
  /// Bits 4 to 7 of the flags, which the owner writes as zeros and ignores.
  public var reservedBits: UInt8

  public init(
    key: [UInt8], value: [UInt8] = [], isTombstone: Bool = false, ttlMilliseconds: UInt64? = nil,
    compression: Compression = .none, reservedBits: UInt8 = 0
  ) {
    self.key = key
    self.value = value
    self.isTombstone = isTombstone
    self.ttlMilliseconds = ttlMilliseconds
    self.compression = compression
    self.reservedBits = reservedBits
  }
}

/// Writes nori-wal records (format page, section 3), byte for byte as the owner frames them.
public enum NoriWALEncoder {
  /// The level at which the owner compresses.
  private static let zstdLevel: Int32 = 3

  /// The record's bytes.
  public static func encode(_ record: NoriWALRecord) -> [UInt8] {
    var bytes: [UInt8] = []
    append(record, to: &bytes)
    return bytes
  }

  /// Appends the record's bytes to `output`.
  public static func append(_ record: NoriWALRecord, to output: inout [UInt8]) {
    let start = output.count
    let value = stored(record)
    appendVarint(UInt64(record.key.count), to: &output)
    appendVarint(UInt64(value.count), to: &output)
    output.append(flags(record))
    if let time = record.ttlMilliseconds { appendVarint(time, to: &output) }
    output += record.key
    output += value
    let checksum = DirectChecksum().crc32c(
      output.rawBytes, from: start, count: output.count - start)
    for shift in 0..<4 { output.append(UInt8(truncatingIfNeeded: checksum >> UInt32(8 * shift))) }
  }

  private static func flags(_ record: NoriWALRecord) -> UInt8 {
    let compression: UInt8 =
      switch record.compression {
      case .none: 0
      case .lz4: 0x04
      case .zstd: 0x08
      }
    return (record.isTombstone ? 1 : 0) | (record.ttlMilliseconds != nil ? 2 : 0) | compression
      | record.reservedBits << 4
  }

  /// The value as it is stored. Where compressing fails the owner stores the value as it is, under
  /// the flag all the same.
  private static func stored(_ record: NoriWALRecord) -> [UInt8] {
    switch record.compression {
    case .none: return record.value
    case .lz4:
      guard let block = LZ4Block.encode(record.value.rawBytes) else { return record.value }
      var stored: [UInt8] = []
      appendVarint(UInt64(record.value.count), to: &stored)
      return stored + block
    case .zstd:
      return ZstdEncoder.encode(record.value.rawBytes, level: zstdLevel) ?? record.value
    }
  }

  /// Unsigned LEB128 in its shortest form.
  private static func appendVarint(_ number: UInt64, to output: inout [UInt8]) {
    var rest = number
    while rest >= 0x80 {
      output.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    output.append(UInt8(rest))
  }
}
