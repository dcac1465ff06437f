import LogFiles

/// Fingerprints of 122 bits.
///
/// A key is the coefficients of a polynomial over the integers modulo 2⁶¹-1, and the fingerprint is
/// its value at two places that are drawn when it is made. Two keys of n words have the same one
/// with a probability of at most (n/2⁶¹)², whoever chose them: no file can be made whose different
/// keys look alike.
struct KeyFingerprints: Sendable {
  private static let prime: UInt64 = (1 << 61) - 1
  private let first: UInt64
  private let second: UInt64

  init() {
    first = UInt64.random(in: 1..<Self.prime)
    second = UInt64.random(in: 1..<Self.prime)
  }

  @inline(__always)
  func of(_ key: RawSpan) -> (UInt64, UInt64) {
    // The length first, or zeros at the beginning would not count.
    var place = 0
    var (a, b) = (UInt64(truncatingIfNeeded: key.byteCount), UInt64(key.byteCount))
    // Seven bytes are less than the prime.
    while let word = key.le(UInt64.self, at: place) {
      add(word & 0x00ff_ffff_ffff_ffff, &a, &b)
      place &+= 7
    }
    let rest = Self.lastBytes(key, from: place)
    add(rest, &a, &b)
    // Once more, or keys with the same first words would differ as their last words do.
    return (Self.product(a, first), Self.product(b, second))
  }

  /// A number of 32 bits by whose lowest bits the first half of a fingerprint is found in a table.
  /// Those of the half itself are as regular as the keys are.
  @inline(__always)
  static func place(_ first: UInt64) -> Int {
    Int(truncatingIfNeeded: ((first ^ first >> 32) &* 0x9e37_79b9_7f4a_7c15) >> 32)
  }

  /// The bytes from `place` on, seven at most, as a number.
  @inline(__always)
  private static func lastBytes(_ key: RawSpan, from place: Int) -> UInt64 {
    let count = key.byteCount &- place
    // Read whole, at places that overlap: a loop would be as often wrong as lengths change.
    if count > 0, let word = key.le(UInt64.self, at: key.byteCount &- 8) {
      return word >> UInt64(truncatingIfNeeded: 64 &- 8 &* count)
    }
    if let low = key.le(UInt32.self, at: place),
      let high = key.le(UInt32.self, at: key.byteCount &- 4)
    {
      return UInt64(low) | UInt64(high) << UInt64(truncatingIfNeeded: 8 &* count &- 32)
    }
    var rest: UInt64 = 0
    for index in 0..<max(0, count) {
      guard let byte = key.le(UInt8.self, at: place &+ index) else { break }
      rest |= UInt64(byte) << UInt64(truncatingIfNeeded: 8 &* index)
    }
    return rest
  }

  @inline(__always)
  private func add(_ word: UInt64, _ a: inout UInt64, _ b: inout UInt64) {
    a = Self.product(a, first) &+ word
    b = Self.product(b, second) &+ word
    if a >= Self.prime { a &-= Self.prime }
    if b >= Self.prime { b &-= Self.prime }
  }

  /// The product modulo the prime, of numbers below it.
  @inline(__always)
  private static func product(_ a: UInt64, _ b: UInt64) -> UInt64 {
    let (high, low) = a.multipliedFullWidth(by: b)
    let sum = (low & prime) &+ (low >> 61 | high << 3)
    return sum >= prime ? sum &- prime : sum
  }
}
