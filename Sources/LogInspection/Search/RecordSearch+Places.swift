public import LogFiles
import LogFormats

/// Where rows are, for a search that starts at one.
extension RecordSearch {
  /// The place before a row; that behind the last one where there is no such row.
  ///
  /// - Throws: `FileError` when the file cannot be read.
  public mutating func place(beforeRow row: UInt64) throws(FileError) -> Place {
    switch index.place(ofRow: row) {
    case nil: return Place(offset: index.ranges.last?.end ?? 0, frame: index.frameCount)
    case .range(let range):
      return Place(offset: index.ranges[range].offset, frame: index.firstFrame(ofRange: range))
    case .frame(let start, _, let range, let number):
      return try walk(from: start, to: number, in: index.ranges[range])
    }
  }

  private mutating func walk(from start: Checkpoint, to frame: UInt64, in range: ByteRange)
    throws(FileError) -> Place
  {
    var place = Place(offset: start.offset, frame: start.frame)
    walking.walker.carry = start.carry
    while place.frame < frame, place.offset < range.end {
      if !window.holds(place.offset..<place.offset + 1) {
        try window.load(file, at: place.offset, end: end)
      }
      switch skim(from: &place, to: SkimGoal(frames: frame)) {
      case .frame, .ended: return place
      case .more(let offset):
        if offset > window.offset {
          try window.load(file, at: offset, end: end)
        } else if let (length, _) = try largeFrame(at: offset) {
          place = Place(offset: offset + length, frame: place.frame + 1)
        } else {
          return place
        }
      }
    }
    return place
  }
}
