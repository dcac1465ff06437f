internal import CNettle

/// SHA-256 of bytes that come piece by piece.
///
/// Sound: each call of the library uses one structure that outlives it, and the bytes it is given.
@safe public struct ByteHash: Sendable {
  private var context = sha256_ctx()

  /// The hash of no bytes.
  public init() {
    unsafe nettle_sha256_init(&context)
  }

  /// Adds bytes behind those that were added before.
  public mutating func add(_ bytes: RawSpan) {
    unsafe bytes.withUnsafeBytes { bytes in
      guard let base = unsafe bytes.bindMemory(to: UInt8.self).baseAddress else { return }
      unsafe nettle_sha256_update(&context, bytes.count, base)
    }
  }

  /// The 32 bytes of the hash; afterwards it is that of no bytes again.
  public mutating func finish() -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_SIZE))
    unsafe nettle_sha256_digest(&context, digest.count, &digest)
    return digest
  }
}
