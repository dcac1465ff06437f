extension Array<UInt8> {
  /// The array's bytes, for the checked reads of `RawSpan`.
  public var rawBytes: RawSpan {
    @_lifetime(borrow self)
    get {
      // Sound: any byte pattern is a valid integer, and the span lives no longer than the array.
      let bytes = unsafe span.bytes
      return unsafe _overrideLifetime(bytes, borrowing: self)
    }
  }

  /// Appends a copy of `bytes`.
  public mutating func append(copying bytes: RawSpan) {
    // Sound: the array copies the borrowed bytes before they can go.
    unsafe bytes.withUnsafeBytes { unsafe append(contentsOf: $0) }
  }
}

extension RawSpan {
  /// The bytes, copied.
  public func copied() -> [UInt8] {
    // Sound: the array copies the borrowed bytes before they can go.
    unsafe withUnsafeBytes { unsafe Array($0) }
  }

  /// The last offset whose byte is not zero.
  public func lastNonZero() -> Int? {
    var end = byteCount
    // Whole words first; the last few bytes decide where in the word.
    while end >= 8, le(UInt64.self, at: end - 8) == 0 { end -= 8 }
    while end > 0 {
      if le(UInt8.self, at: end - 1) != 0 { return end - 1 }
      end -= 1
    }
    return nil
  }
}
