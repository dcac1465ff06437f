import LogFiles

/// Whether the data of a log are text: the format does not say (format page, section 3).
enum MmlogContent: String, Sendable {
  case text
  case binary

  /// Parts of the data that are looked at, evenly spread, and the bytes of each.
  private static let parts: UInt64 = 8
  private static let partSize: UInt64 = 1 << 14

  /// Runs of zeros of this length and more are gaps in binary data; in text each run is one.
  static let shortestBinaryGap = 16

  /// Judges the bytes in `[0, end)` of a file by some of them.
  static func of(_ file: consuming OpenFile, end: UInt64) -> MmlogContent {
    var window = FileWindow(capacity: Int(partSize))
    var sample = MmlogSample()
    let step = max(partSize, end / parts)
    var offset: UInt64 = 0
    while offset < end, offset / step < parts {
      do throws(FileError) {
        try window.load(file, at: offset, end: end)
      } catch {
        break
      }
      sample.add(window.bytes)
      offset += step
    }
    return sample.isText ? .text : .binary
  }
}

/// Counts what tells text from other bytes.
struct MmlogSample {
  private var nonZero = 0
  /// Control bytes that no text has, and runs of zeros too short for a lost line.
  private var odd = 0

  /// Text may be damaged here and there; every 24th byte is more than that. The first few count
  /// for nothing, because a small file has few bytes.
  var isText: Bool { odd * 24 <= nonZero + 192 }

  mutating func add(_ bytes: RawSpan) {
    var zeros = 0
    for offset in 0..<bytes.byteCount {
      guard let byte = bytes.le(UInt8.self, at: offset) else { return }
      if byte == 0 {
        zeros += 1
        continue
      }
      if zeros > 0, zeros < MmlogContent.shortestBinaryGap { odd += 1 }
      zeros = 0
      nonZero += 1
      if Self.isOdd(byte) { odd += 1 }
    }
  }

  /// Everything below the space but bell, backspace, tab, newline, form feed, return and escape.
  private static func isOdd(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x07...0x0a, 0x0c, 0x0d, 0x1b: false
    case 0..<0x20, 0x7f: true
    default: false
    }
  }
}
