import LogFiles

/// Writes okaywal headers and entries (format page, sections 2 and 3), byte for byte as the owner
/// frames them.
public enum OkayWALEncoder {
  /// A segment's header.
  ///
  /// - Parameter versionInfo: free bytes of the application, of which 255 fit.
  /// - Returns: the header's bytes.
  public static func header(versionInfo: [UInt8] = []) -> [UInt8] {
    let info = versionInfo.prefix(255)
    return OkayWALHeader.magic + [0, UInt8(info.count)] + info
  }

  /// An entry of these chunks.
  ///
  /// - Parameters:
  ///   - id: the entry's id.
  ///   - chunks: the payloads of its chunks.
  ///   - isCommitted: false leaves out the end marker, as a crash or a rollback does.
  /// - Returns: the entry's bytes.
  public static func entry(id: UInt64, chunks: [[UInt8]], isCommitted: Bool = true) -> [UInt8] {
    var bytes: [UInt8] = []
    appendHead(id: id, to: &bytes)
    for chunk in chunks { _ = append(chunk: chunk, to: &bytes) }
    if isCommitted { bytes.append(OkayWALEntry.Marker.end) }
    return bytes
  }

  /// Appends what an entry starts with.
  static func appendHead(id: UInt64, to bytes: inout [UInt8]) {
    bytes.append(OkayWALEntry.Marker.entry)
    append(id, to: &bytes)
  }

  /// Appends a chunk.
  ///
  /// - Returns: its checksum.
  static func append(chunk: [UInt8], to bytes: inout [UInt8]) -> UInt32 {
    let checksum = CRC32C.checksum(chunk.rawBytes)
    bytes.append(OkayWALEntry.Marker.chunk)
    append(UInt32(chunk.count), to: &bytes)
    bytes += chunk
    append(checksum, to: &bytes)
    return checksum
  }

  static func append(_ number: some FixedWidthInteger, to bytes: inout [UInt8]) {
    for shift in stride(from: 0, to: number.bitWidth, by: 8) {
      bytes.append(UInt8(truncatingIfNeeded: number >> shift))
    }
  }
}
