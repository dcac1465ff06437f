import CLZ4

/// Raw LZ4 blocks: no frame around them, the decoded length is told by somebody else.
enum LZ4Block {
  /// No block of `count` bytes decodes to more bytes than this.
  ///
  /// A byte of a length extension stands for at most 255 decoded bytes, a token with its offset
  /// for at most 34.
  static func largestDecodedLength(ofBlock count: UInt64) -> UInt64 {
    let (product, overflow) = count.multipliedReportingOverflow(by: 255)
    let (sum, wraps) = product.addingReportingOverflow(34)
    return overflow || wraps ? .max : sum
  }

  /// Decodes `block` into `output`; the number of bytes written, nil when the block is malformed
  /// or decodes to more than there is room for.
  static func decode(_ block: RawSpan, into output: inout MutableRawSpan) -> Int? {
    guard let count = Int32(exactly: block.byteCount), count > 0,
      let room = Int32(exactly: output.byteCount)
    else { return nil }
    // Sound: liblz4 reads `count` bytes and writes at most `room`, which are the spans' sizes.
    let written = unsafe block.withUnsafeBytes { source in
      unsafe output.withUnsafeMutableBytes { target in
        unsafe LZ4_decompress_safe(source.characters, target.characters, count, room)
      }
    }
    return written >= 0 ? Int(written) : nil
  }

  /// Decodes the first bytes of a block, of which `block` may be only the beginning.
  static func decodeBeginning(_ block: RawSpan, into output: inout MutableRawSpan) -> Int? {
    guard let count = Int32(exactly: block.byteCount), count > 0,
      let room = Int32(exactly: output.byteCount)
    else { return nil }
    // Sound: as in `decode`.
    let written = unsafe block.withUnsafeBytes { source in
      unsafe output.withUnsafeMutableBytes { target in
        unsafe LZ4_decompress_safe_partial(
          source.characters, target.characters, count, room, room)
      }
    }
    return written >= 0 ? Int(written) : nil
  }

  /// `bytes` as one block; nil above the 2 GB that an LZ4 block can hold.
  static func encode(_ bytes: RawSpan) -> [UInt8]? {
    guard let count = Int32(exactly: bytes.byteCount), case let bound = LZ4_compressBound(count),
      bound > 0
    else { return nil }
    var written: Int32 = 0
    let block = unsafe [UInt8](unsafeUninitializedCapacity: Int(bound)) { target, initialized in
      // Sound: liblz4 reads `count` bytes and writes at most `bound`.
      written = unsafe bytes.withUnsafeBytes { source in
        unsafe LZ4_compress_default(
          source.characters, UnsafeMutableRawBufferPointer(target).characters, count, bound)
      }
      initialized = Int(max(0, written))
    }
    return written > 0 ? block : nil
  }
}

extension UnsafeRawBufferPointer {
  /// The bytes as liblz4 wants them. Nothing is read through it when the buffer is empty.
  fileprivate var characters: UnsafePointer<CChar>? {
    unsafe baseAddress?.assumingMemoryBound(to: CChar.self)
  }
}

extension UnsafeMutableRawBufferPointer {
  fileprivate var characters: UnsafeMutablePointer<CChar>? {
    unsafe baseAddress?.assumingMemoryBound(to: CChar.self)
  }
}
