import Glibc

/// A name (or path) as the kernel keeps it: bytes, often but not always UTF-8.
///
/// Ordered by bytes, as `LC_ALL=C ls` does. Never print it raw: it may hold escape sequences.
public struct FileName: Hashable, Comparable, Sendable {
  /// The bytes, without a terminating zero.
  public let bytes: [UInt8]

  /// A name of exactly these bytes.
  public init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// A name of the UTF-8 bytes of `string`.
  public init(_ string: String) { bytes = Array(string.utf8) }

  /// A name of the bytes of a span.
  public init(copying span: RawSpan) {
    bytes = span.copied()
  }

  /// The name as text, or nil when it is not valid UTF-8.
  public var utf8: String? { String(validating: bytes, as: UTF8.self) }

  /// Whether it can name an entry of a directory: not empty, no slash, no zero, not `.` or `..`.
  ///
  /// Anything else would lead out of the directory that was opened.
  public var isEntryName: Bool {
    switch bytes {
    case [], [0x2E], [0x2E, 0x2E]: false
    default: !bytes.contains { $0 == 0 || $0 == 0x2F }
    }
  }

  /// What stands behind the last slash.
  public var lastComponent: FileName {
    FileName(Array(bytes.split(separator: 0x2F).last ?? []))
  }

  /// The names between the slashes, one where there is no slash.
  public var parts: [FileName] {
    bytes.split(separator: 0x2F, omittingEmptySubsequences: false).map { FileName(Array($0)) }
  }

  /// The path of `entry` below the directory of this path; where one of them is empty, the other.
  public func appending(_ entry: FileName) -> FileName {
    if bytes.isEmpty || entry.bytes.isEmpty { return bytes.isEmpty ? entry : self }
    return FileName(bytes + (bytes.last == 0x2F ? [] : [0x2F]) + entry.bytes)
  }

  /// Byte order; a name comes before the names it is the beginning of.
  public static func < (left: FileName, right: FileName) -> Bool {
    let order = unsafe left.bytes.withUnsafeBufferPointer { left in
      unsafe right.bytes.withUnsafeBufferPointer { right -> Int32 in
        guard let first = left.baseAddress, let second = right.baseAddress else { return 0 }
        // Sound: both buffers hold at least the smaller count.
        return unsafe memcmp(first, second, min(left.count, right.count))
      }
    }
    return order == 0 ? left.bytes.count < right.bytes.count : order < 0
  }

  /// Calls `body` with the name as a C string.
  func withCString<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
    let terminated = bytes.map { CChar(bitPattern: $0) } + [0]
    // Sound: the array ends with a zero and outlives the call.
    return unsafe terminated.withUnsafeBufferPointer {
      unsafe body($0.baseAddress.unsafelyUnwrapped)
    }
  }
}
