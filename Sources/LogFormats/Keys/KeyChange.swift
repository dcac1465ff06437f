/// What one record does to the key that it carries.
public enum KeyChange: Sendable, Equatable {
  /// The key's bytes, from the record's first byte, and those of the value as it is stored.
  case put(key: Range<Int>, value: Range<UInt64>)
  case delete(key: Range<Int>)
  /// The record has no key of the application.
  case none

  var key: Range<Int>? {
    switch self {
    case .put(let key, _), .delete(let key): key
    case .none: nil
    }
  }
}
