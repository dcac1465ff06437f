import LogFiles

extension [UInt8] {
  /// Appends the first of `bytes`, so that the array has at most `limit` bytes.
  mutating func append(_ bytes: RawSpan, limit: Int) {
    guard let part = bytes.slice(0, Swift.min(bytes.byteCount, Swift.max(0, limit - count))) else {
      return
    }
    // Sound: the array copies the borrowed bytes before they can go.
    unsafe part.withUnsafeBytes { unsafe append(contentsOf: $0) }
  }
}
