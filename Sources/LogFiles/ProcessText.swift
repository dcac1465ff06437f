/// Reads the text files of /proc, whose size is not known before they end.
extension OpenFile {
  /// Calls `body` with each line, without its newline. A line beyond 64 KiB comes in pieces.
  ///
  /// - Throws: `FileError` of a read.
  func forEachLine(_ body: (ArraySlice<UInt8>) -> Void) throws(FileError) {
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    var kept = 0
    var offset: UInt64 = 0
    while true {
      var room = buffer.mutableSpan
      // Sound: the span is the buffer's own, and `kept` is less than its count.
      var bytes = unsafe room.mutableBytes
      var free = bytes._mutatingExtracting(kept...)
      let got = try read(into: &free, at: offset)
      offset += UInt64(got)
      var start = 0
      let end = kept + got
      while let newline = buffer[start..<end].firstIndex(of: 0x0A) {
        body(buffer[start..<newline])
        start = newline + 1
      }
      let isEnd = got < buffer.count - kept
      if isEnd || start == 0 {
        if start < end { body(buffer[start..<end]) }
        start = end
      }
      if isEnd { return }
      buffer.replaceSubrange(0..<(end - start), with: buffer[start..<end])
      kept = end - start
    }
  }
}

/// Takes a line of /proc apart, field by field.
struct FieldScanner {
  private var rest: ArraySlice<UInt8>

  init(_ line: ArraySlice<UInt8>) { rest = line }

  /// The next run of bytes that are not blanks; empty at the end of the line.
  mutating func field() -> ArraySlice<UInt8> {
    skipBlanks()
    let field = rest.prefix { !Self.isBlank($0) }
    rest = rest[field.endIndex...]
    return field
  }

  /// All that follows, from the next byte that is not blank.
  mutating func remainder() -> ArraySlice<UInt8> {
    skipBlanks()
    return rest
  }

  /// The digits up to the next byte that is none, which is consumed as well.
  mutating func number(radix: UInt64) -> UInt64? {
    skipBlanks()
    var value: UInt64?
    while let byte = rest.popFirst(), let digit = Self.digit(byte), digit < radix {
      let (scaled, overflow) = (value ?? 0).multipliedReportingOverflow(by: radix)
      if overflow { return nil }
      let (sum, carried) = scaled.addingReportingOverflow(digit)
      if carried { return nil }
      value = sum
    }
    return value
  }

  private mutating func skipBlanks() {
    rest = rest.drop(while: Self.isBlank)
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

  private static func digit(_ byte: UInt8) -> UInt64? {
    switch byte {
    case 0x30...0x39: UInt64(byte - 0x30)
    case 0x61...0x66: UInt64(byte - 0x61 + 10)
    default: nil
    }
  }
}

extension FileName {
  /// The name in a field of /proc, where blanks, newlines and backslashes are `\NNN` in octal.
  init(procField field: ArraySlice<UInt8>) {
    var bytes: [UInt8] = []
    var rest = field
    while let byte = rest.popFirst() {
      let digits = rest.prefix(3)
      if byte == 0x5C, digits.count == 3, digits.allSatisfy({ (0x30...0x37).contains($0) }) {
        bytes.append(digits.reduce(0) { $0 &* 8 &+ ($1 - 0x30) })
        rest = rest.dropFirst(3)
      } else {
        bytes.append(byte)
      }
    }
    self.init(bytes)
  }
}
