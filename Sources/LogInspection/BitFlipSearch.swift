import LogFiles
import LogFormats

/// Looks for the one flipped bit that explains why a record is not acceptable.
///
/// A checksum tells by itself which bit of what it covers would make it right. A flipped bit in a
/// length moves the checksum, so each bit of the record's first bytes is also tried.
struct BitFlipSearch {
  let walker: any SegmentWalker
  /// Size of the file at the horizon.
  let end: UInt64

  /// Records longer than this are not searched; the time grows with the length.
  static let longestRecord: UInt64 = 8 << 20
  /// Where the claimed length is wrong, the record is searched for within this many bytes.
  private static let usualLength: UInt64 = 1 << 20
  /// Bytes at a record's start whose bits are tried one by one.
  private static let triedBytes = 32

  /// The bit that makes the record at `offset` acceptable, nil where none or more than one does.
  func search(
    in file: borrowing OpenFile, window: inout FileWindow, offset: UInt64, fault: Fault
  ) throws(FileError) -> BitFlip? {
    // A length that is too large to be searched may itself be what is wrong.
    let claimed = fault.claimedLength ?? 0
    let wanted = claimed <= Self.longestRecord ? max(Self.usualLength, claimed) : Self.usualLength
    let limit = offset + min(end - offset, wanted)
    var record: [UInt8] = []
    record.reserveCapacity(Int(limit - offset))
    while offset + UInt64(record.count) < limit {
      try window.load(file, at: offset + UInt64(record.count), end: limit)
      guard window.count > 0 else { break }
      // Sound: the array copies the borrowed bytes before they can go.
      unsafe window.bytes.withUnsafeBytes { unsafe record.append(contentsOf: $0) }
    }
    var explanations = coveredFlips(of: &record, offset: offset, fault: fault)
    for byte in 0..<min(Self.triedBytes, record.count) {
      for bit in 0..<8 where !explanations.contains(BitFlip(offset: UInt64(byte), bit: bit)) {
        let flip = BitFlip(offset: UInt64(byte), bit: bit)
        if accepts(&record, flip, offset: offset, fault) { explanations.append(flip) }
      }
    }
    guard explanations.count == 1, let only = explanations.first else { return nil }
    return BitFlip(offset: offset + only.offset, bit: only.bit)
  }

  /// Flips that the difference between the stored and the computed checksum names, from the
  /// record's start: one in the covered bytes, or one in the checksum itself.
  private func coveredFlips(of record: inout [UInt8], offset: UInt64, fault: Fault) -> [BitFlip] {
    guard let stored = fault.stored, let computed = fault.computed,
      let length = fault.claimedLength, length <= record.count,
      let protection = walker.protection(record.rawBytes, fault: fault)
    else { return [] }
    var flips: [BitFlip] = []
    if (stored ^ computed).nonzeroBitCount == 1 {
      let bit = (stored ^ computed).trailingZeroBitCount
      flips.append(BitFlip(offset: protection.stored + UInt64(bit / 8), bit: bit % 8))
    }
    let covered = protection.covered.count
    if let bit = CRC32C.flippedBit(stored: stored, computed: computed, length: covered) {
      flips.append(BitFlip(offset: protection.covered.lowerBound + bit / 8, bit: Int(bit % 8)))
    }
    // A flip in the framing changes what the checksum covers.
    return flips.filter { accepts(&record, $0, offset: offset, fault) }
  }

  private func accepts(
    _ record: inout [UInt8], _ flip: BitFlip, offset: UInt64, _ fault: Fault
  ) -> Bool {
    let byte = Int(flip.offset)
    let mask = UInt8(1) << UInt8(flip.bit)
    record[byte] ^= mask
    defer { record[byte] ^= mask }
    var walker = walker
    // A flip that ends the record before what is wrong in it explains nothing.
    if case .record(let length, _) = walker.frame(
      record.rawBytes, at: 0, remaining: end - offset)
    {
      return UInt64(length) > fault.offset + 1
    }
    return false
  }
}
