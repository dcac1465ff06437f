import LogFiles

/// Whether a writer that goes on at a place would write over good records.
enum RecordsBehind {
  /// What stands behind the end of a format's own walk.
  struct Found {
    /// The first good record that the walk does not reach.
    var record: UInt64?
    /// Whether there are whole records of an earlier life of the file.
    var hasStale = false
  }

  /// Looks through the file behind `place`, where the walk ended.
  ///
  /// - Parameters:
  ///   - walker: one that has read the file's header.
  ///   - start: where the search starts; behind `place` where the record there is damaged.
  ///   - fault: why the walk ended.
  /// - Throws: `FileError` of a read.
  static func look(
    in file: borrowing OpenFile, walker: any SegmentWalker, from start: UInt64,
    after place: UInt64, _ fault: Fault
  ) throws(FileError) -> Found {
    let status = try file.status()
    var found = Found()
    var window = FileWindow(capacity: ResyncSearch.windowSize)
    var search = try ResyncSearch(
      file, walker: walker, end: status.size, budget: ReadBudget(allocatedSize: status.allocated))
    var (start, place, fault) = (start, place, fault)
    while place < status.size {
      switch try search.next(in: file, window: &window, from: start, after: place, fault) {
      case .records(let offset):
        found.record = offset
        return found
      case .stale(let offset, let length):
        found.hasStale = true
        (place, start, fault) = (offset + length, offset + length, Fault(.staleEntry))
      case nil: return found
      }
    }
    return found
  }
}
