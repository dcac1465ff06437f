import LogFiles

extension LogReport {
  /// Segments that okaywal's recovery reads.
  var liveSegments: [SegmentReport] { segments.filter { $0.file.isLive } }

  /// Checkpointed segments that are newer than every live one and hold committed entries, which
  /// the owner discards although nobody may have them (format page, section 11, quirk 3).
  var checkpointedWithCommits: [SegmentReport] {
    let highestLive = liveSegments.compactMap(\.file.id).max()
    return segments.filter { segment in
      guard segment.file.state == .checkpointed, segment.records > 0, let id = segment.file.id
      else { return false }
      // A copy that nobody opens as a log is not judged by what the owner would do with it.
      return highestLive.map { id > $0 } ?? (layout.primary == nil)
    }
  }
}

extension SegmentReport {
  /// Bytes of an okaywal segment's header; nil where it cannot be read.
  var headerLength: UInt64? {
    guard case .size(let length)? = facts.first(where: { $0.name == "headerLength" })?.value else {
      return nil
    }
    return length
  }

  /// The application's bytes in an okaywal segment's header; nil where it cannot be read.
  var versionInfo: [UInt8]? {
    guard case .bytes(let bytes, _)? = facts.first(where: { $0.name == "versionInfo" })?.value
    else { return nil }
    return bytes
  }
}
