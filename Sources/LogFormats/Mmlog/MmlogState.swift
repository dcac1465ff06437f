import LogFiles

/// The two files of a log as a scan left them.
struct MmlogState {
  /// The data file's report, nil where there is none.
  let data: SegmentReport?
  /// The metadata file's, nil where there is none.
  let file: SegmentReport?
  let reading: MmlogMetadataReading

  init(_ report: LogReport) {
    data = report.segments.first { $0.file.state != .metadata }
    file = report.segments.first { $0.file.state == .metadata }
    // What the data were judged by comes first: a living log has moved on since.
    reading =
      data.flatMap { MmlogMetadataReading(facts: $0.facts) }
      ?? file.flatMap { MmlogMetadataReading(facts: $0.facts) }
      ?? MmlogMetadataReading(file == nil ? .missing : .unreadable)
  }

  var dataSize: UInt64? { data?.fileSize }
  /// The structure, where it means what version 1 says.
  var metadata: MmlogMetadata? { reading.usable }
  /// Lines, nil where the data are no text.
  var records: UInt64? { data.flatMap { $0.countsRecords ? $0.records : nil } }
  /// Bytes that were reserved behind the end of the data file and never existed.
  var missing: UInt64 {
    guard let metadata, let dataSize else { return 0 }
    return metadata.cursor - min(metadata.cursor, dataSize)
  }
  /// Whether the data are judged as text.
  var isText: Bool { data?.countsRecords ?? true }
}

extension SegmentReport {
  /// The end of the data file's last byte that is not zero, at the cursor or behind it; the
  /// logical end where only zeros are behind that.
  func lastDataEnd(in directory: OpenDirectory) -> UInt64 {
    guard let stale = ranges.first(where: { $0.kind == .stale }) else { return logicalEnd }
    do throws(FileError) {
      // The scan tells the end of the remains to a sector.
      var window = FileWindow(capacity: 4096)
      let file = try directory.openFile(self.file.name)
      let start = max(stale.offset, stale.end - min(stale.end, 4096))
      try window.load(file, at: start, end: stale.end)
      return window.bytes.lastNonZero().map { start + UInt64($0) + 1 } ?? stale.end
    } catch {
      return stale.end
    }
  }
}
