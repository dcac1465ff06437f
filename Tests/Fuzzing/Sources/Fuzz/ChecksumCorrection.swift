import LogFiles

@testable import LogFormats

/// Makes checksums right where a walk comes to them: a fuzzer does not guess them.
enum ChecksumCorrection {
  /// Of each record, as far as lengths lead.
  static func noriWAL(_ bytes: inout [UInt8]) {
    var start = 0
    while case .success(let header) = NoriWALHeader.reading(Array(bytes[start...])) {
      let room = UInt64(bytes.count - start - header.length)
      guard header.keyLength <= room, header.valueLength <= room - header.keyLength else { return }
      let length = header.length + Int(header.keyLength + header.valueLength)
      guard put(crc32c(bytes, start, length), at: start + length, &bytes) else { return }
      start += length + Int(NoriWALHeader.checksumLength)
    }
  }

  /// Of each chunk, as far as markers and lengths lead.
  static func okayWAL(_ bytes: inout [UInt8]) {
    guard let header = try? OkayWALHeader(bytes.rawBytes) else { return }
    var place = header.length
    while place < bytes.count {
      switch bytes[place] {
      case 1: place += 9
      case 2:
        guard let count = bytes.rawBytes.le(UInt32.self, at: place + 1),
          Int(count) <= bytes.count - place - 5,
          put(crc32c(bytes, place + 5, Int(count)), at: place + 5 + Int(count), &bytes)
        else { return }
        place += 9 + Int(count)
      case 3: place += 1
      default: return
      }
    }
  }

  /// Of the first gzip member.
  static func gzip(_ bytes: inout [UInt8]) {
    guard let header = GzipHeader(bytes.rawBytes) else { return }
    var decoder = InflateDecoder()
    let compressed = Array(bytes[header.length...])
    decoder.feed(compressed.rawBytes) { $0.byteCount < 1 << 20 }
    guard decoder.state == .ended else { return }
    let end = header.length + Int(decoder.consumed)
    if put(decoder.checksum, at: end, &bytes) {
      _ = put(UInt32(truncatingIfNeeded: decoder.decoded), at: end + 4, &bytes)
    }
  }

  static func crc32c(_ bytes: [UInt8], _ start: Int, _ count: Int) -> UInt32 {
    DirectChecksum().crc32c(bytes.rawBytes, from: start, count: count)
  }

  /// Whether the number has room there.
  private static func put(_ number: UInt32, at place: Int, _ bytes: inout [UInt8]) -> Bool {
    guard place + 4 <= bytes.count else { return false }
    for index in 0..<4 { bytes[place + index] = UInt8(truncatingIfNeeded: number >> (8 * index)) }
    return true
  }
}
