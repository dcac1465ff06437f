public import LogFiles
public import LogFormats

extension Log {
  /// The keys that a reader would see, by the owner's rule for opening the log; nil where the
  /// format has none. `report` is that of a whole scan.
  ///
  /// - Throws: `LiveKeys.Failure`, also when there are more keys than memory is set aside for.
  public func liveKeys(
    _ report: LogReport, isCancelled: @escaping @Sendable () -> Bool = { false }
  ) throws(LiveKeys.Failure) -> LiveKeys? {
    try LiveKeys.find(format, report, in: directory, isCancelled: isCancelled)
  }

  /// Gives the record of each live key, with the name of its file, until `body` answers false.
  ///
  /// - Throws: `FileError` when a file cannot be read.
  public func forEachRecord(
    of keys: LiveKeys, _ report: LogReport, previewLimit: Int, _ body: (FileName, Record) -> Bool
  ) throws(FileError) {
    var next = 0
    while next < keys.count {
      let segment = keys.places[next].segment
      let known = report.segments[segment]
      let index = RecordIndex(facts: known.facts)
      var reader = try RecordReader(self, segment: segment, end: known.fileSize, index: index)
      while next < keys.count, keys.places[next].segment == segment {
        let place = keys.places[next].offset
        if let record = try reader.record(at: place, previewLimit: previewLimit),
          !body(known.file.name, record)
        {
          return
        }
        next += 1
      }
    }
  }
}
