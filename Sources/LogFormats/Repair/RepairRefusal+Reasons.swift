import LogFiles

/// Refusals that formats word alike.
extension RepairRefusal {
  /// What the user can do where a repair in place would lose records.
  static let salvageAdvice =
    "save the records of both sides into a new log: walscope salvage LOG DEST"

  static func unreadable(_ segment: SegmentFile, _ error: RecordSourceError) -> RepairRefusal {
    switch error {
    case .file(let failure): unreadable(segment, failure)
    case .cancelled: RepairRefusal(.impossible, "stopped before \(segment.title) was read")
    }
  }

  static func unreadable(_ segment: SegmentFile, _ error: FileError) -> RepairRefusal {
    RepairRefusal(.impossible, "\(segment.title) could not be read: \(error.message)")
  }

  static func foreign(_ segment: SegmentFile) -> RepairRefusal {
    RepairRefusal(
      .unsafe, "\(segment.title) holds no record of this format and is left alone",
      advice: "find out what it is, and move it away if it does not belong to the log")
  }
}

extension SegmentFile {
  /// The file in a sentence: its name where that is plain, for names are foreign bytes.
  var title: String {
    let isPlain =
      name.bytes.count <= 64
      && name.bytes.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"),
          UInt8(ascii: "_"), UInt8(ascii: "+"):
          true
        default: false
        }
      }
    if isPlain { return String(decoding: name.bytes, as: UTF8.self) }
    return id.map { "segment \($0)" } ?? "the segment"
  }
}

extension LogReport {
  /// The scan of a file of the log.
  ///
  /// - Throws: `RepairRefusal` when no segment has this name.
  func segment(named name: FileName) throws(RepairRefusal) -> SegmentReport {
    guard let segment = segments.first(where: { $0.file.name == name }) else {
      throw RepairRefusal(.impossible, "the log has no segment of that name")
    }
    return segment
  }

  /// The scan of one file, or of all.
  ///
  /// - Throws: `RepairRefusal` when no segment has this name.
  func segments(named name: FileName?) throws(RepairRefusal) -> [SegmentReport] {
    guard let name else { return Array(segments) }
    return [try segment(named: name)]
  }
}
