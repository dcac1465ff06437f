/// Writes mmlog metadata (format page, section 2), byte for byte as the owner does.
public enum MmlogEncoder {
  /// The metadata of a data file of `size` bytes, all of which were taken: ready, and not locked.
  ///
  /// - Parameter chunkSize: bytes by which the owner extends the file.
  /// - Returns: the bytes of the metadata file.
  public static func metadata(dataSize size: UInt64, chunkSize: UInt32) -> [UInt8] {
    var metadata = MmlogMetadata()
    metadata.recordedSize = size
    metadata.cursor = size
    metadata.chunkSize = chunkSize
    return metadata.bytes
  }
}
