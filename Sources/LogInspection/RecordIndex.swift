public import LogFormats

/// Finds row k and offset x of a segment without a scan, in memory that does not grow with the
/// number of records.
///
/// The rows of a segment are its frames, and one row for each range that holds none: a header,
/// damage, zeros.
public struct RecordIndex: Sendable {
  /// All ranges of the segment that are known, in order.
  public let ranges: [ByteRange]
  let checkpoints: [Checkpoint]
  /// What the format tells of the segment as a whole; empty while it is scanned.
  public let facts: [Attribute]
  /// The number of the first row and of the first frame of each range, and behind the last.
  private let firstRows: [UInt64]
  private let firstFrames: [UInt64]

  public init(
    ranges: [ByteRange] = [], checkpoints: [Checkpoint] = [], facts: [Attribute] = []
  ) {
    self.ranges = ranges
    self.facts = facts
    self.checkpoints = checkpoints
    var rows: [UInt64] = [0]
    var frames: [UInt64] = [0]
    for range in ranges {
      rows.append(rows[rows.count - 1] + (range.kind == .records ? range.frames : 1))
      frames.append(frames[frames.count - 1] + range.frames)
    }
    firstRows = rows
    firstFrames = frames
  }

  public var rowCount: UInt64 { firstRows[firstRows.count - 1] }
  public var frameCount: UInt64 { firstFrames[firstFrames.count - 1] }

  /// Where a row is.
  public enum Place: Sendable {
    /// The row is a range without records.
    case range(Int)
    /// The row is a frame: walk from `start` and pass `skip` frames. `number` counts the frames of
    /// the segment from 0.
    case frame(start: Checkpoint, skip: UInt64, range: Int, number: UInt64)
  }

  /// Where row `row` is, nil behind the last one.
  public func place(ofRow row: UInt64) -> Place? {
    guard row < rowCount else { return nil }
    let index = Self.last(of: firstRows, notAbove: row)
    guard ranges[index].kind == .records else { return .range(index) }
    let number = firstFrames[index] + (row - firstRows[index])
    let start = start(forFrame: number, in: index)
    return .frame(start: start, skip: number - start.frame, range: index, number: number)
  }

  /// The nearest place before a frame from which a walk can start.
  private func start(forFrame number: UInt64, in index: Int) -> Checkpoint {
    let own = Checkpoint(frame: firstFrames[index], offset: ranges[index].offset, carry: 0)
    let position = checkpoints.partitioningIndex { $0.frame > number }
    guard position > 0 else { return own }
    let checkpoint = checkpoints[position - 1]
    // One may stand where the walk stopped, before the damage, with the number of the frame
    // behind it.
    guard checkpoint.frame >= own.frame, checkpoint.offset >= own.offset else { return own }
    return checkpoint
  }

  /// The checkpoint before `offset`, and the range that holds the offset; nil outside the file.
  public func place(ofOffset offset: UInt64) -> (range: Int, start: Checkpoint)? {
    let position = ranges.partitioningIndex { $0.offset > offset }
    guard position > 0, offset < ranges[position - 1].end else { return nil }
    let index = position - 1
    let own = Checkpoint(frame: firstFrames[index], offset: ranges[index].offset, carry: 0)
    let next = checkpoints.partitioningIndex { $0.offset > offset }
    guard next > 0, checkpoints[next - 1].offset >= own.offset else { return (index, own) }
    return (index, checkpoints[next - 1])
  }

  /// The row of frame `number` of the range `range`, or of the range itself.
  public func row(ofFrame number: UInt64, in range: Int) -> UInt64 {
    ranges[range].kind == .records
      ? firstRows[range] + (number - firstFrames[range]) : firstRows[range]
  }

  /// The number of the first frame of a range, counted over the segment.
  func firstFrame(ofRange range: Int) -> UInt64 { firstFrames[range] }

  /// The row of the frame with this number, counted over the whole segment.
  public func row(ofFrame number: UInt64) -> UInt64? {
    guard number < frameCount else { return nil }
    return row(ofFrame: number, in: Self.last(of: firstFrames, notAbove: number))
  }

  /// The last index of an ascending list whose element is at most `value`, and that has a
  /// successor above it.
  private static func last(of list: [UInt64], notAbove value: UInt64) -> Int {
    list.partitioningIndex { $0 > value } - 1
  }
}

extension Array {
  /// The first index at which `belongsBehind` is true, in a list that is false, then true.
  public func partitioningIndex(_ belongsBehind: (Element) -> Bool) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = low + (high - low) / 2
      if belongsBehind(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
