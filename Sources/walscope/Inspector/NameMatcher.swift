import LogFiles
import TerminalUI

/// Finds a text in names, whatever the case of ASCII letters.
struct NameMatcher {
  private let wanted: [UInt8]

  init(_ text: String) {
    wanted = text.utf8.map(Self.folded)
  }

  func matches(_ name: FileName) -> Bool {
    let bytes = name.bytes
    guard !wanted.isEmpty, bytes.count >= wanted.count else { return wanted.isEmpty }
    return (0...(bytes.count - wanted.count)).contains { start in
      wanted.indices.allSatisfy { Self.folded(bytes[start + $0]) == wanted[$0] }
    }
  }

  private static func folded(_ byte: UInt8) -> UInt8 {
    byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
  }
}

extension ListView {
  /// The next row that matches a search, around the end if need be.
  func place(for search: Search, _ matches: (Int) -> Bool) -> (place: Int, isAround: Bool)? {
    guard count > 0 else { return nil }
    let step = search.isBackward ? -1 : 1
    var place = selected + (search.isRepeated ? step : 0)
    for _ in 0..<count {
      let row = (place % count + count) % count
      if matches(row) { return (row, row != place) }
      place += step
    }
    return nil
  }
}
