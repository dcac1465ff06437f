import LogFiles

/// How okaywal names its segments (format page, section 1).
enum OkayWALNames {
  /// What the owner reads from a name.
  struct Parsed: Equatable {
    var id: UInt64
    var isCheckpointed: Bool
  }

  /// The segment of this name by the owner's discovery rule, nil for what the owner ignores.
  ///
  /// The rule looks at three parts between hyphens, and takes any third part but `cp` for nothing.
  static func parsed(_ name: FileName) -> Parsed? {
    guard name.bytes.starts(with: beginning), name.utf8 != nil else { return nil }
    let parts = name.bytes.split(
      separator: UInt8(ascii: "-"), maxSplits: 3, omittingEmptySubsequences: false)
    guard parts.count >= 2, let id = UInt64(rustDecimal: parts[1]) else { return nil }
    return Parsed(id: id, isCheckpointed: parts.count > 2 && parts[2].elementsEqual("cp".utf8))
  }

  /// The name that the owner itself gives.
  static func canonical(_ id: UInt64, isCheckpointed: Bool = false) -> FileName {
    FileName("wal-\(id)" + (isCheckpointed ? "-cp" : ""))
  }

  /// Whether the owner ignores the file although a person would take it for a segment: `wal-7.bak`,
  /// `WAL-7`, `wal-`.
  static func resemblesSegment(_ name: FileName) -> Bool {
    let start = name.bytes.prefix(beginning.count)
    return start.elementsEqual(beginning) { lowercased($0) == $1 } && parsed(name) == nil
  }

  private static let beginning = Array("wal-".utf8)

  private static func lowercased(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
  }
}
